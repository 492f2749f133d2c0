"""Checks of boxes and cords."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bridge.amxd.lint.findings import Finding, doubt, fault
from bridge.amxd.lint.graph import BoxView, Graph
from bridge.amxd.objects import inlets_and_outlets

UNWANTED = {"print": "fills the Max window, and slows Live, of whoever plays the device"}
SILENT = {"comment", "live.comment", "panel", "live.line", "fpic"}
"""Boxes that only show something; nothing need come in or go out."""


def check_wiring(graph: Graph) -> Iterator[Finding]:
    """Ids, cords, numbers of inlets and outlets, the order of several cords from one outlet."""
    for name in graph.twice:
        yield fault(name, "Several boxes have this id.")
    yield from _cords(graph)
    yield from _fan_outs(graph)
    for box in graph.boxes.values():
        yield from _arity(box)
        if box.kind in UNWANTED:
            yield doubt(box.label, f"This {UNWANTED[box.kind]}.")


def _cords(graph: Graph) -> Iterator[Finding]:
    for cord in graph.cords:
        ends = f"cord from {cord.source} outlet {cord.outlet} to {cord.target} inlet {cord.inlet}"
        source, target = graph.boxes.get(cord.source), graph.boxes.get(cord.target)
        if source is None or target is None:
            yield fault(ends, "One of its boxes does not exist.")
            continue
        if not 0 <= cord.outlet < source.outlets:
            yield fault(ends, f"{source.label} has {source.outlets} outlets.")
        if not 0 <= cord.inlet < target.inlets:
            yield fault(ends, f"{target.label} has {target.inlets} inlets.")


def _fan_outs(graph: Graph) -> Iterator[Finding]:
    cords = Counter((cord.source, cord.outlet) for cord in graph.cords)
    for (name, outlet), count in cords.items():
        box = graph.boxes.get(name)
        if count > 1 and box is not None:
            yield doubt(
                box.label,
                f"Outlet {outlet} has {count} cords: where the boxes lie decides which comes"
                " first. A trigger would say it.",
            )


def _arity(box: BoxView) -> Iterator[Finding]:
    if box.raw.get("maxclass") != "newobj":
        return
    try:
        inlets, outlets = inlets_and_outlets(" ".join((box.kind, *box.arguments)))
    except ValueError:
        yield doubt(box.label, "This object is not known here; its inlets and outlets are unread.")
        return
    if box.kind == "js":
        # A script says itself how many it has; that is compared where the script is at hand.
        return
    if (box.inlets, box.outlets) != (inlets, len(outlets)):
        yield fault(
            box.label,
            f"It says {box.inlets} inlets and {box.outlets} outlets; Max makes {inlets} and"
            f" {len(outlets)}, and drops the cords of the others.",
        )
