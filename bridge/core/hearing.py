"""What a player hears of another: the other's answers, each note at its moment on its own timeline.

Notes are told a little before they sound, as to a device, and may be taken back until then. They
become keys when their time has come, struck to the dot, so that they are recorded as if a hand
had played them without any latency.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bridge.core.notes import Note
from bridge.core.now import EPSILON_BEATS


@dataclass(frozen=True, slots=True)
class HeardKey:
    """A key that another player struck, or with velocity 0 released, at a moment in run beats."""

    at_beats: float
    pitch: int
    velocity: int
    channel: int


class Hearing:
    """The notes of another player that are still to come, and those that sound.

    Attributes:
        ends_beats: The bar line at which the answer ends that is heard now, in run beats.
    """

    def __init__(self) -> None:
        self._coming: list[Note] = []
        self._sounding: list[Note] = []
        self.ends_beats: float | None = None

    def add(self, note: Note) -> None:
        """A note will sound; its start is in run beats of the one who hears it."""
        self._coming.append(note)
        self._coming.sort(key=lambda each: (each.start_beats, each.pitch))

    def take_back(self, now_beats: float) -> None:
        """What has not begun does not come; what sounds goes on to its end."""
        self._coming = [note for note in self._coming if note.start_beats <= now_beats]

    def fall_silent(self, now_beats: float) -> None:
        """What has not begun does not come, and what sounds ends now."""
        self._coming.clear()
        self.ends_beats = None
        self._sounding = [
            replace(
                note, duration_beats=max(0.0, min(note.end_beats, now_beats) - note.start_beats)
            )
            for note in self._sounding
        ]

    def forget(self) -> None:
        """There is no beat any more, and nothing to end."""
        self._coming.clear()
        self._sounding.clear()
        self.ends_beats = None

    def due(self, now_beats: float) -> list[HeardKey]:
        """The keys whose time has come, in order; releases before strikes of the same moment."""
        keys: list[HeardKey] = []
        while (at_beats := self.next_due_beats()) <= now_beats + EPSILON_BEATS:
            ending = [note for note in self._sounding if note.end_beats <= at_beats]
            for note in ending:
                self._sounding.remove(note)
                keys.append(HeardKey(note.end_beats, note.pitch, 0, note.channel))
            while self._coming and not ending and self._coming[0].start_beats <= at_beats:
                note = self._coming.pop(0)
                self._sounding.append(note)
                keys.append(HeardKey(note.start_beats, note.pitch, note.velocity, note.channel))
        return keys

    def next_due_beats(self) -> float:
        """When `due` has something to do next, in run beats; infinity if never."""
        ends = min((note.end_beats for note in self._sounding), default=math.inf)
        return min(self._coming[0].start_beats if self._coming else math.inf, ends)
