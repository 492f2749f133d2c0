"""An encoding of our own for drums that sees the bars before: ``drum_kit_lookback``.

Magenta's ``drum_kit`` sees nothing but the last step; what was played a bar ago must survive in the
network's memory, although more than half of all steps of played drums repeat the bar before. This
encoding adds, for the step to predict, what was played one, two, four and eight bars before it.
Each such drum set is written as its nine drums and their 36 pairs, so that rare sets are understood
by their drums, and as one more column that tells silence from no bar at all. What is hard to see in
these is told outright: which of the bars agree on the step to predict, and which of them the last
step repeated. To repeat one of them is a class of its own, so that the network need not spell out a
rare set only because it was played before. Stock Magenta does not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

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

DRUM_SETS = 512
DRUMS = 9


def drum_set_features() -> npt.NDArray[np.float64]:
    """What the 512 drum sets share: their nine drums, then the 36 pairs of drums; (512, 45)."""
    bits = (np.arange(DRUM_SETS)[:, None] >> np.arange(DRUMS) & 1).astype(np.float64)
    first, second = np.triu_indices(DRUMS, k=1)
    return np.concatenate([bits, bits[:, first] * bits[:, second]], axis=1)


@dataclass(frozen=True)
class DrumLookbackEncoding:
    """Drum sets, with those that were played some bars before the step to predict.

    Args:
        distances: How many steps before, ascending.
        counter_bits: Number of binary counters of the next step's place.
    """

    distances: tuple[int, ...] = (16, 32, 64, 128)
    counter_bits: int = 7

    @property
    def input_width(self) -> int:
        """Width of the input vector."""
        return self._agreements + len(self.pairs)

    @property
    def class_count(self) -> int:
        """One class for each drum set, then one for each distance: what was played there."""
        return DRUM_SETS + len(self.distances)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The pairs of distances that may agree."""
        return tuple(combinations(self.distances, 2))

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The last set; the set at each distance; counters; which the last step repeated; pairs."""
        features = drum_set_features()
        told = np.concatenate([features, np.ones((DRUM_SETS, 1))], axis=1)
        width = told.shape[1]
        backs = [DenseBlock(DRUM_SETS + i * width, told) for i in range(len(self.distances))]
        return (
            OneHotBlock(0, DRUM_SETS),
            *backs,
            DenseBlock(self._counters, counter_rows(self.counter_bits)),
            OneHotBlock(self._counters + self.counter_bits, len(self.distances)),
            DenseBlock(self._agreements, half_sets(len(self.pairs))),
        )

    @cached_property
    def block_rows(self) -> tuple[int, ...]:
        """Number of the first row of each block."""
        return first_rows(self.blocks)

    @property
    def _counters(self) -> int:
        """First column of the counters."""
        features = DRUMS + DRUMS * (DRUMS - 1) // 2 + 1
        return DRUM_SETS + features * len(self.distances)

    @property
    def _agreements(self) -> int:
        """First column that tells which pairs of distances agree."""
        return self._counters + self.counter_bits + len(self.distances)

    def tracker(self) -> DrumLookbackTracker:
        """A tracker that has seen no event."""
        return DrumLookbackTracker(self, [])


class DrumLookbackTracker(EventTracker):
    """Follows the events of a `DrumLookbackEncoding`."""

    __slots__ = ("_encoding", "events")

    def __init__(self, encoding: DrumLookbackEncoding, events: list[int]) -> None:
        self._encoding = encoding
        self.events = events

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the input after the last event."""
        encoding, events = self._encoding, self.events
        sets, *backs, counters, flags, agreements = encoding.block_rows
        position = len(events)
        rows = [sets + events[-1], counters + (position & (1 << encoding.counter_bits) - 1)]
        for i, distance in enumerate(encoding.distances):
            back = position - distance
            if back < 0:
                break
            rows.append(backs[i] + events[back])
            if back > 0 and events[back - 1] == events[-1]:
                rows.append(flags + i)
        rows.append(agreements + self._agreeing())
        return tuple(rows)

    def _agreeing(self) -> int:
        """Bit i is set where the distances of pair i hold the same at the step to predict."""
        events, position, found = self.events, len(self.events), 0
        for i, (near, far) in enumerate(self._encoding.pairs):
            if far <= position and events[position - near] == events[position - far]:
                found |= 1 << i
        return found

    def class_of(self, event: int) -> int:
        """The class that stands for ``event``: a repetition of the nearest, or its own number."""
        for i, distance in enumerate(self._encoding.distances):
            if distance <= len(self.events) and self.events[-distance] == event:
                return DRUM_SETS + i
        return event

    def event_of(self, class_index: int) -> int:
        """The event that a class stands for; of a repetition of what was not yet, silence."""
        if class_index < DRUM_SETS:
            return class_index
        distance = self._encoding.distances[class_index - DRUM_SETS]
        return self.events[-distance] if distance <= len(self.events) else 0

    def copy(self) -> DrumLookbackTracker:
        """An independent tracker at the same place."""
        return DrumLookbackTracker(self._encoding, self.events.copy())
