"""``python -m bridge.training``: train a bundle, or measure one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bridge.errors import BridgeError, ConfigError
from bridge.models.bundle import read_bundle
from bridge.models.loading import LoadedModel, load_model
from bridge.training.evaluate import (
    BundleGraph,
    Softmax,
    magenta_softmax,
    native_softmax,
)
from bridge.training.job import Job, run_job
from bridge.training.phrases import measured
from bridge.training.recipes import (
    RECIPES,
    Recipe,
    read_splits,
    recipe_named,
    recipe_of,
)
from bridge.training.sources import Splits
from bridge.training.table import table_lines
from bridge.training.train import Material

Data = Annotated[Path, typer.Option(help="Folder with the unpacked data sets.")]
Out = Annotated[Path, typer.Option(help="The bundle to write.")]
Epochs = Annotated[int | None, typer.Option(min=1, help="Most epochs; the recipe's otherwise.")]
Measured = Annotated[
    str, typer.Option("--recipe", help="Whose data; by the bundle's id otherwise.")
]
Seed = Annotated[int, typer.Option(help="Seed of weights, data order and dropout.")]

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


def make_bundle(recipe: Recipe, data: Path, out: Path, epochs: int | None, seed: int) -> None:
    """Train by a recipe and write the bundle."""
    plan = replace(recipe.plan, seed=seed, epochs=epochs or recipe.plan.epochs)
    splits = read_splits(recipe, data)
    job = Job(recipe.kind, out, plan, recipe.description, sampler=recipe.sampler)
    material = Material(splits.train, splits.validation)
    outcome = run_job(
        job, material, lambda epoch: typer.echo(epoch.line()), lambda _done, _all: None
    )
    typer.echo(f"{out}: {out.stat().st_size} bytes. {outcome.verdict()}")


def offer(recipe: Recipe) -> Callable[[Path, Path, int | None, int], None]:
    """The command that follows a recipe."""

    def command(data: Data, out: Out, epochs: Epochs = None, seed: Seed = 1) -> None:
        make_bundle(recipe, data, out, epochs, seed)

    command.__doc__ = f"Train a {recipe.kind.name} bundle. {recipe.description}"
    return command


for recipe_name, one in RECIPES.items():
    app.command(recipe_name)(offer(one))


@app.command()
def evaluate(
    bundle: Annotated[Path, typer.Argument(help="The .mag file.", exists=True)],
    data: Data,
    engine: Annotated[
        str, typer.Option(help="Who computes it: native, or magenta: stock Magenta's own graph.")
    ] = "native",
    recipe_name: Measured = "",
) -> None:
    """Print a bundle's nats per step against the baselines on the held-out splits."""
    if engine not in ("native", "magenta"):
        raise ConfigError(f"--engine is {engine!r}.", "Choose native or magenta.")
    recipe = measured_by(bundle, recipe_name)
    coding, splits = recipe.kind.coding(), read_splits(recipe, data)
    if engine == "magenta":
        with BundleGraph(bundle) as graph:
            print_table(bundle.name, magenta_softmax(graph, coding), recipe, splits)
        return
    model = load_model(bundle.stem, bundle)
    assert isinstance(model, LoadedModel)  # A recipe's family plays on a grid.
    print_table(bundle.name, native_softmax(model, coding), recipe, splits)


@app.command()
def phrases(
    bundle: Annotated[Path, typer.Argument(help="The .mag file.", exists=True)],
    data: Data,
    calls: Annotated[int, typer.Option(min=1, help="How many calls to answer.")] = 200,
    candidates: Annotated[int, typer.Option(min=2, max=32, help="Answers to choose from.")] = 8,
    recipe_name: Measured = "",
) -> None:
    """Print how people go on after a held-out call, and how the bundle does."""
    recipe = measured_by(bundle, recipe_name)
    splits = read_splits(recipe, data)
    model = load_model(bundle.stem, bundle)
    for one in measured(model, splits.validation + splits.test, calls, candidates):
        for line in one.lines():
            typer.echo(line)


def measured_by(bundle: Path, recipe_name: str) -> Recipe:
    """The recipe whose data a bundle is measured with."""
    return recipe_named(recipe_name) if recipe_name else recipe_of(read_bundle(bundle).generator_id)


def print_table(name: str, softmax: Softmax, recipe: Recipe, splits: Splits) -> None:
    """The table of a bundle beside its baselines."""
    for line in table_lines(name, softmax, recipe.kind, splits):
        typer.echo(line)


def main() -> None:
    """Run a command; what is wrong with the data or the installation is said in two sentences."""
    try:
        app()
    except BridgeError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()
