"""Each check finds the one thing that was done to a device that had no fault."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from py2max.maxref import get_inlet_count, get_outlet_count

from bridge.amxd.device_file import DeviceFile
from bridge.amxd.lint import Severity, lint_device
from bridge.amxd.lint.graph import Graph
from bridge.amxd.objects import inlets_and_outlets
from bridge.amxd.reader import read_device
from bridge.amxd.writer import frozen_device, write_device
from bridge.paths import data_folder

JAM = data_folder("m4l_devices") / "Magenta Jam.amxd"
SCRIPT = "magenta_jam.js"
Patcher = dict[str, Any]


@pytest.fixture(scope="module")
def jam() -> DeviceFile:
    return read_device(JAM.read_bytes())


def findings(jam: DeviceFile, change: Callable[[Patcher], object], script: str = "") -> set[str]:
    """What is found once the patch has been changed, as ``severity: text``."""
    patch = copy.deepcopy(jam.patch())
    change(patch["patcher"])
    files = {SCRIPT: script or jam.file(SCRIPT).decode()}
    data = write_device(frozen_device(jam.kind, JAM.name, patch, files))
    return {f"{one.severity.value}: {one.text}" for one in lint_device(data)}


def boxes(patcher: Patcher, start: str) -> list[dict[str, Any]]:
    """Boxes whose text or class begins so."""
    every = [entry["box"] for entry in patcher["boxes"]]
    return [b for b in every if str(b.get("text", b["maxclass"])).startswith(start)]


def parameter(patcher: Patcher, long_name: str) -> dict[str, Any]:
    for entry in patcher["boxes"]:
        value: dict[str, Any] = (
            entry["box"].get("saved_attribute_attributes", {}).get("valueof", {})
        )
        if value.get("parameter_longname") == long_name:
            return value
    raise AssertionError(long_name)


def cord(patcher: Patcher, source: str, outlet: int, target: str, inlet: int) -> None:
    ends = {"source": [source, outlet], "destination": [target, inlet]}
    patcher["lines"].append({"patchline": ends})


def add(patcher: Patcher, text: str, inlets: int, outlets: int) -> str:
    name = f"obj-new-{len(patcher['boxes'])}"
    box = {"id": name, "maxclass": "newobj", "text": text}
    patcher["boxes"].append({"box": {**box, "numinlets": inlets, "numoutlets": outlets}})
    return name


def test_the_shipped_device_has_nothing_to_mend() -> None:
    assert lint_device(JAM.read_bytes()) == []


def double_an_id(p: Patcher) -> None:
    p["boxes"][3]["box"]["id"] = p["boxes"][4]["box"]["id"]


def cut_off_an_inlet(p: Patcher) -> None:
    cord(p, boxes(p, "midiin")[0]["id"], 0, boxes(p, "midiout")[0]["id"], 4)


def claim_an_outlet(p: Patcher) -> None:
    boxes(p, "metro")[0]["numoutlets"] = 2


def two_cords(p: Patcher) -> None:
    for target in boxes(p, "midiout"):
        cord(p, boxes(p, "midiin")[0]["id"], 0, target["id"], 0)


def metro_to_script(p: Patcher) -> None:
    cord(p, add(p, "metro 50", 2, 1), 0, boxes(p, "js ")[0]["id"], 0)


def pipe_to_script_by_a_bus(p: Patcher) -> None:
    cord(p, add(p, "pipe 0 10", 2, 1), 0, add(p, "send ---far", 1, 0), 0)
    cord(p, add(p, "receive ---far", 0, 1), 0, boxes(p, "js ")[0]["id"], 0)


def loadbang_to_script(p: Patcher) -> None:
    deferred = add(p, "deferlow", 1, 1)
    cord(p, add(p, "loadbang", 1, 1), 0, deferred, 0)
    cord(p, deferred, 0, boxes(p, "js ")[0]["id"], 0)


def print_it(p: Patcher) -> None:
    add(p, "print", 1, 0)


def same_name(p: Patcher) -> None:
    parameter(p, "Temperature")["parameter_longname"] = "Go"


def begin_outside(p: Patcher) -> None:
    parameter(p, "Temperature")["parameter_initial"] = [9.0]


def whole_numbers_beyond_a_byte(p: Patcher) -> None:
    parameter(p, "Temperature").update(parameter_type=1, parameter_mmin=0, parameter_mmax=300)


def item_beyond(p: Patcher) -> None:
    parameter(p, "Mode").update(parameter_initial=[7], parameter_initial_enable=1)


def bank_of_strangers(p: Patcher) -> None:
    p["parameters"]["parameterbanks"]["0"]["parameters"][0] = "Nobody"


def bank_of_nine(p: Patcher) -> None:
    p["parameters"]["parameterbanks"]["0"]["parameters"] = ["-"] * 9


def below_the_edge(p: Patcher) -> None:
    boxes(p, "live.dial")[0]["presentation_rect"][1] = 160


def one_over_the_other(p: Patcher) -> None:
    first, second = boxes(p, "live.dial")[:2]
    second["presentation_rect"] = list(first["presentation_rect"])


def a_long_word(p: Patcher) -> None:
    button = next(b["box"] for b in p["boxes"] if b["box"]["maxclass"] == "live.text")
    button["text"] = "a word far too long for its button"


def another_script(p: Patcher) -> None:
    boxes(p, "js ")[0]["text"] = "js stranger.js"


def no_project(p: Patcher) -> None:
    del p["project"]


def another_kind(p: Patcher) -> None:
    p["project"]["amxdtype"] = 1633771873


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (double_an_id, "fault: Several boxes have this id."),
        (cut_off_an_inlet, "has 1 inlets."),
        (claim_an_outlet, "fault: It says 2 inlets and 2 outlets; Max makes 2 and 1"),
        (two_cords, "which comes first"),
        (metro_to_script, "without a deferlow"),
        (pipe_to_script_by_a_bus, "without a deferlow"),
        (loadbang_to_script, "while the device loads"),
        (print_it, "fills the Max window"),
        (same_name, "fault: 2 parameters have this longname."),
        (begin_outside, "fault: It begins with 9, outside"),
        (whole_numbers_beyond_a_byte, "integers as one byte"),
        (item_beyond, "fault: It begins with item 7 of"),
        (bank_of_strangers, "fault: No parameter is called 'Nobody'."),
        (bank_of_nine, "Push has 8 encoders"),
        (below_the_edge, "It reaches out of"),
        (one_over_the_other, "fault: It lies over"),
        (a_long_word, "'a word far too long for its button' needs"),
        (another_script, "fault: The device carries no stranger.js."),
        (no_project, "fault: It has no 'project'."),
        (another_kind, "another kind of device"),
    ],
)
def test_what_is_broken_is_found(
    jam: DeviceFile, change: Callable[[Patcher], None], said: str
) -> None:
    assert any(said in text for text in findings(jam, change)), findings(jam, change)


def test_a_script_with_other_outlets_than_its_box_is_found(jam: DeviceFile) -> None:
    script = "inlets = 1;\noutlets = 5;\nfunction f() { outlet.apply(this, [0]); }\n"
    found = findings(jam, lambda patcher: None, script)
    assert any("makes 5" in text for text in found)
    assert any("crash Live" in text for text in found)


def test_deferred_reception_may_reach_a_script(jam: DeviceFile) -> None:
    def change(p: Patcher) -> None:
        cord(p, add(p, "udpreceive 7000 @defer 1", 1, 1), 0, boxes(p, "js ")[0]["id"], 0)

    assert not any("deferlow" in text for text in findings(jam, change))


def test_every_fault_and_doubt_has_a_sentence_and_a_place(jam: DeviceFile) -> None:
    found = lint_device(write_device(frozen_device(jam.kind, "x.amxd", {"patcher": {}}, {})))
    assert {one.severity for one in found} == {Severity.FAULT, Severity.DOUBT}
    assert all(one.where and one.text.endswith(".") for one in found)


LONG_NAMES = {
    "t": "trigger",
    "sel": "select",
    "s": "send",
    "i": "int",
    "f": "float",
    "+": "plus",
    "-": "minus",
    "*": "times",
    ">": "greaterthan",
}
BY_ARGUMENTS = {
    "t",
    "sel",
    "route",
    "pack",
    "unpack",
    "gate",
    "pipe",
    "makenote",
    "expr",
    "js",
    "r",
}
"""Their numbers depend on what is typed behind the class, which the reference does not say."""
NOT_TOLD = {"midiformat", "udpsend"}
"""The reference gives them no inlets at all; boxes in real patches have seven and one."""


def test_inlets_and_outlets_are_those_of_maxs_own_reference(jam: DeviceFile) -> None:
    compared = 0
    for box in Graph.of(jam.patch()["patcher"]).boxes.values():
        if box.raw["maxclass"] != "newobj" or box.kind in BY_ARGUMENTS:
            continue
        inlets, outlets = inlets_and_outlets(" ".join((box.kind, *box.arguments)))
        name = LONG_NAMES.get(box.kind, box.kind)
        assert len(outlets) == get_outlet_count(name), box.label
        if box.kind not in NOT_TOLD:
            assert inlets == get_inlet_count(name), box.label
            compared += 1
    assert compared > 50


def test_a_patch_of_anything_is_looked_over_without_a_crash(jam: DeviceFile) -> None:
    odd: Patcher = {
        "boxes": [7, {}, {"box": 3}, {"box": {"id": 1, "maxclass": None, "text": 5}}],
        "lines": [{"patchline": {"source": [], "destination": "x"}}, None],
        "parameters": {"parameterbanks": {"0": 3}},
        "openinpresentation": 1,
        "devicewidth": 10,
    }
    data = write_device(frozen_device(jam.kind, "odd.amxd", {"patcher": odd}, {}))
    assert lint_device(data)


def test_the_file_lies_where_the_wheel_takes_it_from() -> None:
    assert JAM.parent == Path(data_folder("m4l_devices"))
