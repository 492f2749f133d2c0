"""A MIDI file as the call that a model is primed with."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from bridge.core.chord_chart import Chart, ChordChange, chords_of_bars
from bridge.core.notes import Note, Phrase
from bridge.errors import PrimerRejected
from bridge.io.smf import DRUM_CHANNEL, Song, read_song

_WHOLE_BEATS = 1 / 480
_SLOP_BEATS = 0.25
"""A last note that rings this far into another bar does not make that bar part of the call."""


@dataclass(frozen=True, slots=True)
class PrimerFile:
    """A call read from a file.

    Args:
        call: The notes that the model hears; a whole number of bars.
        tempo_qpm: The file's first tempo.
        signature: Its first time signature.
        remarks: What was done with the file, in sentences.
        first_bar: Which bar of the file the call starts with, from 0.
    """

    call: Phrase
    tempo_qpm: float
    signature: tuple[int, int]
    remarks: tuple[str, ...]
    first_bar: int = 0

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter notes."""
        return bar_beats_of(self.signature)

    def chords(self, chart: Chart, answer_bars: int) -> tuple[ChordChange, ...]:
        """The chords of the call and of an answer.

        Args:
            chart: The chords of the file's bars from its first on; it goes round and round.
            answer_bars: Length of the answer.

        Returns:
            Each with its start in beats from the answer's start; none where the chart is empty.
        """
        if not chart:
            return ()
        bars = round(self.call.length_beats / self.bar_beats) + answer_bars
        heard = range(self.first_bar, self.first_bar + bars)
        return tuple(chords_of_bars(chart, heard, self.bar_beats, -self.call.length_beats))


def bar_beats_of(signature: tuple[int, int]) -> float:
    """Length of a bar in quarter notes; of a signature that is none, four."""
    numerator, denominator = signature
    return 4.0 * numerator / denominator if numerator > 0 and denominator > 0 else 4.0


def read_primer(path: Path, *, drums: bool, track: int | None, bars: int) -> PrimerFile:
    """The call in a MIDI file.

    Args:
        path: The file.
        drums: Whether the model plays drums: it then hears MIDI channel 10 if the file uses it, any
            other model all channels but that one.
        track: Number of the only track to hear, from 1; None for all.
        bars: Hear this many bars at the end of the file; 0 for all.

    Raises:
        BridgeError: The file can't be read.
        PrimerRejected: No note is left to hear.
    """
    song = read_song(path)
    remarks = _remarks(song)
    notes = _chosen(path, song, track)
    fitting = [note for note in notes if (note.channel == DRUM_CHANNEL) == drums]
    if fitting and len(fitting) < len(notes):
        kind = "drums of channel 10" if drums else "notes outside channel 10"
        remarks.append(f"Only the {len(fitting)} {kind} are heard, of {len(notes)} notes.")
    heard = fitting or notes
    bar_beats = bar_beats_of(song.signature)
    length_beats = _length_beats(song, heard, bar_beats)
    start_beats = max(0.0, length_beats - bars * bar_beats) if bars else 0.0
    heard = [
        replace(note, start_beats=note.start_beats - start_beats)
        for note in heard
        if note.start_beats >= start_beats
    ]
    if not heard:
        raise PrimerRejected(
            f"The last {bars} bars of {path.name} have no notes.", "Give a larger --primer-bars."
        )
    call = Phrase.of(heard, length_beats - start_beats)
    first_bar = round(start_beats / bar_beats)
    return PrimerFile(call, song.tempo_qpm, song.signature, tuple(remarks), first_bar)


def _remarks(song: Song) -> list[str]:
    remarks = []
    if song.tempo_changes:
        remarks.append(
            f"The file changes its tempo {song.tempo_changes} times. Models count beats, so nothing"
            f" is lost; the answer has the first tempo, {song.tempo_qpm:.2f}."
        )
    if song.signature_changes:
        numerator, denominator = song.signature
        remarks.append(
            f"The file changes its time signature {song.signature_changes} times; bars are counted"
            f" in the first, {numerator}/{denominator}."
        )
    return remarks


def _chosen(path: Path, song: Song, track: int | None) -> list[Note]:
    if not song.tracks:
        raise PrimerRejected(
            f"{path.name} has no notes.",
            "Give a file with notes, or leave --primer out: the model then starts by itself.",
        )
    if track is None:
        return [note for each in song.tracks for note in each.notes]
    if not 1 <= track <= len(song.tracks):
        names = ", ".join(f"{i} {each.name!r}" for i, each in enumerate(song.tracks, 1))
        raise PrimerRejected(
            f"{path.name} has no track {track} with notes.", f"Choose one of: {names}."
        )
    return list(song.tracks[track - 1].notes)


def _length_beats(song: Song, notes: list[Note], bar_beats: float) -> float:
    """Whole bars: the file's own length where it is that, else up to the last note."""
    bars = round(song.length_beats / bar_beats)
    if bars and abs(song.length_beats - bars * bar_beats) <= _WHOLE_BEATS:
        return bars * bar_beats
    last_start = max(note.start_beats for note in notes)
    last_end = max(note.end_beats for note in notes)
    by_end = math.ceil((last_end - _SLOP_BEATS) / bar_beats)
    return max(math.floor(last_start / bar_beats) + 1, by_end) * bar_beats
