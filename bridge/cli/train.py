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
from bridge.training.corpus.report import as_json, summary
from bridge.training.diary import announce
from bridge.training.job import FINE_TUNING_RATE, Job, run_job
from bridge.training.kinds import ModelKind, kind_of
from bridge.training.train import Material, Outcome, Plan

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


def train_command(console: Console, wishes: Wishes) -> None:
    """Read the music, train, write the bundle, and tell about all of it.

    Raises:
        BridgeError: The music can't be used, or the model can't be trained.
    """
    kind = kind_of(wishes.model)
    part = _part(wishes, kind)
    source = _source(wishes)
    corpus = _collected(console, wishes.folder, kind, part)
    for report in corpus.files:
        console.print(report.line(), highlight=False)
    console.print(summary(corpus.files), style="bold")
    old = _collected(console, wishes.old, kind, part) if wishes.old is not None else None
    job = _job(wishes, kind, source, corpus)
    job.folder.mkdir(parents=True, exist_ok=True)
    (job.folder / "files.json").write_text(as_json(corpus.files), encoding="utf-8")
    known = old.validation + old.test if old is not None else ()
    outcome = _trained(console, job, Material(corpus.train, corpus.validation, known))
    _tell(console, job, outcome)


def _part(wishes: Wishes, kind: ModelKind) -> str:
    part = wishes.part or kind.parts[0]
    if part not in kind.parts:
        fitting = " or ".join(kind.parts)
        raise ConfigError(f"--part {part} does not fit {kind.name}.", f"It learns {fitting}.")
    return part


def _source(wishes: Wishes) -> Path | None:
    if wishes.source == SCRATCH:
        return None
    if wishes.layers:
        raise ConfigError("--layers is for models from scratch.", "Leave one of the two out.")
    return BundleLibrary.of().find(wishes.source)


def _job(wishes: Wishes, kind: ModelKind, source: Path | None, corpus: Corpus) -> Job:
    fine = source is not None
    events = sum(map(len, corpus.train)) / len(kind.transpositions)
    small = events < SMALL_STEPS
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
        _layers(wishes.layers),
        kind.sampler(small),
    )


def _layers(text: str) -> tuple[int, ...] | None:
    if not text:
        return None
    try:
        sizes = tuple(int(size) for size in text.split(","))
    except ValueError:
        sizes = ()
    if not 1 <= len(sizes) <= 4 or not all(8 <= size <= 1024 for size in sizes):
        raise ConfigError(f"--layers is {text!r}.", "Give one to four sizes of 8 to 1024: 256,256.")
    return sizes


def _collected(console: Console, folder: Path, kind: ModelKind, part: str) -> Corpus:
    if not folder.exists():
        raise TrainingError(f"There is no folder {folder}.", "Give the folder of your music.")
    with progress_bar(console, f"reading {folder.name}") as advance:
        return collect(folder, kind.encoding, part, advance, kind.transpositions)


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
