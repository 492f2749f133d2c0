"""A sweep that is over soon: two settings of a network of eight units, and a few patterns."""

from __future__ import annotations

from pathlib import Path

from bridge.paths import data_folder
from bridge.training.batches import SamplerOptions
from bridge.training.corpus.collect import collect
from bridge.training.kinds import encoding_of
from bridge.training.sweep.one_run import Sweep
from bridge.training.sweep.settings import all_runs
from bridge.training.train import Material

# The encoding is our own: its bundles are written without Magenta, which takes long to load.
KIND = "drum_kit_lookback"
RUNS = all_runs([(8,)], [0.01, 0.03], [0.2], seeds=1)


def small_sweep(folder: Path) -> Sweep:
    corpus = collect(data_folder("bundles") / "data", encoding_of(KIND), "drums")
    material = Material(corpus.train[:2], corpus.validation[:1])
    return Sweep(KIND, folder, material, 2, 2, SamplerOptions(steps=4, lanes=2), "a test")
