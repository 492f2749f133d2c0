"""What the players' columns and the buttons show. Pure: a scene in, a picture out.

A go pad tells what its player does. Everything that pulses does so on the beat:

    dark                        no player of that number
    slow blink, grey            its device is away
    dim grey                    idle
    blue                        listening
    blue and white, quick       thinking
    green pulse                 answering
    green blink                 looping
    blue and green pulse        answering and listening
    red instead of grey         it does all this, but is muted, or others play solo
"""

from __future__ import annotations

from bridge.core.push2 import hardware as hw
from bridge.core.push2.hardware import DARK, Colour, Led, Light, Pace, Shade, button, pad
from bridge.core.push2.scene import Layout, Scene
from bridge.core.push2.triggers import ACTIONS, SWITCHES, Row
from bridge.core.session import State
from bridge.core.views import PlayerView

_DIM = Light(Colour.DARK_GREY)
_READY = Light(Colour.LIGHT_GREY)
_SWITCHED = {Row.LOOP: Colour.GREEN, Row.MUTE: Colour.RED, Row.OWN_KEYS: Colour.WHITE}


def go_light(view: PlayerView, *, silenced: bool) -> Light:
    """What a player's go pad shows.

    Args:
        view: The player.
        silenced: Whether it is not heard.
    """
    ground = Colour.RED if silenced else Colour.DARK_GREY
    if view.away:
        return Light(Colour.LIGHT_GREY, Pace.BLINK_HALF)
    return {
        State.IDLE: Light(ground),
        State.LISTENING: Light(Colour.BLUE),
        State.THINKING: Light(Colour.WHITE, Pace.PULSE_EIGHTH, Colour.BLUE),
        State.ANSWERING: Light(Colour.GREEN, Pace.PULSE_QUARTER, ground),
        State.LOOPING: Light(Colour.GREEN, Pace.BLINK_QUARTER, ground),
        State.OVERLAPPING: Light(Colour.GREEN, Pace.PULSE_QUARTER, Colour.BLUE),
    }[State(view.state)]


def picture(scene: Scene, listener: int, *, banks: bool) -> dict[Led, Light]:
    """Everything but the keys and the row above the display.

    Args:
        scene: The jam and the hands.
        listener: Number of the player whose listen pad is down; 0 = none.
        banks: Whether the encoders have more than one bank.
    """
    shown = _columns(scene, listener) | _scenes(scene) | _transport(scene) | _ways(scene)
    more = banks and scene.player is not None
    shown |= {button(number): _white(more) for number in (hw.UP, hw.DOWN)}
    return shown


def _columns(scene: Scene, listener: int) -> dict[Led, Light]:
    solo = any(view.settings.solo for view in scene.views.values())
    shown: dict[Led, Light] = {}
    for column in range(hw.COLUMNS):
        view = scene.at(column)
        if view is None:
            continue
        chosen = view.number == scene.selected
        shown[button(hw.SELECT_ROW[column])] = Light(Colour.WHITE) if chosen else _DIM
        silenced = view.settings.mute or (solo and not view.settings.solo)
        shown[pad(column, Row.GO)] = go_light(view, silenced=silenced)
        if scene.layout is Layout.TRIGGERS:
            shown |= _column(view, column, scene.views.get(listener))
    return shown


def _column(view: PlayerView, column: int, listener: PlayerView | None) -> dict[Led, Light]:
    """The pads below a go pad."""
    listening = view.state in (State.LISTENING, State.OVERLAPPING)
    shown = {
        pad(column, Row.END_CALL): Light(Colour.BLUE) if listening else _DIM,
        pad(column, Row.AGAIN): _READY if view.answer_id else _DIM,
        pad(column, Row.MUTATE): _READY if view.answer_id else _DIM,
        pad(column, Row.LISTEN): _listen_light(view, listener),
    }
    for row, name in SWITCHES.items():
        shown[pad(column, row)] = Light(_SWITCHED[row]) if getattr(view.settings, name) else _DIM
    return shown


def _listen_light(view: PlayerView, listener: PlayerView | None) -> Light:
    if listener is None:
        return Light(Colour.BLUE) if view.listens_to else _DIM
    if view.number == listener.number:
        return Light(Colour.WHITE, Pace.PULSE_EIGHTH, Colour.BLUE)
    return Light(Colour.GREEN) if view.number == listener.listens_to else _READY


def _scenes(scene: Scene) -> dict[Led, Light]:
    if not scene.views:
        return {}
    rows = ACTIONS if scene.layout is Layout.TRIGGERS else [Row.GO]
    return {button(hw.SCENES[row]): _DIM for row in rows}


def _transport(scene: Scene) -> dict[Led, Light]:
    view = scene.player
    settings = view.settings if view is not None else scene.initial
    off = _DIM if view is not None else DARK
    return {
        button(hw.PLAY): Light(Colour.GREEN) if scene.playing else _DIM,
        button(hw.STOP): Light(Colour.RED),
        button(hw.MUTE): Light(Colour.RED) if view is not None and settings.mute else off,
        button(hw.SOLO): Light(Colour.BLUE) if view is not None and settings.solo else off,
        button(hw.REPEAT): _white(view is not None, full=settings.loop),
        button(hw.TAP): _white(True, full=hw.TAP in scene.down),
        **{
            button(number): _white(True, full=number in scene.down)
            for number in (hw.SHIFT, hw.SELECT, hw.DELETE)
        },
    }


def _ways(scene: Scene) -> dict[Led, Light]:
    """Buttons that lead elsewhere."""
    keys = scene.layout is Layout.KEYS
    melodic = keys and scene.player is not None and not scene.player.drums
    return {
        button(hw.NOTE): _white(True, full=keys),
        button(hw.SESSION): _white(True, full=not keys),
        button(hw.OCTAVE_DOWN): _white(melodic),
        button(hw.OCTAVE_UP): _white(melodic),
        button(hw.LEFT): _white(any(number < scene.selected for number in scene.views)),
        button(hw.RIGHT): _white(any(number > scene.selected for number in scene.views)),
        button(hw.PAGE_LEFT): _white(scene.page > 0),
        button(hw.PAGE_RIGHT): _white(scene.page < scene.last_page),
    }


def _white(there: bool, *, full: bool = False) -> Light:
    if not there:
        return DARK
    return Light(Shade.FULL if full else Shade.DIM)
