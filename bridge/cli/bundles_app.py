"""The ``bundles`` commands and their options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.console import console, errors_told

bundles_app = typer.Typer(help="The models on this machine.", no_args_is_help=True)

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML file that names more folders.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="As JSON.")]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Tell more.")]
NameArgument = Annotated[str, typer.Argument(help="Name of a bundle, or path of a file.")]


@bundles_app.command("list")
def bundles_list(
    config: ConfigOption = None, as_json: JsonOption = False, verbose: VerboseOption = False
) -> None:
    """List the bundles that were found, and why one can't be played."""
    from bridge.cli.inspection import list_command

    with errors_told(verbose):
        list_command(console(), config, as_json=as_json)


@bundles_app.command("inspect")
def bundles_inspect(
    bundle: NameArgument,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Tell everything about one bundle. Exits with 1 if it can't be played."""
    from bridge.cli.inspection import inspect_command

    with errors_told(verbose):
        playable = inspect_command(console(), bundle, config, as_json=as_json)
    raise typer.Exit(0 if playable else 1)


@bundles_app.command("convert")
def bundles_convert(
    source: Annotated[Path, typer.Argument(help="A .mag or .safetensors file.")],
    target: Annotated[Path, typer.Argument(help="The file to write, with the other ending.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    verbose: VerboseOption = False,
) -> None:
    """Convert a bundle to safetensors, or back to a bundle that Magenta loads too."""
    from bridge.cli.convert import convert_command

    with errors_told(verbose):
        convert_command(console(), source, target, replace=force)


@bundles_app.command("pull")
def bundles_pull(
    name: Annotated[str, typer.Argument(help="As in bundles/addresses.yaml: drum_kit_rnn, …")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder. [your bundle folder]")] = None,
    addresses: Annotated[Path | None, typer.Option(help="Another list of addresses.")] = None,
    verbose: VerboseOption = False,
) -> None:
    """Fetch one of Magenta's own bundles; going on where a broken download left off."""
    from bridge.cli.pull import pull_command

    with errors_told(verbose):
        pull_command(console(), name, addresses, to)
