"""``magenta-bridge bundles inspect`` and ``list``: what the bundles are."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.run import load_for_run
from bridge.cli.text import at_home, printable, size_text
from bridge.errors import BundleMissing
from bridge.models.inspection import BundleReport, inspect_bundle
from bridge.models.library import BundleEntry, BundleLibrary
from bridge.paths import data_folder, user_bundle_folder


def inspect_command(out: Console, name: str, config: Path | None, *, as_json: bool) -> bool:
    """Describe one bundle; returns whether it can be played.

    Raises:
        BundleMissing: There is none of that name or path.
        ConfigError: The configuration is wrong.
    """
    path = _path_of(name, config)
    report = inspect_bundle(path.stem, path)
    if as_json:
        data = asdict(report) | {"playable": report.playable}
        out.print(json.dumps(data, indent=2), markup=False, soft_wrap=True)
    else:
        out.print(report_table(report))
    return report.playable


def _path_of(name: str, config: Path | None) -> Path:
    named = Path(name)
    # A file is taken as it is, whatever it is called: what is wrong with it is the question.
    if "\0" not in name and (named.suffix or len(named.parts) > 1) and named.is_file():
        return named
    try:
        return BundleLibrary(load_for_run(config).engine.bundle_folders).find(name)
    except BundleMissing:
        if "\0" not in name and named.is_dir():
            raise BundleMissing(f"{name} is a folder, not a bundle.", "Name a file.") from None
        raise


def report_table(report: BundleReport) -> Table:
    """A report as two columns."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for heading, value in _rows(report):
        table.add_row(heading, value if isinstance(value, Text) else Text(printable(value)))
    return table


def _rows(report: BundleReport) -> list[tuple[str, str | Text]]:
    rows: list[tuple[str, str | Text]] = [
        ("name", report.name),
        ("file", at_home(report.path)),
        ("size", f"{size_text(report.size_bytes)} ({report.size_bytes:,} bytes)"),
        ("SHA-256", report.sha256),
    ]
    if report.layers or report.generator_id:
        rows += [
            ("id", report.generator_id or "?"),
            ("description", report.description or "none"),
            ("era", _era_text(report)),
            ("layers", _layers_text(report)),
            ("attention", _attention_text(report)),
            ("parameters", f"{report.parameters:,}"),
            ("encoder", report.encoder or "none that fits"),
            ("input width", str(report.input_width) if report.input_width >= 0 else "?"),
            ("batch", str(report.batch_size)),
            ("steps a quarter", str(report.steps_per_quarter or "?")),
        ]
    rows += [("can", ability) for ability in report.abilities]
    rows += [("note", note) for note in report.notes]
    rows += [("problem", Text(printable(problem), "bold red")) for problem in report.problems]
    if report.playable:
        rows.append(("state", Text("can be played", "green")))
    return rows


def _layers_text(report: BundleReport) -> str:
    widths = " x ".join(map(str, report.layers)) or "none"
    return f"{widths}, residual" if report.residual else widths


def _era_text(report: BundleReport) -> str:
    told = {
        "A": "A (TensorFlow to 0.12, 2016 to early 2017)",
        "B": "B (TensorFlow 1.0 and 1.1, to May 2017)",
        "C": "C (since May 2017)",
    }
    era = told.get(report.era, "none that is known")
    version = report.tensorflow_version
    return f"{era}, saved by TensorFlow {version}" if version else era


def _attention_text(report: BundleReport) -> str:
    if not report.attention_around:
        return "none"
    length = report.attention_length or "an unknown number of"
    return f"over {length} steps, around the {report.attention_around}".replace(
        "the all", "all the"
    )


def list_command(out: Console, config: Path | None, *, as_json: bool) -> None:
    """List the bundles in all folders.

    Raises:
        ConfigError: The configuration is wrong.
    """
    folders = load_for_run(config).engine.bundle_folders
    entries = BundleLibrary(folders).entries()
    if as_json:
        rows = [asdict(entry) | {"path": str(entry.path)} for entry in entries]
        out.print(json.dumps(rows, indent=2), markup=False, soft_wrap=True)
        return
    if entries:
        out.print(bundle_table(entries))
    else:
        out.print("No bundle was found.")
    out.print("Looked in " + ", ".join(at_home(folder) for folder in folders), style="dim")


def bundle_table(entries: list[BundleEntry]) -> Table:
    """The bundles as a table."""
    table = Table(box=None, header_style="dim")
    for heading in ("name", "id", "layers", "size"):
        table.add_column(heading, no_wrap=True)
    for heading in ("source", "state"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        layers = " x ".join(str(width) for width in entry.layers) or "?"
        if entry.attention_length:
            layers += f", attention {entry.attention_length}"
        table.add_row(
            Text(printable(entry.name)),
            Text(printable(entry.generator_id or "?")),
            layers,
            size_text(entry.size_bytes or entry.path.stat().st_size),
            _source(entry.path.parent),
            Text(printable(entry.problem)) if entry.problem else Text("can be played", "green"),
        )
    return table


def _source(folder: Path) -> str:
    known = {data_folder("bundles"): "shipped", user_bundle_folder(): "yours"}
    return known.get(folder) or at_home(folder)
