"""A folder of music to sequences: found, read, cut, quantised, without duplicates, and divided.

What a model learns from is read by the same code that reads a call when it plays
(`bridge.core.encodings`), so that it never meets anything else on stage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.core.chord_chart import ChordChange
from bridge.core.chord_symbols import NO_CHORD, parse_chord
from bridge.core.encodings.catalog import ModelEncoding
from bridge.core.notes import Note
from bridge.errors import ChordInvalid, CorpusEmpty, FileRejected
from bridge.training.corpus.meters import Stretch, shown, stretches
from bridge.training.corpus.passages import Passage, passages, repeated
from bridge.training.corpus.piece import Piece
from bridge.training.corpus.readers import SUFFIXES, read_pieces
from bridge.training.corpus.report import FileReport
from bridge.training.corpus.voices import all_voices, bass_voices, drum_notes, melody_voices
from bridge.training.encode import Steps

FEWEST_BARS = 4
"""A shorter loop is repeated to this length: a model can't learn what follows from less."""
VALIDATION_SHARE = TEST_SHARE = 0.1
PART_NAMES = ("drums", "melody", "bass", "voices")


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence to learn from.

    Args:
        piece: Name of its piece.
        steps: Places of its events in the encoding's table of plain classes; over chords, with
            the chord of each.
        bars: Its length, repetitions not counted.
        transposition: Semitones by which it differs from the piece.
    """

    piece: str
    steps: Steps
    bars: int = 0
    transposition: int = 0


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
    transpositions: Sequence[int] = (0,),
) -> Corpus:
    """Read a folder of music, and all folders in it.

    Args:
        folder: The folder, or a single file.
        encoding: The model's; one that says what its classes mean.
        part: What the model learns: one of `PART_NAMES`.
        progress: Is called after each file with how many are done and how many there are.
        transpositions: Semitones by which what is learnt from is transposed; what is held out
            stays in its own key.

    Raises:
        CorpusEmpty: There are no files of a known kind, or none of them can be used.
    """
    examples, reports = read_examples(folder, encoding, part, progress, transpositions)
    return Corpus(*divided(examples), reports)


def read_examples(
    folder: Path,
    encoding: ModelEncoding,
    part: str,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    transpositions: Sequence[int] = (0,),
) -> tuple[list[Example], list[FileReport]]:
    """All that can be used of a folder, not divided yet, and what became of every file.

    The arguments and errors are those of `collect`.
    """
    paths, folder = music_files(folder)
    maker = _Maker(encoding, part, transpositions)
    reports, examples = [], []
    for number, path in enumerate(paths, start=1):
        report, found = maker.file(path, path.relative_to(folder).as_posix())
        reports.append(report)
        examples += found
        progress(number, len(paths))
    if not examples:
        lines = "; ".join(f"{report.name}: {report.words}" for report in reports[:3])
        raise CorpusEmpty(f"None of the {len(paths)} files can be learnt from. {lines}")
    return examples, reports


def music_files(folder: Path) -> tuple[list[Path], Path]:
    """The files of music in a folder and in all folders in it, and what their names are told from.

    Args:
        folder: The folder, or a single file.

    Raises:
        CorpusEmpty: There are no files of a known kind.
    """
    if folder.is_file():
        return [folder], folder.parent
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise CorpusEmpty(
            f"{folder} holds no file that ends with {', '.join(SUFFIXES)}.",
            "Give the folder that your music lies in.",
        )
    return paths, folder


def divided(examples: Sequence[Example]) -> tuple[list[Steps], list[Steps], list[Steps]]:
    """Training, validation and test sequences, whole pieces on one side.

    A piece's side follows from a checksum of its name, so that a folder to which files are added
    keeps the others where they were. Where chance leaves a side empty, the largest gives a piece.
    Transpositions are for learning alone.
    """
    sides: tuple[dict[str, list[Example]], ...] = ({}, {}, {})
    for example in examples:
        at = _share(example.piece)
        held = VALIDATION_SHARE + TEST_SHARE
        number = 1 if at < VALIDATION_SHARE else 2 if at < held else 0
        sides[number].setdefault(example.piece, []).append(example)
    for side in sides:
        fullest = max(sides, key=len)
        if not side and len(fullest) > 1:
            name = min(fullest, key=_share)
            side[name] = fullest.pop(name)
    train, validation, test = ([one for ones in side.values() for one in ones] for side in sides)
    return [one.steps for one in train], originals(validation), originals(test)


def originals(examples: Sequence[Example]) -> list[Steps]:
    """The sequences that are not transposed."""
    return [example.steps for example in examples if example.transposition == 0]


def _share(name: str) -> float:
    """A number from 0 to 1 that a name always has."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


