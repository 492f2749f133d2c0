"""A folder of music to sequences: found, read, cut, quantised, without duplicates, and divided.

What a model learns from is read by the same code that reads a call when it plays
(`bridge.core.encodings`), so that it never meets anything else on stage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.core.encodings.catalog import ModelEncoding
from bridge.core.notes import Note
from bridge.errors import CorpusEmpty, FileRejected
from bridge.training.corpus.meters import BAR_BEATS, Stretch, shown, stretches
from bridge.training.corpus.piece import Piece
from bridge.training.corpus.readers import SUFFIXES, read_pieces
from bridge.training.corpus.report import FileReport
from bridge.training.corpus.voices import bass_voices, drum_notes, melody_voices
from bridge.training.encode import Steps

FEWEST_BARS = 4
"""A shorter loop is repeated to this length: a model can't learn what follows from less."""
EMPTY_BARS = 2
"""So many empty bars divide a piece in two."""
VALIDATION_SHARE = TEST_SHARE = 0.1
PART_NAMES = ("drums", "melody", "bass")


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence to learn from.

    Args:
        piece: Name of its piece.
        steps: Places of its events in the encoding's table of plain classes, one a step.
        times: How often it was repeated to be long enough; 1: as it is.
        bar_steps: Steps of a bar.
    """

    piece: str
    steps: Steps
    times: int = 1
    bar_steps: int = 16

    @property
    def bars(self) -> int:
        """Its length, repetitions included."""
        return len(self.steps) // self.bar_steps


@dataclass(frozen=True, slots=True)
class Corpus:
    """What became of a folder.

    Args:
        train: Sequences to learn from.
        validation: Sequences to choose the best epoch by.
        test: Sequences to measure the finished model with.
        files: What became of every file, in the folder's order.
    """

    train: list[Steps]
    validation: list[Steps]
    test: list[Steps]
    files: list[FileReport]


def collect(
    folder: Path,
    encoding: ModelEncoding,
    part: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Corpus:
    """Everything in a folder, and in the folders in it, that a model can learn from.

    Args:
        folder: The folder, or a single file.
        encoding: The model's; one of one event a step, that says what its classes mean.
        part: What the model learns: one of `PART_NAMES`.
        progress: Is called after each file with how many are done and how many there are.

    Raises:
        CorpusEmpty: There are no files of a known kind, or none of them can be used.
    """
    if folder.is_file():
        paths, folder = [folder], folder.parent
    else:
        paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise CorpusEmpty(
            f"{folder} holds no file that ends with {', '.join(SUFFIXES)}.",
            "Give the folder that your music lies in.",
        )
    seen: dict[bytes, str] = {}
    reports, examples = [], []
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(folder).as_posix()
        report, found = _file(path, name, encoding, part, seen)
        reports.append(report)
        examples += found
        progress(number, len(paths))
    if not examples:
        lines = "; ".join(f"{report.name}: {report.words}" for report in reports[:3])
        raise CorpusEmpty(f"None of the {len(paths)} files can be learnt from. {lines}")
    split = divided(examples)
    return Corpus(*split, reports)


def divided(examples: Sequence[Example]) -> tuple[list[Steps], list[Steps], list[Steps]]:
    """Training, validation and test sequences, whole pieces on one side.

    A piece's side follows from a checksum of its name, so that a folder to which files are added
    keeps the others where they were. Where chance leaves a side empty, the largest gives a piece.
    """
    sides: tuple[dict[str, list[Steps]], ...] = ({}, {}, {})
    for example in examples:
        at = _share(example.piece)
        held = VALIDATION_SHARE + TEST_SHARE
        number = 1 if at < VALIDATION_SHARE else 2 if at < held else 0
        sides[number].setdefault(example.piece, []).append(example.steps)
    for side in sides:
        fullest = max(sides, key=len)
        if not side and len(fullest) > 1:
            name = min(fullest, key=_share)
            side[name] = fullest.pop(name)
    train, validation, test = ([steps for one in side.values() for steps in one] for side in sides)
    return train, validation, test


def _share(name: str) -> float:
    """A number from 0 to 1 that a name always has."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def _file(
    path: Path, name: str, encoding: ModelEncoding, part: str, seen: dict[bytes, str]
) -> tuple[FileReport, list[Example]]:
    """What becomes of one file."""
    words: list[str] = []
    examples: list[Example] = []
    try:
        for piece in read_pieces(path, name):
            examples += _examples(piece, encoding, part, seen, words)
    except FileRejected as error:
        words.append(error.message)
    bars = sum(example.bars // example.times for example in examples)
    told = tuple(dict.fromkeys(words))
    return FileReport(name, bool(examples), bars, len(examples), "; ".join(told)), examples


def _examples(
    piece: Piece,
    encoding: ModelEncoding,
    part: str,
    seen: dict[bytes, str],
    words: list[str],
) -> Iterator[Example]:
    lines, remark = _lines(piece, part)
    if remark:
        words.append(remark)
    if piece.tempo_changes:
        words.append(f"{piece.tempo_changes} changes of tempo, of no matter to beats")
    for stretch in stretches(piece):
        if not stretch.fits:
            words.append(f"left out {_bars(stretch)} of {shown(stretch.signature)}: not 4/4 or 2/4")
            continue
        for line in lines:
            yield from _sequences(piece.name, stretch.notes_of(line), encoding, seen, words)


def _bars(stretch: Stretch) -> str:
    numerator, denominator = stretch.signature
    bars = stretch.length_beats / (4.0 * numerator / denominator)
    return f"{bars:.0f} bars"


def _lines(piece: Piece, part: str) -> tuple[list[tuple[Note, ...]], str]:
    """The lines of a piece that a model of this part learns from, and what there is to say."""
    if part == "drums":
        notes, remark = drum_notes(piece)
        return ([notes] if notes else []), remark
    voices, remark = bass_voices(piece) if part == "bass" else melody_voices(piece)
    return [voice.notes for voice in voices], remark


def _sequences(
    name: str,
    notes: tuple[Note, ...],
    encoding: ModelEncoding,
    seen: dict[bytes, str],
    words: list[str],
) -> Iterator[Example]:
    meaning = encoding.meaning
    assert meaning is not None  # the caller chose an encoding that has one
    bar_steps = encoding.bar_steps
    for phrase, bars in _phrases(notes):
        read = encoding.part.read(phrase, encoding.steps_per_quarter, bars * bar_steps)
        steps = np.array([meaning.plain_class(event) for event in read.events], np.int64)
        if not len(steps):
            continue
        first = seen.setdefault(steps.tobytes(), name)
        if first != name:
            words.append(f"the same as {first}: used once")
            continue
        times = -(-FEWEST_BARS * bar_steps // len(steps))
        if times > 1:
            words.append(f"a loop of {len(steps) // bar_steps} bars, repeated {times} times")
        yield Example(name, np.tile(steps, times), times, bar_steps)


def _phrases(notes: tuple[Note, ...]) -> Iterator[tuple[tuple[Note, ...], int]]:
    """Notes between long silences, moved to begin in their first bar, with a length in bars."""
    group: list[Note] = []
    for note in notes:
        if group and _bar(note) - _bar(group[-1]) > EMPTY_BARS:
            yield _moved(group)
            group = []
        group.append(note)
    if group:
        yield _moved(group)


def _moved(group: list[Note]) -> tuple[tuple[Note, ...], int]:
    first = _bar(group[0])
    moved = tuple(
        Note(
            note.pitch,
            note.velocity,
            note.start_beats - first * BAR_BEATS,
            note.duration_beats,
            note.channel,
        )
        for note in group
    )
    return moved, _bar(group[-1]) - first + 1


def _bar(note: Note) -> int:
    """The bar that a note belongs to when its start is rounded to a sixteenth."""
    return int((note.start_beats + 0.125) // BAR_BEATS)
