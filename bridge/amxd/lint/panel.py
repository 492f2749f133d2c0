"""Checks of what is seen of a device in Live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from bridge.amxd.lint.findings import Finding, doubt, fault
from bridge.amxd.lint.graph import BoxView, Graph

HEIGHT_PX = 169
"""Live gives a device so much height and not a pixel more."""
LETTER_EM = 0.56
"""Mean width of a letter of Ableton's and Arial's fonts, as a share of the font's size."""
BACKGROUND = {"panel", "live.line"}
Rect = tuple[float, float, float, float]


def check_panel(graph: Graph, patcher: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything visible lies within the device, nothing over another, and text fits its box."""
    if patcher.get("openinpresentation") != 1:
        yield doubt("device", "It does not open in presentation view: Live shows the whole patch.")
        return
    width = patcher.get("devicewidth") or _far_edge(patcher)
    seen = [(box, rect) for box in graph.boxes.values() if (rect := _rect(box)) is not None]
    if not seen:
        yield doubt("device", "Nothing of it is seen in Live.")
    for box, (left, top, wide, high) in seen:
        if any(value != int(value) for value in (left, top, wide, high)):
            yield doubt(box.label, "It does not lie on whole pixels, and looks blurred.")
        if left < 0 or top < 0 or left + wide > width or top + high > HEIGHT_PX:
            yield fault(
                box.label, f"It reaches out of the {width:g} x {HEIGHT_PX} px of the device."
            )
        yield from _text(box, wide)
    solid = [(box, rect) for box, rect in seen if box.kind not in BACKGROUND]
    for (one, first), (other, second) in combinations(solid, 2):
        if _overlap(first, second):
            yield fault(one.label, f"It lies over {other.label}.")


def _far_edge(patcher: Mapping[str, Any]) -> float:
    rect = patcher.get("openrect")
    return float(rect[2]) if isinstance(rect, list) and len(rect) == 4 else 0.0


def _rect(box: BoxView) -> Rect | None:
    value = box.raw.get("presentation_rect")
    if box.raw.get("presentation") != 1 or not isinstance(value, list) or len(value) != 4:
        return None
    left, top, wide, high = (float(each) for each in value)
    return left, top, wide, high


def _overlap(one: Rect, other: Rect) -> bool:
    apart = (
        one[0] + one[2] <= other[0]
        or other[0] + other[2] <= one[0]
        or one[1] + one[3] <= other[1]
        or other[1] + other[3] <= one[1]
    )
    return not apart


def _text(box: BoxView, wide_px: float) -> Iterator[Finding]:
    size = box.raw.get("fontsize", 10.0)
    size = float(size) if isinstance(size, int | float) else 10.0
    texts = [str(box.raw["text"])] if box.kind in {"live.text", "live.comment", "comment"} else []
    if box.kind == "live.text":
        texts = [str(box.raw[key]) for key in ("text", "texton") if key in box.raw]
    for text in texts:
        needed_px = len(text) * size * LETTER_EM
        if needed_px > wide_px:
            yield fault(
                box.label, f"{text!r} needs about {needed_px:.0f} px and has {wide_px:.0f}."
            )
