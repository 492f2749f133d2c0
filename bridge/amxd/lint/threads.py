"""Checks of who calls whom: scheduler, main thread, and the moment at which a device loads."""

from __future__ import annotations

from collections.abc import Iterator

from bridge.amxd.lint.findings import Finding, fault
from bridge.amxd.lint.graph import BoxView, Graph

TIMED = {
    "metro",
    "midiin",
    "notein",
    "ctlin",
    "udpreceive",
    "pipe",
    "delay",
    "makenote",
    "transport",
    "timepoint",
}
"""Objects whose output comes in the scheduler's thread."""
SCRIPTS = {"js", "v8"}
LOADERS = {"loadbang", "loadmess"}


def check_threads(graph: Graph) -> Iterator[Finding]:
    """Scripts run in the main thread only, and Live's objects exist only when Live says so."""
    targets = graph.targets()
    for box in graph.boxes.values():
        if box.kind in TIMED and not _deferred(box):
            for script in _reached(box, targets, SCRIPTS, {"deferlow", "defer"}):
                yield fault(
                    box.label,
                    f"It reaches {script.label} without a deferlow: scripts must not be called"
                    " from the scheduler.",
                )
        if box.kind in LOADERS:
            for script in _reached(box, targets, SCRIPTS, set()):
                yield fault(
                    box.label,
                    f"It reaches {script.label} while the device loads: Live's objects are dead"
                    " then. live.thisdevice tells when they live.",
                )


def _deferred(box: BoxView) -> bool:
    return box.attributes.get("defer", "0") != "0"


def _reached(
    start: BoxView, targets: dict[str, list[BoxView]], wanted: set[str], walls: set[str]
) -> Iterator[BoxView]:
    """Boxes of the wanted kinds that can be reached without passing a wall."""
    seen, ahead = {start.name}, [start]
    while ahead:
        for box in targets.get(ahead.pop().name, []):
            if box.name in seen or box.kind in walls:
                continue
            seen.add(box.name)
            if box.kind in wanted:
                yield box
            else:
                ahead.append(box)
