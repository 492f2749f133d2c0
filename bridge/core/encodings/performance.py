"""Performances as a model reads and writes them (note-seq, ``performance_lib.Performance``).

Time is absolute: a hundred steps a second, whatever the tempo. An event is Magenta's own class
index: a note starts (0 to 127), a note ends (128 to 255), time passes by 1 to 100 steps (256 to
355), and, with dynamics, the velocity changes to one of 32 bins (356 to 387).

Here the answer's first step is the bar line itself. Magenta puts it on the next whole step, up to
10 ms late.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.encodings.grid import GridNote, is_moment
from bridge.core.notes import Note

STEPS_PER_SECOND = 100
"""``DEFAULT_STEPS_PER_SECOND``."""
MAX_SHIFT_STEPS = 100
"""The longest time that one event can pass (``DEFAULT_MAX_SHIFT_STEPS``)."""
MAX_NOTE_STEPS = 500
"""A note that the model forgets is ended after five seconds (``MAX_NOTE_DURATION_SECONDS``)."""
FLAT_VELOCITY = 100
"""Where no velocity was set (``to_sequence``)."""

NOTE_ON, NOTE_OFF, TIME_SHIFT, VELOCITY = 0, 128, 256, 356
"""First event of each kind; the first time shift is one step, the first velocity bin is 1."""


def shift_of(event: int) -> int:
    """How many steps an event lets pass: 0 for all but time shifts."""
    return event - TIME_SHIFT + 1 if TIME_SHIFT <= event < VELOCITY else 0


def velocity_bin(velocity: int, bins: int) -> int:
    """The bin of a MIDI velocity, 1 to ``bins`` (``velocity_to_bin``)."""
    return (velocity - 1) // math.ceil(127 / bins) + 1


def bin_velocity(number: int, bins: int) -> int:
    """The velocity that stands for a bin: its lowest (``velocity_bin_to_velocity``)."""
    return 1 + (number - 1) * math.ceil(127 / bins)


@dataclass(frozen=True, slots=True)
class PlacedNote:
    """A note of a call in steps.

    Args:
        pitch: MIDI pitch, 0 to 127.
        velocity: MIDI velocity, 1 to 127.
        start_step: Step of its start.
        end_step: Step of its end; more than ``start_step``.
    """

    pitch: int
    velocity: int
    start_step: int
    end_step: int


def placed(notes: Sequence[Note], steps_per_beat: float, steps: int) -> list[PlacedNote]:
    """The notes of a call in steps, in order of their exact starts, then pitch.

    Rounding is Magenta's (``quantize_note_sequence_absolute``): to the nearest step, a half up, no
    note shorter than one. Notes before the call's first step, which were struck early, belong to
    it, and those that reach beyond the call end with it. Left out are notes of velocity 0, notes
    that begin after the call, and notes whose moments are not numbers.

    Args:
        notes: The call.
        steps_per_beat: Steps in a quarter note.
        steps: Length of the call.
    """
    found: list[tuple[float, int, PlacedNote]] = []
    for note in notes:
        if not (0 <= note.pitch <= 127 and 1 <= note.velocity <= 127 and steps > 0):
            continue
        if not (is_moment(note.start_beats) and is_moment(note.duration_beats)):
            continue
        start = max(0, math.floor(note.start_beats * steps_per_beat + 0.5))
        if start > steps:
            continue
        start = min(start, steps - 1)
        end = min(steps, math.floor(note.end_beats * steps_per_beat + 0.5))
        whole = PlacedNote(note.pitch, note.velocity, start, max(start + 1, end))
        found.append((note.start_beats, note.pitch, whole))
    found.sort(key=lambda entry: entry[:2])
    return [whole for _, _, whole in found]


def _shifts(steps: int) -> list[int]:
    """Events that let so many steps pass."""
    full, rest = divmod(steps, MAX_SHIFT_STEPS)
    events = [TIME_SHIFT + MAX_SHIFT_STEPS - 1] * full
    return [*events, TIME_SHIFT + rest - 1] if rest else events


@dataclass(frozen=True, slots=True)
class PerformancePart:
    """Reads and writes performances of note-ons, note-offs and time shifts.

    Args:
        velocity_bins: Number of velocity bins; 0 where the model knows no velocities.
    """

    velocity_bins: int = 0

    @property
    def silence(self) -> int:
        """What a model is primed with where nothing was played: a second of silence."""
        return TIME_SHIFT + MAX_SHIFT_STEPS - 1

    def read(self, notes: Sequence[Note], steps_per_beat: float, steps: int) -> tuple[int, ...]:
        """A call of so many steps as events; none where nothing was played."""
        whole = placed(notes, steps_per_beat, steps)
        if not whole:
            return ()
        events, reached = self._events(whole, steps + 1)
        return (*events, *_shifts(steps - reached))

    def certain(self, notes: Sequence[Note], steps_per_beat: float, before: int) -> tuple[int, ...]:
        """The events before a step of a call that goes on: the beginning of what `read` will give.

        Args:
            notes: What was played so far.
            steps_per_beat: Steps in a quarter note.
            before: Nothing that happens before this step will change any more.
        """
        # Read as if the call went on, so that no note is ended by its provisional end.
        return tuple(self._events(placed(notes, steps_per_beat, 2**60), before)[0])

    def writer(self, heard: Sequence[int], call_steps: int, answer_steps: int) -> PerformanceWriter:
        """A writer of an answer.

        Args:
            heard: The events of the call; the last velocity that it set goes on.
            call_steps: Length of the call.
            answer_steps: Length of the answer.
        """
        del call_steps
        last = next((event for event in reversed(heard) if event >= VELOCITY), None)
        velocity = FLAT_VELOCITY
        if last is not None:
            velocity = bin_velocity(last - VELOCITY + 1, self.velocity_bins)
        return PerformanceWriter(self.velocity_bins, velocity, answer_steps)

    def _events(self, notes: Sequence[PlacedNote], before: int) -> tuple[list[int], int]:
        """Events that happen before a step, and the step of the last of them."""
        # At one step the note that began first comes first, its end before a later one's start.
        moments = [(note.start_step, i, False) for i, note in enumerate(notes)]
        moments += [(note.end_step, i, True) for i, note in enumerate(notes)]
        events: list[int] = []
        now, loudness = 0, 0
        for step, i, ends in sorted(moments):
            if step >= before:
                break
            events += _shifts(step - now)
            now = step
            if ends:
                events.append(NOTE_OFF + notes[i].pitch)
                continue
            if self.velocity_bins:
                number = velocity_bin(notes[i].velocity, self.velocity_bins)
                if number != loudness:
                    loudness = number
                    events.append(VELOCITY + number - 1)
            events.append(NOTE_ON + notes[i].pitch)
        return events, now


@dataclass(slots=True)
class _Sounding:
    start_step: int
    velocity: int
    told: bool = False


class PerformanceWriter:
    """Turns the events of an answer into notes (``BasePerformance._to_sequence``).

    A pitch may sound several times at once; an end belongs to the one that began first. Notes
    without length are left out.

    Args:
        velocity_bins: Number of velocity bins.
        velocity: Velocity until the first event that sets one, 1 to 127.
        end_step: Length of the answer.
    """

    def __init__(self, velocity_bins: int, velocity: int, end_step: int) -> None:
        self._bins, self._velocity, self._end = velocity_bins, velocity, end_step
        self._sounding: dict[int, deque[_Sounding]] = {}
        self.step = 0

    @property
    def done(self) -> bool:
        """Whether the answer's length is reached."""
        return self.step >= self._end

    @property
    def open_step(self) -> int | None:
        """Start of the earliest note whose end isn't known yet."""
        return min(
            (one.start_step for queue in self._sounding.values() for one in queue if not one.told),
            default=None,
        )

    def push(self, event: int) -> list[GridNote]:
        """The next event; returns the notes that are complete with it."""
        if event < NOTE_OFF:
            queue = self._sounding.setdefault(event - NOTE_ON, deque())
            queue.append(_Sounding(self.step, self._velocity))
            return []
        if event < TIME_SHIFT:
            queue = self._sounding.get(event - NOTE_OFF, deque())
            return self._told(event - NOTE_OFF, queue.popleft()) if queue else []
        if event < VELOCITY:
            self.step = min(self._end, self.step + shift_of(event))
            return self._forgotten(self.step - MAX_NOTE_STEPS)
        self._velocity = bin_velocity(event - VELOCITY + 1, self._bins)
        return []

    def finish(self) -> list[GridNote]:
        """The answer is over; returns the notes that end with it."""
        self.step = self._end
        return self._forgotten(self._end)

    def _forgotten(self, began_by: int) -> list[GridNote]:
        """Hand over the notes that began at or before a step, ended as if now."""
        return [
            note
            for pitch, queue in self._sounding.items()
            for one in queue
            if one.start_step <= began_by
            for note in self._told(pitch, one)
        ]

    def _told(self, pitch: int, one: _Sounding) -> list[GridNote]:
        end = min(self.step, one.start_step + MAX_NOTE_STEPS)
        if one.told or end == one.start_step:
            return []
        # It stays in its queue: Magenta, too, lets a late end go to it.
        one.told = True
        return [GridNote(pitch, one.start_step, end, one.velocity)]
