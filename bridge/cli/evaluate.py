"""``magenta-bridge evaluate``: how good a bundle is on some music, and how it plays."""

from __future__ import annotations

from math import isnan
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridge.cli.bars import progress_bar
from bridge.errors import ConfigError, TrainingError
from bridge.models.library import BundleLibrary
from bridge.training.appraisal import Appraisal, appraised
from bridge.training.corpus.collect import collect
from bridge.training.corpus.report import summary
from bridge.training.kinds import KINDS
from bridge.training.report_page import report_page
from bridge.training.whole_file import written_whole


def evaluate_command(
    console: Console,
    bundle: str,
    data: Path,
    against: tuple[str, ...],
    part: str,
    page: Path | None,
    calls: int,
    temperature: float = 1.0,
) -> None:
    """Measure, print the tables, write the page.

    Raises:
        BridgeError: A bundle can't be found or measured, the music can't be used, or the page can't
            be written.
    """
    library = BundleLibrary.of()
    models = [library.load(name) for name in (bundle, *against)]
    kind = KINDS.get(models[0].encoding.name)
    if kind is None:
        raise ConfigError(
            f"{bundle} plays {models[0].encoding.name}, which can't be measured so.",
            f"There are {', '.join(KINDS)}.",
        )
    wanted = part or kind.parts[0]
    if not data.exists():
        raise TrainingError(f"There is no folder {data}.", "Give the folder of the music.")
    with progress_bar(console, f"reading {data.name}") as advance:
        corpus = collect(data, kind.encoding, wanted, advance, kind.transpositions)
    console.print(summary(corpus.files), highlight=False)
    corpus.check_measurable()
    with progress_bar(console, "answering") as advance:
        found = appraised(models, corpus, calls, advance, temperature)
    _tell(console, found)
    if page is not None:
        with written_whole(page, "Choose another place.") as path:
            path.write_text(report_page(found, corpus.files, data.name), encoding="utf-8")
        console.print(f"The page with plots: {page}", highlight=False)


def _tell(console: Console, found: Appraisal) -> None:
    predicted = Table("predicted by", "nats a step", "nats a note", box=None)
    for one in found.predicted:
        style = "bold" if one.name in found.likenesses else ""
        predicted.add_row(
            one.name, f"{one.nats_per_step:.3f}", f"{one.nats_per_note:.3f}", style=style
        )
    console.print(predicted)
    if found.unmeasured:
        console.print(found.unmeasured, highlight=False)
    for name, likenesses in found.likenesses.items() if not found.unmeasured else ():
        table = Table(name, "people", "model", "alike", box=None)
        for like in likenesses:
            there = not isnan(like.people)
            means = (f"{like.people:.2f}", f"{like.model:.2f}") if there else ("", "")
            table.add_row(like.name, *means, f"{like.alike:.2f}")
        console.print(table)
