"""The data of the shipped bundles, each set read and divided as its authors or its music ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path

import numpy as np

from bridge.core.encodings.lookback import NO_EVENT
from bridge.training.corpus.collect import collect
from bridge.training.drum_data import DrumFile, read_groove, sequences
from bridge.training.encode import Steps
from bridge.training.kinds import ModelKind
from bridge.training.melody_data import LOWEST_PITCH, PITCH_AFTER_HIGHEST, Tune, read_tunes
from bridge.training.melody_split import split_tunes

KICK, SNARE, HATS_AND_CYMBALS = 0b000000001, 0b000000010, 0b110001100
TAPPED = (0b111111111, KICK, SNARE, HATS_AND_CYMBALS)
"""Who taps on one drum follows the whole kit, or one voice of it."""
TAP_STEPS_PER_QUARTER = 2


@dataclass(frozen=True, slots=True)
class Splits:
    """Sequences to learn from, and the two held-out splits as they are measured."""

    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]


def drum_splits(data: Path, kind: ModelKind) -> Splits:
    """Groove's official splits: beats and fills to learn from, beats alone to measure."""
    del kind  # both drum kits read the same
    files = read_groove(_groove(data))
    return Splits(
        sequences(files["train"]),
        sequences(files["validation"], "beat"),
        sequences(files["test"], "beat"),
    )


def tap_splits(data: Path, kind: ModelKind) -> Splits:
    """The same as rhythms of one drum: the whole kit's, and those of its kick, snare and hats."""
    del kind
    files = read_groove(_groove(data), TAP_STEPS_PER_QUARTER)
    return Splits(
        list(_taps(files["train"])),
        list(_taps(files["validation"], "beat")),
        list(_taps(files["test"], "beat")),
    )


def melody_splits(data: Path, kind: ModelKind) -> Splits:
    """Tunes split with variants on one side, as places of the kind's encoding."""
    split = split_tunes(list(read_tunes(data)))
    places = places_of_melody_classes(kind)

    def melodies(tunes: Sequence[Tune]) -> list[Steps]:
        return [places[melody] for tune in tunes for melody in tune.melodies]

    return Splits(melodies(split["train"]), melodies(split["validation"]), melodies(split["test"]))


def bass_splits(data: Path, kind: ModelKind) -> Splits:
    """Freedoom's bass lines, whole pieces on one side."""
    folder = data / "freedoom_music" / "musics"
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, "no such folder", str(folder))
    found = collect(folder, kind.encoding, "bass")
    return Splits(found.train, found.validation, found.test)


def _groove(data: Path) -> Path:
    inner = data / "groove"
    return inner if inner.is_dir() else data


def _taps(files: Iterable[DrumFile], beat_type: str | None = None) -> Iterator[Steps]:
    for steps in sequences(files, beat_type):
        for voices in TAPPED:
            taps = (steps & voices > 0).astype(np.int64)
            if taps.any():
                yield taps


def places_of_melody_classes(kind: ModelKind) -> Steps:
    """For each class of `melody_data` the place of its event in the kind's plain classes."""
    meaning = kind.encoding.meaning
    assert meaning is not None  # every kind that is trained has one
    events = [NO_EVENT, NO_EVENT + 1, *range(LOWEST_PITCH, PITCH_AFTER_HIGHEST)]
    return np.array([meaning.plain_class(event) for event in events], np.int64)
