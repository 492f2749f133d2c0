"""The demo: a jam over real sockets in virtual time, heard and recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.demo.jam import JamOptions, JamResult, Opening, Turn, run_jam
from bridge.demo.record import song_of, write_recording
from bridge.demo.show import show_summary
from bridge.errors import BundleMissing, ModelFault
from bridge.io.smf import DRUM_CHANNEL, read_song
from tests.fakes.room import KICK, random_bundle_file, steady_drummer


def jam(folder: Path, bundle: str, **options: object) -> JamResult:
    return run_jam(
        EngineConfig(bundle_folders=(folder,)),
        JamOptions(**{"bundle": bundle, "bars": 8, **options}),
        lambda turn: None,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bundles")


@pytest.fixture(scope="module")
def drummer(folder: Path) -> JamResult:
    """Eight bars with a model that strikes the kick on every 16th."""
    return jam(folder, steady_drummer(folder))


def test_every_answer_starts_on_its_bar_line(drummer: JamResult) -> None:
    assert [turn.answer_start_beats for turn in drummer.turns] == [8.0, 24.0]
    assert [turn.start_error_ticks for turn in drummer.turns] == [0.0, 0.0]


def test_the_steady_drummer_strikes_each_16th_of_two_bars(drummer: JamResult) -> None:
    for turn in drummer.turns:
        assert [note.pitch for note in turn.answer.notes] == [KICK] * 32
        for step, note in enumerate(turn.answer.notes):
            # The answer has the human's own timing: off the grid by less than half a step.
            assert note.start_beats == pytest.approx(step / 4, abs=0.125)


def test_notes_sound_at_the_tick_that_was_asked_for(drummer: JamResult) -> None:
    device = drummer.device
    assert len(device.sounded) == 64
    assert max(abs(note.song_ticks - note.target_ticks) for note in device.sounded) < 1e-6
    assert all(abs(turn.first_note_error_ticks or 0.0) <= 0.5 for turn in drummer.turns)


def test_nothing_is_late_refused_or_left_sounding(drummer: JamResult) -> None:
    device = drummer.device
    assert (device.player.late, device.refused, device.errors) == ([], [], [])
    assert device.sounding == () and device.player.stuck() == []


def test_the_engine_hears_every_key_of_the_human(drummer: JamResult) -> None:
    for turn in drummer.turns:
        assert turn.made is not None
        assert [note.pitch for note in turn.made.call.notes] == [
            note.pitch for note in turn.call.notes
        ]


def test_the_clip_of_each_answer_is_what_sounded(drummer: JamResult) -> None:
    clips = [clip.phrase for clip in drummer.device.clips]
    assert [len(clip.notes) for clip in clips] == [32, 32]
    for clip, turn in zip(clips, drummer.turns, strict=True):
        assert clip.length_beats == 8.0
        for written, heard in zip(clip.notes, turn.answer.notes, strict=True):
            assert written.velocity == heard.velocity
            assert written.start_beats == pytest.approx(heard.start_beats, abs=0.51 / 480)


def test_scores_come_over_the_wire_as_the_engine_has_them(drummer: JamResult) -> None:
    for score, turn in zip(drummer.device.scores, drummer.turns, strict=True):
        assert turn.made is not None
        assert score[1] == turn.made.seed
        likelihood = turn.made.likelihood
        assert score[2:] == pytest.approx(
            (
                likelihood.call_nats_per_step,
                likelihood.answer_nats_per_step,
                likelihood.running_total_nats,
            ),
            rel=1e-6,
        )


def test_turns_are_told_as_they_end(folder: Path) -> None:
    told: list[object] = []
    run_jam(
        EngineConfig(bundle_folders=(folder,)),
        JamOptions(bundle=steady_drummer(folder), bars=8),
        told.append,
        told.append,
    )
    assert [type(each) for each in told] == [Opening, Turn, Turn]


def notes_of(result: JamResult) -> list[tuple[int, int, int]]:
    return [(n.target_ticks, n.pitch, n.velocity) for n in result.device.sounded]


def test_the_same_seed_gives_the_same_jam_and_another_another(folder: Path) -> None:
    bundle = random_bundle_file(folder, "drum_kit")
    first, again, other = (jam(folder, bundle, bars=4, seed=seed) for seed in (5, 5, 6))
    assert notes_of(first) == notes_of(again) != notes_of(other)


def test_a_melody_model_is_played_a_melody(folder: Path) -> None:
    result = jam(folder, random_bundle_file(folder, "attention_rnn"), bars=4)
    assert not result.drums and result.performance.name == "tune"
    assert result.turns[0].answer.notes
    assert result.device.player.stuck() == [] and result.device.refused == []


def test_bars_are_rounded_up_to_whole_turns(folder: Path) -> None:
    result = jam(folder, steady_drummer(folder), bars=5, trade_bars=1)
    assert result.bars == 6 and len(result.turns) == 3
    assert result.elapsed_s == pytest.approx(6 * 2.4 + 0.5)


def test_a_bundle_that_is_not_there_is_said_before_anything_starts(folder: Path) -> None:
    with pytest.raises(BundleMissing, match="no_such_bundle"):
        jam(folder, "no_such_bundle")


def test_a_bundle_that_can_not_be_played_is_said_in_words(folder: Path) -> None:
    (folder / "broken.mag").write_bytes(b"not a bundle")
    with pytest.raises(ModelFault) as caught:
        jam(folder, "broken")
    assert "broken" in caught.value.message and "bundles list" in caught.value.hint


def test_the_recording_has_both_tracks_markers_and_sound(drummer: JamResult, tmp_path) -> None:
    recording = write_recording(drummer, tmp_path / "new" / "folder", synth="builtin")
    song = read_song(recording.midi)
    assert [track.name for track in song.tracks] == ["Call (human)", "Answer (steady_drummer)"]
    assert (song.tempo_qpm, song.signature, song.length_beats) == (100.0, (4, 4), 32.0)
    assert [(marker.at_beats, marker.text) for marker in song.markers] == [
        (0.0, "Call 1"),
        (8.0, "Answer 1"),
        (16.0, "Call 2"),
        (24.0, "Answer 2"),
    ]
    assert {note.channel for track in song.tracks for note in track.notes} == {DRUM_CHANNEL}
    assert recording.audio is not None and recording.audio.stat().st_size > 1e6


def test_the_call_track_is_what_the_human_played(drummer: JamResult) -> None:
    call, answer = song_of(drummer).tracks
    assert len(call.notes) == sum(len(turn.call.notes) for turn in drummer.turns)
    assert len(answer.notes) == 64


def test_without_audio_only_the_midi_file_is_written(drummer: JamResult, tmp_path) -> None:
    recording = write_recording(drummer, tmp_path, audio=False)
    assert recording.audio is None
    assert [path.name for path in tmp_path.iterdir()] == ["demo.mid"]


def test_a_jam_without_answers_is_told_as_such(drummer: JamResult, tmp_path) -> None:
    turns = tuple(replace(turn, made=None, notes=()) for turn in drummer.turns)
    silent = replace(drummer, turns=turns)
    recording = write_recording(silent, tmp_path, audio=False)
    cells = show_summary(silent, recording, JamOptions()).columns[1]._cells
    assert "no answer was made" in cells
