"""docs/magenta-jam-*.svg: Magenta Jam as Live shows it, drawn from the device file's own data.

A drawing, not a photograph: places, sizes, words and initial values are the patch's own, the look
of knobs and buttons is near to Live's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

from bridge.amxd.lint.graph import BoxView, Graph
from bridge.amxd.reader import read_device
from bridge.paths import data_folder

TITLE_PX, EDGE_PX, HEIGHT_PX = 18, 1, 169
FLOAT, ENUM = 0, 2
INT_STYLE, PERCENT_STYLE = 0, 5
FIRST_STATUS = "Listening (bar 2/4)"
"""What the status line shows in the picture, in place of the word of a device that loads."""
_SWEEP = 270.0


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours of one of Live's themes."""

    back: str
    title: str
    field: str
    line: str
    text: str
    dim: str
    accent: str
    on_accent: str


DARK = Theme("#2a2a2a", "#5c3550", "#1c1c1c", "#4d4d4d", "#d5d5d5", "#9a9a9a", "#ffad56", "#1c1c1c")
LIGHT = Theme(
    "#d6d6d6", "#c9a0bb", "#f0f0f0", "#8c8c8c", "#1a1a1a", "#4a4a4a", "#ff9a2e", "#1a1a1a"
)


def dark_picture() -> str:
    """The device in Live's dark theme."""
    return _picture(DARK)


def light_picture() -> str:
    """The device in Live's light theme."""
    return _picture(LIGHT)


def _picture(theme: Theme) -> str:
    data = (data_folder("m4l_devices") / "Magenta Jam.amxd").read_bytes()
    patcher = read_device(data).patch()["patcher"]
    width = int(patcher["devicewidth"])
    total_w, total_h = width + 2 * EDGE_PX, HEIGHT_PX + TITLE_PX + 2 * EDGE_PX
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total_w} {total_h}"'
        f' width="{2 * total_w}" height="{2 * total_h}" role="img"'
        ' aria-label="The device Magenta Jam: status line, knobs, buttons, menus">',
        "<style>text { font-family: Arial, Helvetica, sans-serif; font-size: 9.5px; }</style>",
        f'<rect width="{total_w}" height="{total_h}" rx="4" fill="{theme.line}"/>',
        f'<rect x="{EDGE_PX}" y="{EDGE_PX}" width="{width}" height="{total_h - 2}" rx="3"'
        f' fill="{theme.back}"/>',
        f'<rect x="{EDGE_PX}" y="{EDGE_PX}" width="{width}" height="{TITLE_PX}" rx="3"'
        f' fill="{theme.title}"/>',
        f'<circle cx="10" cy="10" r="4.5" fill="{theme.accent}"/>',
        f'<text x="20" y="13.5" fill="{theme.text}" font-weight="bold">Magenta Jam</text>',
        f'<g transform="translate({EDGE_PX} {TITLE_PX + EDGE_PX})">',
    ]
    for box in Graph.of(patcher).boxes.values():
        if box.raw.get("presentation") == 1:
            parts += _drawn(box, theme)
    return "\n".join([*parts, "</g>", "</svg>", ""])


def _drawn(box: BoxView, theme: Theme) -> list[str]:
    rect = tuple(float(value) for value in box.raw["presentation_rect"])
    match box.kind:
        case "live.dial":
            return _dial(box, rect, theme)
        case "live.tab":
            return _tab(box, rect, theme)
        case "live.text":
            return _field(rect, theme, str(box.raw["text"]), "middle")
        case "live.menu":
            left, top, wide, _ = rect
            arrow = f"{left + wide - 8} {top + 6} h6 l-3 4 z"
            return [
                *_field(rect, theme, _value(box), "start"),
                f'<path d="M{arrow}" fill="{theme.dim}"/>',
            ]
        case "live.numbox":
            return _field(rect, theme, _value(box), "middle")
        case _:
            return _comment(box, rect, theme)


def _field(rect: tuple[float, ...], theme: Theme, text: str, anchor: str) -> list[str]:
    left, top, wide, high = rect
    room = wide - (12 if anchor == "start" else 4)
    shown = _fitting(text, room)
    at = left + (3 if anchor == "start" else wide / 2)
    return [
        f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" rx="1.5"'
        f' fill="{theme.field}" stroke="{theme.line}" stroke-width="0.8"/>',
        f'<text x="{at}" y="{top + high / 2 + 3.4}" text-anchor="{anchor}"'
        f' fill="{theme.text}">{escape(shown)}</text>',
    ]


