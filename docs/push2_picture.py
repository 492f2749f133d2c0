"""docs/push2.svg: where what is on Push 2, lit as five players in different states light it.

The lights are those of `bridge.core.push2.surface`, the places near to the device's.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.core.push2 import hardware as hw
from bridge.core.push2.hardware import DARK, Colour, Led, Light, Pace, button, pad
from bridge.core.push2.heard import KnobTouched
from bridge.core.push2.surface import Push2Surface
from bridge.core.push2.triggers import Row
from bridge.core.session import State
from bridge.core.settings import PUSH2_ENCODERS, PlayerSettings
from bridge.core.views import PlayerView

WIDTH, HEIGHT = 1104, 724
PAD_X, PAD_Y, PAD_W, PAD_H, GAP = 214, 268, 58, 44, 6
COLOURS = {
    Colour.BLACK: "#101318",
    Colour.WHITE: "#f2f4f7",
    Colour.LIGHT_GREY: "#8d96a5",
    Colour.DARK_GREY: "#3f4755",
    Colour.BLUE: "#3d74ff",
    Colour.GREEN: "#2fce6b",
    Colour.RED: "#ff4d4d",
}
SHADES = {hw.Shade.BLACK: "#101318", hw.Shade.DIM: "#4a5261", hw.Shade.FULL: "#f2f4f7"}
ROWS = {
    Row.GO: "go · Shift: mutate · held: repeat",
    Row.END_CALL: "end call",
    Row.AGAIN: "again",
    Row.MUTATE: "mutate",
    Row.LOOP: "loop",
    Row.MUTE: "mute",
    Row.OWN_KEYS: "own keys · lit: not heard",
    Row.LISTEN: "listen to · hold this one, tap another",
}
KNOBS = ("temperature", "length", "density", "feel", "register", "variety", "memory", "bundle")
STATES = {1: "answers", 2: "listens", 3: "muted", 4: "thinks", 5: "loops"}
LEFT = (
    (28, 176, hw.TAP, "Tap Tempo", "tempo"),
    (28, 226, hw.DELETE, "Delete", "+ touch: reset"),
    (28, 290, hw.MUTE, "Mute", "selected player"),
    (28, 326, hw.SOLO, "Solo", "selected player"),
    (28, 362, hw.STOP, "Stop Clip", "panic, everybody"),
    (28, 628, hw.PLAY, "Play", "the engine's beat"),
)
RIGHT = (
    (916, 176, hw.UP, "▲", "encoder bank"),
    (916, 210, hw.DOWN, "▼", "encoder bank"),
    (1006, 176, hw.LEFT, "◀", "player"),
    (1006, 210, hw.RIGHT, "▶", "player"),
    (1006, 448, hw.REPEAT, "Repeat", "loop"),
    (916, 500, hw.NOTE, "Note", "pads are keys"),
    (1006, 500, hw.SESSION, "Session", "triggers"),
    (916, 552, hw.OCTAVE_UP, "Octave ▲", "of the keys"),
    (916, 586, hw.OCTAVE_DOWN, "Octave ▼", "of the keys"),
    (1006, 552, hw.PAGE_LEFT, "◀ Page", "players"),
    (1006, 586, hw.PAGE_RIGHT, "Page ▶", "players"),
    (916, 638, hw.SHIFT, "Shift", "fine, mutate"),
    (1006, 638, hw.SELECT, "Select", "+ pad: player"),
)
STYLE = """
text { font-family: -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans",
       sans-serif; fill: #e9edf3; font-size: 11px; }
.small { font-size: 9.5px; fill: #a7b1c0; }
.head { font-size: 15px; font-weight: 600; }
"""


def push2_picture() -> str:
    """The picture as SVG, on a panel of its own so that any page may lie behind it."""
    lights = _lights()
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' width="{WIDTH}" height="{HEIGHT}" aria-labelledby="title">',
        '<title id="title">Push 2: a column of pads for each of eight players, a row for each thing'
        " to do; encoders, buttons and what they are for.</title>",
        f"<style>{STYLE}</style>",
        f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="14" fill="#171b24"'
        ' stroke="#3a4354" stroke-width="1.5"/>',
        *_encoders(),
        *_display(lights),
        *_pads(lights),
        *_strip(),
    ]
    for x, y, number, name, duty in (*LEFT, *RIGHT):
        parts.append(_button(x, y, lights.get(button(number), DARK), number, name, duty))
    note = (
        "Split pads pulse or blink between both colours, on the beat. Encoder 1 is touched: its"
        " value is the bar on the touch strip and above the display."
    )
    parts.append(_text(28, HEIGHT - 16, note, "small"))
    return "\n".join([*parts, "</svg>", ""])


def _lights() -> dict[Led, Light]:
    initial = PlayerSettings()
    surface = Push2Surface((initial.bundle,), initial, PUSH2_ENCODERS)
    surface.show(
        [
            _player(1, State.ANSWERING),
            _player(2, State.LISTENING, listen=1),
            _player(3, State.IDLE, mute=True),
            _player(4, State.THINKING),
            _player(5, State.LOOPING, loop=True),
        ]
    )
    surface.follow(True, 120.0)
    list(surface.heard(KnobTouched(hw.TRACK_KNOBS[0], True), 0.0))
    return surface.picture()


def _player(number: int, state: State, **changed: object) -> PlayerView:
    settings = replace(PlayerSettings(), **changed)  # type: ignore[arg-type]
    return PlayerView(
        number=number,
        name="",
        kind="port",
        bundle=settings.bundle,
        drums=True,
        state=state,
        bar=0,
        bars=0,
        settings=settings,
        away=False,
        answer_id=1,
        seed=0,
        call_nats_per_step=None,
        answer_nats_per_step=None,
        running_total_nats=None,
    )


def _encoders() -> list[str]:
    parts = []
    spots = [(58, "tempo"), *((_x(place) + PAD_W / 2, name) for place, name in enumerate(KNOBS))]
    for x, name in spots:
        parts += [
            f'<circle cx="{x:g}" cy="52" r="19" fill="#2b3240" stroke="#566072"/>',
            f'<path d="M{x:g} 52 v-15" stroke="#e9edf3" stroke-width="2"/>',
            _text(x, 90, name, "", ' text-anchor="middle"'),
        ]
    return parts


def _display(lights: dict[Led, Light]) -> list[str]:
    wide = 8 * (PAD_W + GAP) - GAP
    parts = [
        f'<rect x="{PAD_X}" y="128" width="{wide}" height="96" rx="5" fill="#0c0e12"'
        ' stroke="#343c4a"/>',
        _text(PAD_X + wide / 2, 170, "the display is not used", "small", ' text-anchor="middle"'),
        _text(
            PAD_X + wide / 2,
            186,
            "(the web stream tells values in words)",
            "small",
            ' text-anchor="middle"',
        ),
    ]
    for place in range(hw.COLUMNS):
        upper, lower = hw.METER_ROW[place], hw.SELECT_ROW[place]
        parts.append(_cell(_x(place), 108, PAD_W, 13, lights.get(button(upper), DARK)))
        parts.append(_cell(_x(place), 232, PAD_W, 13, lights.get(button(lower), DARK)))
        text = f"player {place + 1}"
        middle = ' text-anchor="middle"'
        parts.append(_text(_x(place) + PAD_W / 2, 260, text, "small", middle))
    return parts


def _pads(lights: dict[Led, Light]) -> list[str]:
    parts = []
    for row in range(hw.ROWS):
        y = PAD_Y + (hw.ROWS - 1 - row) * (PAD_H + GAP)
        for column in range(hw.COLUMNS):
            light = lights.get(pad(column, row), DARK)
            parts.append(_cell(_x(column), y, PAD_W, PAD_H, light))
            if row == Row.GO and column + 1 in STATES:
                ink = ' text-anchor="middle" style="fill: #fff; paint-order: stroke; stroke: #000;'
                ink += ' stroke-width: 2px"'
                text = STATES[column + 1]
                parts.append(_text(_x(column) + PAD_W / 2, y + PAD_H / 2 + 4, text, "", ink))
        scene = lights.get(button(hw.SCENES[row]), DARK)
        parts.append(_cell(_x(8), y + 14, 30, 16, scene))
        words = ROWS[Row(row)].split(" · ")
        top = y + 27 - 6 * (len(words) - 1)
        for line, word in enumerate(words):
            parts.append(_text(_x(8) + 38, top + 12 * line, word, "" if not line else "small"))
    return parts


def _strip() -> list[str]:
    x, y, high = 176, PAD_Y, 8 * (PAD_H + GAP) - GAP
    share = (1.0 - 0.1) / (2.0 - 0.1)
    lit = round(high * share)
    return [
        f'<rect x="{x}" y="{y}" width="20" height="{high}" rx="4" fill="#0c0e12"'
        ' stroke="#343c4a"/>',
        f'<rect x="{x + 5}" y="{y + high - lit}" width="10" height="{lit}" fill="#f2f4f7"/>',
    ]


def _button(x: float, y: float, light: Light, number: int, name: str, duty: str) -> str:
    wide = 110 if x < PAD_X else 82
    colour = COLOURS[Colour(light.colour)] if number in hw.RGB_BUTTONS else _shade(light)
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{wide}" height="26" rx="4" fill="#232936"'
        f' stroke="{colour}" stroke-width="2.4"/>'
        + _text(x + wide / 2, y + 12, name, "", ' text-anchor="middle"')
        + _text(x + wide / 2, y + 22, duty, "small", ' text-anchor="middle"')
    )


def _shade(light: Light) -> str:
    return SHADES[hw.Shade(light.colour)]


def _cell(x: float, y: float, wide: float, high: float, light: Light) -> str:
    colour = COLOURS[Colour(light.colour)]
    shape = f'x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="3"'
    if light.pace is Pace.STILL:
        return f'<rect {shape} fill="{colour}"/>'
    start = COLOURS[Colour(light.start)]
    return (
        f'<rect {shape} fill="{start}"/>'
        f'<path d="M{x + wide:g} {y:g} V{y + high:g} H{x:g} z" fill="{colour}"/>'
    )


def _x(place: int) -> float:
    return PAD_X + place * (PAD_W + GAP)


def _text(x: float, y: float, text: str, kind: str, more: str = "") -> str:
    css = f' class="{kind}"' if kind else ""
    return f'<text{css} x="{x:g}" y="{y:g}"{more}>{text}</text>'
