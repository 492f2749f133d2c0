"""What the classes of a network mean to a musician: what the musical controls hold on to.

A network gives probabilities of classes, and only its encoding knows that class 7 is a kick with a
hat, or that class 39 is whatever sounded two bars ago. An encoding says it once as a table of its
plain classes, one per kind of event, and at each step which plain class every class stands for.
An encoding without a `ClassMeaning` plays on, and the controls that would need one do nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.drum_classes import PITCH_OF_CLASS
from bridge.core.encodings.inputs import EventTracker
from bridge.core.encodings.lookback import NOTE_OFF, melody_codes

IntArray = npt.NDArray[np.int64]
OCTAVE = 12


@dataclass(frozen=True, slots=True)
class PlainClasses:
    """The plain classes of an encoding; every array has one element for each.

    Args:
        onsets: How many notes start with it.
        heights: How high they are: octaves from the middle of the encoding's range, or for drums
            -1.0 (kick) to 1.0 (cymbals); what it is where none starts does not matter.
        pitch_classes: The pitch classes of the notes that start, bit 0 for C, as the network has
            them: before the call's transposition is taken off. 0 where none starts, or where
            pitches are no matter of scales (drums).
        gestures: What it does in time, as a number: classes of one number do the same (start a
            note, end one, wait so long) and differ in nothing but what sounds.
        sounds: What starts, as a number of its own for each set of pitches; -1 where nothing does.
    """

    onsets: IntArray
    heights: npt.NDArray[np.float64]
    pitch_classes: IntArray
    gestures: IntArray
    sounds: IntArray


class ClassMeaning(Protocol):
    """What classes mean, step by step."""

    @property
    def plain(self) -> PlainClasses:
        """The table."""
        ...

    def plain_class(self, event: int) -> int:
        """Place of an event in the table."""
        ...

    def standing_for(self, tracker: EventTracker) -> IntArray | None:
        """For each class the plain class that it stands for now; None: each for itself."""
        ...


@dataclass(frozen=True, slots=True)
class EventMeaning:
    """Plain classes, then classes that repeat an earlier event.

    Args:
        plain: The table.
        code: Place of an event in it.
        repeats: How many classes of repetition follow.
    """

    plain: PlainClasses
    code: Callable[[int], int]
    repeats: int = 0

    def plain_class(self, event: int) -> int:
        """Place of an event in the table."""
        return self.code(event)

    def standing_for(self, tracker: EventTracker) -> IntArray | None:
        """For each class the plain class that it stands for now; None: each for itself."""
        if not self.repeats:
            return None
        count = len(self.plain.onsets)
        numbers = np.arange(count + self.repeats)
        for repeat in range(count, count + self.repeats):
            numbers[repeat] = self.code(tracker.event_of(repeat))
        return numbers


def drum_meaning(count: int, repeats: int = 0) -> EventMeaning:
    """Sets of drum classes, ``count`` of them; then so many repetitions.

    The height of a set is the mean rank of its drums when these are ordered from the kick, over the
    toms by their pitch, to the cymbals, as their fundamental and their brightness go.
    """
    drums = max(1, (count - 1).bit_length())
    ranks = np.array(_DRUM_RANKS[:drums], np.float64)
    bits = np.arange(count)[:, None] >> np.arange(drums) & 1
    onsets = bits.sum(axis=1)
    span = max(1.0, ranks.max())
    heights = 2.0 * (bits @ ranks) / np.maximum(1, onsets) / span - 1.0
    struck = onsets > 0
    numbers = np.arange(count)
    plain = PlainClasses(
        onsets=onsets.astype(np.int64),
        heights=heights,
        pitch_classes=np.zeros(count, np.int64),
        gestures=struck.astype(np.int64),
        sounds=np.where(struck, numbers, -1),
    )
    return EventMeaning(plain, int, repeats)


def melody_meaning(low: int, high: int, repeats: int = 0) -> EventMeaning:
    """No event, note-off, then the pitches from ``low`` to below ``high``; then repetitions."""
    codes = melody_codes(low, high)
    return EventMeaning(_melody_classes([-1, -1, *range(low, high)], (0, 1)), codes.code, repeats)


def key_melody_meaning(low: int, high: int, repeats: int) -> EventMeaning:
    """The pitches from ``low`` to below ``high``, then no event, note-off and repetitions."""
    count = high - low

    def code(event: int) -> int:
        return count + (event == NOTE_OFF) if event < 0 else event - low

    return EventMeaning(
        _melody_classes([*range(low, high), -1, -1], (count, count + 1)), code, repeats
    )


def _melody_classes(pitches: Sequence[int], waiting_and_ending: tuple[int, int]) -> PlainClasses:
    """One voice: every class starts one note of a pitch, or (-1) none."""
    pitch = np.array(pitches, np.int64)
    starts = pitch >= 0
    low, high = int(pitch[starts].min()), int(pitch.max())
    gestures = np.where(starts, 2, 0)
    gestures[waiting_and_ending[1]] = 1
    return PlainClasses(
        onsets=starts.astype(np.int64),
        heights=(pitch - (low + high) / 2) / OCTAVE,
        pitch_classes=np.where(starts, 1 << pitch % OCTAVE, 0),
        gestures=gestures,
        sounds=pitch,
    )


_LOW_TO_HIGH = (36, 45, 48, 38, 50, 42, 46, 51, 49)
"""Kick, low tom, mid tom, snare, high tom, closed hat, open hat, ride, crash."""
_DRUM_RANKS = tuple(_LOW_TO_HIGH.index(pitch) for pitch in PITCH_OF_CLASS)
