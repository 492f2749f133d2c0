"""The pads as triggers: a column for each of eight players, a row for each thing to do.

    row 8   go          press: answer; with Shift: mutate; held: repeat while held
    row 7   end call
    row 6   again
    row 5   mutate
    row 4   loop        on and off
    row 3   mute        on and off
    row 2   own keys    whether the model hears them
    row 1   listen to   hold one player's, tap another's: the first hears the second

The scene buttons beside the four upper rows do the same for all players.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from bridge.core.commands import EVERYBODY, Do, SetParameter
from bridge.core.push2.hardware import SCENES, SHIFT, Led, button, pad
from bridge.core.push2.scene import Asked, Place, Scene

HOLD_S = 0.35
"""A pad that is down for so long is held."""


class Row(IntEnum):
    """Rows of the pads, from the bottom."""

    LISTEN = 0
    OWN_KEYS = 1
    MUTE = 2
    LOOP = 3
    MUTATE = 4
    AGAIN = 5
    END_CALL = 6
    GO = 7


ACTIONS = {Row.GO: "go", Row.END_CALL: "end_call", Row.AGAIN: "again", Row.MUTATE: "mutate"}
SWITCHES = {Row.LOOP: "loop", Row.MUTE: "mute", Row.OWN_KEYS: "mute_input"}


@dataclass(slots=True)
class _Hold:
    """A go pad that is down.

    Args:
        player: Its player.
        since_s: Since when.
        loops: Whether the player repeats because of it.
    """

    player: int
    since_s: float
    loops: bool = False


class Triggers:
    """What the pads' and the scene buttons' presses ask for.

    Args:
        scene: The jam and the hands.

    Attributes:
        listener: Number of the player whose listen pad is down; 0 = none.
    """

    def __init__(self, scene: Scene) -> None:
        self.listener = 0
        self._scene = scene
        self._holds: dict[Place, _Hold] = {}
        self._listen_pad: Place | None = None

    def pressed(self, place: Place, now_s: float) -> Iterator[Asked]:
        """A pad was struck."""
        column, row = place
        view = self._scene.at(column)
        if view is None:
            return
        led = pad(column, row)
        if row == Row.LISTEN:
            yield from self._listen(place, view.number, led)
        elif row in SWITCHES:
            name = SWITCHES[Row(row)]
            yield Asked(SetParameter(view.number, name, not getattr(view.settings, name)), led)
        elif row == Row.GO and SHIFT in self._scene.down:
            yield Asked(Do(view.number, "mutate"), led)
        else:
            if row == Row.GO:
                self._holds[place] = _Hold(view.number, now_s)
            yield Asked(Do(view.number, ACTIONS[Row(row)]), led)

    def released(self, place: Place) -> Iterator[Asked]:
        """A pad was let go."""
        if place == self._listen_pad:
            self._listen_pad, self.listener = None, 0
        hold = self._holds.pop(place, None)
        if hold is not None and hold.loops and hold.player in self._scene.views:
            yield Asked(SetParameter(hold.player, "loop", False))

    def release_all(self) -> Iterator[Asked]:
        """No pad is down any more: the device is gone, or not ours."""
        for place in [*self._holds]:
            yield from self.released(place)
        self._listen_pad, self.listener = None, 0

    def refused(self, led: Led) -> None:
        """What a pad asked for can't be done: holding it means nothing."""
        for place, hold in list(self._holds.items()):
            if pad(*place) == led and not hold.loops:
                del self._holds[place]

    def advance(self, now_s: float) -> Iterator[Asked]:
        """Pads that are held for long enough make their players repeat."""
        for (column, row), hold in self._holds.items():
            if hold.loops or now_s < hold.since_s + HOLD_S:
                continue
            hold.since_s = float("inf")
            view = self._scene.views.get(hold.player)
            if view is not None and not view.settings.loop:
                hold.loops = True
                yield Asked(SetParameter(hold.player, "loop", True), pad(column, row))

    def next_due_s(self) -> float:
        """When `advance` has something to do; infinity if never."""
        return min((hold.since_s + HOLD_S for hold in self._holds.values()), default=float("inf"))

    def everybody(self, number: int) -> Iterator[Asked]:
        """A scene button: what its row does, for all players."""
        row = Row(SCENES.index(number))
        if row in ACTIONS:
            yield Asked(Do(EVERYBODY, ACTIONS[row]), button(number))

    def _listen(self, place: Place, number: int, led: Led) -> Iterator[Asked]:
        listener = self._scene.views.get(self.listener)
        if listener is None:
            self._listen_pad, self.listener = place, number
        elif listener.number != number:
            heard = 0 if listener.listens_to == number else number
            yield Asked(SetParameter(listener.number, "listen", heard), led)
