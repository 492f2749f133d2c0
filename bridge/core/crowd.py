"""At most so many notes a beat: what of an answer is left out before it sounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridge.core.notes import Note

GRID_PARTS = 4
"""A note belongs to the beat of the sixteenth that it is nearest to: feel may move it a little."""


class Crowd:
    """Counts an answer's notes by beat and keeps the strongest.

    Attributes:
        left_out: How many notes were left out so far.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._kept: dict[int, int] = {}

    def thinned(self, notes: Sequence[Note], limit: int) -> list[Note]:
        """The notes of a stretch that may sound.

        In each beat those on the beat come first, then those on its half, then the rest; of the
        same place the louder ones, then the lower ones. Whatever a beat has had in an earlier
        stretch counts.

        Args:
            notes: With starts in beats from the answer's start.
            limit: The most that a beat may have; 0 = any number.
        """
        if not limit:
            return list(notes)
        kept: list[Note] = []
        for note in sorted(notes, key=_rank):
            beat = _sixteenth(note) // GRID_PARTS
            if self._kept.get(beat, 0) < limit:
                self._kept[beat] = self._kept.get(beat, 0) + 1
                kept.append(note)
        self.left_out += len(notes) - len(kept)
        return kept


def _sixteenth(note: Note) -> int:
    return math.floor(note.start_beats * GRID_PARTS + 0.5)


def _rank(note: Note) -> tuple[int, int, int, float]:
    place = _sixteenth(note) % GRID_PARTS
    weight = 0 if place == 0 else 1 if place == GRID_PARTS // 2 else 2
    return weight, -note.velocity, note.pitch, note.start_beats