class _Maker:
    """Makes examples of files.

    Args:
        encoding: The model's.
        part: What it learns.
        transpositions: Semitones.
    """

    def __init__(self, encoding: ModelEncoding, part: str, transpositions: Sequence[int]) -> None:
        self._encoding, self._part = encoding, part
        # As written comes first: it is what copies are known by.
        self._transpositions = sorted({0, *transpositions}, key=abs)
        self._seen: dict[bytes, str] = {}

    def file(self, path: Path, name: str) -> tuple[FileReport, list[Example]]:
        """What becomes of one file."""
        words: list[str] = []
        examples: list[Example] = []
        try:
            for piece in read_pieces(path, name):
                examples += self._of_piece(piece, words)
        except FileRejected as error:
            words.append(error.message)
        written = [example for example in examples if example.transposition == 0]
        bars = sum(example.bars for example in written)
        told = tuple(dict.fromkeys(words))
        return FileReport(name, bool(examples), bars, len(written), "; ".join(told)), examples

    def _of_piece(self, piece: Piece, words: list[str]) -> Iterator[Example]:
        lines, remark = _lines(piece, self._part)
        if remark:
            words.append(remark)
        if piece.tempo_changes:
            words.append(f"{piece.tempo_changes} changes of tempo, of no matter to beats")
        chords = self._chords(piece, words)
        if self._encoding.chord_rows is not None and not chords:
            words.append("no chord symbols, which this model learns melodies over")
            return
        for stretch in stretches(piece):
            if not stretch.fits:
                meter = shown(stretch.signature)
                words.append(f"left out {_bars(stretch)} of {meter}: not 4/4 or 2/4")
                continue
            moved = [
                replace(one, start_beats=one.start_beats - stretch.start_beats) for one in chords
            ]
            for line in lines:
                for passage in passages(stretch.notes_of(line), moved):
                    yield from self._of_passage(piece.name, passage, words)

    def _chords(self, piece: Piece, words: list[str]) -> list[ChordChange]:
        """The chords of a piece; what is no chord symbol counts as no chord."""
        if self._encoding.chord_rows is None:
            return []
        changes, strange = [], []
        for beat, symbol in piece.chords:
            known = _is_chord(symbol)
            changes.append(ChordChange(beat, symbol if known else NO_CHORD))
            strange += [] if known else [symbol]
        if strange:
            words.append(f"{len(strange)} chords not understood, such as {strange[0]!r}: left out")
        return changes

    def _of_passage(self, name: str, passage: Passage, words: list[str]) -> Iterator[Example]:
        steps = passage.steps(self._encoding)
        if not len(steps):
            return
        if self._encoding.chord_rows is not None and not passage.has_chords():
            words.append(f"left out {passage.bars} bars without chords")
            return
        first = self._seen.setdefault(steps.tobytes(), name)
        if first != name:
            words.append(f"the same as {first}: used once")
            return
        times = -(-FEWEST_BARS // passage.bars)
        if times > 1:
            words.append(f"a loop of {passage.bars} bars, repeated {times} times")
        for semitones in self._transpositions:
            steps = passage.steps(self._encoding, semitones)
            if len(steps):
                whole = repeated(steps, times, self._encoding)
                yield Example(name, whole, passage.bars, semitones)


def _is_chord(symbol: str) -> bool:
    try:
        parse_chord(symbol)
    except ChordInvalid:
        return False
    return True


def _bars(stretch: Stretch) -> str:
    numerator, denominator = stretch.signature
    bars = stretch.length_beats / (4.0 * numerator / denominator)
    return f"{bars:.0f} bars"


def _lines(piece: Piece, part: str) -> tuple[list[tuple[Note, ...]], str]:
    """The lines of a piece that a model of this part learns from, and what there is to say."""
    if part in ("drums", "voices"):
        notes, remark = drum_notes(piece) if part == "drums" else all_voices(piece)
        return ([notes] if notes else []), remark
    voices, remark = bass_voices(piece) if part == "bass" else melody_voices(piece)
    return [voice.notes for voice in voices], remark
