"""MIDI files that the command is given, and what it wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridge.core.notes import Note
from bridge.io.smf import DRUM_CHANNEL, Song, SongTrack, read_song, write_song

BEAT = tuple(
    Note(pitch, velocity, beat, 0.25, DRUM_CHANNEL)
    for beat, pitch, velocity in (
        (0, 36, 110),
        (1, 38, 90),
        (2, 36, 100),
        (2.5, 36, 70),
        (3, 38, 96),
    )
)
TUNE = tuple(Note(60 + step, 80, step / 2, 0.5) for step in range(8))

Call = Callable[..., tuple[int, str, str]]


def saved(name: str, *tracks: SongTrack, **changes: object) -> Path:
    path = Path(name)
    described = {"tempo_qpm": 96.0, "signature": (4, 4), "length_beats": 4.0} | changes
    write_song(path, Song(**described, tracks=tracks))
    return path


def notes_of(path: Path | str) -> tuple[Note, ...]:
    return tuple(note for track in read_song(Path(path)).tracks for note in track.notes)
