"""Melodies as a model reads and writes them (note-seq, ``melodies_lib``).

An event is a pitch (a note starts), ``NOTE_OFF`` (it ends) or ``NO_EVENT`` (it goes on, or silence
does). A call of many voices is read by its highest pitch at each onset, and a note ends where the
next begins. Drums of MIDI channel 10 are heard like any other note; Magenta leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.encodings.grid import CallEvents, GridNote, on_grid, silent_lead_steps
from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF
from bridge.core.notes import Note

OCTAVE = 12
MAX_PITCHES = 128
_MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)

KEYS_OF_PITCH_CLASS: tuple[tuple[int, ...], ...] = tuple(
    tuple(key for key in range(OCTAVE) if (pitch_class - key) % OCTAVE in _MAJOR_SCALE)
    for pitch_class in range(OCTAVE)
)
"""The major keys that each pitch class belongs to (note-seq, ``constants.NOTE_KEYS``)."""


def melody_events(notes: Sequence[GridNote], steps: int) -> list[int]:
    """One event a step.

    Args:
        notes: In order of start, then the highest pitch first, as `on_grid` gives them.
        steps: Length of the call; a note that reaches its end sounds on into the answer.
    """
    events = [NO_EVENT] * steps
    voice: list[GridNote] = []
    for note in notes:
        if not voice or note.start_step > voice[-1].start_step:
            voice.append(note)
    for i, note in enumerate(voice):
        limit = voice[i + 1].start_step if i + 1 < len(voice) else steps
        events[note.start_step] = note.pitch
        if note.end_step < limit:
            events[note.end_step] = NOTE_OFF
    return events


def key_histogram(pitches: Sequence[int]) -> list[int]:
    """How many of the notes fit into each of the twelve major keys."""
    counts = [0] * OCTAVE
    for pitch in pitches:
        for key in KEYS_OF_PITCH_CLASS[pitch % OCTAVE]:
            counts[key] += 1
    return counts


def squash_amount(pitches: Sequence[int], low: int, high: int) -> int:
    """Semitones that bring a melody to C major and to the middle of a range.

    Args:
        pitches: Pitch of every note, at least one.
        low: Lowest pitch of the range.
        high: Highest pitch of the range, plus one.
    """
    histogram = key_histogram(pitches)
    key_shift = -histogram.index(max(histogram))
    center = (min(pitches) + max(pitches)) / 2 + key_shift
    # Python's round takes a half to the even octave, and so does Magenta's ``squash``.
    return key_shift + OCTAVE * round(((low + high - 1) / 2 - center) / OCTAVE)


def folded_pitch(pitch: int, low: int, high: int) -> int:
    """A pitch moved by octaves into a range, as Magenta's ``transpose`` does."""
    if pitch < low:
        return low + (pitch - low) % OCTAVE
    if pitch >= high:
        return high - OCTAVE + (pitch - high) % OCTAVE
    return pitch


@dataclass(frozen=True, slots=True)
class MelodyPart:
    """Reads and writes melodies.

    Args:
        low: Lowest pitch that the model knows.
        high: Highest pitch that it knows, plus one.
        to_c_major: Whether it wants melodies in C major.
    """

    low: int = 48
    high: int = 84
    to_c_major: bool = True

    def read(self, notes: Sequence[Note], steps_per_quarter: int, steps: int) -> CallEvents:
        """A call of so many steps as events; no events where nothing was played."""
        placed = on_grid(notes, steps_per_quarter, steps)
        if not placed:
            return CallEvents(())
        lead = silent_lead_steps(placed[0].start_step, steps_per_quarter)
        events = melody_events(placed, steps)[lead:]
        pitches = [event for event in events if event >= 0]
        amount = squash_amount(pitches, self.low, self.high) if self.to_c_major else 0
        moved = (
            folded_pitch(event + amount, self.low, self.high) if event >= 0 else event
            for event in events
        )
        return CallEvents(tuple(moved), amount)

    def before_last(self, events: Sequence[int], steps: int) -> int:
        """How many of a call's events come before its last so many steps."""
        return len(events) - steps

    def writer(
        self, transposition: int, heard: Sequence[int] = (), injected: Sequence[int] = ()
    ) -> MelodyWriter:
        """A writer of an answer to a call that was transposed by so many semitones.

        A note of the call that sounds on is silent in the answer; nothing is injected.
        """
        del heard, injected
        return MelodyWriter(transposition)


class MelodyWriter:
    """Turns the events of an answer into notes.

    Attributes:
        step: How many steps are complete.

    Args:
        transposition: Semitones that were added to the call; taken off the answer.
    """

    def __init__(self, transposition: int) -> None:
        self._transposition = transposition
        self.step = 0
        self._open: tuple[int, int] | None = None

    @property
    def open_step(self) -> int | None:
        """Start of the note whose end isn't known yet."""
        return None if self._open is None else self._open[1]

    def given(self) -> tuple[int, ...]:
        """Events that come now whatever the network would play: none."""
        return ()

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the note that ends with it, if one does."""
        step = self.step
        self.step += 1
        if event == NO_EVENT:
            return []
        ended = self._ended(step)
        if event >= 0:
            pitch = folded_pitch(event - self._transposition, 0, MAX_PITCHES)
            self._open = (pitch, step)
        return ended

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the note that ends with it, if one does."""
        return self._ended(self.step)

    def _ended(self, step: int) -> list[GridNote]:
        if self._open is None:
            return []
        pitch, start = self._open
        self._open = None
        return [GridNote(pitch, start, step)]
