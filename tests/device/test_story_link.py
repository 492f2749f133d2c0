"""Device and engine find each other and lose each other, with the device that ships."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.device.stage import START_S, Stage, StagedDevice

MakeStage = Callable[..., Stage]
KICK, SNARE = 36, 38
BAR = 1920
AWAY = "Engine not running: run magenta-bridge run"
LOST = "Engine lost: run magenta-bridge run"
FLAT: dict[str, Any] = {"Feel": 0.0}


def seats(stage: Stage) -> int:
    assert stage.engine is not None
    return len(stage.engine.jam.seats)


def test_the_engine_may_be_there_first(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(1.0)
    assert jam.status == "Ready: press Play in Live"
    assert seats(stage) == 1
    stage.transport.play(START_S)
    stage.run(START_S + 1.0)
    assert jam.status == "Ready: steady_drummer"


def test_the_device_may_be_there_first(make_stage: MakeStage) -> None:
    stage = make_stage(engine=False)
    jam = stage.add_device()
    stage.run(3.3)
    assert jam.status == AWAY
    stage.start_engine()
    stage.run(3.3 + 1.5)
    assert jam.status == "Ready: press Play in Live"


def test_every_knob_is_told_after_each_welcome(make_stage: MakeStage) -> None:
    stage = make_stage()
    stage.add_device(saved={"Temperature": 1.5, "Answer Bars": 3, "Mode": 3, "Feel": 50.0})
    for _ in range(2):
        stage.run(stage.clock.time_s + 6.0)
        assert stage.engine is not None
        [seat] = stage.engine.jam.seats
        told = seat.player.settings
        assert (told.temperature, told.answer_bars, told.loop, told.feel) == (1.5, 3, True, 0.5)
        stage.kill_engine()
        stage.start_engine()


@pytest.mark.parametrize("away_beats", [0.0, 1.5, 9.0])
def test_an_engine_killed_in_mid_answer_leaves_no_note_and_is_found_again(
    make_stage: MakeStage, away_beats: float
) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK)])
    stage.run_beats(9.5)
    stage.kill_engine()
    stage.run_beats(9.5 + away_beats)
    stage.start_engine()
    back_s = stage.clock.time_s
    while seats(stage) == 0:
        stage.run(stage.clock.time_s + 0.05)
    assert stage.clock.time_s - back_s <= 3.0
    assert jam.hanging == {}
    heard = len(jam.notes)
    stage.phrase(jam, [(24.0, KICK), (25.0, SNARE)])
    stage.run_beats(37.0)
    answer = [round(ticks) for ticks in stage.ticks(jam.notes)[heard + 2 :]]
    assert answer == [8 * BAR + 120 * step for step in range(16)]
    assert jam.hanging == {}


def test_an_engine_that_never_comes_back_is_said_to_be_lost(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK)])
    stage.run_beats(9.5)
    stage.kill_engine()
    stage.run_beats(9.5 + 10.0)
    assert jam.status == LOST
    assert jam.hanging == {}
    assert jam.sent("/clock")[-1] < stage.clock.time_s - 0.5


def test_two_devices_on_two_tracks_jam_side_by_side(make_stage: MakeStage) -> None:
    stage = make_stage(live_set={"tracks": [{}, {}]})
    first = stage.add_device(saved=FLAT)
    second = stage.add_device(track=1, racks=2, saved={**FLAT, "Answer Bars": 2})
    stage.transport.play(START_S)
    stage.phrase(first, [(0.0, KICK)])
    stage.phrase(second, [(4.0, KICK)])
    stage.run_beats(21.0)
    assert seats(stage) == 2
    assert [round(t) for t in stage.ticks(first.notes)[1:]] == [
        2 * BAR + 120 * step for step in range(16)
    ]
    assert [round(t) for t in stage.ticks(second.notes)[1:]] == [
        3 * BAR + 120 * step for step in range(32)
    ]


def test_a_port_that_another_program_holds_is_not_taken_for_the_own(make_stage: MakeStage) -> None:
    free = make_stage()
    wanted = port_of(free.add_device(), free)
    free.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", wanted))
        stage = make_stage()
        device = stage.add_device()
        assert port_of(device, stage) != wanted
        assert device.status == "Ready: press Play in Live"


def port_of(device: StagedDevice, stage: Stage) -> int:
    """The port on which a device hears, once it has proved it."""
    stage.run(stage.clock.time_s + 8.0)
    [ear] = device.patch.ears
    assert ear.socket is not None
    return int(ear.socket.getsockname()[1])


def test_a_device_that_is_removed_says_goodbye_and_leaves_nothing_sounding(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK)])
    stage.run_beats(9.3)
    stage.remove_device(jam)
    stage.run_beats(10.0)
    assert jam.hanging == {}
    assert len(jam.sent("/goodbye")) == 1
    assert seats(stage) == 0


def test_with_live_s_audio_off_time_stands_still_and_goes_on(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.run_beats(3.0)
    stage.audio(False)
    stage.run(stage.clock.time_s + 20.0)
    stage.audio(True)
    stage.run(stage.clock.time_s + 3.0)
    assert jam.status == "Ready: steady_drummer"
    assert seats(stage) == 1
    beat = stage.transport.song_ticks_at(stage.max_s) / 480.0
    bar_s = START_S + (beat // 4 + 1) * 4 * stage.beat_s + (stage.clock.time_s - stage.max_s)
    heard = len(jam.notes)
    stage.strike(jam, bar_s, KICK)
    stage.run(bar_s + 6.5)
    answer = [stage.transport.song_ticks_at(note.at_s) for note in jam.notes[heard + 1 :]]
    assert len(answer) == 16
    assert round(answer[0]) % BAR == 0


def test_a_longer_jam_puts_no_new_words_into_live_s_memory(make_stage: MakeStage) -> None:
    stage = make_stage(bundle="silent_drummer")
    jam = stage.add_device(saved={"Mode": 0})
    stage.transport.play(START_S)
    for bar in range(0, 28, 4):
        stage.phrase(jam, [(4.0 * bar, KICK)])
    stage.run_beats(4.0 * 14)
    words = stage.live.symbols(jam.number)
    stage.run_beats(4.0 * 28)
    assert stage.live.symbols(jam.number) <= words + 2
