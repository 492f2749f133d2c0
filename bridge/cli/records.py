"""``magenta-bridge records``: a folder of music as Magenta's NoteSequence records."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bridge.cli.bars import progress_bar
from bridge.errors import TrainingError
from bridge.training.corpus.records import write_records
from bridge.training.corpus.report import summary


def records_command(console: Console, folder: Path, out: Path) -> None:
    """Write the records, and say what became of every file.

    Raises:
        BridgeError: The music can't be read, or the file can't be written.
    """
    if not folder.exists():
        raise TrainingError(f"There is no folder {folder}.", "Give the folder of your music.")
    with progress_bar(console, f"reading {folder.name}") as advance:
        reports = write_records(folder, out, advance)
    for report in reports:
        console.print(report.line(), highlight=False)
    console.print(summary(reports), style="bold")
    console.print(f"{out}: {out.stat().st_size} bytes", highlight=False)
