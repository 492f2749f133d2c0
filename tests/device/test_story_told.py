"""Somebody else turns a knob of a device's player: the device's own follows, and says nothing."""

from __future__ import annotations

import pytest

from bridge.core.address_book import DIALS
from bridge.core.commands import SetParameter
from m4l_devices.magenta_jam.parameters import KNOBS
from tests.device.stage import START_S, Stage, StagedDevice
from tests.device.test_story_link import MakeStage

LONG = {knob.name: knob.long for knob in KNOBS}
TURNS: dict[str, float] = {
    "temperature": 1.7,
    "density": -0.5,
    "feel": 0.25,
    "register_bias": 0.75,
    "variety": 0.3,
    "top_p": 0.6,
    "bundle": 0,
    "answer_bars": 3,
    "memory_bars": 16,
    "listen": 5,
    "call_bars": 2,
    "silence_bars": 4,
    "lock": 2,
    "candidates": 8,
    "seed": 4711,
}


def linked(stage: Stage) -> StagedDevice:
    jam = stage.add_device()
    stage.transport.play(START_S)
    stage.run(START_S + 1.0)
    return jam


def turn(stage: Stage, name: str, value: float) -> None:
    assert stage.engine is not None
    stage.engine.command(SetParameter(1, name, value), stage.clock.time_s)
    stage.run(stage.clock.time_s + 0.3)


def shown(jam: StagedDevice, name: str) -> float:
    return float(jam.patch.parameter(LONG[name]).value)


def test_every_dial_follows_and_the_engine_is_not_told_its_own_word(make_stage: MakeStage) -> None:
    assert set(TURNS) == set(DIALS)
    stage = make_stage()
    jam = linked(stage)
    before = {name: len(jam.sent(f"/param/{name}")) for name in DIALS}
    for name, value in TURNS.items():
        turn(stage, name, value)
        wanted = value * 100 if name == "feel" else value
        assert shown(jam, name) == pytest.approx(wanted, rel=1e-6), name
    assert {name: len(jam.sent(f"/param/{name}")) for name in DIALS} == before

    # The next turn of a hand tells that knob alone.
    jam.patch.turn("Variety", 0.9)
    stage.run(stage.clock.time_s + 0.5)
    after = {name: len(jam.sent(f"/param/{name}")) for name in DIALS}
    assert {name for name in DIALS if after[name] != before[name]} == {"variety"}
    settings = stage.engine.jam.seats[0].player.settings
    assert (settings.temperature, settings.seed, settings.variety) == (
        pytest.approx(1.7),
        4711,
        pytest.approx(0.9),
    )


def test_a_knob_turned_back_by_hand_is_told(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = linked(stage)
    turn(stage, "temperature", 1.7)
    jam.patch.turn("Temperature", 1.0)
    stage.run(stage.clock.time_s + 0.5)
    assert stage.engine.jam.seats[0].player.settings.temperature == pytest.approx(1.0)


def test_what_a_dial_can_not_show_leaves_it_where_it_is(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = linked(stage)
    turn(stage, "listen", 40)
    turn(stage, "seed", 2**31 - 1)
    assert (shown(jam, "listen"), shown(jam, "seed")) == (0.0, -1.0)
    jam.patch.turn("Density", 0.5)
    stage.run(stage.clock.time_s + 0.5)
    settings = stage.engine.jam.seats[0].player.settings
    assert (settings.listen, settings.seed) == (40, 2**31 - 1)


def test_what_several_knobs_make_together_is_not_fought_over(make_stage: MakeStage) -> None:
    stage = make_stage()
    jam = linked(stage)
    turn(stage, "loop", 1)
    jam.patch.turn("Density", 0.5)
    stage.run(stage.clock.time_s + 0.5)
    assert stage.engine.jam.seats[0].player.settings.loop
    # The device's Mode was Reply all the while; Loop and back is a new word.
    jam.patch.turn("Mode", "Loop")
    stage.run(stage.clock.time_s + 0.5)
    jam.patch.turn("Mode", "Reply")
    stage.run(stage.clock.time_s + 0.5)
    assert not stage.engine.jam.seats[0].player.settings.loop


def test_the_dials_keep_what_they_were_told_over_a_restart_of_the_engine(
    make_stage: MakeStage,
) -> None:
    stage = make_stage()
    linked(stage)
    turn(stage, "temperature", 1.7)
    stage.kill_engine()
    stage.start_engine()
    stage.run(stage.clock.time_s + 6.0)
    assert stage.engine.jam.seats[0].player.settings.temperature == pytest.approx(1.7)
