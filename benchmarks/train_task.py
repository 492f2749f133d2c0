"""What both trainers are given: the same sequences, network size, labels an update and updates.

Magenta's trainer takes whole examples and pads a batch to its longest; it can't carry a state from
one to the next. So it gets the sequences cut into windows of as many labels as our segments have,
every label once, and as many of them a batch as make our labels an update: it pads next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from bridge.paths import data_folder
from bridge.training.batches import SamplerOptions, training_segments
from bridge.training.corpus.collect import collect
from bridge.training.encode import Steps
from bridge.training.kinds import KINDS
from bridge.training.recipes import RECIPES, read_splits
from bridge.training.train import FEWEST_UPDATES

KIND = KINDS["drum_kit"]
GROOVE = "BENCHMARK_GROOVE"
"""Environment variable: the folder of the Groove MIDI Dataset, to learn from it too."""
SPLITS = ("train", "validation", "test")
FILE = "task.npz"
SEED = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One comparison.

    Attributes:
        data: What the sequences are called in the rows.
        train: Sequences to learn from.
        validation: Sequences that our trainer chooses its epoch by; Magenta's has no use for them.
        test: Sequences that both are measured with.
        layer_sizes: Units of each layer.
        steps: Labels of a segment of ours, and of a window of Magenta's.
        lanes: Segments side by side.
        epochs: Of our trainer; Magenta's makes as many updates.
        turn: Updates until it is the other's turn.
        threads: Of TensorFlow.
    """

    data: str
    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]
    layer_sizes: tuple[int, ...]
    steps: int
    lanes: int
    epochs: int
    turn: int
    threads: int

    @property
    def sampler(self) -> SamplerOptions:
        """How our segments are drawn."""
        return SamplerOptions(self.steps, self.lanes)

    @property
    def updates_per_epoch(self) -> int:
        """As our trainer counts them."""
        return max(FEWEST_UPDATES, sum(map(len, self.train)) // (self.steps * self.lanes))

    @property
    def updates(self) -> int:
        """Of the whole training, in both trainers."""
        return self.epochs * self.updates_per_epoch

    @property
    def label(self) -> str:
        """For the rows."""
        sizes = "x".join(map(str, self.layer_sizes))
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        return f"drum_kit {sizes}, {self.data}, {self.lanes} x {self.steps} an update, {threads}"

    def batch_of(self, windows: Sequence[Steps]) -> int:
        """How many windows hold as many labels as an update of ours learns, paddings left out."""
        segments = training_segments(
            self.train, KIND.coding(), self.sampler, np.random.default_rng(SEED)
        )
        ours = np.mean([segment.weights.sum() for segment in islice(segments, 8)])
        theirs = np.mean([len(window) - 1 for window in windows])
        return max(1, round(float(ours / theirs)))

    def save(self, folder: Path) -> None:
        """For the two processes."""
        arrays = {
            f"{split}/{number}": steps
            for split in SPLITS
            for number, steps in enumerate(getattr(self, split))
        }
        numbers = (self.steps, self.lanes, self.epochs, self.turn, self.threads, *self.layer_sizes)
        np.savez(folder / FILE, data=np.array(self.data), numbers=np.array(numbers), **arrays)

    @staticmethod
    def load(folder: Path) -> Task:
        """What was saved there."""
        with np.load(folder / FILE, allow_pickle=False) as found:
            train, validation, test = (
                [found[name] for name in found.files if name.startswith(f"{split}/")]
                for split in SPLITS
            )
            steps, lanes, epochs, turn, threads, *sizes = map(int, found["numbers"])
            data, units = str(found["data"]), tuple(sizes)
        return Task(data, train, validation, test, units, steps, lanes, epochs, turn, threads)


def windows_of(sequences: Sequence[Steps], steps: int) -> list[Steps]:
    """The sequences cut so that every label is in exactly one window, of ``steps`` at most.

    A window begins with the event that the one before ended with: that is its first input.
    """
    return [
        sequence[start : start + steps + 1]
        for sequence in sequences
        for start in range(0, len(sequence) - 1, steps)
    ]


def tasks(*, quick: bool) -> list[Task]:
    """What is compared: the breaks of this repository, and Groove where it is said to be."""
    corpus = collect(data_folder("bundles") / "data" / "breaks.yaml", KIND.encoding, "drums")
    splits = (corpus.train, corpus.validation, corpus.test)
    if quick:
        return [Task("breaks.yaml", *splits, (64, 64), 32, 32, 3, 5, 1)]
    found = [Task("breaks.yaml", *splits, (256, 256), 64, 16, 8, 10, 1)]
    groove = os.environ.get(GROOVE)
    if groove:
        read = read_splits(RECIPES["drums"], Path(groove))
        splits = (read.train, read.validation, read.test)
        found += [
            Task("Groove", *splits, (64, 64), 64, 64, 6, 17, 1),
            Task("Groove", *splits, (256, 256), 64, 64, 6, 17, 1),
            Task("Groove", *splits, (256, 256), 64, 64, 1, 17, os.cpu_count() or 1),
        ]
    return found
