"""MIDI files: what is written is read again, and damaged files are one clear error."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge.core.notes import Note
from bridge.errors import BridgeError
from bridge.io.smf import DRUM_CHANNEL, Marker, Song, SongTrack, read_song, write_song

BEAT = (
    Note(36, 100, 0.0, 0.25, DRUM_CHANNEL),
    Note(42, 60, 0.5, 0.25, DRUM_CHANNEL),
    Note(38, 110, 1.0, 0.25, DRUM_CHANNEL),
    Note(42, 60, 1.5, 0.25, DRUM_CHANNEL),
)


def song(*tracks: SongTrack, **changes: object) -> Song:
    return Song(**{"tempo_qpm": 96.0, "signature": (7, 8), "tracks": tracks, **changes})


def test_a_song_comes_back_as_it_was_written(tmp_path: Path) -> None:
    bass = (Note(33, 90, 0.0, 1.5, 1), Note(40, 80, 1.5, 2.0, 1))
    markers = (Marker(0.0, "Call 1"), Marker(3.5, "Answer 1"))
    written = song(
        SongTrack("Drums", BEAT), SongTrack("Bass", bass, 33), markers=markers, length_beats=7.0
    )
    write_song(tmp_path / "song.mid", written)
    read = read_song(tmp_path / "song.mid")
    assert read.tempo_qpm == pytest.approx(96.0)
    assert (read.signature, read.markers, read.length_beats) == ((7, 8), markers, 7.0)
    assert [(track.name, track.notes) for track in read.tracks] == [("Drums", BEAT), ("Bass", bass)]


def test_other_programs_find_480_ticks_type_1_and_the_drum_channel(tmp_path: Path) -> None:
    write_song(tmp_path / "song.mid", song(SongTrack("Drums", BEAT)))
    file = mido.MidiFile(tmp_path / "song.mid")
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 480, 2)
    assert {m.channel for m in file.tracks[1] if m.type == "note_on"} == {9}
    assert file.length == pytest.approx(1.75 * 60 / 96, abs=1e-3)


def test_a_note_ends_before_the_same_pitch_begins_again(tmp_path: Path) -> None:
    notes = (Note(60, 100, 0.0, 1.0), Note(60, 90, 1.0, 1.0))
    write_song(tmp_path / "song.mid", song(SongTrack("Repeat", notes)))
    assert read_song(tmp_path / "song.mid").tracks[0].notes == notes


def test_a_note_still_held_at_the_end_ends_there(tmp_path: Path) -> None:
    file = mido.MidiFile(type=0, ticks_per_beat=96)
    file.tracks.append(
        mido.MidiTrack(
            [
                mido.Message("note_on", note=60, velocity=64),
                mido.MetaMessage("end_of_track", time=192),
            ]
        )
    )
    file.save(tmp_path / "held.mid")
    read = read_song(tmp_path / "held.mid")
    assert read.tracks[0].notes == (Note(60, 64, 0.0, 2.0),)
    assert (read.tempo_qpm, read.signature) == (120.0, (4, 4))


@given(
    notes=st.lists(
        st.tuples(
            st.integers(0, 127), st.integers(1, 127), st.integers(0, 5000), st.integers(1, 900)
        ),
        unique_by=lambda note: note[0],
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_every_note_on_the_tick_grid_survives(tmp_path: Path, notes) -> None:
    track = sorted(
        (
            Note(pitch, velocity, start / 480, length / 480, 3)
            for pitch, velocity, start, length in notes
        ),
        key=lambda note: (note.start_beats, note.pitch),
    )
    write_song(tmp_path / "any.mid", song(SongTrack("Any", tuple(track))))
    tracks = read_song(tmp_path / "any.mid").tracks
    read = tracks[0].notes if tracks else ()
    assert [(n.pitch, n.velocity, n.channel) for n in read] == [
        (n.pitch, n.velocity, 3) for n in track
    ]
    for here, there in zip(read, track, strict=True):
        assert here.start_beats == pytest.approx(there.start_beats, abs=1e-9)
        assert here.end_beats == pytest.approx(there.end_beats, abs=1e-9)


@given(position=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.integers(0, 10_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_a_damaged_file_is_read_or_refused_in_words(tmp_path: Path, position, byte, cut) -> None:
    path = tmp_path / "damaged.mid"
    write_song(path, song(SongTrack("Drums", BEAT), markers=(Marker(1.0, "here"),)))
    data = bytearray(path.read_bytes())
    data[position % len(data)] = byte
    path.write_bytes(data[: len(data) - cut % 20])
    try:
        read_song(path)
    except BridgeError as error:
        assert "damaged.mid" in error.message and error.hint


@pytest.mark.parametrize("data", [b"", b"MThd", b"RIFF" * 100, bytes(1000)])
def test_what_is_no_midi_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "no.mid").write_bytes(data)
    with pytest.raises(BridgeError, match=r"no\.mid"):
        read_song(tmp_path / "no.mid")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"gone\.mid"):
        read_song(tmp_path / "gone.mid")


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match=r"song\.mid can't be written"):
        write_song(tmp_path / "nowhere" / "song.mid", song(SongTrack("Drums", BEAT)))
