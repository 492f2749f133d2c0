"""Notes, phrases, and pairing of note-ons with note-offs.

Starts and lengths are float beats (quarter notes); pitches and velocities are MIDI's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

DRUM_CHANNEL = 9
"""General MIDI's drum channel, counted from 0; people call it 10."""


@dataclass(frozen=True, slots=True)
class Note:
    """One note.

    Args:
        pitch: MIDI pitch, 0 to 127.
        velocity: MIDI velocity, 1 to 127.
        start_beats: Start in beats, counted from the start of the phrase it belongs to.
        duration_beats: Length in beats, not negative.
        channel: MIDI channel, 0 to 15.
    """

    pitch: int
    velocity: int
    start_beats: float
    duration_beats: float
    channel: int = 0

    @property
    def end_beats(self) -> float:
        """Where the note ends, in beats."""
        return self.start_beats + self.duration_beats


@dataclass(frozen=True, slots=True)
class Phrase:
    """Notes in a stretch of time: a call, an answer, a clip.

    Args:
        notes: In order of start, then pitch.
        length_beats: Length of the whole stretch in beats, silence at its ends included.
    """

    notes: tuple[Note, ...]
    length_beats: float

    @staticmethod
    def of(notes: Iterable[Note], length_beats: float) -> Phrase:
        """A phrase with its notes put in order."""
        ordered = sorted(notes, key=lambda note: (note.start_beats, note.pitch, note.channel))
        return Phrase(tuple(ordered), length_beats)

    def moved(self, beats: float) -> Phrase:
        """The same phrase with every start moved by ``beats``."""
        moved = (replace(note, start_beats=note.start_beats + beats) for note in self.notes)
        return Phrase(tuple(moved), self.length_beats)


class NotePairer:
    """Pairs note-ons with note-offs and forgets nothing, whatever the order of arrival.

    A second note-on of a sounding pitch ends the first and starts anew, as Live does. A note-off
    without a note-on is ignored. Moments may be given in any unit of time that only grows.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[int, int], Note] = {}

    def note_on(self, pitch: int, velocity: int, channel: int, at_beats: float) -> Note | None:
        """Start a note; returns the note of the same pitch that this ends, if any."""
        ended = self.note_off(pitch, channel, at_beats)
        self._open[pitch, channel] = Note(pitch, velocity, at_beats, 0.0, channel)
        return ended

    def note_off(self, pitch: int, channel: int, at_beats: float) -> Note | None:
        """End a note; returns it with its length, or None if none was sounding."""
        note = self._open.pop((pitch, channel), None)
        if note is None:
            return None
        return replace(note, duration_beats=max(0.0, at_beats - note.start_beats))

    def sounding(self, at_beats: float) -> tuple[Note, ...]:
        """The notes still held, with the length they have reached at ``at_beats``."""
        return tuple(
            replace(note, duration_beats=max(0.0, at_beats - note.start_beats))
            for note in self._open.values()
        )

    def clear(self) -> None:
        """Forget all held notes."""
        self._open.clear()
