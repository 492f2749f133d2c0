"""One setting with one seed, trained in a process of its own with one thread.

So its result follows from the setting, the seed and the music, whoever trains it and whatever else
that machine does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.errors import BridgeError
from bridge.training.batches import SamplerOptions
from bridge.training.job import Job, fingerprint, run_job
from bridge.training.kinds import kind_of
from bridge.training.sweep.settings import Run
from bridge.training.train import Material, Plan

NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Sweep:
    """What all runs of a sweep have in common.

    Args:
        kind: Name of the kind of model.
        folder: Where everything is kept; a worker on another machine has a folder of its own there.
        material: What is learnt.
        epochs: Most epochs.
        patience: Epochs without a better validation figure before a run stops.
        sampler: How segments are drawn.
        description: Kept in the bundles.
        source: The bundle to begin with; None: from scratch.
    """

    kind: str
    folder: Path
    material: Material = field(repr=False)
    epochs: int
    patience: int
    sampler: SamplerOptions
    description: str
    source: Path | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a run went.

    Args:
        nats: Validation nats a step of its best epoch; nan where it burst or failed.
        best_epoch: That epoch.
        epochs: How many there were.
        spent_s: How long they took, in seconds.
        bundle: The bundle, as its file holds it.
        failure: Why there is none, in words; "": there is one.
    """

    nats: float
    best_epoch: int
    epochs: int
    spent_s: float
    bundle: bytes = field(repr=False)
    failure: str = ""


def job_of(sweep: Sweep, run: Run) -> Job:
    """The training of a run. Its files are named by all that its result follows from."""
    kind = run.setting.of(kind_of(sweep.kind))
    plan = Plan(sweep.epochs, sweep.patience, run.setting.rate, run.seed, kind.epoch_share)
    job = Job(
        kind,
        sweep.folder,
        plan,
        sweep.description,
        sweep.source,
        run.setting.layers or None,
        sweep.sampler,
    )
    name = fingerprint(job, sweep.material)[:NAME_LENGTH]
    return replace(job, out=sweep.folder / "runs" / f"{name}.mag")


def train_one(sweep: Sweep, run: Run) -> Result:
    """Train a run, or go on with it; what is wrong with it alone ends no other."""
    try:
        job = job_of(sweep, run)
        outcome = run_job(job, sweep.material, lambda _epoch: None, threads=1)
    except (BridgeError, OSError) as error:
        return Result(float("nan"), 0, 0, 0.0, b"", str(error))
    best, last = outcome.best, outcome.curve[-1]
    return Result(
        best.validation_nats, best.number, last.number, last.spent_s, job.out.read_bytes()
    )
