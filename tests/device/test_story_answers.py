"""The musician's story with the device that ships: call, answer on the downbeat, buttons, panic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.device.stage import START_S, Stage, StagedDevice

MakeStage = Callable[..., Stage]
KICK, SNARE = 36, 38
BAR = 1920
FLAT: dict[str, Any] = {"Feel": 0.0}
"""Knobs with which the steady drummer strikes exactly on each step."""


def answer_of(device: StagedDevice, stage: Stage, called: int) -> list[float]:
    """Song ticks of what the device played behind so many notes of the human."""
    return [round(ticks, 3) for ticks in stage.ticks(device.notes)[called:]]


def steps(first_tick: int, count: int) -> list[float]:
    return [float(first_tick + 120 * step) for step in range(count)]


def playing(make_stage: MakeStage, **options: Any) -> tuple[Stage, StagedDevice]:
    saved = {**FLAT, **options.pop("saved", {})}
    stage = make_stage(**options)
    device = stage.add_device(saved=saved)
    stage.transport.play(START_S)
    return stage, device


@pytest.mark.parametrize("tempo", [60.0, 120.0, 174.0])
@pytest.mark.parametrize(
    "metre", [(3, 4), (4, 4), (7, 8)], ids=lambda metre: f"{metre[0]}-{metre[1]}"
)
def test_the_answer_starts_on_the_downbeat(
    make_stage: MakeStage, tempo: float, metre: tuple[int, int]
) -> None:
    stage, jam = playing(make_stage, tempo_qpm=tempo, signature=metre)
    stage.phrase(jam, [(0.0, KICK), (1.0, SNARE)])
    bar = stage.bar_beats
    stage.run_beats(4 * bar)
    first = round(2 * bar * 480)
    assert answer_of(jam, stage, 2) == steps(first, round(bar * 4))
    [answer] = stage.answers
    assert answer.call.length_beats == bar
    assert [round(note.start_beats, 2) for note in answer.call.notes] == [0.0, 1.0]
    assert jam.hanging == {}


def test_a_key_sounds_at_once_and_reaches_the_engine_with_its_song_position(
    make_stage: MakeStage,
) -> None:
    stage, jam = playing(make_stage)
    stage.strike(jam, stage.at_beat(1.5), 60, velocity=77, channel=3)
    stage.run_beats(3.0)
    [(at_s, pitch, velocity, channel)] = jam.notes
    assert (round(at_s - stage.at_beat(1.5), 6), pitch, velocity, channel) == (0.0, 60, 77, 3)
    [data] = [d for _, d, _ in jam.patch.datagrams if d.startswith(b"/note/at\0") and d[-9] == 77]
    assert int.from_bytes(data[-4:], "big") == 720


def test_a_tempo_change_in_the_middle_moves_no_note_off_its_step(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    change_s = stage.at_beat(9.3)
    stage.transport.set_tempo(change_s, 90.0)
    stage.phrase(jam, [(0.0, KICK)])
    stage.run(change_s + 4.0)
    played = answer_of(jam, stage, 1)
    assert len(played) == 16
    # A note that waits when the tempo changes waits in milliseconds: it was sent 60 ms ahead.
    late = [abs(ticks - step) for ticks, step in zip(played, steps(2 * BAR, 16), strict=True)]
    assert sum(each > 0.01 for each in late) <= 1
    assert max(late) <= 0.060 * (120.0 - 90.0) * 8.0
    assert jam.hanging == {}


def test_a_stop_silences_the_answer_and_leaves_nothing_hanging(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    stop_s = stage.at_beat(9.55)
    stage.transport.stop(stop_s)
    stage.run(stop_s + 3.0)
    assert answer_of(jam, stage, 1) == steps(2 * BAR, 7)
    assert jam.hanging == {}
    # The stop is seen by the metro of 20 ms.
    assert max(at_ms for at_ms, _ in jam.patch.midi) / 1000.0 <= stop_s + 0.021


def test_a_loop_wraps_under_the_answer(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.transport.set_loop(0.0, 8.0)
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK), (4.0, SNARE)])
    stage.run_beats(26.0)
    assert stage.answers[0].call.length_beats == 8.0
    assert answer_of(jam, stage, 2) == [*steps(BAR, 16), *steps(0, 16)]
    assert jam.hanging == {}


def test_a_jump_drops_what_waits_and_the_clock_goes_on(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    jump_s = stage.at_beat(9.05)
    stage.transport.locate(jump_s, 40.0)
    stage.run(jump_s + 0.5)
    late = [note for note in jam.notes if note.at_s > jump_s + 0.021]
    assert all(ticks % 120 == 0 for ticks in (round(t, 3) for t in stage.ticks(late)))
    stage.run(jump_s + 6.0)
    assert jam.hanging == {}


def test_midi_passes_through_with_the_engine_absent(make_stage: MakeStage) -> None:
    stage = make_stage(engine=False)
    jam = stage.add_device()
    messages = [(0x90, 60, 100), (0xB3, 1, 64), (0xE0, 0, 64), (0xD0, 33), (0xA0, 60, 20)]
    messages += [(0xC0, 5), (0x80, 60, 40)]
    for message in messages:
        jam.patch.play_midi(*message)
    stage.run(3.0)
    assert [data for _, data in jam.patch.midi] == messages
    assert jam.status == "Engine not running: run magenta-bridge run"


def test_go_answers_at_the_next_bar_line(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK), (1.0, SNARE)])
    stage.at(stage.at_beat(2.5), lambda: jam.patch.press("Go"))
    stage.run_beats(8.5)
    assert answer_of(jam, stage, 2) == steps(BAR, 16)


def test_a_mapped_pad_presses_go_from_the_scheduler(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    stage.at(stage.at_beat(2.5), lambda: jam.patch.press("Go", main_thread=False))
    stage.run_beats(8.5)
    assert answer_of(jam, stage, 1) == steps(BAR, 16)


def test_again_and_mutate_answer_once_more(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    stage.at(stage.at_beat(13.0), lambda: jam.patch.press("Again"))
    stage.at(stage.at_beat(21.0), lambda: jam.patch.press("Mutate"))
    stage.run_beats(29.0)
    bars = (2, 4, 6)
    assert answer_of(jam, stage, 1) == [tick for bar in bars for tick in steps(bar * BAR, 16)]


def test_panic_silences_everything_the_player_s_own_notes_too(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    panic_s = stage.at_beat(9.3)
    stage.at(stage.at_beat(9.0), lambda: jam.patch.play_midi(0x90, 72, 100))
    stage.at(panic_s, lambda: jam.patch.press("Panic"))
    stage.run(panic_s + 2.0)
    assert jam.hanging == {}
    assert max(at_ms for at_ms, _ in jam.patch.midi) / 1000.0 <= panic_s + 1e-6


@pytest.mark.parametrize("way", ["panic", "stop"])
def test_a_note_that_waits_is_not_heard_after_a_panic_or_a_stop(
    make_stage: MakeStage, way: str
) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    # The engine sends a note 60 ms ahead: here the one of beat 9.75, which is 25 ms away, waits.
    end_s = stage.at_beat(9.70)
    if way == "stop":
        stage.transport.stop(end_s)
    else:
        stage.at(end_s, lambda: jam.patch.press("Panic"))
    stage.run(end_s + 2.0)
    assert answer_of(jam, stage, 1) == steps(2 * BAR, 7)
    assert jam.hanging == {}


def test_a_device_that_is_switched_off_ends_what_sounds(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    off_s = stage.at_beat(9.3)
    stage.at(off_s, lambda: jam.patch.switch(False))
    stage.run(off_s + 2.0)
    assert jam.hanging == {}
    assert max(note.at_s for note in jam.notes) <= off_s


def test_solo_mutes_what_is_played_and_the_model_still_hears_it(make_stage: MakeStage) -> None:
    stage, jam = playing(make_stage, saved={"Solo": 1})
    stage.phrase(jam, [(0.0, KICK), (1.0, SNARE)])
    stage.run_beats(12.5)
    assert answer_of(jam, stage, 0) == steps(2 * BAR, 16)
    assert len(stage.answers[0].call.notes) == 2


def test_overlapping_notes_of_the_answer_end_before_they_are_struck_again(
    make_stage: MakeStage,
) -> None:
    stage, jam = playing(make_stage)
    stage.phrase(jam, [(0.0, KICK)])
    stage.run_beats(13.0)
    sounding = 0
    for at_ms, data in jam.patch.midi:
        if at_ms / 1000.0 < stage.at_beat(8.0) - 1e-6:
            continue
        sounding += 1 if data[0] >> 4 == 9 and data[2] else -1
        assert 0 <= sounding <= 1
    assert sounding == 0


@pytest.mark.parametrize("vector_ms", [64 / 44.1, 256 / 44.1, 512 / 48.0])
@pytest.mark.parametrize("tempo", [60.0, 120.0, 174.0])
def test_with_live_s_signal_vectors_each_note_sounds_within_one_of_its_tick(
    make_stage: MakeStage, tempo: float, vector_ms: float
) -> None:
    stage, jam = playing(make_stage, tempo_qpm=tempo, vector_ms=vector_ms)
    stage.phrase(jam, [(0.0, KICK), (1.0, SNARE)])
    stage.run_beats(13.0)
    answer = stage.ticks(jam.notes)[2:]
    late_ms = [
        (ticks - step) * 125.0 / tempo
        for ticks, step in zip(answer, steps(2 * BAR, 16), strict=True)
    ]
    assert min(late_ms) >= -1e-3
    assert max(late_ms) <= vector_ms + 1e-3
    assert jam.hanging == {}
