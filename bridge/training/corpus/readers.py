"""Files to pieces: MIDI, MusicXML, ABC, Magenta's NoteSequence records, and drum patterns.

MIDI is read with mido; the others by note-seq, which comes with the [magenta] extra and is loaded
only when such a file is met.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridge.core.notes import Note
from bridge.errors import BridgeError, FileOutOfReach, FileRejected
from bridge.io.smf import DRUM_CHANNEL, SongTrack, read_song
from bridge.training.corpus.patterns import pattern_pieces
from bridge.training.corpus.piece import Piece, Voice

MIDI_SUFFIXES = (".mid", ".midi")
XML_SUFFIXES = (".musicxml", ".xml", ".mxl")
ABC_SUFFIXES = (".abc",)
RECORD_SUFFIXES = (".tfrecord",)
PATTERN_SUFFIXES = (".yaml", ".yml")
SUFFIXES = MIDI_SUFFIXES + XML_SUFFIXES + ABC_SUFFIXES + RECORD_SUFFIXES + PATTERN_SUFFIXES
DAMAGED = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,
)
"""What the parsers of note-seq were seen to raise on damaged files, beside errors of their own."""
LARGEST_BYTES = 256 * 1024 * 1024
LARGEST_SCORE_BYTES = 16 * 1024 * 1024
"""Of anything but records; the longest symphony as MIDI has 2 MB."""


def read_pieces(path: Path, name: str) -> Iterator[Piece]:
    """The pieces in a file.

    Args:
        path: The file.
        name: What to call it.

    Raises:
        FileRejected: It can't be read, or holds no notes; the message says why.
    """
    suffix = path.suffix.lower()
    _check_size(path, LARGEST_BYTES if suffix in RECORD_SUFFIXES else LARGEST_SCORE_BYTES)
    if suffix in MIDI_SUFFIXES:
        yield _midi_piece(path, name)
        return
    if suffix in PATTERN_SUFFIXES:
        yield from pattern_pieces(path, name)
        return
    if importlib.util.find_spec("note_seq") is None:
        raise FileOutOfReach(
            f"{suffix} files are read by note-seq, which is not installed.",
            "docs/install.md says how to install the [magenta] extra.",
        )
    for number, sequence in enumerate(_sequences(path, suffix), start=1):
        yield _sequence_piece(sequence, f"{name} #{number}" if number > 1 else name)


def _check_size(path: Path, largest_bytes: int) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FileOutOfReach(f"it can't be opened: {error.strerror}.") from error
    if size == 0:
        raise FileRejected("the file is empty: 0 bytes.")
    if size > largest_bytes:
        raise FileRejected(f"it has {size} bytes; more than {largest_bytes} are no such music.")


def _midi_piece(path: Path, name: str) -> Piece:
    try:
        song = read_song(path)
    except BridgeError as error:
        raise FileRejected(f"it is damaged or no MIDI file: {error.message}") from error
    voices = tuple(voice for track in song.tracks for voice in _voices(track))
    if not voices:
        raise FileRejected("it holds no notes, only other messages such as lyrics or tempos.")
    first = [] if song.signatures and song.signatures[0][0] == 0.0 else [(0.0, (4, 4))]
    return Piece(
        name,
        voices,
        (*first, *song.signatures),
        song.length_beats,
        song.tempo_changes,
    )


def _voices(track: SongTrack) -> Iterator[Voice]:
    """A track's notes by channel: type 0 files have all their channels in one track."""
    for channel in sorted({note.channel for note in track.notes}):
        notes = tuple(note for note in track.notes if note.channel == channel)
        yield Voice(track.name, notes, channel == DRUM_CHANNEL, track.program)


def _sequences(path: Path, suffix: str) -> Iterator[Any]:
    if suffix in XML_SUFFIXES:
        yield _score(path)
    elif suffix in ABC_SUFFIXES:
        yield from _tunes(path)
    else:
        yield from _records(path)


