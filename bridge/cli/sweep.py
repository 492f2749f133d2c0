"""``magenta-bridge sweep``: several settings tried on some music, and the best bundle kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridge.cli.bars import progress_bar
from bridge.cli.train import (
    is_small,
    layers_of,
    part_of,
    read_music,
    refuse_own_source,
    source_of,
)
from bridge.errors import ConfigError
from bridge.training.corpus.collect import Corpus
from bridge.training.corpus.prepared import Prepared
from bridge.training.corpus.report import summary
from bridge.training.job import FINE_TUNING_RATE
from bridge.training.kinds import ModelKind, kind_of
from bridge.training.sweep.one_run import Result, Sweep
from bridge.training.sweep.ranking import Ranked, firmness
from bridge.training.sweep.settings import Run, all_runs
from bridge.training.sweep.sweep import best_bundle, nats_of, run_sweep
from bridge.training.train import Material
from bridge.training.work.choice import workers_of

LARGEST_RATE = 1.0
LARGEST_DROPOUT = 0.9


@dataclass(frozen=True, slots=True)
class SweepWishes:
    """What the command was told.

    Args:
        folder: The music.
        model: The kind of model.
        source: ``scratch``, or the bundle to begin with: a name or a file.
        out: The folder for everything that is made.
        part: What to learn of each piece; "": what the kind of model usually learns.
        layers: Sizes to try, each as ``256,256``; none: the usual.
        rates: Learning rates to try; none: the usual.
        dropouts: Shares of outputs to leave out; none: the usual.
        seeds: How many of each setting.
        epochs: Most epochs; 0: 20 from scratch, 40 in fine-tuning.
        patience: Epochs without a better validation figure before a run stops.
        workers: Runs at the same time.
        on: Who trains instead: ``ray`` or ``ray:ADDRESS``; "": this machine.
    """

    folder: Path
    model: str
    source: str
    out: Path
    part: str = ""
    layers: tuple[str, ...] = ()
    rates: tuple[float, ...] = ()
    dropouts: tuple[float, ...] = ()
    seeds: int = 1
    epochs: int = 0
    patience: int = 8
    workers: int = 1
    on: str = ""


def sweep_command(console: Console, wishes: SweepWishes) -> None:
    """Read the music, try every setting, keep the best bundle, and tell about all of it.

    Raises:
        BridgeError: The music can't be used, or nothing can be trained.
    """
    kind = kind_of(wishes.model)
    part, source = part_of(wishes.part, kind), source_of(wishes.source, "".join(wishes.layers))
    refuse_own_source(source, best_bundle(wishes.out))
    runs = _runs(wishes, kind, source is not None)
    corpus = read_music(
        console,
        wishes.folder,
        kind,
        part,
        workers_of(wishes.workers, wishes.on),
        Prepared(wishes.out / "prepared"),
    )
    console.print(summary(corpus.files), style="bold")
    corpus.check_learnable()
    ranked = _tried(console, wishes, _sweep(wishes, kind, source, corpus), runs)
    console.print(_table(ranked))
    console.print(firmness(ranked), style="bold")
    bundle = best_bundle(wishes.out)
    told = "There are too few pieces for a test."
    if corpus.test:
        nats = nats_of(bundle, kind.name, corpus.test)
        told = f"The test pieces, which nothing was chosen by: {nats:.4f} nats a step."
    console.print(f"{bundle}: {bundle.stat().st_size} bytes. {told}", highlight=False)


def _runs(wishes: SweepWishes, kind: ModelKind, fine_tuning: bool) -> list[Run]:
    sizes = [layers_of(text) or () for text in wishes.layers]
    if not sizes:
        sizes = [() if fine_tuning else kind.layer_sizes]
    rates = wishes.rates or (FINE_TUNING_RATE if fine_tuning else kind.rate,)
    dropouts = wishes.dropouts or (kind.dropout.outputs,)
    _check("--rate", rates, min(rates) > 0.0 and max(rates) <= LARGEST_RATE, "above 0, up to 1")
    fits = min(dropouts) >= 0.0 and max(dropouts) <= LARGEST_DROPOUT
    _check("--dropout", dropouts, fits, "from 0 to 0.9")
    return all_runs(sizes, rates, dropouts, wishes.seeds)


def _check(option: str, values: Sequence[float], fits: bool, span: str) -> None:
    if not fits:
        shown = ", ".join(f"{value:g}" for value in values)
        raise ConfigError(f"{option} is {shown}.", f"Give numbers {span}.")


def _sweep(wishes: SweepWishes, kind: ModelKind, source: Path | None, corpus: Corpus) -> Sweep:
    return Sweep(
        kind.name,
        wishes.out.absolute(),
        Material(corpus.train, corpus.validation),
        wishes.epochs or (20 if source is None else 40),
        wishes.patience,
        kind.sampler(is_small(kind, corpus)),
        f"{kind.name}, trained on {wishes.folder.name}",
        source.absolute() if source is not None else None,
    )


def _tried(
    console: Console, wishes: SweepWishes, sweep: Sweep, runs: Sequence[Run]
) -> list[Ranked]:
    workers = workers_of(wishes.workers, wishes.on, fresh=True)
    with progress_bar(console, f"{len(runs)} runs") as advance:

        def told(run: Run, result: Result, done: int, every: int) -> None:
            advance(done, every)
            console.print(f"{done} of {every}: {run.words()}: {_words(result)}", highlight=False)

        return run_sweep(sweep, runs, workers, told)


def _words(result: Result) -> str:
    if result.failure:
        return f"failed. {result.failure}"
    return (
        f"{result.nats:.4f} nats a step at epoch {result.best_epoch} of {result.epochs}, "
        f"{result.spent_s / 60:.1f} minutes"
    )


def _table(ranked: Sequence[Ranked]) -> Table:
    """The settings, best first."""
    table = Table("layers", "rate", "dropout", "validation nats a step", "of its seeds", box=None)
    for place, one in enumerate(ranked):
        setting = one.setting
        table.add_row(
            ",".join(map(str, setting.layers)) or "the bundle's",
            f"{setting.rate:g}",
            f"{setting.dropout:g}",
            f"{one.nats:.4f}" if one.nats < inf else "none",
            " ".join(f"{result.nats:.4f}" for _, result in one.runs),
            style="bold" if place == 0 else "",
        )
    return table
