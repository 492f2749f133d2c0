"""``magenta-bridge devices``: what came with this version, put into Live, and looked over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.console import console, errors_told

devices_app = typer.Typer(
    help="The Max for Live devices: list, install, check.", invoke_without_command=True
)

ConfigOption = Annotated[Path | None, typer.Option("--config", "-c", help="YAML file.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show everything.")]


@devices_app.callback()
def list_devices(
    context: typer.Context, config: ConfigOption = None, verbose: VerboseOption = False
) -> None:
    """List the Max for Live devices that came with this version."""
    if context.invoked_subcommand is not None:
        return
    from bridge.cli.listing import devices_command

    with errors_told(verbose):
        devices_command(console(), config)


@devices_app.command()
def install(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder; default: Live's User Library.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Copy the devices into Live's User Library, where Live's browser shows them."""
    from bridge.cli.devices import install_command

    with errors_told(verbose):
        install_command(console(), to)


@devices_app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Any .amxd files.")],
    verbose: VerboseOption = False,
) -> None:
    """Look a device file over without Max; ends with 1 if something must be mended."""
    from bridge.cli.devices import check_command

    with errors_told(verbose):
        faulty = check_command(console(), files)
    raise typer.Exit(1 if faulty else 0)
