"""Checks of the scripts that a device carries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridge.amxd.device_file import DeviceFile
from bridge.amxd.lint.findings import Finding, doubt, fault
from bridge.amxd.lint.graph import BoxView, Graph
from bridge.errors import DeviceFileInvalid

SCRIPTS = {"js", "v8"}
_DECLARED = {
    "inlets": re.compile(r"^\s*(?:this\.)?inlets\s*=\s*(\d+)", re.MULTILINE),
    "outlets": re.compile(r"^\s*(?:this\.)?outlets\s*=\s*(\d+)", re.MULTILINE),
}
_CRASHES = re.compile(r"\b(?:outlet|messnamed)\s*\.\s*apply\b")


def check_scripts(graph: Graph, device: DeviceFile) -> Iterator[Finding]:
    """Every script is there, and has the inlets and outlets that its box says."""
    for box in graph.boxes.values():
        if box.kind in SCRIPTS:
            yield from _script(box, device)


def _script(box: BoxView, device: DeviceFile) -> Iterator[Finding]:
    if not box.arguments:
        yield fault(box.label, "It names no script.")
        return
    name = box.arguments[0] if box.arguments[0].endswith(".js") else f"{box.arguments[0]}.js"
    if not device.frozen:
        yield doubt(box.label, f"The device is not frozen: {name} must lie beside it.")
        return
    try:
        text = device.file(name).decode("utf-8")
    except DeviceFileInvalid:
        yield fault(box.label, f"The device carries no {name}.")
        return
    except UnicodeDecodeError:
        yield fault(name, "It is not UTF-8 text.")
        return
    saved = box.raw.get("saved_object_attributes")
    if not isinstance(saved, dict) or saved.get("filename") != name:
        yield doubt(box.label, f"Its box does not say that it needs {name}.")
    for what, ports in (("inlets", box.inlets), ("outlets", box.outlets)):
        declared = _DECLARED[what].search(text)
        count = int(declared.group(1)) if declared is not None else 1
        if count != ports:
            yield fault(box.label, f"It says {ports} {what}; {name} makes {count}.")
    if _CRASHES.search(text) is not None:
        yield fault(name, "outlet.apply and messnamed.apply crash Live.")
