"""One file to findings: read, cut and quantised, in a worker as well as here.

What a model learns from is read by the same code that reads a call when it plays
(`bridge.core.encodings`), so that it never meets anything else on stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.notes import Note
from bridge.errors import FileRejected
from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.meters import BAR_BEATS, Stretch, shown, stretches
from bridge.training.corpus.piece import Piece
from bridge.training.corpus.readers import read_pieces
from bridge.training.corpus.voices import bass_voices, drum_notes, melody_voices

STEPS_PER_BAR = 16
EMPTY_BARS = 2
"""So many empty bars divide a piece in two."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in files.

    Args:
        encoding: Name of the model's encoding; names travel to workers, encodings do not.
        part: What the model learns: drums, melody or bass.
    """

    encoding: str
    part: str


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
    try:
        for piece in read_pieces(file.path, file.name):
            found += _of_piece(piece, encoding, wanted.part)
    except FileRejected as error:
        found.append(error.message)
    return Findings(file.name, tuple(found))


def _of_piece(piece: Piece, encoding: ModelEncoding, part: str) -> Iterator[str | Phrase]:
    lines, remark = _lines(piece, part)
    if remark:
        yield remark
    if piece.tempo_changes:
        yield f"{piece.tempo_changes} changes of tempo, of no matter to beats"
    for stretch in stretches(piece):
        if not stretch.fits:
            yield f"left out {_bars(stretch)} of {shown(stretch.signature)}: not 4/4 or 2/4"
            continue
        for line in lines:
            yield from _of_line(piece.name, stretch.notes_of(line), encoding)


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


def _of_line(name: str, notes: tuple[Note, ...], encoding: ModelEncoding) -> Iterator[Phrase]:
    meaning = encoding.meaning
    assert meaning is not None  # the caller chose an encoding that has one
    for phrase, bars in _phrases(notes):
        read = encoding.part.read(phrase, encoding.steps_per_quarter, bars * STEPS_PER_BAR)
        steps = np.array([meaning.plain_class(event) for event in read.events], np.int64)
        if len(steps):
            yield Phrase(name, steps)


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
