"""How often events follow contexts, where long contexts that are rare lean on shorter ones.

The weight of a context is its count over its count plus the distinct events seen in it (Witten and
Bell); what is left goes to the context before it. Contexts are numbers of the caller's making, one
array a level, so that millions of events are counted in a moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Shares = NDArray[np.float64]

SMOOTHING = 0.01


@dataclass(frozen=True, slots=True)
class _Level:
    """The counts of one level.

    Args:
        contexts: Those that were seen, ascending.
        totals: How often.
        kinds: How many distinct events followed each.
        pairs: Context and event as one number, those that were seen, ascending.
        counts: How often.
    """

    contexts: Numbers
    totals: Numbers
    kinds: Numbers
    pairs: Numbers
    counts: Numbers

    @staticmethod
    def of(contexts: Numbers, events: Numbers, classes: int) -> _Level:
        pairs, counts = np.unique(contexts * classes + events, return_counts=True)
        seen, first, kinds = np.unique(pairs // classes, return_index=True, return_counts=True)
        return _Level(seen, np.add.reduceat(counts, first), kinds, pairs, counts)

    def shares(self, contexts: Numbers, events: Numbers, classes: int, below: Shares) -> Shares:
        total = _found(self.contexts, self.totals, contexts)
        kinds = _found(self.contexts, self.kinds, contexts)
        count = _found(self.pairs, self.counts, contexts * classes + events)
        known = total > 0
        return np.where(known, (count + kinds * below) / np.maximum(1, total + kinds), below)


def _found(names: Numbers, values: Numbers, wanted: Numbers) -> Numbers:
    """The value of each name, 0 of those that are not there."""
    places = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
    return np.where(names[places] == wanted, values[places], 0)


class Backoff:
    """Probabilities of events in their contexts.

    Args:
        events: Everything that was seen, one event after another.
        contexts: For each level the context of every event, the shortest first.
        classes: How many distinct events there may be.
    """

    def __init__(self, events: Numbers, contexts: Sequence[Numbers], classes: int) -> None:
        counts = np.bincount(events, minlength=classes) + SMOOTHING
        self._overall, self._classes = counts / counts.sum(), classes
        self._levels = [_Level.of(one, events, classes) for one in contexts]

    def shares(self, events: Numbers, contexts: Sequence[Numbers]) -> Shares:
        """The probability of each event in its contexts, one array of them for each level."""
        shares = np.asarray(self._overall[events], np.float64)
        for level, one in zip(self._levels, contexts, strict=True):
            shares = level.shares(one, events, self._classes, shares)
        return shares
