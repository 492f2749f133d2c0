"""The bundles that ship: what each is trained on and with which settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridge.errors import ConfigError
from bridge.training.batches import SamplerOptions
from bridge.training.drum_data import read_groove, sequences
from bridge.training.encode import (
    DRUM_LAYOUT,
    MELODY_EVENTS,
    MELODY_LAYOUT,
    Steps,
    drum_features,
    encode_drums,
    encode_melody,
)
from bridge.training.evaluate import (
    Family,
    drum_event_probabilities,
    melody_event_probabilities,
)
from bridge.training.melody_data import Tune, read_tunes
from bridge.training.melody_split import split_tunes
from bridge.training.network import Dropout, Shape
from bridge.training.optimise import LearnerOptions
from bridge.training.train import Plan


@dataclass(frozen=True, slots=True)
class Splits:
    """Sequences to learn from, and the two held-out splits as they are measured."""

    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one bundle is made.

    Attributes:
        generator_id: Magenta's configuration.
        family: Encoding and scoring.
        event_classes: Distinct events, for the baselines.
        shape: The network.
        plan: How long and how fast.
        learner: Dropout and decay.
        sampler: Segments.
        description: Kept in the bundle.
    """

    generator_id: str
    family: Family
    event_classes: int
    shape: Shape
    plan: Plan
    learner: LearnerOptions
    description: str
    sampler: SamplerOptions = field(default_factory=SamplerOptions)


DRUM_FAMILY = Family(DRUM_LAYOUT, encode_drums, drum_event_probabilities)
MELODY_FAMILY = Family(MELODY_LAYOUT, encode_melody, melody_event_probabilities)

DRUMS = Recipe(
    generator_id="drum_kit",
    family=DRUM_FAMILY,
    event_classes=DRUM_LAYOUT.classes,
    shape=Shape(DRUM_LAYOUT, (256, 256), features=drum_features()),
    plan=Plan(epochs=20),
    learner=LearnerOptions(Dropout()),
    description="Drum kit, trained on the Groove MIDI Dataset (CC BY 4.0, Google LLC).",
)
MELODY = Recipe(
    generator_id="lookback_rnn",
    family=MELODY_FAMILY,
    event_classes=MELODY_EVENTS,
    shape=Shape(MELODY_LAYOUT, (128, 128)),
    plan=Plan(epochs=24, rate=4e-3),
    learner=LearnerOptions(Dropout(hot=0.05, embedding=0.1, outputs=0.2)),
    description=(
        "Session melodies, trained on Ceol Rince na hEireann (CC BY 4.0, Polifonia project) and "
        "public-domain lead sheets of OpenEWLD (MIT)."
    ),
)
RECIPES = {"drums": DRUMS, "melody": MELODY}


def recipe_of(generator_id: str) -> Recipe:
    """The recipe whose encoding a bundle of this id has."""
    for recipe in RECIPES.values():
        if recipe.generator_id == generator_id:
            return recipe
    known = ", ".join(recipe.generator_id for recipe in RECIPES.values())
    raise ConfigError(
        f"No recipe measures bundles of id {generator_id!r}.",
        f"Give a bundle of one of these ids: {known}.",
    )


def drum_splits(folder: Path) -> Splits:
    """Groove's official splits: beats and fills to learn from, beats alone to measure."""
    files = read_groove(folder)
    return Splits(
        sequences(files["train"]),
        sequences(files["validation"], "beat"),
        sequences(files["test"], "beat"),
    )


def melody_splits(folder: Path) -> Splits:
    """Tunes split with variants on one side."""
    split = split_tunes(list(read_tunes(folder)))

    def melodies(tunes: Sequence[Tune]) -> list[Steps]:
        return [melody for tune in tunes for melody in tune.melodies]

    return Splits(melodies(split["train"]), melodies(split["validation"]), melodies(split["test"]))


def read_splits(recipe: Recipe, data: Path) -> Splits:
    """The data of a recipe.

    Args:
        recipe: Whose data.
        data: The folder that holds ``groove``, ``cre_corpus`` and ``openewld_pd``, or, for drums,
            the Groove folder itself.
    """
    try:
        if recipe.generator_id == DRUMS.generator_id:
            inner = data / "groove"
            return drum_splits(inner if inner.is_dir() else data)
        return melody_splits(data)
    except FileNotFoundError as error:
        raise ConfigError(
            f"The training data is not complete: {error.filename} is missing.",
            "Give --data the folder with the unpacked data sets.",
        ) from error
