"""``magenta-bridge devices`` and ``magenta-bridge bundles list``."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bridge.cli.probe import engine_epoch_at
from bridge.cli.run import load_for_run
from bridge.cli.text import at_home
from bridge.config import user_bundle_folder
from bridge.models.library import BundleEntry, BundleLibrary
from bridge.paths import data_folder


def devices_command(out: Console, config: Path | None) -> None:
    """List the shipped devices, and say whether an engine answers."""
    folder = data_folder("m4l_devices")
    found = sorted(folder.glob("*.amxd"))
    if found:
        table = Table("device", "size", box=None, header_style="dim")
        for path in found:
            table.add_row(path.name, size_text(path.stat().st_size))
        out.print(table)
        out.print(f"They lie in {at_home(folder)}. Drag one onto a MIDI track of Live.")
    else:
        out.print("This version has no Max for Live device yet.")
        out.print(f"Devices will lie in {at_home(folder)}; a later version builds them.")
    engine = load_for_run(config).engine
    where = f"{engine.host}:{engine.port}"
    if engine_epoch_at(engine.host, engine.port) is None:
        out.print(f"No engine answers on {where}; `magenta-bridge run` starts one.")
    else:
        out.print(f"An engine answers on {where}.")


def bundles_command(out: Console, config: Path | None) -> None:
    """List the bundles in all folders."""
    folders = load_for_run(config).engine.bundle_folders
    entries = BundleLibrary(folders).entries()
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
            entry.name,
            entry.generator_id or "?",
            layers,
            size_text(entry.size_bytes or entry.path.stat().st_size),
            _source(entry.path.parent),
            Text(entry.problem) if entry.problem else Text("can be played", "green"),
        )
    return table


def _source(folder: Path) -> str:
    known = {data_folder("bundles"): "shipped", user_bundle_folder(): "yours"}
    return known.get(folder) or at_home(folder)


def size_text(size_bytes: int) -> str:
    """A file's size for people."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    return f"{size_bytes / 1e3:.0f} kB" if size_bytes < 1e6 else f"{size_bytes / 1e6:.1f} MB"
