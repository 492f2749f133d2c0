"""A Max patch as Python data: boxes and cords, written as the JSON that Max reads.

An outlet takes one cord only. Max sends along several cords in the order in which the boxes happen
to lie on the screen; whoever wants two puts a ``t`` (trigger) there and says the order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from bridge.amxd.device_file import FIXED_DATE_MAC_S, DeviceKind
from bridge.amxd.objects import inlets_and_outlets

_ROW_PX, _COLUMN_PX = 30, 220
_FONT = "Arial"


@dataclass(frozen=True, slots=True)
class Box:
    """A box in a patch.

    Args:
        name: Its id, unique in the patch.
        inlets: How many inlets it has.
        outlets: How many outlets it has.
    """

    name: str
    inlets: int
    outlets: int


class Patch:
    """A patch that grows, box by box and cord by cord."""

    def __init__(self) -> None:
        self._boxes: list[dict[str, Any]] = []
        self._lines: list[dict[str, Any]] = []
        self._taken: set[tuple[str, int]] = set()
        self._column, self._row = -1, 0

    def section(self, title: str) -> None:
        """Begin a new column of boxes, under a comment that says what they do."""
        self._column += 1
        self._row = 0
        self._add("comment", 1, (), {"text": title})

    def obj(self, text: str, **saved: Any) -> Box:
        """An object box.

        Args:
            text: What is typed into it.
            saved: Attributes to be kept with the box.

        Raises:
            ValueError: The class is none that the devices use.
        """
        inlets, outlets = inlets_and_outlets(text)
        extra: dict[str, Any] = {"text": text}
        if saved:
            extra["saved_object_attributes"] = saved
        return self._add("newobj", inlets, outlets, extra)

    def message(self, text: str) -> Box:
        """A message box, which sends its text when anything comes in."""
        return self._add("message", 2, ("",), {"text": text})

    def ui(
        self, maxclass: str, inlets: int, outlets: tuple[str, ...], attributes: Mapping[str, Any]
    ) -> Box:
        """A user interface object; its attributes carry ``presentation_rect`` where it is seen."""
        return self._add(maxclass, inlets, outlets, dict(attributes))

    def cord(self, source: Box, outlet: int, target: Box, inlet: int = 0) -> None:
        """Connect an outlet with an inlet, both counted from 0.

        Raises:
            ValueError: There is no such outlet or inlet, or the outlet has a cord already.
        """
        if not (0 <= outlet < source.outlets and 0 <= inlet < target.inlets):
            raise ValueError(f"No cord from {source} {outlet} to {target} {inlet}.")
        if (source.name, outlet) in self._taken:
            raise ValueError(f"Outlet {outlet} of {source} has a cord; put a t there.")
        self._taken.add((source.name, outlet))
        ends = {"source": [source.name, outlet], "destination": [target.name, inlet]}
        self._lines.append({"patchline": ends})

    def chain(self, *boxes: Box) -> None:
        """Connect each box's first outlet with the next one's first inlet."""
        for source, target in pairwise(boxes):
            self.cord(source, 0, target, 0)

    def receive(self, bus: str) -> Box:
        """The end of a bus: ``---`` keeps the instances of a device apart."""
        return self.obj(f"r ---{bus}")

    def send(self, bus: str) -> Box:
        """The beginning of a bus."""
        return self.obj(f"s ---{bus}")

    def as_json(
        self,
        *,
        kind: DeviceKind,
        width_px: int,
        height_px: int,
        parameters: Mapping[str, Any],
        scripts: tuple[str, ...],
    ) -> dict[str, Any]:
        """The whole patch as Max writes it.

        Args:
            kind: What the device is to Live.
            width_px: Width of the device in Live.
            height_px: Its height.
            parameters: Max's table of parameters and banks.
            scripts: File names of the scripts it carries.
        """
        dependencies = [
            {"name": name, "bootpath": ".", "patcherrelativepath": ".", "type": "TEXT"}
            for name in scripts
        ]
        return {
            "patcher": {
                "fileversion": 1,
                "appversion": {
                    "major": 8,
                    "minor": 5,
                    "revision": 5,
                    "architecture": "x64",
                    "modernui": 1,
                },
                "classnamespace": "box",
                "rect": [80, 80, 1400, 800],
                "openrect": [0, 0, width_px, height_px],
                "bglocked": 0,
                "openinpresentation": 1,
                "default_fontsize": 10,
                "default_fontface": 0,
                "default_fontname": _FONT,
                "gridonopen": 1,
                "gridsize": [15, 15],
                "gridsnaponopen": 1,
                "objectsnaponopen": 1,
                "statusbarvisible": 2,
                "toolbarvisible": 1,
                "boxanimatetime": 200,
                "enablehscroll": 1,
                "enablevscroll": 1,
                "devicewidth": width_px,
                "description": "",
                "digest": "",
                "tags": "",
                "style": "",
                "boxes": [{"box": box} for box in self._boxes],
                "lines": self._lines,
                "parameters": dict(parameters),
                "dependency_cache": dependencies,
                "latency": 0,
                "is_mpe": 1,
                "minimum_live_version": "",
                "minimum_max_version": "",
                "platform_compatibility": 0,
                "project": _project(kind),
                "autosave": 0,
            }
        }

    def _add(
        self, maxclass: str, inlets: int, outlets: tuple[str, ...], extra: dict[str, Any]
    ) -> Box:
        name = f"obj-{len(self._boxes) + 1}"
        width = max(40, min(_COLUMN_PX - 20, 12 + 6 * len(extra.get("text", ""))))
        box: dict[str, Any] = {"id": name, "maxclass": maxclass, "numinlets": inlets}
        box["numoutlets"] = len(outlets)
        if outlets:
            box["outlettype"] = list(outlets)
        at = [20 + self._column * _COLUMN_PX, 300 + self._row * _ROW_PX]
        box["patching_rect"] = [*at, width, 22]
        box.update(extra)
        self._boxes.append(box)
        self._row += 1
        return Box(name, inlets, len(outlets))


def _project(kind: DeviceKind) -> dict[str, Any]:
    """The block without which Max refuses a device as a project without a name."""
    return {
        "version": 1,
        "creationdate": FIXED_DATE_MAC_S,
        "modificationdate": FIXED_DATE_MAC_S,
        "viewrect": [0, 0, 300, 500],
        "autoorganize": 1,
        "hideprojectwindow": 1,
        "showdependencies": 1,
        "autolocalize": 0,
        "contents": {"patchers": {}},
        "layout": {},
        "searchpath": {},
        "detailsvisible": 0,
        "amxdtype": kind.project_number,
        "readonly": 0,
        "devpathtype": 0,
        "devpath": ".",
        "sortmode": 0,
        "viewmode": 0,
        "includepackages": 0,
    }
