"""A recorded jam as a MIDI file: each note on its tick, in its bar, on its player's track."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import mido
import pytest

from bridge.core.commands import SetTempo
from bridge.core.notes import DRUM_CHANNEL
from bridge.core.score import Score, score_of
from bridge.core.settings import PlayerSettings, PlayerSetup
from bridge.errors import NothingPlayed
from bridge.io.score_file import score_bytes, write_score
from bridge.record.file import Recording
from bridge.record.tape import Tape
from bridge.replay import replay
from tests.fakes.ports import IN, PortRoom
from tests.fakes.room import KICK, Room, steady_drummer
from tests.fakes.taped_jam import save

BAR = 1920


def recorded(room: Room | PortRoom, folder: Path) -> Path:
    """The recording of what was played in a room."""
    room.close()
    assert room.engine is not None
    assert room.tape is not None
    save(folder / "jam.jsonl", room.engine.setup, room.tape)
    return folder / "jam.jsonl"


def exported(room: Room | PortRoom, folder: Path, first: int = 1, last: int | None = None) -> Score:
    outcome = replay(Recording(recorded(room, folder)))
    assert outcome.difference is None
    return score_of(outcome.lanes, first, last)


def starts(score: Score, name: str) -> list[tuple[int, int]]:
    (track,) = [track for track in score.tracks if track.name.endswith(name)]
    return [(note.start_ticks, note.pitch) for note in track.notes]


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A bar of call and a bar of answer, twice."""
    player = PlayerSettings(call_bars=1, feel=0.0)
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape(), player=player)
    room.play_phrase([(0.0, 36), (1.5, 38), (3.25, 42)])
    room.play_phrase([(0.0, 36), (2.0, 40)], from_beat=8.0)
    room.run(bars=4.9)
    return room


def test_every_note_is_on_its_tick(room: Room, tmp_path: Path) -> None:
    score = exported(room, tmp_path)
    assert starts(score, "call") == [(0, 36), (720, 38), (1560, 42), (2 * BAR, 36), (4800, 40)]
    steps = [BAR + 120 * step for step in range(16)]
    steps += [3 * BAR + 120 * step for step in range(16)]
    assert starts(score, "answer") == [(step, KICK) for step in steps]
    assert [note.start_ticks for note in score.tracks[1].notes] == room.sounded_ticks()
    assert {note.channel for track in score.tracks for note in track.notes} == {DRUM_CHANNEL}
    assert (score.bars, score.length_ticks) == (5, 5 * BAR)
    assert [track.name for track in score.tracks] == [
        "1 device 1000: call",
        "1 device 1000: answer",
    ]


def test_the_file_says_the_same_to_mido(room: Room, tmp_path: Path) -> None:
    score = exported(room, tmp_path)
    write_score(tmp_path / "jam.mid", score)
    file = mido.MidiFile(tmp_path / "jam.mid")
    assert (file.type, file.ticks_per_beat) == (1, 480)
    head, call, answer = file.tracks
    (tempo,) = [message for message in head if message.type == "set_tempo"]
    (meter,) = [message for message in head if message.type == "time_signature"]
    assert mido.tempo2bpm(tempo.tempo) == 120.0
    assert (meter.numerator, meter.denominator) == (4, 4)
    assert [call.name, answer.name] == [track.name for track in score.tracks]
    for track, wanted in ((call, score.tracks[0]), (answer, score.tracks[1])):
        assert sum(message.time for message in track) == score.length_ticks
        assert notes_of(track) == [
            (one.start_ticks, one.end_ticks, one.pitch, one.velocity) for one in wanted.notes
        ]


def notes_of(track: mido.MidiTrack) -> list[tuple[int, int, int, int]]:
    now, open_notes, notes = 0, {}, []
    for message in track:
        now += message.time
        if message.type == "note_on":
            assert message.note not in open_notes, "struck twice without an end"
            open_notes[message.note] = now, message.velocity
        elif message.type == "note_off":
            start, velocity = open_notes.pop(message.note)
            notes.append((start, now, message.note, velocity))
    assert not open_notes, "a note has no end"
    return sorted(notes)


@pytest.fixture
def midi_io() -> ModuleType:
    """note-seq's reader; skips before a room is opened that a skip would leave open."""
    return pytest.importorskip(
        "note_seq.midi_io", reason="needs note-seq (docs/install.md): it is absent"
    )


