"""The training loop: epochs, validation after each, best weights kept, early stopping."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, pi

import numpy as np
from numpy.typing import NDArray

from bridge.training.batches import (
    SamplerOptions,
    evaluation_segments,
    training_segments,
)
from bridge.training.encode import Coding, Steps
from bridge.training.network import Shape
from bridge.training.optimise import Learner, LearnerOptions

LAST_RATE_SHARE = 0.02
WARM_UP_UPDATES = 50


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast to learn.

    Attributes:
        epochs: Most passes over as many steps as the training split has.
        patience_epochs: Epochs without a better validation figure before training stops.
        rate: Highest learning rate; it falls along a half cosine to a fiftieth at the last epoch.
        seed: Of the weights, the order of the data and dropout.
    """

    epochs: int
    patience_epochs: int = 8
    rate: float = 3e-3
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished training.

    Attributes:
        weights: The best epoch's weights by name.
        validation_nats: Nats per predicted step of the validation split at that epoch.
        epoch: That epoch, counted from 1.
        epochs_run: Epochs run in all.
        duration_s: Wall time in seconds.
    """

    weights: dict[str, NDArray[np.float32]]
    validation_nats: float
    epoch: int
    epochs_run: int
    duration_s: float

    def verdict(self) -> str:
        """One line for people: did it reach a minimum?"""
        found = (
            "validation was still falling at the last epoch: more epochs may help"
            if self.epoch == self.epochs_run
            else f"validation reached its minimum at epoch {self.epoch} of {self.epochs_run}"
        )
        return (
            f"{found}; {self.validation_nats:.4f} nats per predicted step"
            f" after {self.duration_s / 60:.1f} minutes"
        )


def learning_rate(plan: Plan, done_share: float, updates: int) -> float:
    """A short linear rise, then a half cosine."""
    warm = min(1.0, (updates + 1) / WARM_UP_UPDATES)
    fall = LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * 0.5 * (1 + cos(pi * min(1.0, done_share)))
    return plan.rate * warm * fall


def train(
    shape: Shape,
    coding: Coding,
    training: Sequence[Steps],
    validation: Sequence[Steps],
    plan: Plan,
    learner_options: LearnerOptions,
    sampler: SamplerOptions,
    report: Callable[[str], None],
) -> Outcome:
    """Train a network and keep the weights of the epoch that predicts validation best."""
    started_s = time.monotonic()
    learner = Learner(shape, learner_options, sampler.lanes, plan.seed)
    segments = training_segments(training, coding, sampler, np.random.default_rng(plan.seed))
    per_epoch = max(1, sum(map(len, training)) // (sampler.steps * sampler.lanes))
    best = Outcome(learner.mean_weights(), float("inf"), 0, 0, 0.0)
    epoch = 0
    for epoch in range(1, plan.epochs + 1):
        losses = []
        for update in range(per_epoch):
            updates = (epoch - 1) * per_epoch + update
            rate = learning_rate(plan, updates / (plan.epochs * per_epoch), updates)
            losses.append(learner.train(next(segments), rate))
        total, count = learner.nats(
            evaluation_segments(validation, coding, sampler.steps, sampler.lanes)
        )
        spent_s = time.monotonic() - started_s
        report(
            f"epoch {epoch}: training {np.mean(losses):.4f}, "
            f"validation {total / count:.4f} nats per step, {spent_s:.0f} s"
        )
        if total / count < best.validation_nats:
            best = Outcome(learner.mean_weights(), total / count, epoch, epoch, spent_s)
        elif epoch - best.epoch >= plan.patience_epochs:
            break
    return Outcome(
        best.weights, best.validation_nats, best.epoch, epoch, time.monotonic() - started_s
    )
