"""The bundles that ship: what each is trained on and with which settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bridge.errors import ConfigError
from bridge.training.batches import SamplerOptions
from bridge.training.kinds import KINDS, ModelKind
from bridge.training.network import Dropout
from bridge.training.sources import (
    Splits,
    bass_splits,
    chord_splits,
    drum_splits,
    melody_splits,
    polyphony_splits,
    tap_splits,
)
from bridge.training.train import Plan


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one shipped bundle is made.

    Attributes:
        kind: What it is.
        read: Reads its data from the folder that holds the data sets.
        plan: How long and how fast.
        description: Kept in the bundle.
        sampler: Segments.
    """

    kind: ModelKind
    read: Callable[[Path, ModelKind], Splits]
    plan: Plan
    description: str
    sampler: SamplerOptions = field(default_factory=SamplerOptions)


GROOVE = "trained on the Groove MIDI Dataset (CC BY 4.0, Google LLC)."
TUNES = (
    "trained on Ceol Rince na hEireann (CC BY 4.0, Polifonia project) and public-domain lead "
    "sheets of OpenEWLD (MIT)."
)

RECIPES = {
    "drums": Recipe(KINDS["drum_kit"], drum_splits, Plan(epochs=20), f"Drum kit, {GROOVE}"),
    "drums-lookback": Recipe(
        KINDS["drum_kit_lookback"],
        drum_splits,
        Plan(epochs=20),
        f"Drum kit that sees one, two, four and eight bars back, {GROOVE}",
    ),
    "taps": Recipe(
        KINDS["one_drum"],
        tap_splits,
        Plan(epochs=30, rate=4e-3),
        f"Rhythms of one drum, {GROOVE}",
    ),
    "melody": Recipe(
        KINDS["lookback_rnn"],
        melody_splits,
        Plan(epochs=24, rate=4e-3),
        f"Session melodies, {TUNES}",
    ),
    "melody-attention": Recipe(
        KINDS["attention_rnn"],
        melody_splits,
        Plan(epochs=16, rate=4e-3),
        f"Session melodies with attention, {TUNES}",
    ),
    "bass": Recipe(
        replace(KINDS["lookback_rnn"], dropout=Dropout(rows=0.1, embedding=0.2, outputs=0.4)),
        bass_splits,
        Plan(epochs=30, patience_epochs=10, rate=4e-3),
        "Bass lines, trained on the music of Freedoom (BSD-3-Clause, Contributors to the Freedoom "
        "project).",
        SamplerOptions(lanes=32),
    ),
    "chords": Recipe(
        KINDS["chord_pitches_improv"],
        chord_splits,
        Plan(24, 12, 4e-3, epoch_share=KINDS["chord_pitches_improv"].epoch_share),
        "Melodies over chords, trained on public-domain lead sheets of OpenEWLD (MIT).",
        SamplerOptions(lanes=32),
    ),
    "polyphony": Recipe(
        KINDS["polyphony"],
        polyphony_splits,
        Plan(epochs=8, epoch_share=KINDS["polyphony"].epoch_share),
        "Chorales of four voices, trained on JS Fake Chorales (CC BY 4.0, Omar Peracha).",
        KINDS["polyphony"].sampler(),
    ),
}


def recipe_named(name: str) -> Recipe:
    """The recipe of this name.

    Raises:
        ConfigError: There is none.
    """
    if name not in RECIPES:
        raise ConfigError(f"There is no recipe {name!r}.", f"Choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def recipe_of(generator_id: str) -> Recipe:
    """The first recipe whose encoding a bundle of this id has."""
    for recipe in RECIPES.values():
        if recipe.kind.name == generator_id:
            return recipe
    known = ", ".join(dict.fromkeys(recipe.kind.name for recipe in RECIPES.values()))
    raise ConfigError(
        f"No recipe measures bundles of id {generator_id!r}.",
        f"Give a bundle of one of these ids: {known}.",
    )


def read_splits(recipe: Recipe, data: Path) -> Splits:
    """The data of a recipe.

    Args:
        recipe: Whose data.
        data: The folder that holds the data sets, each in a folder of its own; for drums the Groove
            folder itself does too.

    Raises:
        ConfigError: A set is not there.
    """
    try:
        return recipe.read(data, recipe.kind)
    except FileNotFoundError as error:
        raise ConfigError(
            f"The training data is not complete: {error.filename} is missing.",
            "Give --data the folder with the unpacked data sets.",
        ) from error
