"""docs/picture.svg: who talks to whom, and a call with its answer as the demo shows them."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH, HEIGHT = 960, 452
CALL_COLOUR, ANSWER_COLOUR = "#5aa9ff", "#ffab4a"
# Shades as the demo prints them: the louder, the more of the cell is filled.
LOUDNESS = {"▂": 0.42, "▅": 0.7, "█": 1.0}
CALL = {
    "crash": "█···············│················",
    "toms": "················│·············█▅·",
    "hat": "··▂▂█▂▂▂█▂▂·█·▂█│▅▂▂▂█▅▂··▅·····▅",
    "snare": "············█▂··│·······▅██▅██···",
    "kick": "▅·▅···▂·▅··▂···▅│·▂▅············▅",
}
ANSWER = {
    "crash": "█···············│················",
    "toms": "················│················",
    "hat": "··▂▂··▂·█▂▂▅·▂▂█│▅▂▂▂·▅▂▂█▂▂▅·▂▂█",
    "snare": "····█·······█···│····█·······█···",
    "kick": "▅··▅··▂·▅·····▅·│▅·······▅·▅···▅·",
}
STEPS = 64
GRID_X, GRID_Y, CELL_W, CELL_H = 92, 262, 13, 26

STYLE = """
text { font-family: -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans",
       sans-serif; fill: #e9edf3; }
.name { font-size: 16px; font-weight: 600; }
.small { font-size: 12px; fill: #aab4c2; }
.wire { font-size: 12px; fill: #cfd7e2; }
.box { fill: #232936; stroke: #4a5568; stroke-width: 1.2; }
.line { stroke: #8b98a9; stroke-width: 1.6; fill: none; }
"""


@dataclass(frozen=True, slots=True)
class Box:
    """A box of the upper row: left edge, width, its name and two lines below it."""

    x: int
    width: int
    name: str
    lines: tuple[str, str]


BOXES = (
    Box(28, 196, "Live", ("a MIDI track and", "its instrument, Push")),
    Box(262, 188, "Magenta Jam", ("Max for Live device", "(being built)")),
    Box(556, 160, "engine", ("the timekeeper: the", "beat, and what is due")),
    Box(772, 160, "model", ("a Magenta bundle,", "without TensorFlow")),
)
BOX_Y, BOX_H = 30, 132


def picture() -> str:
    """The picture as SVG, on a panel of its own so that any page may lie behind it."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' width="{WIDTH}" height="{HEIGHT}" aria-labelledby="title">',
        '<title id="title">A track in Live with the Magenta Jam device, the engine and the model;'
        " below, two bars of drums are played and two bars answer on the next downbeat.</title>",
        f"<style>{STYLE}</style>",
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="14" fill="#171b24"'
        ' stroke="#3a4354" stroke-width="1.5"/>',
        *(_box(box) for box in BOXES),
        _pads(BOXES[0]),
        _knobs(BOXES[1]),
        _ticks(BOXES[2]),
        _layers(BOXES[3]),
        *_wires(),
        *_grid(),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(box: Box) -> str:
    return (
        f'<rect class="box" x="{box.x}" y="{BOX_Y}" width="{box.width}" height="{BOX_H}" rx="9"/>'
        + _text(box.x + 14, BOX_Y + 26, box.name, "name")
        + _text(box.x + 14, BOX_Y + 104, box.lines[0], "small")
        + _text(box.x + 14, BOX_Y + 120, box.lines[1], "small")
    )


def _text(x: float, y: float, text: str, kind: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}"{more}>{text}</text>'


def _pads(box: Box) -> str:
    lit = {(0, 1): CALL_COLOUR, (1, 3): CALL_COLOUR, (2, 6): ANSWER_COLOUR, (0, 8): ANSWER_COLOUR}
    return "".join(
        f'<rect x="{box.x + 14 + column * 16}" y="{BOX_Y + 40 + row * 15}" width="12" height="11"'
        f' rx="2" fill="{lit.get((row, column), "#3c4658")}"/>'
        for row in range(3)
        for column in range(10)
    )


def _knobs(box: Box) -> str:
    shapes = []
    for i, angle_end in enumerate(((30, 46), (42, 66), (26, 64), (44, 60))):
        x, y = box.x + 30 + i * 42, BOX_Y + 62
        shapes.append(
            f'<circle cx="{x}" cy="{y}" r="14" fill="none" stroke="#4a5568" stroke-width="4"/>'
            f'<path d="M{x - 10} {y + 10} A14 14 0 0 1 {x + angle_end[0] - 36} {y - 12}"'
            f' stroke="{ANSWER_COLOUR}" stroke-width="4" fill="none" stroke-linecap="round"/>'
        )
    return "".join(shapes)


def _ticks(box: Box) -> str:
    x, y = box.x + 14, BOX_Y + 72
    bars = "".join(
        f'<path class="line" d="M{x + i * 11} {y} v{-22 if i % 4 == 0 else -10}"/>'
        for i in range(13)
    )
    due = f'<circle cx="{x + 88}" cy="{y - 28}" r="4.5" fill="{ANSWER_COLOUR}"/>'
    return bars + f'<path class="line" d="M{x} {y} h132"/>' + due


def _layers(box: Box) -> str:
    shapes = []
    for layer in range(3):
        x = box.x + 22 + layer * 52
        for unit in range(3):
            y = BOX_Y + 46 + unit * 18
            if layer < 2:
                shapes += [
                    f'<path d="M{x} {y} L{x + 52} {BOX_Y + 46 + other * 18}" stroke="#4a5568"/>'
                    for other in range(3)
                ]
            colour = ANSWER_COLOUR if layer == 2 and unit == 1 else "#8b98a9"
            shapes.append(f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}"/>')
    return "".join(shapes)


def _wires() -> list[str]:
    live, device, engine, model = BOXES
    upper, lower = BOX_Y + 52, BOX_Y + 88
    middle = (device.x + device.width + engine.x) / 2
    return [
        _arrow(live.x + live.width, device.x, upper, CALL_COLOUR),
        _arrow(device.x, live.x + live.width, lower, ANSWER_COLOUR),
        _arrow(device.x + device.width, engine.x, upper, CALL_COLOUR),
        _arrow(engine.x, device.x + device.width, lower, ANSWER_COLOUR),
        _arrow(engine.x + engine.width, model.x, upper, CALL_COLOUR),
        _arrow(model.x, engine.x + engine.width, lower, ANSWER_COLOUR),
        _text(middle, upper - 9, "notes, clock", "wire", ' text-anchor="middle"'),
        _text(middle, (upper + lower) / 2 + 4, "OSC over UDP", "small", ' text-anchor="middle"'),
        _text(middle, lower + 19, "notes, ahead", "wire", ' text-anchor="middle"'),
    ]


def _arrow(start: float, end: float, y: float, colour: str) -> str:
    sign = 1 if end > start else -1
    tip, tail = end - 5 * sign, start + 5 * sign
    return (
        f'<path d="M{tail:g} {y} H{tip - 7 * sign:g}" stroke="{colour}" stroke-width="2.4"/>'
        f'<path d="M{tip:g} {y} l{-9 * sign} -5 v10 z" fill="{colour}"/>'
    )


def _grid() -> list[str]:
    rows = list(CALL)
    bottom = GRID_Y + len(rows) * CELL_H
    half = GRID_X + STEPS // 2 * CELL_W
    parts = [
        _text(GRID_X, GRID_Y - 32, "call", "name", f' style="fill:{CALL_COLOUR}"'),
        _text(GRID_X + 42, GRID_Y - 32, "two bars of yours, listened to as you play", "small"),
        _text(half + 8, GRID_Y - 32, "answer", "name", f' style="fill:{ANSWER_COLOUR}"'),
        _text(half + 84, GRID_Y - 32, "on the next downbeat, with your feel", "small"),
    ]
    for index, name in enumerate(rows):
        y = GRID_Y + index * CELL_H
        parts.append(_text(GRID_X - 12, y + 18, name, "small", ' text-anchor="end"'))
        parts += _row(y, CALL[name] + ANSWER[name])
    for bar in range(4):
        x = GRID_X + bar * 16 * CELL_W
        if x != half:
            parts.append(f'<path d="M{x} {GRID_Y - 8} V{bottom}" stroke="#5b6779"/>')
        parts.append(_text(x + 5, GRID_Y - 6, f"bar {bar + 1}", "small"))
    parts.append(
        f'<path d="M{half} {GRID_Y - 46} V{bottom + 6}" stroke="{ANSWER_COLOUR}"'
        ' stroke-width="2.5"/>'
    )
    caption = "From magenta-bridge demo: a drummer of the Groove MIDI Dataset"
    parts.append(_text(GRID_X, bottom + 34, f"{caption} and the shipped model.", "small"))
    return parts


def _row(y: int, shades: str) -> list[str]:
    parts = []
    for step, shade in enumerate(shades.replace("│", "")):
        x = GRID_X + step * CELL_W
        tone = "#2b3342" if step % 4 == 0 else "#222936"
        parts.append(
            f'<rect x="{x + 1}" y="{y + 1}" width="{CELL_W - 2}" height="{CELL_H - 3}" rx="1.5"'
            f' fill="{tone}"/>'
        )
        if shade in LOUDNESS:
            tall = round((CELL_H - 3) * LOUDNESS[shade])
            colour = CALL_COLOUR if step < STEPS // 2 else ANSWER_COLOUR
            parts.append(
                f'<rect x="{x + 1}" y="{y + CELL_H - 2 - tall}" width="{CELL_W - 2}"'
                f' height="{tall}" rx="1.5" fill="{colour}"/>'
            )
    return parts
