"""The data of the shipped bundles, each set read and divided as its authors or its music ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path

import numpy as np

from bridge.core.encodings.lookback import NO_EVENT
from bridge.training.chorded import places_of
from bridge.training.corpus.collect import collect, read_examples
from bridge.training.corpus.merge import Example, originals
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
    found = collect(_there(data / "freedoom_music" / "musics"), kind.encoding, "bass")
    return Splits(found.train, found.validation, found.test)


def polyphony_splits(data: Path, kind: ModelKind) -> Splits:
    """The chorales of ``js_fakes``, whole pieces on one side, learnt in all keys of the kind."""
    folder, keys = _there(data / "js_fakes"), kind.transpositions
    found = collect(folder, kind.encoding, kind.parts[0], transpositions=keys)
    return Splits(found.train, found.validation, found.test)


def chord_splits(data: Path, kind: ModelKind) -> Splits:
    """Lead sheets split with variants on one side, learnt in all keys of the kind."""
    folder, keys = _there(data / "openewld_pd" / "mxl"), kind.transpositions
    # Variants, in other keys too, are told by their intervals and put on one side.
    examples, _ = read_examples(
        folder, kind.encoding, kind.parts[0], transpositions=keys, in_other_keys=False
    )
    pieces: dict[str, list[Example]] = {}
    for example in examples:
        pieces.setdefault(example.piece, []).append(example)
    split = split_tunes([_as_tune(name, found) for name, found in pieces.items()])
    sides = {
        side: [one for tune in tunes for one in pieces[tune.name]] for side, tunes in split.items()
    }
    train = [example.steps for example in sides["train"]]
    return Splits(train, originals(sides["validation"]), originals(sides["test"]))


def _as_tune(name: str, examples: Sequence[Example]) -> Tune:
    """A lead sheet as what variants are told by."""
    melodies = tuple(places_of(steps) for steps in originals(examples))
    places = np.concatenate(melodies)
    # Two places come before the pitches: no event and note-off.
    return Tune(name, melodies, tuple(np.diff(places[places > 1]).tolist()))


def _there(folder: Path) -> Path:
    if not folder.is_dir():
        raise FileNotFoundError(ENOENT, "no such folder", str(folder))
    return folder


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
