"""Push 2 as a surface: what hands do becomes commands, what the jam does becomes light. Sans-IO.

It holds no truth about the players: it asks for a change, and shows it when the jam says that it is
so. So nothing of it can be wrong after the device was away, or when the page turns the same knob.

Where a method returns `Asked`, the caller carries the commands out, and says with
`Push2Surface.refused` which of them can't be done.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bridge.core.commands import EVERYBODY, Do, RunClock, SetParameter, SetTempo
from bridge.core.events import ReadOut
from bridge.core.push2 import hardware as hw
from bridge.core.push2.grid import picture
from bridge.core.push2.hardware import Colour, Led, Light, Pace
from bridge.core.push2.heard import (
    ButtonPressed,
    ButtonReleased,
    Heard,
    KnobTouched,
    KnobTurned,
    PadPressed,
    PadReleased,
)
from bridge.core.push2.keys import Keys
from bridge.core.push2.readout import Encoders
from bridge.core.push2.scene import Asked, Layout, Scene
from bridge.core.push2.tap import Taps
from bridge.core.push2.triggers import Row, Triggers
from bridge.core.settings import PlayerSettings
from bridge.core.views import PlayerGone, PlayerView

REFUSED_S = 0.25
"""A control whose command can't be done is red for so long."""
TEMPO_STEP_QPM, FINE_TEMPO_STEP_QPM = 1.0, 0.1
LOWEST_QPM, HIGHEST_QPM = 20.0, 999.0
_TOGGLES = {hw.MUTE: "mute", hw.SOLO: "solo", hw.REPEAT: "loop"}
_LAYOUTS = {hw.NOTE: Layout.KEYS, hw.SESSION: Layout.TRIGGERS}


