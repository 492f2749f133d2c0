"""Phrases of many voices as polyphony_rnn reads and writes them (Magenta, ``polyphony_lib``).

A step is a list of events: for each pitch that sounds, from the highest down, that it starts or
that it goes on; then the step's end. A pitch that does not go on has ended. A call begins with
``START``; so does an answer to nothing. Events are numbered as Magenta's classes
(``PolyphonyOneHotEncoding``).

It differs from Magenta in one place, on purpose: a step of `MAX_STEP_EVENTS` events is ended, since
a network that never ends its step would never answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.encodings.grid import CallEvents, GridNote, on_grid
from bridge.core.notes import Note

START, END, STEP_END = 0, 1, 2
PITCHES = 128
NEW_NOTE = 3
"""The class of a note of pitch 0 that starts; the other pitches follow."""
CONTINUED_NOTE = NEW_NOTE + PITCHES
"""The class of a note of pitch 0 that goes on; the other pitches follow."""
CLASS_COUNT = CONTINUED_NOTE + PITCHES

MAX_STEP_EVENTS = 2 * PITCHES
"""Every pitch going on and struck again; trained networks stay below twenty."""


def polyphonic_events(notes: Sequence[GridNote], steps: int) -> list[int]:
    """The events of a call.

    Args:
        notes: In any order.
        steps: Length of the call; a note that reaches its end goes on through the last step.
    """
    by_step: list[list[tuple[int, bool]]] = [[] for _ in range(steps)]
    for note in notes:
        for step in range(note.start_step, min(note.end_step, steps)):
            by_step[step].append((note.pitch, step == note.start_step))
    events = [START]
    for sounding in by_step:
        # From the highest pitch down; of one pitch what goes on comes before what starts.
        for pitch, starts in sorted(sounding, key=lambda one: (-one[0], one[1])):
            events.append(pitch + (NEW_NOTE if starts else CONTINUED_NOTE))
        events.append(STEP_END)
    return events


@dataclass(frozen=True, slots=True)
class PolyphonyPart:
    """Reads and writes phrases of many voices. They are heard where they are, silent bars too."""

    def read(self, notes: Sequence[Note], steps_per_quarter: int, steps: int) -> CallEvents:
        """A call of so many steps as events; no events where nothing was played."""
        placed = on_grid(notes, steps_per_quarter, steps)
        return CallEvents(tuple(polyphonic_events(placed, steps)) if placed else ())

    def before_last(self, events: Sequence[int], steps: int) -> int:
        """How many of a call's events come before its last so many steps."""
        ends = [i for i, event in enumerate(events) if event == STEP_END]
        kept = len(ends) - steps
        return ends[kept - 1] + 1 if kept > 0 else 0

    def writer(
        self, transposition: int, heard: Sequence[int] = (), injected: Sequence[int] = ()
    ) -> PolyphonyWriter:
        """A writer of an answer; nothing is transposed.

        Args:
            transposition: Does not matter.
            heard: What the network has heard: notes that sounded there may go on.
            injected: The call's events, to sound along step by step in the answer.
        """
        del transposition
        return PolyphonyWriter(heard, injected)


class PolyphonyWriter:
    """Turns the events of an answer into notes, and says which events are none of the network's.

    Attributes:
        step: How many steps are complete.

    Args:
        heard: Events before the answer. Their notes belong to the call: they are not written, even
            where they go on.
        injected: A call that sounds along, from its first step on.
    """

    def __init__(self, heard: Sequence[int] = (), injected: Sequence[int] = ()) -> None:
        self.step = 0
        self._step_events = 0
        self._active: list[tuple[int, int]] = []
        self._ending: list[int] = []
        for event in heard:
            self.push(event)
        self._active = [(pitch, -1) for pitch, _ in self._active]
        self.step = self._step_events = 0
        self._injected = _steps(injected)

    @property
    def open_step(self) -> int | None:
        """Start of the first note whose end isn't known yet."""
        return min((start for _, start in self._active if start >= 0), default=None)

    def given(self) -> tuple[int, ...]:
        """Events that come now whatever the network would play; mostly none."""
        if self._step_events >= MAX_STEP_EVENTS:
            return (STEP_END,)
        if self._step_events or self.step >= len(self._injected):
            return ()
        return self._injected[self.step]

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the notes that are known to have ended with it.

        A note that goes on without having sounded is ignored, and so are ``START`` and ``END`` on
        the way.
        """
        self._step_events += 1
        if event == STEP_END:
            return self._end_step()
        if event >= CONTINUED_NOTE:
            pitch = event - CONTINUED_NOTE
            if pitch in self._ending:
                self._ending.remove(pitch)
        elif event >= NEW_NOTE:
            self._active.append((event - NEW_NOTE, self.step))
        return []

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        self._ending = [pitch for pitch, _ in self._active]
        return self._ended()

    def _end_step(self) -> list[GridNote]:
        ended = self._ended()
        self.step += 1
        self._step_events = 0
        self._ending = [pitch for pitch, _ in self._active]
        return ended

    def _ended(self) -> list[GridNote]:
        """Takes out what did not go on; of two notes of one pitch the older ends first."""
        ended, active = [], []
        for pitch, start in self._active:
            if pitch in self._ending:
                self._ending.remove(pitch)
                if start >= 0:
                    ended.append(GridNote(pitch, start, self.step))
            else:
                active.append((pitch, start))
        self._active = active
        return ended


def _steps(events: Sequence[int]) -> list[tuple[int, ...]]:
    """The notes of each step of a call."""
    steps: list[tuple[int, ...]] = []
    notes: list[int] = []
    for event in events:
        if event == STEP_END:
            steps.append(tuple(notes))
            notes = []
        elif event >= NEW_NOTE:
            notes.append(event)
    return steps
