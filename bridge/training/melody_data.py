"""Tunes as melody events through Magenta's own extraction: note-seq's ``Melody``, squashed to C.

Events are classes of Magenta's ``MelodyOneHotEncoding(48, 84)``: 0 no event, 1 note off, then the
pitches. Tunes whose bars are 16 or 8 sixteenths long are used (4/4, 2/2, 2/4).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from errno import ENOENT
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido
import numpy as np

from bridge.training.encode import Steps

STEPS_PER_QUARTER = 4
LOWEST_PITCH = 48
PITCH_AFTER_HIGHEST = 84
FEWEST_BARS = 4
LONGEST_PICKUP_SHARE = Fraction(3, 8)

Note = tuple[Fraction, Fraction, int]


@dataclass(frozen=True, slots=True)
class Tune:
    """One piece.

    Attributes:
        name: Corpus and file.
        melodies: Its melodies as classes; a silence of a bar divides a piece in two.
        intervals: Semitones from note to note, of all melodies in order.
    """

    name: str
    melodies: tuple[Steps, ...]
    intervals: tuple[int, ...]


def bar_beats(meters: set[tuple[int, int]]) -> Fraction | None:
    """The bar's length in quarter notes, or None where it is not 2 or 4 or there are two."""
    lengths = {Fraction(4 * numerator, denominator) for numerator, denominator in meters}
    if len(lengths) != 1 or not lengths <= {Fraction(2), Fraction(4)}:
        return None
    return lengths.pop()


def pickup_beats(end_beats: float, bar: Fraction) -> Fraction:
    """Length of a tune's pickup in quarter notes, judged by what is left over whole bars.

    The corpus writes a pickup at time 0 without a rest before it, so all its bar lines are late by
    it. A rest of up to three eighths of a bar is taken for one, a longer one for a short last bar.
    """
    sixteenths = Fraction(round(end_beats * STEPS_PER_QUARTER), STEPS_PER_QUARTER)
    left = sixteenths % bar
    return left if left <= LONGEST_PICKUP_SHARE * bar else Fraction(0)


def track_notes(track: Any, ticks_per_beat: int) -> list[Note]:
    """Notes of a MIDI track as (start, end, pitch), times in quarter notes."""
    notes: list[Note] = []
    sounding: dict[int, int] = {}
    now = 0
    for message in track:
        now += message.time
        if message.type == "note_on" and message.velocity > 0:
            sounding[message.note] = now
        elif message.type in ("note_on", "note_off") and message.note in sounding:
            start = sounding.pop(message.note)
            times = Fraction(start, ticks_per_beat), Fraction(now, ticks_per_beat)
            notes.append((*times, message.note))
    return notes


def melody_track(midi: Any) -> list[Note]:
    """The notes of the highest track without chords; the others are accompaniment."""
    best: tuple[float, list[Note]] = (-1.0, [])
    for track in midi.tracks:
        notes = track_notes(track, midi.ticks_per_beat)
        if notes and len({start for start, _, _ in notes}) == len(notes):
            best = max(best, (float(np.mean([pitch for _, _, pitch in notes])), notes))
    return best[1]


def note_sequence_of_midi(path: Path) -> Any | None:
    """A tune of ``cre_corpus`` with its pickup before the first bar line, or None to skip it."""
    from note_seq.protobuf import music_pb2

    midi = mido.MidiFile(path)
    meters = {
        (message.numerator, message.denominator)
        for track in midi.tracks
        for message in track
        if message.type == "time_signature"
    }
    bar, notes = bar_beats(meters), melody_track(midi)
    if bar is None or not notes:
        return None
    pickup = pickup_beats(float(notes[-1][1]), bar)
    shift = bar - pickup if pickup else Fraction(0)
    sequence = music_pb2.NoteSequence(ticks_per_quarter=480)
    # At 60 quarter notes a minute, a second is a quarter note.
    sequence.tempos.add(qpm=60.0)
    sequence.time_signatures.add(numerator=int(bar), denominator=4)
    for start, end, pitch in notes:
        sequence.notes.add(
            pitch=pitch, velocity=80, start_time=float(start + shift), end_time=float(end + shift)
        )
    sequence.total_time = float(notes[-1][1] + shift)
    return sequence


def note_sequence_of_lead_sheet(path: Path) -> Any | None:
    """A lead sheet of ``openewld_pd`` as note-seq reads it, or None to skip it."""
    from note_seq import musicxml_parser, musicxml_reader

    try:
        sequence = musicxml_reader.musicxml_file_to_sequence_proto(str(path))
    except (musicxml_reader.MusicXMLConversionError, musicxml_parser.MusicXMLParseError):
        return None
    except zipfile.BadZipFile:
        return None
    meters = {(meter.numerator, meter.denominator) for meter in sequence.time_signatures}
    return sequence if bar_beats(meters) else None


def tune_of(name: str, sequence: Any) -> Tune | None:
    """A tune's melodies by Magenta's extraction, transposed to C and into range."""
    import note_seq
    from magenta.pipelines import melody_pipelines

    try:
        quantized = note_seq.quantize_note_sequence(sequence, STEPS_PER_QUARTER)
    except (note_seq.MultipleTimeSignatureError, note_seq.MultipleTempoError):
        return None
    melodies, _ = melody_pipelines.extract_melodies(
        quantized, min_bars=FEWEST_BARS, ignore_polyphonic_notes=True
    )
    encoding = note_seq.MelodyOneHotEncoding(LOWEST_PITCH, PITCH_AFTER_HIGHEST)
    found = []
    for melody in melodies:
        melody.squash(LOWEST_PITCH, PITCH_AFTER_HIGHEST, 0)
        found.append(np.array([encoding.encode_event(event) for event in melody], np.int64))
    pitches = [int(event) for melody in found for event in melody if event > 1]
    return Tune(name, tuple(found), tuple(np.diff(pitches).tolist())) if found else None


def corpus_files(folder: Path, pattern: str) -> list[Path]:
    """The files of a corpus in a fixed order; no files at all is an error."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise FileNotFoundError(ENOENT, "no such files", str(folder / pattern))
    return found


def read_tunes(folder: Path) -> Iterator[Tune]:
    """Every usable tune of ``cre_corpus`` and ``openewld_pd``, both folders in ``folder``."""
    for path in corpus_files(folder / "cre_corpus" / "MIDI", "*.mid"):
        sequence = note_sequence_of_midi(path)
        tune = sequence and tune_of(f"cre_corpus/{path.name}", sequence)
        if tune:
            yield tune
    for path in corpus_files(folder / "openewld_pd" / "mxl", "*.mxl"):
        sequence = note_sequence_of_lead_sheet(path)
        tune = sequence and tune_of(f"openewld_pd/{path.name}", sequence)
        if tune:
            yield tune
