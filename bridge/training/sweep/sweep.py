"""All runs of a sweep: those that are missing are trained, the best bundle is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from math import isnan
from pathlib import Path

import numpy as np

from bridge.errors import TrainingError
from bridge.models.loading import LoadedModel, load_model
from bridge.training.encode import Steps
from bridge.training.evaluate import native_softmax
from bridge.training.kinds import kind_of
from bridge.training.sweep.ledger import Ledger
from bridge.training.sweep.one_run import Result, Sweep, train_one
from bridge.training.sweep.ranking import Ranked, ranking
from bridge.training.sweep.settings import Run
from bridge.training.whole_file import written_whole
from bridge.training.work.workers import Workers

Told = Callable[[Run, Result, int, int], None]


def run_sweep(sweep: Sweep, runs: Sequence[Run], workers: Workers, told: Told) -> list[Ranked]:
    """Train what is not finished, and rank the settings.

    Args:
        sweep: What all runs have in common.
        runs: All of them.
        workers: Who trains; each run should have a process of its own.
        told: Is called for each run that is finished, with how many are and how many there are.

    Returns:
        The settings, best first.

    Raises:
        TrainingError: Every run failed, a worker was lost, or a file can't be written.
    """
    ledger = Ledger(sweep)
    results: dict[Run, Result] = {}
    for run in runs:
        known = ledger.load(run)
        if known is not None:
            results[run] = known
            told(run, known, len(results), len(runs))
    missing = [run for run in runs if run not in results]
    for place, result in workers.each(train_one, sweep, missing):
        if not result.failure:
            ledger.save(missing[place], result)
        results[missing[place]] = result
        told(missing[place], result, len(results), len(runs))
    if all(result.failure for result in results.values()):
        first = next(iter(results.values()))
        raise TrainingError(f"Every run failed. {first.failure}")
    ranked = ranking({run: results[run] for run in runs})
    _keep(sweep.folder, ranked)
    return ranked


def best_bundle(folder: Path) -> Path:
    """Where a sweep keeps its best bundle."""
    return folder / "best.mag"


def _keep(folder: Path, ranked: Sequence[Ranked]) -> None:
    """The best bundle, and the table as JSON."""
    table = [
        {
            "layers": one.setting.layers,
            "rate": one.setting.rate,
            "dropout": one.setting.dropout,
            "nats": {run.seed: _number(result.nats) for run, result in one.runs},
        }
        for one in ranked
    ]
    _, result = ranked[0].best
    with written_whole(best_bundle(folder)) as path:
        path.write_bytes(result.bundle)
    with written_whole(folder / "sweep.json") as path:
        path.write_text(json.dumps(table, indent=1), encoding="utf-8")


def _number(nats: float) -> float | None:
    """JSON has no word for what is no number."""
    return None if isnan(nats) else nats


def nats_of(bundle: Path, kind: str, sequences: Sequence[Steps]) -> float:
    """Nats per predicted step of some sequences, as validation is measured, by the engine.

    Args:
        bundle: The bundle.
        kind: Name of its kind.
        sequences: What to measure it with.
    """
    coding, model = kind_of(kind).coding(), load_model(bundle.stem, bundle)
    assert isinstance(model, LoadedModel)  # every kind that can be swept plays in beats
    softmax, total, count = native_softmax(model, coding), 0.0, 0
    for steps in sequences:
        labels = coding.encode(steps).labels
        found = softmax(steps)[np.arange(len(labels)), labels]
        total -= float(np.log(found).sum())
        count += len(labels)
    return total / count if count else float("nan")
