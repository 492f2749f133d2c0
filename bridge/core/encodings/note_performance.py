"""Performances note by note (note-seq, ``NotePerformanceEventSequenceEncoderDecoder``).

One event is a whole note: how long after the last note it starts (0 to 1000 steps of 10 ms), its
pitch, its velocity bin and its length (1 to 1000 steps). The network sees and predicts it as six
numbers, since the two times are split into a coarse and a fine part. Here the six are one integer.

Magenta can't answer with these models (its graph loses the six distributions when it is saved). Its
generator would not fill the call up to its end either: the first note's distance counts from the
call's last note. It does so here too, since the network learned it so; notes of the answer that
would fall into the call are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.inputs import EventTracker, InputBlock, OneHotBlock
from bridge.core.encodings.performance import bin_velocity, placed, velocity_bin
from bridge.core.notes import Note

VELOCITY_BINS = 32
MAX_SHIFT_STEPS = 1000
MAX_LENGTH_STEPS = 1000
SHIFT_PARTS = (13, 77)
"""1001 shifts as two numbers with the smallest sum (``optimal_num_segments``)."""
LENGTH_PARTS = (25, 40)
"""1000 lengths likewise."""
SIZES = (*SHIFT_PARTS, 128, VELOCITY_BINS, *LENGTH_PARTS)
"""How many values each of the six numbers has."""
WAITS, PITCH = (0, 1), 2
"""Which of them are the time since the last note, and which is the pitch."""


def packed(numbers: Sequence[int]) -> int:
    """Six numbers as one."""
    event = 0
    for number, size in zip(numbers, SIZES, strict=True):
        event = event * size + number
    return event


def unpacked(event: int) -> tuple[int, ...]:
    """One number as six."""
    numbers = []
    for size in reversed(SIZES):
        event, number = divmod(event, size)
        numbers.append(number)
    return tuple(reversed(numbers))


def note_event(shift: int, pitch: int, velocity: int, length: int) -> int:
    """The event of a note; times beyond ten seconds are ten seconds.

    Args:
        shift: Steps since the start of the note before.
        pitch: MIDI pitch, 0 to 127.
        velocity: MIDI velocity, 1 to 127.
        length: Steps, 1 or more.
    """
    shift = min(shift, MAX_SHIFT_STEPS)
    length = min(length, MAX_LENGTH_STEPS) - 1
    loudness = velocity_bin(velocity, VELOCITY_BINS) - 1
    return packed(
        (*divmod(shift, SHIFT_PARTS[1]), pitch, loudness, *divmod(length, LENGTH_PARTS[1]))
    )


def shift_of(event: int) -> int:
    """Steps from the start of the note before to that of this one."""
    major, minor = unpacked(event)[:2]
    return major * SHIFT_PARTS[1] + minor


@dataclass(frozen=True, slots=True)
class NotePerformancePart:
    """Reads and writes performances note by note."""

    @property
    def silence(self) -> int:
        """What a model is primed with where nothing was played (``default_event_label``)."""
        return note_event(0, 60, 1, 1)

    def read(self, notes: Sequence[Note], steps_per_beat: float, steps: int) -> tuple[int, ...]:
        """A call of so many steps as events; none where nothing was played.

        Magenta refuses calls with more than ten seconds between two notes or in one; here that
        time is taken as ten seconds.
        """
        events, last = [], 0
        for note in placed(notes, steps_per_beat, steps):
            length = note.end_step - note.start_step
            events.append(note_event(note.start_step - last, note.pitch, note.velocity, length))
            last = note.start_step
        return tuple(events)

    def certain(self, notes: Sequence[Note], steps_per_beat: float, before: int) -> tuple[int, ...]:
        """The notes that are over before a step, up to the first that is not."""
        over = []
        for note in sorted(notes, key=lambda note: (note.start_beats, note.pitch)):
            if not note.end_beats * steps_per_beat < before - 1:
                break
            over.append(note)
        return self.read(over, steps_per_beat, before)

    def writer(
        self, heard: Sequence[int], call_steps: int, answer_steps: int
    ) -> NotePerformanceWriter:
        """A writer of an answer.

        Args:
            heard: The events of the call; the answer's first distance counts from its last note.
            call_steps: Length of the call.
            answer_steps: Length of the answer.
        """
        # After silence alone the answer begins with its bar line.
        since = call_steps - sum(map(shift_of, heard)) if call_steps else 0
        return NotePerformanceWriter(-since, answer_steps)


class NotePerformanceWriter:
    """Turns the events of an answer into notes.

    Args:
        step: Where the last note of the call began, counted from the answer's start.
        end_step: Length of the answer.
    """

    def __init__(self, step: int, end_step: int) -> None:
        self._at, self._end = step, end_step
        self.done = False

    @property
    def step(self) -> int:
        """Nothing more will start before this step."""
        return max(0, self._at)

    @property
    def open_step(self) -> int | None:
        """Start of a note whose end isn't known yet: never one."""
        return None

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns its note if that lies in the answer."""
        numbers = unpacked(event)
        start = self._at + shift_of(event)
        self._at = min(start, self._end)
        self.done = start >= self._end
        if self.done or start < 0:
            return []
        length = numbers[4] * LENGTH_PARTS[1] + numbers[5] + 1
        velocity = bin_velocity(numbers[3] + 1, VELOCITY_BINS)
        return [GridNote(numbers[2], start, min(self._end, start + length), velocity)]

    def finish(self) -> list[GridNote]:
        """The answer is over; nothing is left."""
        self._at = self._end
        return []


@dataclass(frozen=True)
class NotePerformanceEncoding:
    """Six numbers, each one-hot."""

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        return sum(SIZES)

    @property
    def class_count(self) -> int:
        """Number of all the values of the six numbers, in this order."""
        return sum(SIZES)

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The six numbers."""
        firsts = [sum(SIZES[:i]) for i in range(len(SIZES))]
        return tuple(OneHotBlock(first, size) for first, size in zip(firsts, SIZES, strict=True))

    def tracker(self) -> NotePerformanceTracker:
        """A tracker that has seen no event."""
        return NotePerformanceTracker([])


class NotePerformanceTracker(EventTracker):
    """Follows the events of a `NotePerformanceEncoding`."""

    __slots__ = ("events",)

    def __init__(self, events: list[int]) -> None:
        self.events = events

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the input after the last event."""
        rows, first = [], 0
        for number, size in zip(unpacked(self.events[-1]), SIZES, strict=True):
            rows.append(first + number)
            first += size
        return tuple(rows)

    def class_of(self, event: int) -> int:
        """The class that stands for ``event``: itself, six numbers in one."""
        return event

    def event_of(self, class_index: int) -> int:
        """The event that a class stands for: itself."""
        return class_index

    def copy(self) -> NotePerformanceTracker:
        """An independent tracker at the same place."""
        return NotePerformanceTracker(self.events.copy())
