"""``magenta-bridge devices``."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridge.cli.probe import engine_epoch_at
from bridge.cli.run import load_for_run
from bridge.cli.text import at_home, size_text
from bridge.paths import data_folder


def devices_command(out: Console, config: Path | None) -> None:
    """List the shipped devices, and say whether an engine answers."""
    folder = data_folder("m4l_devices")
    found = sorted(folder.glob("*.amxd"))
    table = Table("device", "size", box=None, header_style="dim")
    for path in found:
        table.add_row(path.name, size_text(path.stat().st_size))
    out.print(table)
    out.print(f"They lie in {at_home(folder)}. Drag one onto a MIDI track of Live.")
    engine = load_for_run(config).engine
    where = f"{engine.host}:{engine.port}"
    if engine_epoch_at(engine.host, engine.port) is None:
        out.print(f"No engine answers on {where}; `magenta-bridge run` starts one.")
    else:
        out.print(f"An engine answers on {where}.")
