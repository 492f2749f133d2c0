"""The bundles that ship: what each is trained on and with which settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bridge.errors import ConfigError
from bridge.training.batches import SamplerOptions
from bridge.training.drum_data import read_groove, sequences
from bridge.training.encode import Steps
from bridge.training.kinds import KINDS, ModelKind
from bridge.training.melody_data import Tune, read_tunes
from bridge.training.melody_split import split_tunes
from bridge.training.train import Plan


@dataclass(frozen=True, slots=True)
class Splits:
    """Sequences to learn from, and the two held-out splits as they are measured."""

    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one shipped bundle is made.

    Attributes:
        kind: What it is.
        plan: How long and how fast.
        description: Kept in the bundle.
        sampler: Segments.
    """

    kind: ModelKind
    plan: Plan
    description: str
    sampler: SamplerOptions = field(default_factory=SamplerOptions)

    @property
    def event_classes(self) -> int:
        """Distinct events, for the baselines."""
        meaning = self.kind.encoding.meaning
        assert meaning is not None  # every kind that is trained has one
        return len(meaning.plain.onsets)


GROOVE = "trained on the Groove MIDI Dataset (CC BY 4.0, Google LLC)."

DRUMS = Recipe(KINDS["drum_kit"], Plan(epochs=20), f"Drum kit, {GROOVE}")
DRUMS_LOOKBACK = Recipe(
    KINDS["drum_kit_lookback"],
    Plan(epochs=20),
    f"Drum kit that sees one, two, four and eight bars back, {GROOVE}",
)
MELODY = Recipe(
    KINDS["lookback_rnn"],
    Plan(epochs=24, rate=4e-3),
    "Session melodies, trained on Ceol Rince na hEireann (CC BY 4.0, Polifonia project) and "
    "public-domain lead sheets of OpenEWLD (MIT).",
)
RECIPES = {"drums": DRUMS, "drums-lookback": DRUMS_LOOKBACK, "melody": MELODY}


def recipe_of(generator_id: str) -> Recipe:
    """The recipe whose encoding a bundle of this id has."""
    for recipe in RECIPES.values():
        if recipe.kind.name == generator_id:
            return recipe
    known = ", ".join(recipe.kind.name for recipe in RECIPES.values())
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
        if recipe.kind.encoding.drums:
            inner = data / "groove"
            return drum_splits(inner if inner.is_dir() else data)
        return melody_splits(data)
    except FileNotFoundError as error:
        raise ConfigError(
            f"The training data is not complete: {error.filename} is missing.",
            "Give --data the folder with the unpacked data sets.",
        ) from error
