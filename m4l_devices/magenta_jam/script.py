"""The device's one script, joined from its parts.

A frozen device carries its scripts by name, and Max's `include` looks for files on the disk: so
the parts become one file here. What the protocol fixes is written from the engine's own tables.
"""

from __future__ import annotations

from pathlib import Path

from bridge.core.address_book import (
    CLIP_NOTES_PER_CHUNK,
    DIALS,
    MAX_CLIP_CHUNKS,
    PROTOCOL_VERSION,
)
from m4l_devices.magenta_jam.parameters import KNOBS, Unit
from m4l_devices.magenta_jam.wiring import ENGINE_PORT, FIRST_REPLY_PORT

PARTS = ("head", "status", "link", "knobs", "names", "transfer", "song", "clips", "pads", "main")
"""Files of `js/`, in order."""

_FOLDER = Path(__file__).parent / "js"


def script_text() -> str:
    """The whole script."""
    parts = [(_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in PARTS]
    return "\n".join([_constants(), *parts])


def _constants() -> str:
    values = {
        "PROTOCOL": PROTOCOL_VERSION,
        "NOTES_PER_CHUNK": CLIP_NOTES_PER_CHUNK,
        "MAX_CHUNKS": MAX_CLIP_CHUNKS,
        "FIRST_PORT": FIRST_REPLY_PORT,
        "ENGINE_PORT": ENGINE_PORT,
    }
    head = (
        "// Magenta Jam. Built from m4l_devices/magenta_jam/js by `python -m m4l_devices.build`.\n"
    )
    head += "".join(f"var {name} = {value};\n" for name, value in values.items())
    return head + "var DIALS = [\n" + ",\n".join(_dials()) + "\n];\n"


def _dials() -> list[str]:
    """The dials in the engine's order, with what a dial makes of a parameter's value."""
    knobs = {knob.name: knob for knob in KNOBS}
    rows = []
    for name in DIALS:
        knob = knobs[name]
        factor = 100 if knob.unit is Unit.PERCENT else 1
        limits = f"low: {knob.low:.10g}, high: {knob.high:.10g}"
        rows.append(f'    {{name: "{name}", factor: {factor}, {limits}}}')
    return rows
