"""What can be predicted without a network: the figures a trained bundle has to beat.

Each baseline gives the probability of the event that came, at every step of a sequence; the mean of
minus its natural logarithm is the nats per step, every step counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.training.encode import Steps

Probabilities = NDArray[np.float64]
Baseline = Callable[[Steps], Probabilities]

SMOOTHING = 0.01


@dataclass(frozen=True, slots=True)
class Counts:
    """Smoothed frequencies of the training split.

    Attributes:
        overall: Probability of each class, shape (classes,).
        by_position: The same at each step of the bar, shape (steps_per_bar, classes).
    """

    overall: Probabilities
    by_position: Probabilities

    @property
    def steps_per_bar(self) -> int:
        """Steps of a bar."""
        return len(self.by_position)


def count_classes(training: Sequence[Steps], classes: int, steps_per_bar: int) -> Counts:
    """Frequencies of classes, overall and by position in the bar."""
    table = np.zeros((steps_per_bar, classes))
    for steps in training:
        np.add.at(table, (np.arange(len(steps)) % steps_per_bar, steps), 1.0)
    overall = table.sum(axis=0) + SMOOTHING
    overall /= overall.sum()
    # A class unseen at a position falls back on how common it is anywhere.
    by_position = table + overall * SMOOTHING * classes
    return Counts(overall, by_position / by_position.sum(axis=1, keepdims=True))


def unigram(counts: Counts) -> Baseline:
    """Every step alike."""
    return lambda steps: counts.overall[steps]


def position(counts: Counts) -> Baseline:
    """By position in the bar."""
    return lambda steps: counts.by_position[np.arange(len(steps)) % counts.steps_per_bar, steps]


def bar_repeat(counts: Counts, repeat_share: float = 0.5) -> Baseline:
    """The event one bar earlier with ``repeat_share``, else by position; bar one by position."""
    by_position = position(counts)

    def predict(steps: Steps) -> Probabilities:
        plain = by_position(steps)
        bar = counts.steps_per_bar
        mixed = (1 - repeat_share) * plain
        mixed[bar:] += repeat_share * (steps[bar:] == steps[:-bar])
        mixed[:bar] = plain[:bar]
        return mixed

    return predict


def ngram(
    training: Sequence[Steps], counts: Counts, order: int = 4, repeat_share: float = 0.4
) -> Baseline:
    """The last ``order - 1`` events and the position, backing off, mixed with the bar before.

    The weight of a context is its count over its count plus the distinct events seen in it
    (Witten and Bell); what is left goes to the context one event shorter.
    """
    bar = counts.steps_per_bar
    seen: dict[tuple[int, ...], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for steps in training:
        events = steps.tolist()
        for now, event in enumerate(events):
            for length in range(1, min(order - 1, now) + 1):
                seen[(now % bar, *events[now - length : now])][event] += 1

    def probability(events: list[int], now: int, start: float) -> float:
        value = start
        for length in range(1, min(order - 1, now) + 1):
            followers = seen.get((now % bar, *events[now - length : now]))
            if followers is None:
                break
            total, kinds = sum(followers.values()), len(followers)
            value = (followers.get(events[now], 0) + kinds * value) / (total + kinds)
        return value

    by_position = position(counts)

    def predict(steps: Steps) -> Probabilities:
        events = steps.tolist()
        plain = by_position(steps)
        chained = np.array([probability(events, now, plain[now]) for now in range(len(events))])
        mixed = (1 - repeat_share) * chained
        mixed[bar:] += repeat_share * (steps[bar:] == steps[:-bar])
        mixed[:bar] = chained[:bar]
        return mixed

    return predict


def nats_per_step(baseline: Baseline, sequences: Sequence[Steps]) -> float:
    """Mean of minus the natural logarithm over every step of the sequences."""
    total = sum(-float(np.log(baseline(steps)).sum()) for steps in sequences)
    return total / sum(map(len, sequences))


def all_baselines(
    training: Sequence[Steps], classes: int, steps_per_bar: int
) -> dict[str, Baseline]:
    """The baselines by the names that the tables use."""
    counts = count_classes(training, classes, steps_per_bar)
    return {
        "unigram": unigram(counts),
        "position in the bar": position(counts),
        "last bar repeated, mixed with position (0.5)": bar_repeat(counts),
        "4-gram by position, mixed with the last bar (0.4)": ngram(training, counts),
    }
