"""The device's patch as a graph: boxes, cords and buses, for tests of its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from m4l_devices.magenta_jam import device as magenta_jam


@dataclass(frozen=True)
class Graph:
    """A patch to look at.

    Attributes:
        boxes: By id.
        cords: From (id, outlet) to (id, inlet).
    """

    boxes: dict[str, dict[str, Any]]
    cords: list[tuple[tuple[str, int], tuple[str, int]]]
    patcher: dict[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """What is typed into a box, or its class."""
        box = self.boxes[name]
        return str(box.get("text", box["maxclass"])) if box["maxclass"] == "newobj" else ""

    def of_class(self, *classes: str) -> list[str]:
        """Ids of the boxes of some classes."""
        return [
            name
            for name, box in self.boxes.items()
            if box["maxclass"] in classes or self.text(name).split(" ")[0] in classes
        ]

    def next_to(self, name: str) -> Iterator[str]:
        """Boxes to which one sends, by cord or by bus."""
        for (source, _), (target, _) in self.cords:
            if source == name:
                yield target
        words = self.text(name).split()
        if words[:1] == ["s"]:
            yield from (each for each in self.boxes if self.text(each) == f"r {words[1]}")

    def reached(self, starts: list[str], stop: str = "") -> set[str]:
        """Boxes that hear of some others; behind those of the class ``stop`` nothing is looked."""
        seen: set[str] = set()
        waiting = list(starts)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                if not stop or self.text(name).split(" ")[0] != stop:
                    waiting += self.next_to(name)
        return seen


def device_graph() -> Graph:
    """The device as it is built now."""
    patcher = magenta_jam.patch()["patcher"]
    boxes = {entry["box"]["id"]: entry["box"] for entry in patcher["boxes"]}
    assert len(boxes) == len(patcher["boxes"])
    lines = [entry["patchline"] for entry in patcher["lines"]]
    cords = [(tuple(each["source"]), tuple(each["destination"])) for each in lines]
    return Graph(boxes, cords, patcher)
