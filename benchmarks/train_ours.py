"""`python -m benchmarks.train_ours FOLDER`: our trainer does the task of the folder, by turns."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.train_task import KIND, SEED, Task
from benchmarks.train_turns import BUNDLE, Turns
from bridge.training.batches import training_segments
from bridge.training.bundle_writer import prepare_tensorflow, write_bundle
from bridge.training.optimise import LearnerOptions
from bridge.training.train import Epoch, Material, Plan, Training


def label_counts(task: Task) -> Iterator[int]:
    """How many labels each update learns from: the same draws as the trainer's, made again."""
    for epoch in range(1, task.epochs + 1):
        random = np.random.default_rng((SEED, epoch))
        segments = training_segments(task.train, KIND.coding(), task.sampler, random)
        for _ in range(task.updates_per_epoch):
            yield int(next(segments).weights.sum())


def train(task: Task, bundle: Path) -> None:
    """Train as `magenta-bridge train` does, to the end, and write the best epoch's bundle."""
    prepare_tensorflow(task.threads)
    shape = KIND.shape(task.layer_sizes)
    plan = Plan(task.epochs, patience_epochs=task.epochs, rate=KIND.rate, seed=SEED)
    material, options = Material(task.train, task.validation), LearnerOptions(KIND.dropout)
    training = Training(shape, KIND.coding(), material, plan, options, task.sampler)
    turns, counts = Turns(task.turn, task.updates), label_counts(task)

    def updated(_done: int, _every: int) -> None:
        turns.updated(lambda: next(counts))

    def validated(_epoch: Epoch) -> None:
        turns.again()

    turns.begin()
    outcome = training.run(validated, updated)
    write_bundle(bundle, KIND.name, "a benchmark", outcome.weights, shape)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    train(Task.load(folder), folder / BUNDLE)