class Push2Surface:
    """The device's controls and its picture.

    Args:
        bundles: Names of the bundles on offer.
        initial: What a reset brings back.
        encoders: Parameters of the eight encoders, eight to a bank, 1 to 16.
    """

    def __init__(
        self, bundles: tuple[str, ...], initial: PlayerSettings, encoders: tuple[str, ...]
    ) -> None:
        self._scene = Scene(bundles, initial)
        self._triggers = Triggers(self._scene)
        self._keys = Keys(self._scene)
        self._encoders = Encoders(self._scene, encoders)
        self._taps = Taps()
        self._red: dict[Led, float] = {}

    # --- the jam ----------------------------------------------------------------------------

    def show(self, changes: Iterable[PlayerView | PlayerGone]) -> None:
        """Players have changed, or are no more."""
        self._scene.take(changes)

    def follow(self, playing: bool, tempo_qpm: float) -> None:
        """Whether the beat runs now, and its tempo in quarter notes a minute."""
        self._scene.playing, self._scene.tempo_qpm = playing, tempo_qpm

    def refused(self, asked: Asked, now_s: float) -> None:
        """A command can't be done: its control is red for a moment."""
        if asked.led is not None:
            self._red[asked.led] = now_s + REFUSED_S
            self._triggers.refused(asked.led)

    # --- the hands --------------------------------------------------------------------------

    def heard(self, one: Heard, now_s: float) -> Iterator[Asked]:
        """Something was done on the device."""
        if isinstance(one, PadPressed):
            yield from self._pad(one, now_s)
        elif isinstance(one, PadReleased):
            yield from self._triggers.released((one.column, one.row))
            yield from self._keys.released((one.column, one.row))
        elif isinstance(one, ButtonPressed):
            self._scene.down.add(one.number)
            yield from self._button(one.number, now_s)
        elif isinstance(one, ButtonReleased):
            self._scene.down.discard(one.number)
        elif isinstance(one, KnobTouched):
            yield from self._encoders.touched(one.knob, one.down, now_s)
        elif isinstance(one, KnobTurned) and one.knob == hw.TEMPO_KNOB:
            yield from self._tempo(one.counts)
        elif isinstance(one, KnobTurned):
            yield from self._encoders.turned(one.knob, one.counts, now_s)

    def hands_off(self) -> Iterator[Asked]:
        """No hand is on the device any more: it is gone, or somebody else's."""
        self._scene.down.clear()
        self._encoders.release_all()
        yield from self._triggers.release_all()
        yield from self._keys.release_all()

    def advance(self, now_s: float) -> Iterator[Asked]:
        """Do what is due: held pads, encoders at rest, red lights that end."""
        for led in [led for led, until_s in self._red.items() if now_s >= until_s]:
            del self._red[led]
        yield from self._triggers.advance(now_s)
        yield from self._encoders.advance(now_s)

    def next_due_s(self) -> float:
        """When `advance` has something to do; infinity if never."""
        red_s = min(self._red.values(), default=float("inf"))
        return min(red_s, self._triggers.next_due_s(), self._encoders.next_due_s())

    # --- the picture ------------------------------------------------------------------------

    def picture(self) -> dict[Led, Light]:
        """What the LEDs show; those that are left out are dark."""
        scene = self._scene
        shown = picture(scene, self._triggers.listener, banks=self._encoders.last_bank > 0)
        if scene.layout is Layout.KEYS:
            shown |= self._keys.picture()
        shown |= self._encoders.picture()
        for led in self._red:
            white = not led.is_pad and led.number in hw.WHITE_BUTTONS
            shown[led] = Light(hw.Shade.FULL, Pace.BLINK_EIGHTH) if white else Light(Colour.RED)
        return shown

    def strip(self) -> tuple[bool, ...] | None:
        """What the touch strip shows, from the bottom; None for nothing of ours."""
        return self._encoders.strip()

    def take_told(self) -> list[ReadOut]:
        """What to tell people; it is handed out once."""
        self._encoders.tell()
        told, self._encoders.told = self._encoders.told, []
        return told

    # --- inside -----------------------------------------------------------------------------

    def _pad(self, one: PadPressed, now_s: float) -> Iterator[Asked]:
        scene, place = self._scene, (one.column, one.row)
        if scene.layout is Layout.KEYS and one.row != Row.GO:
            yield from self._keys.pressed(place, one.velocity)
        elif hw.SELECT in scene.down:
            self._select(scene.number_at(one.column))
        else:
            yield from self._triggers.pressed(place, now_s)

    def _button(self, number: int, now_s: float) -> Iterator[Asked]:
        scene = self._scene
        if number in hw.SELECT_ROW:
            self._select(scene.number_at(hw.SELECT_ROW.index(number)))
        elif number in hw.SCENES:
            yield from self._triggers.everybody(number)
        elif number in _TOGGLES and scene.player is not None:
            name = _TOGGLES[number]
            change = not getattr(scene.player.settings, name)
            yield Asked(SetParameter(scene.selected, name, change), hw.button(number))
        elif number in _LAYOUTS:
            yield from self._lay_out(_LAYOUTS[number])
        elif number == hw.PLAY:
            yield Asked(RunClock(not scene.playing), hw.button(number))
        elif number == hw.STOP:
            player = scene.selected if hw.SHIFT in scene.down else EVERYBODY
            yield Asked(Do(player, "panic"), hw.button(number))
        elif number == hw.TAP:
            tempo_qpm = self._taps.tap(now_s)
            if tempo_qpm is not None:
                yield Asked(SetTempo(tempo_qpm), hw.button(number))
        else:
            self._go_elsewhere(number)

    def _go_elsewhere(self, number: int) -> None:
        scene = self._scene
        if number in (hw.LEFT, hw.RIGHT):
            scene.step(1 if number == hw.RIGHT else -1)
        elif number in (hw.UP, hw.DOWN):
            self._encoders.turn_bank(1 if number == hw.DOWN else -1)
        elif number in (hw.PAGE_LEFT, hw.PAGE_RIGHT):
            by = 1 if number == hw.PAGE_RIGHT else -1
            scene.page = min(scene.last_page, max(0, scene.page + by))
        elif number in (hw.OCTAVE_UP, hw.OCTAVE_DOWN) and scene.layout is Layout.KEYS:
            self._keys.move(1 if number == hw.OCTAVE_UP else -1)

    def _select(self, number: int) -> None:
        self._scene.select(number)

    def _lay_out(self, layout: Layout) -> Iterator[Asked]:
        """Let the pads be for something else; what they hold is let go first."""
        if layout is not self._scene.layout:
            yield from self._triggers.release_all()
            yield from self._keys.release_all()
            self._scene.layout = layout

    def _tempo(self, counts: int) -> Iterator[Asked]:
        step = FINE_TEMPO_STEP_QPM if hw.SHIFT in self._scene.down else TEMPO_STEP_QPM
        tempo_qpm = round(round(self._scene.tempo_qpm / step + counts) * step, 1)
        yield Asked(SetTempo(min(HIGHEST_QPM, max(LOWEST_QPM, tempo_qpm))))
