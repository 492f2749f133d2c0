"""Phrases as pianoroll_rnn_nade reads and writes them (note-seq, ``pianoroll_lib``).

An event is what sounds during one step: a number whose bit i stands for the piano's key i, the
lowest (MIDI pitch 21) first. That is Magenta's label for the step (``PianorollEncoderDecoder``).
A note is a row of steps; where a key is struck again, the step before is left empty, and a note
of that one step is lost, as with Magenta. Silent bars are heard. Keys beyond the piano's are not.

It differs from Magenta in two places, on purpose. A note on the call's first step clears no other
step (Magenta clears the last one). And since a step tells what sounds and not what is struck, what
still sounds from the call when the answer begins is struck there: else it would not be heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.grid import CallEvents, GridNote, on_grid
from bridge.core.encodings.inputs import DenseBlock, InputBlock, OneHotBlock
from bridge.core.notes import Note

LOWEST_PITCH, KEYS = 21, 88
SILENCE = 0


def keys_of(event: int) -> tuple[int, ...]:
    """Which keys sound in a step, counted from the lowest."""
    return tuple(key for key in range(event.bit_length()) if event >> key & 1)


def pianoroll_events(notes: Sequence[GridNote], steps: int) -> list[int]:
    """The events of a call.

    Args:
        notes: In order of start.
        steps: Length of the call; a note that reaches its end sounds through the last step.
    """
    events = [SILENCE] * steps
    for note in notes:
        bit = 1 << note.pitch - LOWEST_PITCH
        if note.start_step:
            events[note.start_step - 1] &= ~bit
        for step in range(note.start_step, min(note.end_step, steps)):
            events[step] |= bit
    return events


@dataclass(frozen=True, slots=True)
class PianorollPart:
    """Reads and writes phrases of the piano's 88 keys, any number at a time."""

    def read(self, notes: Sequence[Note], steps_per_quarter: int, steps: int) -> CallEvents:
        """A call of so many steps as events; no events where no key was played."""
        placed = [
            note
            for note in on_grid(notes, steps_per_quarter, steps)
            if LOWEST_PITCH <= note.pitch < LOWEST_PITCH + KEYS
        ]
        return CallEvents(tuple(pianoroll_events(placed, steps)) if placed else ())

    def before_last(self, events: Sequence[int], steps: int) -> int:
        """How many of a call's events come before its last so many steps."""
        return len(events) - steps

    def writer(
        self, transposition: int, heard: Sequence[int] = (), injected: Sequence[int] = ()
    ) -> PianorollWriter:
        """A writer of an answer; nothing is transposed, and the answer begins with what sounds."""
        del transposition, heard, injected
        return PianorollWriter()


class PianorollWriter:
    """Turns the events of an answer into notes: steps in a row of one key are one note.

    Attributes:
        step: How many steps are complete.
    """

    def __init__(self) -> None:
        self.step = 0
        self._starts: dict[int, int] = {}

    @property
    def open_step(self) -> int | None:
        """Start of the first note whose end isn't known yet."""
        return min(self._starts.values(), default=None)

    def given(self) -> tuple[int, ...]:
        """Events that come now whatever the network would play: none."""
        return ()

    def push(self, event: int) -> list[GridNote]:
        """The next step; returns the notes that ended before it."""
        keys = keys_of(event)
        ended = self._ended([key for key in self._starts if key not in keys])
        for key in keys:
            self._starts.setdefault(key, self.step)
        self.step += 1
        return ended

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        return self._ended(list(self._starts))

    def _ended(self, keys: Sequence[int]) -> list[GridNote]:
        return [GridNote(LOWEST_PITCH + key, self._starts.pop(key), self.step) for key in keys]


@dataclass(frozen=True, slots=True)
class PianorollEncoding:
    """The input is the last step: 1 for each key that sounds."""

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        return KEYS

    @property
    def class_count(self) -> int:
        """Number of classes: every set of keys is one."""
        return 1 << KEYS

    @property
    def blocks(self) -> tuple[InputBlock, ...]:
        """A row of nothing, which every input has; then one row for each key."""
        return (DenseBlock(0, np.zeros((1, KEYS))), OneHotBlock(0, KEYS))

    def tracker(self) -> PianorollTracker:
        """A tracker that has seen no event."""
        return PianorollTracker([])


class PianorollTracker:
    """Follows the steps; classes are events.

    Args:
        events: The events up to now.
    """

    def __init__(self, events: list[int]) -> None:
        self.events = events

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the network's next input; needs one event at least."""
        return (0, *(1 + key for key in keys_of(self.events[-1])))

    def class_of(self, event: int) -> int:
        """The class that the network should have predicted if ``event`` comes next."""
        return event

    def event_of(self, class_index: int) -> int:
        """The event that a predicted class stands for."""
        return class_index

    def copy(self) -> PianorollTracker:
        """An independent tracker at the same place."""
        return PianorollTracker(self.events.copy())
