"""The bundles that ship: what each is trained on and with which settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.encodings.drum_lookback import DRUM_SETS, drum_set_features
from bridge.core.encodings.lookback import melody_codes
from bridge.errors import ConfigError
from bridge.training.batches import SamplerOptions
from bridge.training.drum_data import read_groove, sequences
from bridge.training.encode import Coding, Steps, Table
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
        coding: Between sequences and the network.
        event_classes: Distinct events, for the baselines.
        shape: The network.
        plan: How long and how fast.
        learner: Dropout and decay.
        sampler: Segments.
        in_magenta: Whether Magenta knows the configuration.
        description: Kept in the bundle.
    """

    generator_id: str
    coding: Coding
    event_classes: int
    shape: Shape
    plan: Plan
    learner: LearnerOptions
    description: str
    sampler: SamplerOptions = field(default_factory=SamplerOptions)
    in_magenta: bool = True


def encoding_of(name: str) -> ModelEncoding:
    """The engine's encoding of this name."""
    return next(encoding for encoding in ENCODINGS if encoding.name == name)


def coding_of(name: str, rows_per_step: int, event: Callable[[int], int] = int) -> Coding:
    """How an encoding is learnt; see `Coding`."""
    inputs = encoding_of(name).inputs
    return Coding(inputs, Table.of(inputs, rows_per_step), event)


DRUM_FEATURES = drum_set_features().astype(np.float32)
DRUM_CODING = coding_of("drum_kit", rows_per_step=2)
# The last set, a counter, and for each of four look-backs a set and perhaps a flag.
DRUM_LOOKBACK_CODING = coding_of("drum_kit_lookback", rows_per_step=10)
MELODY_CODES = melody_codes(48, 84)
MELODY_CODING = coding_of("lookback_rnn", rows_per_step=6, event=MELODY_CODES.event)
GROOVE = "trained on the Groove MIDI Dataset (CC BY 4.0, Google LLC)."

DRUMS = Recipe(
    generator_id="drum_kit",
    coding=DRUM_CODING,
    event_classes=DRUM_SETS,
    shape=Shape(DRUM_CODING.table, (256, 256), features=DRUM_FEATURES),
    plan=Plan(epochs=20),
    learner=LearnerOptions(Dropout()),
    description=f"Drum kit, {GROOVE}",
)
DRUMS_LOOKBACK = Recipe(
    generator_id="drum_kit_lookback",
    coding=DRUM_LOOKBACK_CODING,
    event_classes=DRUM_SETS,
    shape=Shape(
        DRUM_LOOKBACK_CODING.table,
        (256, 256),
        embedding_size=128,
        features=DRUM_FEATURES,
        droppable=(0, 1, 2, 3, 4),
    ),
    plan=Plan(epochs=20),
    learner=LearnerOptions(Dropout(rows=0.1)),
    description=f"Drum kit that sees one, two, four and eight bars back, {GROOVE}",
    in_magenta=False,
)
MELODY = Recipe(
    generator_id="lookback_rnn",
    coding=MELODY_CODING,
    event_classes=MELODY_CODES.count,
    shape=Shape(MELODY_CODING.table, (128, 128), droppable=(0, 1, 2)),
    plan=Plan(epochs=24, rate=4e-3),
    learner=LearnerOptions(Dropout(rows=0.05, embedding=0.1, outputs=0.2)),
    description=(
        "Session melodies, trained on Ceol Rince na hEireann (CC BY 4.0, Polifonia project) and "
        "public-domain lead sheets of OpenEWLD (MIT)."
    ),
)
RECIPES = {"drums": DRUMS, "drums-lookback": DRUMS_LOOKBACK, "melody": MELODY}


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
        if encoding_of(recipe.generator_id).drums:
            inner = data / "groove"
            return drum_splits(inner if inner.is_dir() else data)
        return melody_splits(data)
    except FileNotFoundError as error:
        raise ConfigError(
            f"The training data is not complete: {error.filename} is missing.",
            "Give --data the folder with the unpacked data sets.",
        ) from error
