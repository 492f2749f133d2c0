"""A score as a Standard MIDI File: type 1, 480 ticks a beat, tempo and time signatures first."""

from __future__ import annotations

import io
from pathlib import Path

import mido

from bridge.core.score import Score, Track
from bridge.core.units import TICKS_PER_BEAT
from bridge.io.files import write_whole

Event = tuple[int, mido.Message]


def write_score(path: Path, score: Score) -> None:
    """Write a score; the file is there whole, or not at all.

    Raises:
        BridgeError: It can't be written.
    """
    write_whole(path, score_bytes(score))


def score_bytes(score: Score) -> bytes:
    """A score as the bytes of a file."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    file.tracks.append(_track(_head(score), score.length_ticks))
    for track in score.tracks:
        file.tracks.append(_track(_events(track), score.length_ticks))
    data = io.BytesIO()
    file.save(file=data)
    return data.getvalue()


def _head(score: Score) -> list[Event]:
    tempi = [
        (tick, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(tempo_qpm)))
        for tick, tempo_qpm in score.tempi
    ]
    signatures = [
        (
            tick,
            mido.MetaMessage(
                "time_signature", numerator=one.numerator, denominator=one.denominator
            ),
        )
        for tick, one in score.signatures
    ]
    return [*tempi, *signatures]


def _events(track: Track) -> list[Event]:
    # MIDI files hold names as Latin-1.
    name = track.name.encode("latin-1", "replace").decode("latin-1")
    events: list[Event] = [(0, mido.MetaMessage("track_name", name=name))]
    for note in track.notes:
        key = {"note": note.pitch, "channel": note.channel}
        events.append((note.start_ticks, mido.Message("note_on", velocity=note.velocity, **key)))
        events.append((note.end_ticks, mido.Message("note_off", velocity=64, **key)))
    return events


def _track(events: list[Event], length_ticks: int) -> mido.MidiTrack:
    # An end goes before a beginning of the same tick, or it would cut the new note short.
    ordered = sorted(events, key=lambda event: (event[0], event[1].type != "note_off"))
    track = mido.MidiTrack()
    now = 0
    for tick, message in ordered:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, length_ticks - now)))
    return track
