"""A patch as boxes and cords, read from its JSON as leniently as Max reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

NAMED = {"trigger": "t", "select": "sel", "send": "s", "receive": "r", "int": "i", "float": "f"}
"""Long names of objects and the short ones by which they are known here."""


@dataclass(frozen=True, slots=True)
class BoxView:
    """A box.

    Args:
        name: Its id.
        kind: The object's class: the first word of an object box, else its ``maxclass``.
        arguments: What follows the class, without ``@`` attributes.
        attributes: Names of the ``@`` attributes with their first values.
        inlets: How many inlets it says it has.
        outlets: How many outlets it says it has.
        raw: The box as it stands in the file.
    """

    name: str
    kind: str
    arguments: tuple[str, ...]
    attributes: Mapping[str, str]
    inlets: int
    outlets: int
    raw: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The box for people: what is typed into it, and its id."""
        text = str(self.raw.get("text", "")) or self.kind
        return f"{text} ({self.name})"


@dataclass(frozen=True, slots=True)
class Cord:
    """From an outlet to an inlet, both counted from 0."""

    source: str
    outlet: int
    target: str
    inlet: int


@dataclass(slots=True)
class Graph:
    """A patch without its sub-patches.

    Args:
        boxes: In the order of the file; of boxes with the same id the last.
        cords: In the order of the file.
        twice: Ids that several boxes have.
    """

    boxes: dict[str, BoxView] = field(default_factory=dict)
    cords: list[Cord] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, patcher: Mapping[str, Any]) -> Graph:
        """Read a ``patcher``; what has not the form of a box or a cord is left out."""
        graph = cls()
        for entry in _list(patcher.get("boxes")):
            raw = entry.get("box") if isinstance(entry, dict) else None
            if isinstance(raw, dict):
                graph._add(_box(raw))
        for entry in _list(patcher.get("lines")):
            line = entry.get("patchline") if isinstance(entry, dict) else None
            if isinstance(line, dict):
                graph.cords += _cord(line)
        return graph

    def _add(self, box: BoxView) -> None:
        if box.name in self.boxes:
            self.twice.append(box.name)
        self.boxes[box.name] = box

    def targets(self) -> dict[str, list[BoxView]]:
        """Of each box those that it may send to, through cords and through ``send``."""
        buses: dict[str, list[BoxView]] = defaultdict(list)
        for box in self.boxes.values():
            if box.kind == "r" and box.arguments:
                buses[box.arguments[0]].append(box)
        found: dict[str, list[BoxView]] = defaultdict(list)
        for cord in self.cords:
            if cord.target in self.boxes:
                found[cord.source].append(self.boxes[cord.target])
        for box in self.boxes.values():
            if box.kind == "s" and box.arguments:
                found[box.name] += buses[box.arguments[0]]
        return found


def _box(raw: dict[str, Any]) -> BoxView:
    kind = str(raw.get("maxclass", ""))
    words: list[str] = []
    attributes: dict[str, str] = {}
    if kind == "newobj":
        typed, *settings = (" " + str(raw.get("text", ""))).split(" @")
        words = typed.split()
        for setting in settings:
            name, *values = setting.split() or [""]
            attributes[name] = values[0] if values else ""
        kind = words[0] if words else ""
    return BoxView(
        str(raw.get("id", "")),
        NAMED.get(kind, kind),
        tuple(words[1:]),
        attributes,
        _count(raw.get("numinlets")),
        _count(raw.get("numoutlets")),
        raw,
    )


def _cord(line: dict[str, Any]) -> Iterator[Cord]:
    source, target = _list(line.get("source")), _list(line.get("destination"))
    if len(source) == 2 and len(target) == 2:
        yield Cord(str(source[0]), _count(source[1]), str(target[0]), _count(target[1]))


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