def _dial(box: BoxView, rect: tuple[float, ...], theme: Theme) -> list[str]:
    left, top, wide, _ = rect
    settings = _settings(box)
    low, high = settings["parameter_mmin"], settings["parameter_mmax"]
    first = float(settings["parameter_initial"][0])
    centre_x, centre_y, radius = left + wide / 2, top + 24.0, 9.5
    name = escape(str(settings["parameter_shortname"]))
    middle = f'x="{centre_x}" text-anchor="middle" fill="{theme.text}"'
    begin = 0.5 if low < 0.0 < high else 0.0
    share = (first - low) / (high - low)
    pointer = _on_circle(centre_x, centre_y, radius, share)
    arc = [
        f'<path d="{_arc(centre_x, centre_y, radius, 0.0, 1.0)}" fill="none"'
        f' stroke="{theme.line}" stroke-width="2.2"/>',
        f'<path d="M{centre_x} {centre_y} L{pointer[0]:.2f} {pointer[1]:.2f}"'
        f' stroke="{theme.text}" stroke-width="1.6"/>',
    ]
    if abs(share - begin) > 1e-9:
        span = sorted((begin, share))
        arc.insert(
            1,
            f'<path d="{_arc(centre_x, centre_y, radius, *span)}" fill="none"'
            f' stroke="{theme.accent}" stroke-width="2.2"/>',
        )
    return [
        f'<text {middle} y="{top + 9}">{name}</text>',
        *arc,
        f'<text {middle} y="{top + 45}">{_value(box)}</text>',
    ]


def _tab(box: BoxView, rect: tuple[float, ...], theme: Theme) -> list[str]:
    left, top, wide, high = rect
    items = _settings(box)["parameter_enum"]
    each = wide / len(items)
    parts = []
    for place, item in enumerate(items):
        fill, ink = (theme.accent, theme.on_accent) if place == 0 else (theme.field, theme.text)
        parts.append(
            f'<rect x="{left + place * each:.2f}" y="{top}" width="{each - 1:.2f}" height="{high}"'
            f' rx="1.5" fill="{fill}" stroke="{theme.line}" stroke-width="0.8"/>'
        )
        parts.append(
            f'<text x="{left + (place + 0.5) * each:.2f}" y="{top + high / 2 + 3.4}"'
            f' text-anchor="middle" fill="{ink}">{escape(str(item))}</text>'
        )
    return parts


def _comment(box: BoxView, rect: tuple[float, ...], theme: Theme) -> list[str]:
    left, top, _, high = rect
    text = str(box.raw.get("text", ""))
    # The status line begins with the word of a device that loads; the picture shows it at work.
    status = text == "Starting"
    shown, colour = (FIRST_STATUS, theme.text) if status else (text, theme.dim)
    return [
        f'<text x="{left + 2}" y="{top + high / 2 + 3.4}" fill="{colour}">{escape(shown)}</text>'
    ]


def _settings(box: BoxView) -> dict[str, Any]:
    settings: dict[str, Any] = box.raw["saved_attribute_attributes"]["valueof"]
    return settings


def _value(box: BoxView) -> str:
    settings = _settings(box)
    value = float(settings.get("parameter_initial", [0])[0])
    if settings["parameter_type"] == ENUM:
        return str(settings["parameter_enum"][int(value)])
    style = settings.get("parameter_unitstyle", INT_STYLE)
    if style == PERCENT_STYLE:
        return f"{value:.0f} %"
    if style == INT_STYLE or settings["parameter_type"] != FLOAT:
        return f"{value:.0f}"
    return f"{value:.2f}"


def _fitting(text: str, room_px: float) -> str:
    letters = int(room_px / 4.9)
    return text if len(text) <= letters else text[: max(1, letters - 1)] + "…"


def _on_circle(x: float, y: float, radius: float, share: float) -> tuple[float, float]:
    angle = math.radians(135.0 + _SWEEP * share)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _arc(x: float, y: float, radius: float, begin: float, end: float) -> str:
    (x0, y0), (x1, y1) = (_on_circle(x, y, radius, share) for share in (begin, end))
    large = int((end - begin) * _SWEEP > 180.0)
    return f"M{x0:.2f} {y0:.2f} A{radius} {radius} 0 {large} 1 {x1:.2f} {y1:.2f}"
