"""``magenta-bridge train``: a folder of music and a model, to a bundle."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bridge.cli.bars import progress_bar
from bridge.cli.curve_plot import curve_plot, curve_signs
from bridge.cli.train_screen import TrainScreen
from bridge.errors import ConfigError, TrainingError
from bridge.models.library import BundleLibrary
from bridge.training.corpus.collect import Corpus, collect
from bridge.training.corpus.prepared import Prepared
from bridge.training.corpus.report import as_json, summary
from bridge.training.diary import announce
from bridge.training.job import FINE_TUNING_RATE, Job, run_job, work_folder
from bridge.training.kinds import ModelKind, kind_of
from bridge.training.train import Material, Outcome, Plan
from bridge.training.whole_file import written_whole
from bridge.training.work.choice import workers_of
from bridge.training.work.workers import Workers

SCRATCH = "scratch"
SMALL_STEPS = 40_000
"""Below about 2,500 bars, few short lanes learn faster than many long ones."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command was told.

    Args:
        folder: The music.
        model: The kind of model.
        source: ``scratch``, or the bundle to begin with: a name or a file.
        out: The bundle to write.
        part: What to learn of each piece; "": what the kind of model usually learns.
        old: Music that the model knew before and should not forget; measured after each epoch.
        epochs: Most epochs; 0: 20 from scratch, 40 in fine-tuning.
        patience: Epochs without a better validation figure before it stops.
        seed: Of weights, order of data and dropout.
        layers: Units of each layer, as ``256,256``; "": as usual.
        workers: How many processes read the music.
        on: Who reads it instead: ``ray`` or ``ray:ADDRESS``; "": this machine.
        replicas: How many divide each update between them.
    """

    folder: Path
    model: str
    source: str
    out: Path
    part: str = ""
    old: Path | None = None
    epochs: int = 0
    patience: int = 8
    seed: int = 1
    layers: str = ""
    workers: int = 1
    on: str = ""
    replicas: int = 1


def train_command(console: Console, wishes: Wishes) -> None:
    """Read the music, train, write the bundle, and tell about all of it.

    Raises:
        BridgeError: The music can't be used, or the model can't be trained.
    """
    kind = kind_of(wishes.model)
    part = part_of(wishes.part, kind)
    source = source_of(wishes.source, wishes.layers)
    refuse_own_source(source, wishes.out)
    corpus = _collected(console, wishes, wishes.folder, kind, part)
    for report in corpus.files:
        console.print(report.line(), highlight=False)
    console.print(summary(corpus.files), style="bold")
    corpus.check_learnable()
    old = _collected(console, wishes, wishes.old, kind, part) if wishes.old is not None else None
    job = _job(wishes, kind, source, corpus)
    with written_whole(job.folder / "files.json") as path:
        path.write_text(as_json(corpus.files), encoding="utf-8")
    known = old.validation + old.test if old is not None else ()
    outcome = _trained(console, job, Material(corpus.train, corpus.validation, known))
    _tell(console, job, outcome)


def part_of(wanted: str, kind: ModelKind) -> str:
    """What of the music a kind of model learns.

    Raises:
        ConfigError: It can't learn what is wanted.
    """
    part = wanted or kind.parts[0]
    if part not in kind.parts:
        fitting = " or ".join(kind.parts)
        raise ConfigError(f"--part {part} does not fit {kind.name}.", f"It learns {fitting}.")
    return part


def source_of(wanted: str, layers: str) -> Path | None:
    """The bundle to begin with; None: from scratch.

    Raises:
        ConfigError: Sizes are given for a bundle that has its own.
        BundleMissing: There is no such bundle.
    """
    if wanted == SCRATCH:
        return None
    if layers:
        raise ConfigError("--layers is for models from scratch.", "Leave one of the two out.")
    return BundleLibrary.of().find(wanted)


def refuse_own_source(source: Path | None, out: Path) -> None:
    """See that a training does not write over the bundle that it begins with.

    Raises:
        ConfigError: It would; it could not go on where it was killed.
    """
    if source is not None and out.exists() and source.samefile(out):
        raise ConfigError(
            f"{out} would take the place of the bundle to begin with.",
            "Give another name as --out.",
        )


def _job(wishes: Wishes, kind: ModelKind, source: Path | None, corpus: Corpus) -> Job:
    fine = source is not None
    plan = Plan(
        epochs=wishes.epochs or (40 if fine else 20),
        patience_epochs=wishes.patience,
        rate=FINE_TUNING_RATE if fine else kind.rate,
        seed=wishes.seed,
        epoch_share=kind.epoch_share,
    )
    return Job(
        kind,
        wishes.out,
        plan,
        f"{kind.name}, trained on {wishes.folder.name}",
        source,
        layers_of(wishes.layers),
        kind.sampler(is_small(kind, corpus)),
        wishes.replicas,
    )


def is_small(kind: ModelKind, corpus: Corpus) -> bool:
    """Whether there is so little music that few short lanes learn it faster."""
    return sum(map(len, corpus.train)) / len(kind.transpositions) < SMALL_STEPS


def layers_of(text: str) -> tuple[int, ...] | None:
    """The sizes in ``256,256``; None of "".

    Raises:
        ConfigError: It is no list of sizes, or they are too many, small or large.
    """
    if not text:
        return None
    try:
        sizes = tuple(int(size) for size in text.split(","))
    except ValueError:
        sizes = ()
    if not 1 <= len(sizes) <= 4 or not all(8 <= size <= 1024 for size in sizes):
        raise ConfigError(f"--layers is {text!r}.", "Give one to four sizes of 8 to 1024: 256,256.")
    return sizes


def _collected(
    console: Console, wishes: Wishes, folder: Path, kind: ModelKind, part: str
) -> Corpus:
    workers = workers_of(wishes.workers, wishes.on)
    prepared = Prepared(work_folder(wishes.out) / "prepared")
    return read_music(console, folder, kind, part, workers, prepared)


def read_music(
    console: Console,
    folder: Path,
    kind: ModelKind,
    part: str,
    workers: Workers,
    prepared: Prepared,
) -> Corpus:
    """Everything in a folder that a kind of model can learn from.

    Raises:
        TrainingError: There is no such folder, or nothing in it can be used.
    """
    if not folder.exists():
        raise TrainingError(f"There is no folder {folder}.", "Give the folder of your music.")
    with progress_bar(console, f"reading {folder.name}") as advance:
        return collect(folder, kind.encoding, part, advance, kind.transpositions, workers, prepared)


def _trained(console: Console, job: Job, material: Material) -> Outcome:
    announce(job.folder)
    with TrainScreen(console, job.plan.epochs) as screen:
        return run_job(job, material, screen.epoch, screen.step)


def _tell(console: Console, job: Job, outcome: Outcome) -> None:
    console.print(curve_plot(outcome.curve, curve_signs(console.encoding)), highlight=False)
    console.print(outcome.verdict(), style="bold")
    first, best = outcome.curve[0], outcome.best
    if best.old_nats == best.old_nats and first.number == 0:
        change = best.old_nats - first.old_nats
        console.print(
            f"Old data: {first.old_nats:.4f} before, {best.old_nats:.4f} after: "
            + ("nothing forgotten." if change <= 0.02 else f"{change:.2f} nats a step forgotten."),
            highlight=False,
        )
    console.print(f"{job.out}: {job.out.stat().st_size} bytes")