@pytest.mark.magenta
def test_the_file_says_the_same_to_note_seq(
    midi_io: ModuleType, room: Room, tmp_path: Path
) -> None:
    score = exported(room, tmp_path)
    write_score(tmp_path / "jam.mid", score)
    sequence = midi_io.midi_file_to_note_sequence(str(tmp_path / "jam.mid"))
    assert [(t.time, t.qpm) for t in sequence.tempos] == [(0.0, 120.0)]
    read = sorted((round(n.start_time * 960), n.pitch) for n in sequence.notes)
    wanted = sorted((n.start_ticks, n.pitch) for track in score.tracks for n in track.notes)
    assert read == wanted
    assert all(note.is_drum for note in sequence.notes)


def test_a_stretch_begins_and_ends_on_its_bar_lines(room: Room, tmp_path: Path) -> None:
    score = exported(room, tmp_path, 2, 3)
    assert (score.first_bar, score.bars, score.length_ticks) == (2, 2, 2 * BAR)
    assert starts(score, "answer") == [(120 * step, KICK) for step in range(16)]
    assert starts(score, "call") == [(BAR, 36), (BAR + 960, 40)]


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [(9, None, "there are 1 to 5"), (3, 2, "Bars 3 to 2"), (5, 5, "No note was played in bars 5")],
)
def test_bars_that_are_not_there_are_told(first, last, why, room: Room, tmp_path: Path) -> None:
    with pytest.raises(NothingPlayed, match=why):
        exported(room, tmp_path, first, last)


def test_a_jam_in_7_8_at_another_tempo(tmp_path: Path) -> None:
    player = PlayerSettings(call_bars=1, feel=0.0)
    bundle = steady_drummer(tmp_path)
    meter = {"signature": (7, 8), "tempo_qpm": 93.5}
    room = Room(bundle, tmp_path, tape=Tape(), player=player, **meter)  # type: ignore[arg-type]
    room.play_phrase([(0.0, 36), (3.25, 38)])
    room.run(bars=2.9)
    score = exported(room, tmp_path)
    assert [str(one) for _, one in score.signatures] == ["7/8"]
    assert score.tempi == ((0, pytest.approx(93.5, rel=1e-6)),)
    assert score.length_ticks == 3 * 1680
    assert starts(score, "call") == [(0, 36), (1560, 38)]
    assert starts(score, "answer") == [(1680 + 120 * step, KICK) for step in range(14)]


def test_notes_that_reach_over_the_edges_are_cut_there(tmp_path: Path) -> None:
    room = PortRoom(steady_drummer(tmp_path), tmp_path, tape=Tape())
    room.strike(1.0, 60, length_s=3.5)
    room.strike(1.9, 62, length_s=1.0)
    room.run(7.0)
    # The drummer's own keys are drums; a melody's sound on over a bar line.
    outcome = replay(Recording(recorded(room, tmp_path)))
    lanes = [replace(lane, drums=False) for lane in outcome.lanes]
    score = score_of(lanes, 2, 2)
    (call,) = [track for track in score.tracks if track.name.endswith("call")]
    assert [(n.start_ticks, n.end_ticks, n.pitch) for n in call.notes] == [
        (0, BAR, 60),
        (0, pytest.approx(864, abs=2), 62),
    ]


def test_two_players_of_one_live_are_on_the_same_bar_lines(tmp_path: Path) -> None:
    player = PlayerSettings(call_bars=1, feel=0.0)
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape(), player=player)
    room.play_phrase([(0.0, 36)])
    room.run(bars=1.3)
    other = room.add_device(settings=player)
    room.run(bars=2.2)
    room.play_phrase([(1.0, 40), (2.0, 41)], from_beat=12.0, device=other)
    room.run(bars=5.9)
    score = exported(room, tmp_path)
    names = [track.name for track in score.tracks]
    assert names == [
        "1 device 1000: call",
        "1 device 1000: answer",
        "2 device 1001: call",
        "2 device 1001: answer",
    ]
    assert starts(score, "1001: call") == [(3 * BAR + 480, 40), (3 * BAR + 960, 41)]
    assert starts(score, "1001: answer") == [(4 * BAR + 120 * n, KICK) for n in range(16)]


def test_what_was_taken_back_and_what_was_silenced_is_not_in_it(tmp_path: Path) -> None:
    player = PlayerSettings(call_bars=1, feel=0.0)
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape(), player=player)
    room.play_phrase([(0.0, 36)])
    room.command("/panic", beat=5.05)
    room.run(bars=3)
    score = exported(room, tmp_path)
    sounded = [tick for tick, _ in starts(score, "answer")]
    assert sounded == [BAR + 120 * step for step in range(5)]
    assert sounded == room.sounded_ticks()


