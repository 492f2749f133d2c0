"""Music as Magenta's NoteSequence records, so that its own tools read what ours read.

A piece's beats become seconds at one tempo; where its tempo changed, the changes are gone, as they
are for our own models. Its meters, programs, names and chord symbols stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bridge.errors import CorpusEmpty, FileRejected, TrainingError
from bridge.training.bundle_writer import prepare_tensorflow
from bridge.training.corpus.collect import music_files
from bridge.training.corpus.piece import Piece
from bridge.training.corpus.readers import read_pieces
from bridge.training.corpus.report import FileReport

TEMPO_QPM = 120.0
BEAT_S = 60.0 / TEMPO_QPM
TICKS_PER_QUARTER = 480


def write_records(
    folder: Path,
    out: Path,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[FileReport]:
    """Write a folder of music, and all folders in it, as one file of records.

    The file takes the place of an old one only when it is complete.

    Args:
        folder: The folder, or a single file.
        out: The file to write; by custom it ends with ``.tfrecord``.
        progress: Is called after each file with how many are done and how many there are.

    Returns:
        What became of every file; examples are records.

    Raises:
        CorpusEmpty: There is no music, or none that can be read.
        TrainingError: The file can't be written.
        ConfigError: TensorFlow is missing.
    """
    found, base = music_files(folder)
    # Written into the folder itself, it would be read again the next time.
    paths = [path for path in found if path.resolve() != out.resolve()]
    prepare_tensorflow()
    import tensorflow as tf

    half = out.with_name(f"{out.name}.part")
    reports = []
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tf.io.TFRecordWriter(str(half)) as writer:
            for number, path in enumerate(paths, start=1):
                reports.append(_written(writer, path, path.relative_to(base).as_posix()))
                progress(number, len(paths))
        if not any(report.used for report in reports):
            lines = "".join(f" {report.line()}" for report in reports[:1])
            raise CorpusEmpty(f"None of the {len(paths)} files can be read.{lines}")
        half.replace(out)
    except (OSError, tf.errors.OpError) as error:
        raise TrainingError(f"{out} can't be written: {error}.", "Choose another place.") from error
    finally:
        half.unlink(missing_ok=True)
    return reports


def _written(writer: Any, path: Path, name: str) -> FileReport:
    bars, count = 0.0, 0
    try:
        for piece in read_pieces(path, name):
            writer.write(note_sequence(piece).SerializeToString())
            bars += piece.length_beats / 4.0
            count += 1
    except FileRejected as error:
        return FileReport(name, count > 0, round(bars), count, error.message)
    return FileReport(name, True, round(bars), count, "")


def note_sequence(piece: Piece) -> Any:
    """A piece as a ``NoteSequence`` of one tempo, `TEMPO_QPM`."""
    from note_seq.protobuf import music_pb2

    sequence = music_pb2.NoteSequence(
        id=piece.name, filename=piece.name, ticks_per_quarter=TICKS_PER_QUARTER
    )
    sequence.tempos.add(qpm=TEMPO_QPM)
    for beat, (numerator, denominator) in piece.signatures:
        sequence.time_signatures.add(
            time=beat * BEAT_S, numerator=numerator, denominator=denominator
        )
    for instrument, voice in zip(_instruments(piece), piece.voices, strict=True):
        if voice.name:
            sequence.instrument_infos.add(instrument=instrument, name=voice.name)
        for note in voice.notes:
            sequence.notes.add(
                pitch=note.pitch,
                velocity=note.velocity,
                start_time=note.start_beats * BEAT_S,
                end_time=note.end_beats * BEAT_S,
                instrument=instrument,
                program=voice.program or 0,
                is_drum=voice.drums,
            )
    for beat, symbol in piece.chords:
        sequence.text_annotations.add(
            time=beat * BEAT_S,
            text=symbol,
            annotation_type=music_pb2.NoteSequence.TextAnnotation.CHORD_SYMBOL,
        )
    sequence.total_time = piece.length_beats * BEAT_S
    return sequence


def _instruments(piece: Piece) -> Sequence[int]:
    """A number for each voice; 9 is for drums by custom, so others leave it out."""
    free: Iterator[int] = (number for number in range(len(piece.voices) + 1) if number != 9)
    first_drums = next((at for at, voice in enumerate(piece.voices) if voice.drums), None)
    return [9 if at == first_drums else next(free) for at in range(len(piece.voices))]