def _score(path: Path) -> Any:
    import zipfile

    from note_seq import musicxml_parser, musicxml_reader

    known = (
        musicxml_reader.MusicXMLConversionError,
        musicxml_parser.MusicXMLParseError,
        zipfile.BadZipFile,
        *DAMAGED,
    )
    try:
        return musicxml_reader.musicxml_file_to_sequence_proto(str(path))
    except known as error:
        raise FileRejected(f"note-seq can't read this score: {error}.") from error


def _tunes(path: Path) -> Iterator[Any]:
    from note_seq import abc_parser

    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise FileOutOfReach(f"it can't be opened: {error.strerror}.") from error
    try:
        tunes, problems = abc_parser.parse_abc_tunebook(text)
    except (abc_parser.ABCParseError, *DAMAGED) as error:
        raise FileRejected(f"note-seq can't read these tunes: {error}.") from error
    if not tunes:
        why = f": {problems[0]}" if problems else ""
        raise FileRejected(f"note-seq finds no tune in it{why}.")
    yield from tunes.values()


def _records(path: Path) -> Iterator[Any]:
    import tensorflow as tf
    from google.protobuf.message import DecodeError
    from note_seq.protobuf import music_pb2

    try:
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            yield music_pb2.NoteSequence.FromString(record)
    except (tf.errors.OpError, DecodeError, OSError, ValueError) as error:
        raise FileRejected("its records are damaged, or are no NoteSequences.") from error


def _sequence_piece(sequence: Any, name: str) -> Piece:
    beats = _Beats(sequence)
    groups: dict[tuple[int, int, bool], list[Note]] = {}
    for note in sequence.notes:
        start = beats.at(note.start_time)
        made = Note(note.pitch, max(1, note.velocity), start, beats.at(note.end_time) - start)
        groups.setdefault((note.instrument, note.program, note.is_drum), []).append(made)
    if not groups:
        raise FileRejected("it holds no notes.")
    names = {info.instrument: info.name for info in sequence.instrument_infos}
    voices = tuple(
        Voice(names.get(instrument, ""), _ordered(notes), drums, program)
        for (instrument, program, drums), notes in sorted(groups.items())
    )
    signatures = [
        (beats.at(one.time), (one.numerator, one.denominator)) for one in sequence.time_signatures
    ]
    if not signatures or signatures[0][0] > 0.0:
        signatures.insert(0, (0.0, (4, 4)))
    end = max(note.end_beats for notes in groups.values() for note in notes)
    length = max(end, beats.at(sequence.total_time))
    changes = max(0, len(sequence.tempos) - 1)
    return Piece(name, voices, tuple(signatures), length, changes, _chords(sequence, beats))


def _chords(sequence: Any, beats: _Beats) -> tuple[tuple[float, str], ...]:
    """The chord symbols in order; of two at one moment the score's later one comes last."""
    found = [
        (beats.at(one.time), str(one.text))
        for one in sequence.text_annotations
        if one.annotation_type == one.CHORD_SYMBOL
    ]
    return tuple(sorted(found, key=lambda chord: chord[0]))


def _ordered(notes: list[Note]) -> tuple[Note, ...]:
    return tuple(sorted(notes, key=lambda note: (note.start_beats, note.pitch)))


class _Beats:
    """From a NoteSequence's seconds to beats, over all its tempos."""

    def __init__(self, sequence: Any) -> None:
        changes = sorted((tempo.time, tempo.qpm) for tempo in sequence.tempos if tempo.qpm > 0)
        if not changes or changes[0][0] > 0.0:
            changes.insert(0, (0.0, changes[0][1] if changes else 120.0))
        self._parts: list[tuple[float, float, float]] = []
        beats = 0.0
        for place, (start_s, qpm) in enumerate(changes):
            if place:
                before_s, before_qpm = changes[place - 1]
                beats += (start_s - before_s) * before_qpm / 60.0
            self._parts.append((start_s, beats, qpm))

    def at(self, time_s: float) -> float:
        """The beat of a moment."""
        start_s, beats, qpm = next(
            (part for part in reversed(self._parts) if part[0] <= time_s), self._parts[0]
        )
        return beats + (time_s - start_s) * qpm / 60.0
