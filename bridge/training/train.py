"""The training loop: epochs, validation after each, best weights kept, early stopping.

Every epoch draws its own random numbers from the seed and its number, and begins with fresh lanes.
What is kept after an epoch is therefore all that it takes to go on: a training that was killed ends
where it would have ended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, inf, isnan, pi

import numpy as np
from numpy.typing import NDArray

from bridge.training.batches import (
    SamplerOptions,
    evaluation_segments,
    training_segments,
)
from bridge.training.divided import DividedLearner, Division
from bridge.training.encode import Coding, Steps
from bridge.training.keeper import Keeper, Kept
from bridge.training.network import Shape
from bridge.training.optimise import Learner, LearnerOptions

LAST_RATE_SHARE = 0.02
WARM_UP_UPDATES = 50
FEWEST_UPDATES = 20
"""Of an epoch: with a few bars of data, an epoch is several passes over them."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn.

    Attributes:
        epochs: Most passes over as many events as the training split has, or a share of them.
        patience_epochs: Epochs without a better validation figure before training stops.
        rate: Highest learning rate; it falls along a half cosine to a fiftieth at the last epoch.
        seed: Of the weights, the order of the data and dropout.
        epoch_share: How much of the training sequences an epoch takes in, above 0.0 to 1.0; where
            each is there in several keys, a part of them is music enough.
    """

    epochs: int
    patience_epochs: int = 8
    rate: float = 3e-3
    seed: int = 1
    epoch_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Epoch:
    """How an epoch went.

    Attributes:
        number: Counted from 1; 0 is before any.
        training_nats: Mean nats per predicted step while it was learning, dropout on; nan at 0.
        validation_nats: Nats per predicted step of the validation sequences after it.
        old_nats: The same of the sequences that must not be forgotten; nan where there are none.
        spent_s: Wall time since the training began, in seconds, breaks left out.
    """

    number: int
    training_nats: float
    validation_nats: float
    old_nats: float
    spent_s: float

    def line(self) -> str:
        """One line for people."""
        training = "" if isnan(self.training_nats) else f"training {self.training_nats:.4f}, "
        old = "" if isnan(self.old_nats) else f", old data {self.old_nats:.4f}"
        validation = f"validation {self.validation_nats:.4f}"
        return f"epoch {self.number}: {training}{validation}{old} nats a step, {self.spent_s:.0f} s"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training.

    Attributes:
        weights: The best epoch's weights by name.
        best: The best epoch.
        curve: Every epoch, in order.
        epochs: How many the plan allowed.
    """

    weights: dict[str, NDArray[np.float32]]
    best: Epoch
    curve: tuple[Epoch, ...]
    epochs: int

    def verdict(self) -> str:
        """Two lines for people: did it reach a minimum, and what would help?"""
        last = self.curve[-1]
        nats = f"{self.best.validation_nats:.4f} nats a step"
        minutes = f"{last.spent_s / 60:.1f} minutes"
        if isnan(self.best.validation_nats):
            return (
                f"Nothing could be measured: the training burst; {minutes}. "
                "Try a lower rate, and give pieces to validate with."
            )
        if self.best.number == 0:
            return (
                f"Nothing was gained: {nats} before training, and no epoch was better; {minutes}. "
                "The data may be too little or too different; try a lower rate."
            )
        if self.best.number == last.number:
            return (
                f"Validation was still falling at the last epoch: {nats}, {minutes}. "
                "More epochs may help."
            )
        return (
            f"Validation stopped improving at epoch {self.best.number} of {last.number}: {nats}, "
            f"{minutes}. This is the minimum of this run; another seed would tell how firm it is."
        )


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt, and what it is measured with.

    Attributes:
        training: Sequences to learn from.
        validation: Sequences to choose the best epoch by.
        old: Sequences of what the network knew before; measured only.
    """

    training: Sequence[Steps]
    validation: Sequence[Steps]
    old: Sequence[Steps] = field(default=())


def learning_rate(plan: Plan, done_share: float, updates: int) -> float:
    """A short linear rise, then a half cosine."""
    warm = min(1.0, (updates + 1) / WARM_UP_UPDATES)
    fall = LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * 0.5 * (1 + cos(pi * min(1.0, done_share)))
    return plan.rate * warm * fall


def _worth(epoch: Epoch) -> float:
    return inf if isnan(epoch.validation_nats) else epoch.validation_nats


class Training:
    """One training of one network.

    Args:
        shape: The network.
        coding: Between sequences and the network.
        material: What is learnt.
        plan: How long and how fast.
        options: Dropout and decay.
        sampler: How segments are drawn.
        start: Weights to begin with; None: random ones.
        division: Who divides the lanes of each update; None: nobody.
    """

    def __init__(
        self,
        shape: Shape,
        coding: Coding,
        material: Material,
        plan: Plan,
        options: LearnerOptions,
        sampler: SamplerOptions,
        start: Mapping[str, NDArray[np.float32]] | None = None,
        division: Division | None = None,
    ) -> None:
        self._coding, self._material, self._plan, self._sampler = coding, material, plan, sampler
        if division is None:
            self._learner = Learner(shape, options, sampler.lanes, plan.seed, start)
        else:
            self._learner = DividedLearner(
                division, shape, options, sampler.lanes, plan.seed, start
            )
        steps = int(sum(map(len, material.training)) * plan.epoch_share)
        self._updates = max(FEWEST_UPDATES, steps // (sampler.steps * sampler.lanes))
        self._fine_tuning = start is not None
        self._curve: list[Epoch] = []
        self._best: Epoch | None = None
        self._best_weights: dict[str, NDArray[np.float32]] = {}

    def run(
        self,
        report: Callable[[Epoch], None],
        progress: Callable[[int, int], None] = lambda _done, _all: None,
        keeper: Keeper | None = None,
    ) -> Outcome:
        """Train to the end.

        Args:
            report: Is called after each epoch; of a training that goes on, also with its earlier
                ones.
            progress: Is called after each update with how many of the epoch's are done, and how
                many there are.
            keeper: Keeps the state after each epoch, and has that of a training that was killed.
        """
        kept = keeper.load() if keeper is not None else None
        if kept is not None:
            self._resume(kept)
        elif self._fine_tuning:
            self._note(self._measured(0, np.nan, 0.0))
        for epoch in self._curve:
            report(epoch)
        spent_s = self._curve[-1].spent_s if self._curve else 0.0
        began_s = time.monotonic() - spent_s
        first = self._curve[-1].number + 1 if self._curve else 1
        for number in range(first, self._plan.epochs + 1):
            if self._patience_is_over():
                break
            nats = self._epoch(number, progress)
            self._note(self._measured(number, nats, time.monotonic() - began_s))
            if keeper is not None:
                keeper.save(self._kept())
            report(self._curve[-1])
        assert self._best is not None  # a plan has one epoch at least
        return Outcome(self._best_weights, self._best, tuple(self._curve), self._plan.epochs)

    def _epoch(self, number: int, progress: Callable[[int, int], None]) -> float:
        random = np.random.default_rng((self._plan.seed, number))
        self._learner.begin_epoch()
        segments = training_segments(self._material.training, self._coding, self._sampler, random)
        losses = []
        for update in range(self._updates):
            updates = (number - 1) * self._updates + update
            share = updates / (self._plan.epochs * self._updates)
            losses.append(
                self._learner.train(next(segments), learning_rate(self._plan, share, updates))
            )
            progress(update + 1, self._updates)
        return float(np.mean(losses))

    def _measured(self, number: int, training_nats: float, spent_s: float) -> Epoch:
        validation = self._nats(self._material.validation)
        return Epoch(number, training_nats, validation, self._nats(self._material.old), spent_s)

    def _nats(self, sequences: Sequence[Steps]) -> float:
        """Nats per predicted step; nan of no sequences."""
        segments = evaluation_segments(
            sequences, self._coding, self._sampler.steps, self._sampler.lanes
        )
        total, count = self._learner.nats(segments)
        return total / count if count else np.nan

    def _note(self, epoch: Epoch) -> None:
        self._curve.append(epoch)
        # What has burst is no number, and any number is better.
        if self._best is None or _worth(epoch) < _worth(self._best):
            self._best, self._best_weights = epoch, self._learner.mean_weights()

    def _patience_is_over(self) -> bool:
        if not self._curve or self._best is None:
            return False
        return self._curve[-1].number - self._best.number >= self._plan.patience_epochs

    def _kept(self) -> Kept:
        assert self._best is not None  # it is called after an epoch
        best = {f"best/{name}": value for name, value in self._best_weights.items()}
        curve = [
            (one.number, one.training_nats, one.validation_nats, one.old_nats, one.spent_s)
            for one in self._curve
        ]
        return Kept(self._learner.kept() | best, np.array(curve), self._best.number)

    def _resume(self, kept: Kept) -> None:
        self._learner.restore(kept.arrays)
        self._curve = [Epoch(int(number), *rest) for number, *rest in kept.curve.tolist()]
        self._best = next(one for one in self._curve if one.number == kept.best_epoch)
        prefix = "best/"
        self._best_weights = {
            name.removeprefix(prefix): value
            for name, value in kept.arrays.items()
            if name.startswith(prefix)
        }
