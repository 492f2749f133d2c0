"""What classes mean where many voices sound at once: polyphony and performances.

A note that starts, one that goes on or ends, and time that passes are classes of their own here,
so that the musical controls shape what starts and leave the rest alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.core.encodings.meaning import OCTAVE, EventMeaning, PlainClasses
from bridge.core.encodings.performance import NOTE_OFF, NOTE_ON, TIME_SHIFT, VELOCITY
from bridge.core.encodings.polyphony import CLASS_COUNT, CONTINUED_NOTE, NEW_NOTE, STEP_END

MIDDLE_PITCH = 60
"""Where a register is neither low nor high: the middle of the piano."""


def heights(count: int, lowest_pitch: int = 0) -> np.ndarray:
    """Octaves from the middle of the piano, for so many pitches from the lowest on."""
    return (lowest_pitch + np.arange(count) - MIDDLE_PITCH) / OCTAVE


def polyphony_meaning() -> EventMeaning:
    """``START`` and ``END``, the end of a step, notes that start, and notes that go on."""
    return _starts_at(NEW_NOTE, (NEW_NOTE, CONTINUED_NOTE, CLASS_COUNT), STEP_END)


def performance_meaning(velocity_bins: int) -> EventMeaning:
    """Notes that start, notes that end, time that passes, and velocities."""
    return _starts_at(NOTE_ON, (NOTE_OFF, TIME_SHIFT, VELOCITY, VELOCITY + velocity_bins))


def _starts_at(first: int, bounds: Sequence[int], single: int = -1) -> EventMeaning:
    """128 classes from ``first`` on start a note each; the others are told by where they lie.

    Args:
        first: The class of a note of pitch 0 that starts.
        bounds: Where each kind of classes but the first begins; the last is the number of classes.
        single: A class that does something of its own.
    """
    count = bounds[-1]
    numbers = np.arange(count)
    pitch = np.where((numbers >= first) & (numbers < first + 128), numbers - first, -1)
    gestures = np.searchsorted(np.array(bounds), numbers, side="right").astype(np.int64)
    if single >= 0:
        gestures[single] = len(bounds)
    starts = pitch >= 0
    plain = PlainClasses(
        onsets=starts.astype(np.int64),
        heights=np.where(starts, (pitch - MIDDLE_PITCH) / OCTAVE, 0.0),
        pitch_classes=np.where(starts, 1 << pitch % OCTAVE, 0),
        gestures=gestures,
        sounds=pitch,
    )
    return EventMeaning(plain, int)
