"""The eight encoders: which parameter each sets, and where its value is shown.

While an encoder is touched, the row of buttons above the display and the touch strip show its value
as a bar, and the page and the console are told it in words. Otherwise the row tells which encoders
have a parameter, brighter where it is not at its initial value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.core.commands import SetParameter
from bridge.core.events import ReadOut
from bridge.core.parameters import PARAMETERS, Parameter, ParameterValue
from bridge.core.push2.hardware import (
    DARK,
    DELETE,
    METER_ROW,
    SHIFT,
    STRIP_LEDS,
    TRACK_KNOBS,
    Colour,
    Led,
    Light,
    button,
)
from bridge.core.push2.knobs import lit, share_of, turned, words
from bridge.core.push2.scene import Asked, Scene

REST_S = 0.4
"""A bundle is loaded when its encoder has rested for so long, not at each name passed."""


@dataclass(slots=True)
class _Choice:
    """A bundle that is chosen and not asked for yet."""

    player: int
    bundle: str
    due_s: float


class Encoders:
    """The eight encoders.

    Args:
        scene: The jam and the hands.
        names: Their parameters, eight to a bank.

    Attributes:
        bank: Which eight they are now, from 0.
        told: What to tell people, to be fetched.
    """

    def __init__(self, scene: Scene, names: tuple[str, ...]) -> None:
        self.bank = 0
        self.told: list[ReadOut] = []
        self._scene = scene
        self._names = names
        self._touched: list[int] = []
        self._rests: dict[int, int] = {}
        self._choice: _Choice | None = None
        self._shown: ReadOut | None = None

    @property
    def last_bank(self) -> int:
        """The highest bank."""
        return (len(self._names) - 1) // len(TRACK_KNOBS)

    def turn_bank(self, by: int) -> None:
        """Go to another bank, if there is one."""
        self.bank = min(self.last_bank, max(0, self.bank + by))
        self._rests.clear()

    def touched(self, knob: int, down: bool, now_s: float) -> Iterator[Asked]:
        """A finger is on an encoder, or has left it; with Delete down it resets."""
        if knob in self._touched:
            self._touched.remove(knob)
        if down:
            self._touched.append(knob)
            yield from self._reset(knob)
            return
        self._rests.pop(knob, None)
        parameter = self._parameter(knob)
        if parameter is not None and parameter.kind == "bundle":
            yield from self._choose()

    def turned(self, knob: int, counts: int, now_s: float) -> Iterator[Asked]:
        """An encoder was turned."""
        parameter, view = self._parameter(knob), self._scene.player
        if parameter is None or view is None:
            return
        before = self._value(parameter)
        value, self._rests[knob] = turned(
            parameter,
            before,
            counts,
            self._rests.get(knob, 0),
            fine=SHIFT in self._scene.down,
            names=self._scene.bundles,
        )
        if parameter.kind == "bundle":
            self._choice = _Choice(view.number, str(value), now_s + REST_S)
        elif value != before:
            yield Asked(SetParameter(view.number, parameter.name, value), self._meter(knob))

    def release_all(self) -> None:
        """No finger is on any encoder."""
        self._touched.clear()
        self._rests.clear()

    def advance(self, now_s: float) -> Iterator[Asked]:
        """Ask for a bundle whose encoder has come to rest."""
        if self._choice is not None and now_s >= self._choice.due_s:
            yield from self._choose()

    def next_due_s(self) -> float:
        """When `advance` has something to do; infinity if never."""
        return self._choice.due_s if self._choice is not None else float("inf")

    def strip(self) -> tuple[bool, ...] | None:
        """What the touch strip's LEDs show; None if nothing."""
        return self._bar(STRIP_LEDS)

    def picture(self) -> dict[Led, Light]:
        """What the row above the display shows."""
        bar = self._bar(len(METER_ROW))
        if bar is not None:
            return {
                button(number): Light(Colour.GREEN if on else Colour.BLACK)
                for number, on in zip(METER_ROW, bar, strict=True)
            }
        lamps = zip(METER_ROW, TRACK_KNOBS, strict=True)
        return {button(number): self._lamp(knob) for number, knob in lamps}

    def tell(self) -> None:
        """Tell people the value that is shown, where it is another than before."""
        view, parameter = self._scene.player, self._touched_parameter()
        if view is None or parameter is None:
            shown = None
        else:
            value = self._value(parameter)
            share, _ = share_of(parameter, value, self._scene.bundles)
            text = words(parameter, value)
            shown = ReadOut(view.number, parameter.name, text, share, touched=True)
        if shown == self._shown:
            return
        if shown is None and self._shown is not None:
            before = self._shown
            self.told.append(
                ReadOut(before.player, before.parameter, before.text, before.share, touched=False)
            )
        elif shown is not None:
            self.told.append(shown)
        self._shown = shown

    def _reset(self, knob: int) -> Iterator[Asked]:
        parameter, view = self._parameter(knob), self._scene.player
        if parameter is None or view is None or DELETE not in self._scene.down:
            return
        initial = getattr(self._scene.initial, parameter.name)
        if initial != getattr(view.settings, parameter.name):
            yield Asked(SetParameter(view.number, parameter.name, initial), self._meter(knob))

    def _choose(self) -> Iterator[Asked]:
        choice, self._choice = self._choice, None
        view = self._scene.views.get(choice.player) if choice is not None else None
        if choice is not None and view is not None and view.settings.bundle != choice.bundle:
            yield Asked(SetParameter(choice.player, "bundle", choice.bundle))

    def _bar(self, cells: int) -> tuple[bool, ...] | None:
        parameter = self._touched_parameter()
        if parameter is None or self._scene.player is None:
            return None
        share, origin = share_of(parameter, self._value(parameter), self._scene.bundles)
        return lit(share, origin, cells)

    def _lamp(self, knob: int) -> Light:
        parameter, view = self._parameter(knob), self._scene.player
        if parameter is None or view is None:
            return DARK
        initial = getattr(self._scene.initial, parameter.name)
        moved = getattr(view.settings, parameter.name) != initial
        return Light(Colour.WHITE if moved else Colour.DARK_GREY)

    def _value(self, parameter: Parameter) -> ParameterValue:
        scene, choice = self._scene, self._choice
        chosen = choice is not None and choice.player == scene.selected
        if choice is not None and chosen and parameter.kind == "bundle":
            return choice.bundle
        settings = scene.player.settings if scene.player is not None else scene.initial
        value: ParameterValue = getattr(settings, parameter.name)
        return value

    def _touched_parameter(self) -> Parameter | None:
        """The parameter of the encoder that was touched last and has one."""
        for knob in reversed(self._touched):
            parameter = self._parameter(knob)
            if parameter is not None:
                return parameter
        return None

    def _parameter(self, knob: int) -> Parameter | None:
        if knob not in TRACK_KNOBS:
            return None
        place = self.bank * len(TRACK_KNOBS) + TRACK_KNOBS.index(knob)
        return PARAMETERS[self._names[place]] if place < len(self._names) else None

    def _meter(self, knob: int) -> Led:
        return button(METER_ROW[TRACK_KNOBS.index(knob)])
