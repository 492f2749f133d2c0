"""What can be predicted of a melody over chords without a network.

Those of any melody (`bridge.training.baselines`), which do not know the chords, and one that does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.core.chord_symbols import OCTAVE
from bridge.training.backoff import Backoff
from bridge.training.baselines import Baseline, all_baselines
from bridge.training.chorded import chord_numbers, chord_of, places_of
from bridge.training.encode import Steps

_TRIADS = 5


def chord_baselines(
    training: Sequence[Steps], classes: int, steps_per_bar: int
) -> dict[str, Baseline]:
    """The baselines by the names that the tables use."""
    plain = all_baselines([places_of(steps) for steps in training], classes, steps_per_bar)
    found = {name: _deaf(baseline) for name, baseline in plain.items()}
    known = _over_chords(training, classes, steps_per_bar)
    return found | {"place in the bar, chord and last event": known}


def _deaf(baseline: Baseline) -> Baseline:
    return lambda steps: baseline(places_of(steps))


def _over_chords(training: Sequence[Steps], classes: int, steps_per_bar: int) -> Baseline:
    def contexts(steps: Steps) -> list[Steps]:
        place = np.arange(len(steps)) % steps_per_bar
        chord = place * OCTAVE * _TRIADS + _triads(steps)
        last = np.concatenate([[classes], places_of(steps)[:-1]])
        return [place, chord, chord * (classes + 1) + last]

    each = [contexts(steps) for steps in training]
    events = np.concatenate([places_of(steps) for steps in training])
    levels = [np.concatenate(level) for level in zip(*each, strict=True)]
    counts = Backoff(events, levels, classes)

    def predict(steps: Steps) -> NDArray[np.float64]:
        return counts.shares(places_of(steps), contexts(steps))

    return predict


def _triads(steps: Steps) -> Steps:
    """Root and kind of each step's triad as a number; chords that are none, and no chord, as 0."""
    numbers, where = np.unique(chord_numbers(steps), return_inverse=True)
    chords = [chord_of(int(number)) for number in numbers]
    triads = [
        0 if chord is None or chord.triad is None else OCTAVE * (chord.triad + 1) + chord.root
        for chord in chords
    ]
    return np.array(triads, np.int64)[where]
