"""The encoding of attention_rnn: a melody with its direction, its meter and its likely keys.

Source: note-seq, ``melody_encoder_decoder.KeyMelodyEncoderDecoder``. Magenta works it out from the
whole melody at every step; here each event changes a few running facts. Its quirks are kept, since
the networks were trained with them: a note that is cut off right after its start still counts as an
attack, and classes are numbered otherwise than in the other melody models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.inputs import (
    DenseBlock,
    EventTracker,
    InputBlock,
    OneHotBlock,
    counter_rows,
    first_rows,
    half_sets,
)
from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF, repeat_class
from bridge.core.encodings.melody import KEYS_OF_PITCH_CLASS, OCTAVE, key_histogram

_BAR_STEPS = 16
"""Magenta's bar, whatever the meter (``DEFAULT_STEPS_PER_BAR``)."""

_HALF = OCTAVE // 2


@dataclass(frozen=True)
class KeyMelodyEncoding:
    """Melody events with keys.

    Args:
        low: Lowest pitch.
        high: Highest pitch, plus one.
        distances: How many steps back to look for repeats, ascending.
        counter_bits: Number of binary counters.
    """

    low: int = 48
    high: int = 84
    distances: tuple[int, ...] = (16, 32)
    counter_bits: int = 7

    @property
    def pitch_count(self) -> int:
        """How many pitches it knows."""
        return self.high - self.low

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        return self.pitch_count + 4 + len(self.distances) + self.counter_bits + 1 + 2 * OCTAVE

    @property
    def class_count(self) -> int:
        """Pitches, no event, note-off, then one class per lookback."""
        return self.pitch_count + 2 + len(self.distances)

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """Counters; sounding pitch; attack and direction; repeats; two sets of keys, by halves."""
        after_pitch = self.pitch_count + 2
        repeats = after_pitch + 2
        counters = repeats + len(self.distances)
        keys = counters + self.counter_bits + 1
        halves = half_sets(_HALF)
        return (
            DenseBlock(counters, counter_rows(self.counter_bits, _BAR_STEPS)),
            DenseBlock(0, _pitch_rows(self.pitch_count)),
            DenseBlock(after_pitch, _motion_rows()),
            OneHotBlock(repeats, len(self.distances)),
            *(DenseBlock(keys + i * _HALF, halves) for i in range(4)),
        )

    @cached_property
    def block_rows(self) -> tuple[int, ...]:
        """Number of the first row of each block."""
        return first_rows(self.blocks)

    def tracker(self) -> KeyMelodyTracker:
        """A tracker that has seen no event."""
        return KeyMelodyTracker(self)


class KeyMelodyTracker(EventTracker):
    """Follows the events of a `KeyMelodyEncoding`."""

    __slots__ = (
        "_attack",
        "_direction",
        "_encoding",
        "_histogram",
        "_recent",
        "_sounding",
        "events",
    )

    def __init__(self, encoding: KeyMelodyEncoding) -> None:
        self._encoding = encoding
        self.events: list[int] = []
        self._sounding: int | None = None
        self._attack = 0
        self._direction = 0
        self._recent: list[int] = []
        self._histogram = [0] * OCTAVE

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)
        if event == NO_EVENT:
            self._attack = 0
        elif event == NOTE_OFF:
            self._sounding = None
        else:
            self._start_note(event)

    def _start_note(self, pitch: int) -> None:
        self._sounding = pitch
        self._attack = 1
        recent = self._recent
        if recent and pitch != recent[-1]:
            self._direction = 1 if pitch > recent[-1] else -1
        # The last three different notes, the newest last.
        if pitch in recent:
            recent.remove(pitch)
        recent.append(pitch)
        del recent[:-3]
        for key in KEYS_OF_PITCH_CLASS[pitch % OCTAVE]:
            self._histogram[key] += 1

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the input after the last event."""
        encoding, events = self._encoding, self.events
        counters, pitches, motion, repeats, *keys = encoding.block_rows
        position = len(events)
        silence = encoding.pitch_count
        sounding = silence if self._sounding is None else self._sounding - encoding.low
        rows = [
            counters + (position & (1 << encoding.counter_bits) - 1),
            pitches + sounding,
            motion + 3 * self._attack + self._direction + 1,
        ]
        for histogram, first in (
            (self._histogram, keys[:2]),
            (key_histogram(self._recent), keys[2:]),
        ):
            likely = _likely_keys(histogram)
            rows.append(first[0] + (likely & (1 << _HALF) - 1))
            rows.append(first[1] + (likely >> _HALF))
        for i, distance in enumerate(encoding.distances):
            back = position - 1 - distance
            if back >= 0 and events[back] == events[-1]:
                rows.append(repeats + i)
        return tuple(rows)

    def class_of(self, event: int) -> int:
        """The class that stands for ``event`` coming next; repeats before plain events."""
        encoding = self._encoding
        repeat = repeat_class(self.events, event, encoding.distances, NO_EVENT)
        if repeat is not None:
            return encoding.pitch_count + 2 + repeat
        if event < 0:
            return encoding.pitch_count + (event == NOTE_OFF)
        return event - encoding.low

    def event_of(self, class_index: int) -> int:
        """The event that a class stands for here."""
        encoding = self._encoding
        special = class_index - encoding.pitch_count
        if special < 0:
            return encoding.low + class_index
        if special < 2:
            return NOTE_OFF if special else NO_EVENT
        distance = encoding.distances[special - 2]
        return self.events[-distance] if len(self.events) >= distance else NO_EVENT

    def copy(self) -> KeyMelodyTracker:
        """An independent tracker at the same place."""
        other = KeyMelodyTracker(self._encoding)
        other.events = self.events.copy()
        other._sounding, other._attack = self._sounding, self._attack
        other._direction = self._direction
        other._recent, other._histogram = self._recent.copy(), self._histogram.copy()
        return other


def _likely_keys(histogram: list[int]) -> int:
    """The keys that most notes fit into, as a bit set; all twelve where there is no note."""
    most = max(histogram)
    likely = 0
    for key, count in enumerate(histogram):
        if count == most:
            likely |= 1 << key
    return likely


def _pitch_rows(pitch_count: int) -> npt.NDArray[np.float64]:
    """A row per sounding pitch, which also says that a note sounds; the last row is silence."""
    rows = np.zeros((pitch_count + 1, pitch_count + 2))
    rows[:pitch_count, :pitch_count] = np.eye(pitch_count)
    rows[:pitch_count, pitch_count] = 1.0
    rows[pitch_count, pitch_count + 1] = 1.0
    return rows


def _motion_rows() -> npt.NDArray[np.float64]:
    """Attack (0, 1) times direction (-1 falling, 0 unknown, 1 rising)."""
    return np.array([[attack, way] for attack in (0, 1) for way in (-1, 0, 1)], np.float64)
