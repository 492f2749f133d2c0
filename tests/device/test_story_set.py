"""Sets, presets, knobs, Push and pads, with the device that ships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bridge.core.settings import PlayerSettings
from tests.device.stage import START_S, Stage, StagedDevice

MakeStage = Callable[..., Stage]
KICK, SNARE = 36, 38
BAR = 1920
FLAT: dict[str, Any] = {"Feel": 0.0}
READY = "Ready: press Play in Live"


def told(stage: Stage) -> PlayerSettings:
    """What the engine knows of the first device's knobs."""
    assert stage.engine is not None
    return stage.engine.jam.seats[0].player.settings


def after(stage: Stage, jam: StagedDevice, called: int) -> list[float]:
    return [round(ticks, 3) for ticks in stage.ticks(jam.notes)[called:]]


def test_a_knob_reaches_the_engine_from_mouse_and_from_automation(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(2.0)
    jam.patch.turn("Temperature", 1.7)
    jam.patch.turn("Density", -0.5, main_thread=False)
    stage.run(2.5)
    assert told(stage).temperature == pytest.approx(1.7)
    assert told(stage).density == pytest.approx(-0.5)


def test_a_knob_that_is_swept_is_told_thirty_times_a_second_at_most_and_its_end_always(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(2.0)
    before = len(jam.sent("/param/temperature"))
    for step in range(1000):
        value = 0.1 + 1.9 * step / 1000
        stage.at(2.0 + step / 1000, lambda value=value: jam.patch.turn("Temperature", value))
    stage.run(3.2)
    assert len(jam.sent("/param/temperature")) - before <= 32
    assert told(stage).temperature == pytest.approx(0.1 + 1.9 * 999 / 1000)


def test_a_set_that_is_loaded_again_has_its_knobs_and_its_engine(make_stage: MakeStage) -> None:
    stage = make_stage()
    first = stage.add_device()
    stage.run(2.0)
    first.patch.turn("Temperature", 0.4)
    first.patch.turn("Mode", "Loop")
    first.patch.turn("Answer Bars", 2)
    stage.run(2.5)
    saved = first.patch.saved()
    stage.remove_device(first)
    stage.run(3.0)
    again = stage.add_device(saved=saved)
    stage.run(5.0)
    assert again.status == READY
    assert (told(stage).temperature, told(stage).answer_bars) == (pytest.approx(0.4), 2)
    assert told(stage).loop


def test_a_preset_changes_the_knobs_and_keeps_the_link(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(2.0)
    hellos = len(jam.sent("/hello"))
    jam.patch.restore({**jam.patch.saved(), "Temperature": 1.9, "Answer Bars": 5})
    jam.patch.ready()
    stage.run(4.0)
    assert (told(stage).temperature, told(stage).answer_bars) == (pytest.approx(1.9), 5)
    assert len(jam.sent("/hello")) == hellos
    assert jam.status == READY


@pytest.mark.parametrize("order", ["before", "after", "not at all"])
def test_knobs_are_right_whenever_live_restores_them(make_stage: MakeStage, order: str) -> None:
    """Nobody has documented whether Live restores parameters before live.thisdevice bangs."""
    stage = make_stage()
    saved = {"Temperature": 1.25}
    jam = stage.add_device(saved=saved if order == "before" else None)
    if order == "after":
        jam.patch.restore({"Engine Port": float(stage.engine_port), **saved})
    if order == "not at all":
        # The value is there when asked for, and was never put out.
        jam.patch.parameter("Temperature").value = 1.25
        jam.patch.ready()
    stage.run(3.0)
    assert told(stage).temperature == pytest.approx(1.25)


def test_the_menu_shows_the_bundles_on_offer_and_chooses_among_them(make_stage: MakeStage) -> None:
    stage = make_stage(bundles=("silent_drummer",))
    jam = stage.add_device()
    stage.run(3.0)
    menu = jam.patch.parameter("Model")
    assert menu.items == ["steady_drummer", "silent_drummer"]
    jam.patch.turn("Model", "silent_drummer")
    stage.transport.play(START_S)
    stage.run(START_S + 1.0)
    assert jam.status == "Ready: silent_drummer"


def test_another_port_of_the_engine_is_followed_and_the_old_one_told(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(2.0)
    jam.patch.turn("Engine Port", 1024.0)
    stage.run(4.0)
    assert stage.engine is not None
    assert not stage.engine.jam.seats
    assert jam.status.startswith("Engine not running")
    jam.patch.turn("Engine Port", float(stage.engine_port))
    stage.run(7.0)
    assert jam.status == READY


def test_live_s_scale_is_kept_to_when_it_is_asked_for(make_stage: MakeStage) -> None:
    song = {"scale_mode": 1, "root_note": 2, "scale_intervals": [0, 2, 3, 5, 7, 8, 10]}
    stage = make_stage(live_set={"song": song})
    jam = stage.add_device(saved={"Scale": 1})
    stage.run(3.0)
    wanted = sum(1 << (2 + interval) % 12 for interval in song["scale_intervals"])  # type: ignore[attr-defined]
    assert told(stage).scale == wanted
    stage.live.user("song", {"scale_mode": 0})
    stage.run(4.0)
    assert told(stage).scale == 0
    assert jam.status == READY


def test_live_11_has_no_scale_and_the_device_does_not_ask_for_one(make_stage: MakeStage) -> None:
    stage = make_stage(live_set={"version": [11, 3, 4]})
    jam = stage.add_device(saved={"Scale": 1})
    stage.run(3.0)
    assert told(stage).scale == 0
    assert jam.status in (READY, "Scale needs Live 12")


# --- pads ---------------------------------------------------------------------------------------


def test_a_trigger_key_is_go_and_is_neither_heard_nor_played(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = stage.add_device(saved={**FLAT, "Trigger Key": 24, "Trigger Keys": 5})
    stage.transport.play(START_S)
    stage.phrase(jam, [(0.0, KICK), (1.0, SNARE), (2.0, 24)])
    stage.run_beats(8.5)
    assert [note.pitch for note in jam.notes[:2]] == [KICK, SNARE]
    assert after(stage, jam, 2) == [float(BAR + 120 * step) for step in range(16)]
    assert [note.pitch for note in stage.answers[0].call.notes] == [KICK, SNARE]
    assert jam.hanging == {}


def test_keys_that_are_held_while_the_trigger_keys_change_do_not_hang(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    jam = stage.add_device()
    stage.run(2.0)
    jam.patch.play_midi(0x90, 24, 100)
    jam.patch.turn("Trigger Key", 24)
    jam.patch.turn("Trigger Keys", 4)
    jam.patch.play_midi(0x80, 24, 0)
    stage.run(2.5)
    # One note-off more than needed is no harm.
    assert max(jam.hanging.values(), default=0) <= 0


def test_a_launched_clip_is_the_call(make_stage: MakeStage) -> None:
    notes = [
        {"pitch": p, "start_time": s, "duration": 0.25} for p, s in ((KICK, 0.0), (SNARE, 1.0))
    ]
    stage = make_stage(live_set={"tracks": [{"clips": {2: {"notes": notes}}}]})
    jam = stage.add_device(saved={**FLAT, "Clip Pads": 1})
    stage.transport.play(START_S)
    stage.run_beats(2.0)
    stage.at(stage.at_beat(2.5), lambda: stage.live.user("fire", 0, 2))
    stage.at(stage.at_beat(4.0), lambda: stage.live.user("start", 0, 2))
    # Live plays the clip into the device; that is not a call of its own.
    stage.phrase(jam, [(4.0, KICK), (5.0, SNARE)])
    stage.at(stage.at_beat(8.0), lambda: stage.live.user("stop", 0))
    stage.run_beats(13.0)
    assert after(stage, jam, 2) == [float(2 * BAR + 120 * step) for step in range(16)]
    [answer] = stage.answers
    assert [(note.pitch, note.start_beats) for note in answer.call.notes] == [
        (KICK, 0.0),
        (SNARE, 1.0),
    ]


def test_without_clip_pads_a_launched_clip_is_only_heard(make_stage: MakeStage) -> None:
    notes = [{"pitch": KICK, "start_time": 0.0, "duration": 0.25}]
    stage = make_stage(live_set={"tracks": [{"clips": {2: {"notes": notes}}}]})
    jam = stage.add_device(saved=FLAT)
    stage.transport.play(START_S)
    stage.at(stage.at_beat(4.0), lambda: stage.live.user("start", 0, 2))
    stage.phrase(jam, [(4.0, KICK)])
    stage.run_beats(18.0)
    assert jam.sent("/clip/chunk") == []
    assert after(stage, jam, 1) == [float(3 * BAR + 120 * step) for step in range(16)]


def test_the_device_s_own_track_may_be_deleted(make_stage: MakeStage) -> None:
    stage = make_stage(live_set={"tracks": [{}, {}]})
    jam = stage.add_device(track=1, saved={"Clip Pads": 1})
    stage.run(2.0)
    stage.live.user("delete_track", 1)
    stage.remove_device(jam)
    stage.run(5.0)
    assert stage.engine is not None
    assert not stage.engine.jam.seats