def test_a_player_that_hears_another_has_no_keys_of_its_own(tmp_path: Path) -> None:
    player = PlayerSettings(call_bars=1, feel=0.0)
    room = Room(steady_drummer(tmp_path), tmp_path, tape=Tape(), player=player)
    other = room.add_device(settings=player)
    other.parameters["listen"] = 1
    room.play_phrase([(0.0, 36)])
    room.run(bars=5)
    score = exported(room, tmp_path)
    names = [track.name.split(" ", 2)[2] for track in score.tracks]
    assert names == ["1000: call", "1000: answer", "1001: answer"]


def test_a_name_that_midi_can_not_hold_is_written_as_well_as_it_can(
    room: Room, tmp_path: Path
) -> None:
    score = exported(room, tmp_path)
    tracks = (replace(score.tracks[0], name="Zoë 音"),)
    data = score_bytes(replace(score, tracks=tracks))
    assert mido.MidiFile(file=io.BytesIO(data)).tracks[1].name == "Zoë ?"


def test_the_set_up_of_2017_is_exported_as_it_sounded(tmp_path: Path) -> None:
    """A human, a model that answers, and a second model that answers the first."""
    bundle = steady_drummer(tmp_path)
    base = PlayerSettings(bundle=bundle, call_bars=1)
    first = PlayerSetup("A", base, (IN,), ("out A",))
    second = PlayerSetup("B", replace(base, listen=1), (), ("out B",))
    room = PortRoom(bundle, tmp_path, tape=Tape(), players=(first, second))
    for bar in (0, 4):
        for beat, pitch in ((0.0, 36), (0.77, 42), (1.5, 38), (2.26, 42), (3.0, 36)):
            room.strike(2.0 * bar + beat / 2 + 0.01, pitch)
    room.run(15.9)
    score = exported(room, tmp_path)
    written = {track.name: track for track in score.tracks}
    assert list(written) == ["1 A: call", "1 A: answer", "2 B: answer"]
    for port, name in (("out A", "1 A: answer"), ("out B", "2 B: answer")):
        sounded = [
            (t, data[1], data[2])
            for t, where, data in room.ports.sent
            if where == port and data[0] & 0xF0 == 0x90
        ]
        notes = written[name].notes
        assert len(notes) == len(sounded) > 16
        for note, (t, pitch, velocity) in zip(notes, sounded, strict=True):
            # At 120 qpm a tick is 1.04 ms; the beat begins with the engine.
            assert note.start_ticks / 960 == pytest.approx(t, abs=0.6e-3)
            assert (note.pitch, note.velocity) == (pitch, velocity)


def test_a_step_of_tempo_is_written_where_it_was_made(tmp_path: Path) -> None:
    """Every note then lies at its second too, before the step and after it."""
    bundle = steady_drummer(tmp_path)
    player = PlayerSetup("A", PlayerSettings(bundle=bundle, call_bars=1), (IN,), ("out A",))
    room = PortRoom(bundle, tmp_path, tape=Tape(), players=(player,))
    room.strike(0.51, 36)
    room.run(1.01)
    for at_s, tempo_qpm in ((2.513, 90.0), (3.777, 151.0), (5.031, 76.5)):
        room.run(at_s)
        assert room.engine is not None
        room.engine.command(SetTempo(tempo_qpm), room.clock.now_s())
    room.strike(5.9, 38)
    room.run(7.9)
    score = exported(room, tmp_path)
    assert [round(tempo_qpm, 3) for _, tempo_qpm in score.tempi] == [120.0, 90.0, 151.0, 76.5]
    steps_s = [seconds_at(score, tick) for tick, _ in score.tempi[1:]]
    assert steps_s == pytest.approx([2.513, 3.777, 5.031], abs=2e-3)
    sounded = [t for t, _, data in room.ports.sent if data[0] & 0xF0 == 0x90]
    (answer,) = [track for track in score.tracks if track.name.endswith("answer")]
    written = [seconds_at(score, note.start_ticks) for note in answer.notes]
    assert len(written) == len(sounded) > 8
    assert written == pytest.approx(sounded, abs=3e-3)


def seconds_at(score: Score, ticks: int) -> float:
    """The moment of a tick, by the score's own tempo map alone."""
    seconds = 0.0
    for place, (start, tempo_qpm) in enumerate(score.tempi):
        following = [tick for tick, _ in score.tempi[place + 1 : place + 2]] or [ticks]
        seconds += max(0, min(ticks, following[0]) - start) / 480 * 60 / tempo_qpm
    return seconds
