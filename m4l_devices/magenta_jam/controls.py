"""The controls: a Max object for each parameter, and what it is connected with."""

from __future__ import annotations

from typing import Any

from bridge.core.address_book import DIALS
from m4l_devices.magenta_jam.panel import LABELS, PLACES, PLAYER, SCORE, STATUS, Rect
from m4l_devices.magenta_jam.parameters import (
    BANK,
    BANK_NAME,
    BUTTONS,
    KNOBS,
    STORED,
    TOGGLES,
    Kind,
    Parameter,
)
from m4l_devices.patcher import Box, Patch

_PORTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "live.dial": (1, ("", "float")),
    "live.numbox": (1, ("", "float")),
    "live.text": (1, ("", "")),
    "live.menu": (1, ("", "", "float")),
    "live.tab": (1, ("", "", "float")),
    "live.comment": (1, ()),
}
_STRAIGHT = {"go": "go", "again": "again", "mutate": "mutate", "panic": "panic_button"}
"""Buttons that the scheduler handles; the others are the script's."""
_BUSES = {"key_low": "key_low", "key_count": "key_count", "solo": "solo"}
"""Parameters that the patch uses itself."""
_FACES = {"clips": "Clip pads"}


def add_controls(patch: Patch) -> dict[str, Any]:
    """All controls, labels and displays.

    Returns:
        Max's table of parameters and banks.
    """
    boxes: dict[str, Parameter] = {}
    patch.section("buttons")
    for parameter in BUTTONS:
        boxes[_add_button(patch, parameter).name] = parameter
    patch.section("knobs and fields")
    for parameter in (*KNOBS, *TOGGLES):
        boxes[_add_value(patch, parameter, "param").name] = parameter
    patch.section("where the engine is")
    for parameter in STORED:
        boxes[_add_value(patch, parameter, "stored").name] = parameter
    _add_displays(patch)
    return _parameter_table(boxes)


def _add_button(patch: Patch, parameter: Parameter) -> Box:
    box, press = _add_control(patch, parameter, {"mode": 0}), patch.obj("t b")
    patch.chain(box, press)
    if parameter.name in _STRAIGHT:
        patch.chain(press, patch.send(_STRAIGHT[parameter.name]))
    else:
        patch.chain(press, patch.message(f"button {parameter.name}"), patch.send("script"))
    return box


def _add_value(patch: Patch, parameter: Parameter, word: str) -> Box:
    box = _add_control(patch, parameter, {"mode": 1} if parameter.box == "live.text" else {})
    named = patch.obj(f"prepend {word} {parameter.name}")
    if parameter.name in _BUSES:
        both = patch.obj("t i i")
        patch.chain(box, both, named)
        patch.cord(both, 1, patch.send(_BUSES[parameter.name]))
    else:
        patch.chain(box, named)
    patch.chain(named, patch.send("script"))
    patch.chain(patch.receive("ask"), box)
    if parameter.name in DIALS:
        # Set, not turned: it says nothing, or the engine would be told its own word.
        mine = patch.obj(f"route {parameter.name}")
        patch.chain(patch.receive("dial"), mine, patch.obj("prepend set"), box)
    if parameter.name == "bundle":
        # The names of the bundles on offer, once the engine has told them.
        patch.chain(patch.receive("models"), patch.obj("prepend _parameter_range"), box)
    return box


def _add_control(patch: Patch, parameter: Parameter, attributes: dict[str, Any]) -> Box:
    inlets, outlets = _PORTS[parameter.box]
    face = _FACES.get(parameter.name, parameter.short)
    shown = {"text": face, "texton": face} if parameter.box == "live.text" else {}
    return patch.ui(
        parameter.box,
        inlets,
        outlets,
        {
            "varname": parameter.name,
            "parameter_enable": 1,
            "presentation": 1,
            "presentation_rect": PLACES[parameter.name].as_list(),
            "annotation": parameter.hint,
            "annotation_name": parameter.long,
            **shown,
            **attributes,
            "saved_attribute_attributes": {"valueof": _value_of(parameter)},
        },
    )


def _value_of(parameter: Parameter) -> dict[str, Any]:
    value: dict[str, Any] = {
        "parameter_annotation_name": parameter.long,
        "parameter_info": parameter.hint,
        "parameter_initial": [parameter.initial],
        "parameter_initial_enable": 1,
        "parameter_invisible": int(parameter.seen),
        "parameter_longname": parameter.long,
        "parameter_mmax": parameter.high,
        "parameter_mmin": parameter.low,
        "parameter_modmode": 0,
        "parameter_shortname": parameter.short,
        "parameter_type": int(parameter.kind),
        "parameter_unitstyle": int(parameter.unit),
    }
    if parameter.kind is Kind.ENUM:
        value["parameter_enum"] = list(parameter.items)
        del value["parameter_unitstyle"]
    return dict(sorted(value.items()))


def _add_displays(patch: Patch) -> None:
    patch.section("what is shown")
    for label in LABELS:
        _add_text(patch, label.text, label.rect, "")
    status = _add_text(patch, "Starting", STATUS, "status")
    patch.chain(patch.receive("status"), patch.obj("prepend set"), status)
    score = _add_text(patch, "", SCORE, "score")
    # Numbers into a fixed sentence: a new text each time would stay in Live's memory for ever.
    numbers = patch.message("set call $1 answer $2 nats/step seed $3")
    patch.chain(patch.receive("score"), numbers, score)
    player = _add_text(patch, "", PLAYER, "player")
    patch.chain(patch.receive("player"), patch.message("set You are player $1"), player)


def _add_text(patch: Patch, text: str, rect: Rect, name: str) -> Box:
    inlets, outlets = _PORTS["live.comment"]
    attributes: dict[str, Any] = {
        "text": text,
        "presentation": 1,
        "presentation_rect": rect.as_list(),
        "textjustification": 0,
    }
    if name:
        attributes["varname"] = name
    return patch.ui("live.comment", inlets, outlets, attributes)


def _parameter_table(boxes: dict[str, Parameter]) -> dict[str, Any]:
    table: dict[str, Any] = {
        name: [parameter.long, parameter.short, int(parameter.kind)]
        for name, parameter in boxes.items()
    }
    bank = {"index": 0, "name": BANK_NAME, "parameters": list(BANK), "buttons": ["-"] * len(BANK)}
    table["parameterbanks"] = {"0": bank}
    table["inherited_shortname"] = 1
    return table
