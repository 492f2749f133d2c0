"""The pads as keys of the selected player: seven rows of them, below the row of go pads.

Drums have a block of sixteen at the bottom left, from the bass drum on, as a drum rack has them.
Everything else is laid out in semitones to the right and fourths upwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.core.commands import Key
from bridge.core.push2.hardware import COLUMNS, Colour, Led, Light, pad
from bridge.core.push2.scene import Asked, Place, Scene
from bridge.core.push2.triggers import Row

KEY_ROWS = range(Row.GO)
DRUM_SIDE = 4
FIRST_DRUM = 36
"""General MIDI's bass drum."""
DRUM_CHANNEL = 9
FIRST_PITCH = 48
FOURTH, OCTAVE = 5, 12
MOST_OCTAVES = 3
_WHITE_KEYS = frozenset((0, 2, 4, 5, 7, 9, 11))


class Keys:
    """Keys that are down, and what the pads look like.

    Args:
        scene: The jam and the hands.

    Attributes:
        octave: How far the melodic keys are moved, -3 to 3.
    """

    def __init__(self, scene: Scene) -> None:
        self.octave = 0
        self._scene = scene
        self._down: dict[Place, Key] = {}

    def pressed(self, place: Place, velocity: int) -> Iterator[Asked]:
        """A pad was struck."""
        view, pitch = self._scene.player, self._pitch(place)
        if view is None or pitch is None:
            return
        yield from self.released(place)
        key = Key(view.number, pitch, velocity, DRUM_CHANNEL if view.drums else 0)
        self._down[place] = key
        yield Asked(key, pad(*place))

    def released(self, place: Place) -> Iterator[Asked]:
        """A pad was let go: the key that it struck, whatever it would strike now."""
        key = self._down.pop(place, None)
        if key is not None and key.player in self._scene.views:
            yield Asked(Key(key.player, key.pitch, 0, key.channel))

    def release_all(self) -> Iterator[Asked]:
        """No key is down any more."""
        for place in [*self._down]:
            yield from self.released(place)

    def move(self, octaves: int) -> None:
        """Move the melodic keys."""
        self.octave = min(MOST_OCTAVES, max(-MOST_OCTAVES, self.octave + octaves))

    def picture(self) -> dict[Led, Light]:
        """What the seven rows show."""
        return {
            pad(column, row): self._light((column, row))
            for row in KEY_ROWS
            for column in range(COLUMNS)
        }

    def _light(self, place: Place) -> Light:
        pitch = self._pitch(place)
        if pitch is None:
            return Light(Colour.BLACK)
        if place in self._down:
            return Light(Colour.GREEN)
        view = self._scene.player
        if view is not None and view.drums:
            return Light(Colour.LIGHT_GREY)
        if pitch % OCTAVE == 0:
            return Light(Colour.BLUE)
        white = pitch % OCTAVE in _WHITE_KEYS
        return Light(Colour.LIGHT_GREY if white else Colour.DARK_GREY)

    def _pitch(self, place: Place) -> int | None:
        """What a pad strikes now; None if nothing."""
        column, row = place
        view = self._scene.player
        if view is None:
            return None
        if view.drums:
            inside = column < DRUM_SIDE and row < DRUM_SIDE
            return FIRST_DRUM + DRUM_SIDE * row + column if inside else None
        return FIRST_PITCH + OCTAVE * self.octave + FOURTH * row + column
