"""Standard MIDI files, read and written through mido.

A song here is one tempo, one time signature, and tracks of notes in beats: what this project
writes, and all that it needs of what it reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import mido

from bridge.core.notes import DRUM_CHANNEL as DRUM_CHANNEL
from bridge.core.notes import Note, NotePairer
from bridge.core.units import TICKS_PER_BEAT, beats_to_ticks
from bridge.errors import BridgeError

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class SongTrack:
    """One track.

    Args:
        name: As a sequencer shows it.
        notes: In beats from the start of the song.
        program: General MIDI program, 0 to 127, the first of a track that was read; None: there is
            no program change.
    """

    name: str
    notes: tuple[Note, ...]
    program: int | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """A text at a place in the song."""

    at_beats: float
    text: str


@dataclass(frozen=True, slots=True)
class Song:
    """What a MIDI file holds.

    Args:
        tempo_qpm: Quarter notes a minute; of a file with several, the first.
        signature: Numerator and denominator; the first.
        tracks: Those with notes, in the file's order.
        markers: In order of time.
        length_beats: Length of the song; at least to the end of its last note.
        tempo_changes: How often the tempo of a file that was read changes.
        signature_changes: The same of the time signature.
        signatures: Of a file that was read: each time signature and the beat from which it holds.
    """

    tempo_qpm: float
    signature: tuple[int, int]
    tracks: tuple[SongTrack, ...]
    markers: tuple[Marker, ...] = ()
    length_beats: float = 0.0
    tempo_changes: int = 0
    signature_changes: int = 0
    signatures: tuple[tuple[float, tuple[int, int]], ...] = ()


def write_song(path: Path, song: Song) -> None:
    """Write a type 1 file of 480 ticks a beat: tempo and markers first, then the tracks.

    Raises:
        BridgeError: The file can't be written.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    numerator, denominator = song.signature
    head = [
        (0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(song.tempo_qpm))),
        (0, mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)),
    ]
    head += [
        (beats_to_ticks(marker.at_beats), mido.MetaMessage("marker", text=marker.text))
        for marker in song.markers
    ]
    end = max([song.length_beats, *(note.end_beats for t in song.tracks for note in t.notes)])
    file.tracks.append(_track(head, beats_to_ticks(end)))
    for track in song.tracks:
        file.tracks.append(_track(_track_events(track), beats_to_ticks(end)))
    try:
        file.save(path)
    except OSError as error:
        raise BridgeError(
            f"{path} can't be written: {error.strerror or error}.", "Choose another folder."
        ) from error


def read_song(path: Path) -> Song:
    """Read a MIDI file of type 0 or 1.

    Raises:
        BridgeError: The file can't be read, is damaged, or counts time in SMPTE frames.
    """
    try:
        file = mido.MidiFile(path, clip=True)
        merged = [(i, message) for i, track in enumerate(file.tracks) for message in _timed(track)]
    except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, struct.error) as error:
        raise BridgeError(
            f"{path} is not a MIDI file that can be read: {type(error).__name__}: {error}.",
            "Export it again as a Standard MIDI File of type 0 or 1.",
        ) from error
    if file.type == 2 or not 0 < file.ticks_per_beat < 0x8000:
        raise BridgeError(f"{path} has no common time in beats.", "Export it as type 0 or 1.")
    return _song(merged, file)


def _timed(track: Iterable[mido.Message]) -> list[tuple[int, mido.Message]]:
    now, timed = 0, []
    for message in track:
        now += message.time
        timed.append((now, message))
    return timed


def _song(merged: list[tuple[int, tuple[int, mido.Message]]], file: mido.MidiFile) -> Song:
    tempos, signatures, markers, end = [], [], [], 0
    for _, (tick, message) in merged:
        end = max(end, tick)
        if message.type == "set_tempo":
            tempos.append((tick, max(1, message.tempo)))
        elif message.type == "time_signature":
            signatures.append((tick, (message.numerator, message.denominator)))
        elif message.type == "marker":
            markers.append(Marker(tick / file.ticks_per_beat, message.text))
    tracks = tuple(
        SongTrack(track.name, notes, _program(track))
        for track in file.tracks
        if (notes := _notes(_timed(track), file.ticks_per_beat))
    )
    markers.sort(key=lambda marker: marker.at_beats)
    tempo_us, tempo_changes = _first(tempos, 500000)
    signature, signature_changes = _first(signatures, (4, 4))
    return Song(
        60e6 / tempo_us,
        signature,
        tracks,
        tuple(markers),
        end / file.ticks_per_beat,
        tempo_changes,
        signature_changes,
        tuple((tick / file.ticks_per_beat, value) for tick, value in sorted(signatures)),
    )


def _program(track: mido.MidiTrack) -> int | None:
    """The first program that a track asks for."""
    changes = (message.program for message in track if message.type == "program_change")
    return next(changes, None)


def _first(timed: list[tuple[int, Value]], default: Value) -> tuple[Value, int]:
    """The earliest value, and how often another one follows it."""
    ordered = [value for _, value in sorted(timed, key=lambda one: one[0])]
    changes = sum(old != new for old, new in pairwise(ordered))
    return (ordered[0] if ordered else default), changes


def _notes(timed: list[tuple[int, mido.Message]], ticks_per_beat: int) -> tuple[Note, ...]:
    pairer = NotePairer()
    notes: list[Note | None] = []
    beats = 0.0
    for tick, message in timed:
        beats = tick / ticks_per_beat
        if message.type == "note_on" and message.velocity:
            notes.append(pairer.note_on(message.note, message.velocity, message.channel, beats))
        elif message.type in ("note_on", "note_off"):
            notes.append(pairer.note_off(message.note, message.channel, beats))
    notes += pairer.sounding(beats)
    found = [note for note in notes if note is not None]
    return tuple(sorted(found, key=lambda note: (note.start_beats, note.pitch, note.channel)))


def _track_events(track: SongTrack) -> list[tuple[int, mido.Message]]:
    events: list[tuple[int, mido.Message]] = [(0, mido.MetaMessage("track_name", name=track.name))]
    if track.program is not None and track.notes:
        channel = track.notes[0].channel
        events.append((0, mido.Message("program_change", program=track.program, channel=channel)))
    for note in track.notes:
        start = max(0, beats_to_ticks(note.start_beats))
        end = max(start + 1, beats_to_ticks(note.end_beats))
        pitch = {"note": note.pitch, "channel": note.channel}
        events.append((start, mido.Message("note_on", velocity=note.velocity, **pitch)))
        events.append((end, mido.Message("note_off", velocity=0, **pitch)))
    return events


def _track(events: list[tuple[int, mido.Message]], end_ticks: int) -> mido.MidiTrack:
    # An end goes before a beginning of the same tick, or it would cut the new note short.
    events = sorted(events, key=lambda event: (event[0], event[1].type != "note_off"))
    track = mido.MidiTrack()
    now = 0
    for tick, message in events:
        track.append(message.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, end_ticks - now)))
    return track
