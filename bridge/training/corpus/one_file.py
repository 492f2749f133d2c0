"""One file to findings: read, cut and quantised, in a worker as well as here.

What a model learns from is read by the same code that reads a call when it plays
(`bridge.core.encodings`), so that it never meets anything else on stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.core.chord_chart import ChordChange
from bridge.core.chord_symbols import NO_CHORD, parse_chord
from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.notes import Note
from bridge.errors import ChordInvalid, FileOutOfReach, FileRejected
from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.meters import Stretch, shown, stretches
from bridge.training.corpus.passages import Passage, passages
from bridge.training.corpus.piece import Piece
from bridge.training.corpus.readers import read_pieces
from bridge.training.corpus.voices import all_voices, bass_voices, drum_notes, melody_voices


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in files.

    Args:
        encoding: Name of the model's encoding; names travel to workers, encodings do not.
        part: What the model learns: drums, melody, bass or voices.
        transpositions: Semitones by which what is learnt from is transposed.
    """

    encoding: str
    part: str
    transpositions: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class FileToRead:
    """One file.

    Args:
        path: Where it lies.
        name: Its place in the folder.
    """

    path: Path
    name: str


def read_file(wanted: Wanted, file: FileToRead) -> Findings:
    """What is in a file, with a word about what is not used of it; never an error."""
    encoding = next(one for one in ENCODINGS if one.name == wanted.encoding)
    found: list[str | Phrase] = []
    lasting = True
    try:
        for piece in read_pieces(file.path, file.name):
            found += _of_piece(piece, encoding, wanted)
    except FileRejected as error:
        found.append(error.message)
        lasting = not isinstance(error, FileOutOfReach)
    if not found:
        found.append("there is nothing in it to learn from")
    return Findings(file.name, tuple(found), lasting)


def _of_piece(piece: Piece, encoding: ModelEncoding, wanted: Wanted) -> Iterator[str | Phrase]:
    lines, remark = _lines(piece, wanted.part)
    if remark:
        yield remark
    if piece.tempo_changes:
        yield f"{piece.tempo_changes} changes of tempo, of no matter to beats"
    over_chords = encoding.chord_rows is not None
    chords, strange = _chords(piece) if over_chords else ([], "")
    if strange:
        yield strange
    if over_chords and not chords:
        yield "no chord symbols, which this model learns melodies over"
        return
    for stretch in stretches(piece):
        if not stretch.fits:
            yield f"left out {_bars(stretch)} of {shown(stretch.signature)}: not 4/4 or 2/4"
            continue
        moved = [replace(one, start_beats=one.start_beats - stretch.start_beats) for one in chords]
        for line in lines:
            for passage in passages(stretch.notes_of(line), moved):
                yield from _of_passage(piece.name, passage, encoding, wanted.transpositions)


def _chords(piece: Piece) -> tuple[list[ChordChange], str]:
    """The chords of a piece, and a word; what is no chord symbol counts as no chord."""
    changes, strange = [], []
    for beat, symbol in piece.chords:
        known = _is_chord(symbol)
        changes.append(ChordChange(beat, symbol if known else NO_CHORD))
        strange += [] if known else [symbol]
    if not strange:
        return changes, ""
    return changes, f"{len(strange)} chords not understood, such as {strange[0]!r}: left out"


def _is_chord(symbol: str) -> bool:
    try:
        parse_chord(symbol)
    except ChordInvalid:
        return False
    return True


def _of_passage(
    name: str, passage: Passage, encoding: ModelEncoding, transpositions: Sequence[int]
) -> Iterator[str | Phrase]:
    # As written comes first: it is what copies are known by.
    keys = {
        semitones: steps
        for semitones in sorted({0, *transpositions}, key=abs)
        if len(steps := passage.steps(encoding, semitones))
    }
    if 0 not in keys:
        return
    if encoding.chord_rows is not None and not passage.has_chords():
        yield f"left out {passage.bars} bars without chords"
        return
    yield Phrase(name, passage.bars, keys)


def _bars(stretch: Stretch) -> str:
    numerator, denominator = stretch.signature
    if numerator <= 0 or denominator <= 0:
        return "some bars"
    bars = stretch.length_beats / (4.0 * numerator / denominator)
    return f"{bars:.0f} bars"


def _lines(piece: Piece, part: str) -> tuple[list[tuple[Note, ...]], str]:
    """The lines of a piece that a model of this part learns from, and what there is to say."""
    if part in ("drums", "voices"):
        notes, remark = drum_notes(piece) if part == "drums" else all_voices(piece)
        return ([notes] if notes else []), remark
    voices, remark = bass_voices(piece) if part == "bass" else melody_voices(piece)
    return [voice.notes for voice in voices], remark
