"""One training from sequences to a bundle: what is kept while it runs, and what is told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.errors import TrainingError
from bridge.models.bundle import read_bundle
from bridge.models.stack import stack_weights
from bridge.training.batches import SamplerOptions
from bridge.training.bundle_writer import Arrays, prepare_tensorflow, write_bundle
from bridge.training.code import trainer_checksum
from bridge.training.diary import Diary
from bridge.training.divided import division_of
from bridge.training.encode import Steps
from bridge.training.from_bundle import learnable, learnt
from bridge.training.keeper import FileKeeper
from bridge.training.kinds import ModelKind
from bridge.training.network import Shape
from bridge.training.optimise import LearnerOptions
from bridge.training.own_bundle import write_own_bundle
from bridge.training.rewritten import rewrite_bundle
from bridge.training.train import Epoch, Material, Outcome, Plan, Training
from bridge.training.whole_file import written_whole

FINE_TUNING_RATE = 1e-3


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be trained.

    Attributes:
        kind: The kind of model.
        out: The bundle to write.
        plan: How long and how fast.
        description: Kept in the bundle.
        source: The bundle to begin with; None: from scratch.
        layer_sizes: Units of each layer of a network from scratch; None: as usual.
        sampler: How segments are drawn.
        replicas: How many devices divide the lanes of each update.
    """

    kind: ModelKind
    out: Path
    plan: Plan
    description: str
    source: Path | None = None
    layer_sizes: tuple[int, ...] | None = None
    sampler: SamplerOptions = SamplerOptions()  # noqa: RUF009 (it is frozen)
    replicas: int = 1

    @property
    def folder(self) -> Path:
        """Where the state, the curve and the reports are kept while it trains."""
        return work_folder(self.out)


def work_folder(out: Path) -> Path:
    """Where everything is kept that belongs to the training of a bundle."""
    return out.with_name(f"{out.name}.training")


def run_job(
    job: Job,
    material: Material,
    report: Callable[[Epoch], None],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    threads: int = 2,
) -> Outcome:
    """Train, or go on with a training that was killed, and write the bundle.

    Args:
        job: What is to be trained.
        material: What it learns.
        report: Is called after each epoch.
        progress: Is called after each update.
        threads: Of TensorFlow; with 1 the result is the same on whatever is busy beside it.

    Raises:
        TrainingError: The bundle to begin with is of another kind, or a file can't be written.
        BundleInvalid: The bundle to begin with can't be played.
        ConfigError: TensorFlow is missing.
    """
    prepare_tensorflow(threads)
    division = division_of(job.replicas, job.sampler.lanes) if job.replicas > 1 else None
    shape, start = job.kind.shape(job.layer_sizes), None
    if job.source is not None:
        weights = stack_weights(read_bundle(job.source))
        inputs = job.kind.encoding.inputs
        if (weights.input_width, weights.class_count) != (inputs.input_width, inputs.class_count):
            raise TrainingError(
                f"{job.source.name} is no {job.kind.name}.",
                "`magenta-bridge bundles inspect` tells what it is; give --model that.",
            )
        shape = learnable(weights, job.kind.coding().table, job.kind.droppable)
        start = learnt(weights)
    training = Training(
        shape,
        job.kind.coding(),
        material,
        job.plan,
        LearnerOptions(job.kind.dropout),
        replace(job.sampler, steps_per_bar=job.kind.encoding.bar_steps),
        start,
        division,
    )
    keeper = FileKeeper(job.folder / "state.npz", fingerprint(job, material))
    with Diary(job.folder, job.out.stem, job.plan.epochs) as diary:

        def told(epoch: Epoch) -> None:
            diary.epoch(epoch)
            report(epoch)

        def stepped(done: int, every: int) -> None:
            diary.step(done, every)
            progress(done, every)

        outcome = training.run(told, stepped, keeper)
        _write(job, outcome.weights, shape)
        diary.end(outcome.verdict())
    return outcome


def _write(job: Job, weights: Arrays, shape: Shape) -> None:
    """The bundle: in the graph of the one that it came from, or a new one."""
    with written_whole(job.out) as path:
        if job.source is not None:
            rewrite_bundle(job.source, path, job.description, weights, shape)
            return
        write = write_bundle if job.kind.in_magenta else write_own_bundle
        write(path, job.kind.name, job.description, weights, shape)


def fingerprint(job: Job, material: Material) -> str:
    """A checksum of everything that a training's result depends on, the trainer's code too."""
    source = job.source.read_bytes() if job.source is not None else b""
    plan = repr((job.kind, job.plan, job.layer_sizes, job.sampler, trainer_checksum()))
    if job.replicas > 1:
        plan += f" {job.replicas} replicas"  # They add in another order.
    found = hashlib.sha256(plan.encode() + hashlib.sha256(source).digest())
    for sequences in (material.training, material.validation, material.old):
        found.update(_checksum(sequences))
    return found.hexdigest()


def _checksum(sequences: Sequence[Steps]) -> bytes:
    found = hashlib.sha256(str(len(sequences)).encode())
    for steps in sequences:
        found.update(hashlib.sha256(steps.tobytes()).digest())
    return found.digest()
