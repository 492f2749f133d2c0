"""Push 2 before the real engine: the real model, every byte checked by a simulated device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.core.commands import SetParameter
from bridge.core.events import AnswerMade, Notice, ReadOut
from bridge.core.push2 import hardware as hw
from bridge.core.push2.device import MOST_LEDS
from tests.fakes.push2 import (
    PULSES,
    Shown,
    button_down,
    press,
    release,
    touch,
    turn,
)
from tests.fakes.push2_room import PushRoom

GO, AGAIN, LOOP, MUTE = 7, 5, 3, 2
DIM, BLUE, GREEN, RED = 124, 125, 126, 127
BAR_S = 2.0


@pytest.fixture
def room(bundle_folder: Path) -> Iterator[PushRoom]:
    room = PushRoom(bundle_folder)
    yield room
    assert room.engine._timekeeper.faults == 0
    room.close()
    assert set(room.device.leds.values()) <= {Shown(0)}, "it is left dark"
    assert room.device.strip_flags == 0x68


def test_the_go_pad_follows_call_and_answer(room) -> None:
    room.run(0.4)
    assert room.go() == Shown(DIM)
    room.strike(0.5, 36)
    room.run(1.0)
    assert room.go() == Shown(BLUE)
    room.run(BAR_S - 0.06)
    thinking = room.go()
    assert 6 <= thinking.channel <= 10
    assert thinking.colour == 122
    room.run(BAR_S + 0.3)
    answering = room.go()
    assert (answering.colour, answering.start, PULSES[answering.channel]) == (GREEN, DIM, 24)
    room.run(2 * BAR_S + 0.5)
    assert room.go() == Shown(DIM)
    assert any(isinstance(event, AnswerMade) for event in room.events)


def test_a_pad_makes_the_player_answer_on_the_next_bar_line(room) -> None:
    room.hand(0.7, press(0, GO), release(0, GO))
    room.run(BAR_S + 0.5)
    assert room.ports.note_ons()[0][0] == pytest.approx(BAR_S, abs=1e-3)


def test_go_held_repeats_the_answer_until_it_is_let_go(room) -> None:
    room.hand(0.7, press(0, GO))
    room.hand(3.5 * BAR_S, release(0, GO))
    # To nothing at all it answers with two bars.
    room.run(3 * BAR_S + 0.5)
    assert room.view().settings.loop
    assert 11 <= room.go().channel <= 15, "it loops, and blinks"
    assert room.device.pad(0, LOOP) == Shown(GREEN)
    room.run(6 * BAR_S)
    assert not room.view().settings.loop
    assert room.go() == Shown(DIM)
    last_s = room.ports.note_ons()[-1][0]
    assert 4 * BAR_S < last_s < 5 * BAR_S


def test_an_encoder_turns_the_real_players_knob_and_shows_anothers_turn(room) -> None:
    room.hand(0.5, touch(71, True), turn(71, 5))
    room.run(0.7)
    temperature = room.view().settings.temperature
    assert temperature > 1.04
    shown = room.device.strip
    assert 0 < shown.count(7) < 31
    room.engine.command(SetParameter(1, "temperature", 2.0), room.clock.time_s)
    room.run(1.0)
    assert room.device.strip == (7,) * 31, "a turn of the page or the device is seen here too"
    told = [event for event in room.events if isinstance(event, ReadOut)]
    assert [one.text for one in told][-1] == "2"
    room.hand(1.1, touch(71, False))
    room.run(1.3)
    assert room.device.strip == (0,) * 31


def test_what_cannot_be_done_is_told_and_seen(room) -> None:
    room.hand(0.5, press(0, AGAIN), release(0, AGAIN))
    room.run(0.6)
    assert room.device.pad(0, AGAIN) == Shown(RED)
    room.run(1.0)
    assert room.device.pad(0, AGAIN) == Shown(DIM)
    warnings = [event.text for event in room.events if isinstance(event, Notice)]
    assert any("There is no call yet to answer again" in text for text in warnings)


def test_a_cable_pulled_in_the_middle_of_an_answer_costs_nothing(room) -> None:
    room.strike(0.5, 36)
    room.run(BAR_S + 0.5)
    before = dict(room.device.leds)
    assert len(before) == len(hw.ALL_LEDS)
    room.unplug()
    room.run(BAR_S + 1.0)
    assert room.device.leds == {}
    room.plug()
    room.run(BAR_S + 1.7)
    assert len(room.device.leds) == len(before)
    assert room.go() == before[True, 92], "the same answer still plays"
    assert room.device.clock[0] == 0xFA
    assert len(room.ports.note_ons()) > 8
    lines = [event.text for event in room.events if isinstance(event, Notice)]
    assert len([line for line in lines if "Push 2, firmware 1.0.47 is there." in line]) == 2
    assert len(lines) < 10


def test_a_whole_picture_goes_out_bit_by_bit(room) -> None:
    room.run(0.3)
    assert len(room.device.leds) == len(hw.ALL_LEDS)
    at_once = max(room.moments.count(moment) for moment in set(room.moments))
    assert at_once <= 2 * MOST_LEDS + 4


def test_the_animations_have_the_songs_beat(room) -> None:
    room.run(8.0)
    assert room.device.clock.count(0xFA) == 1
    pulses = room.device.clock.count(0xF8)
    # The song has begun before the device has said who it is: from the second beat on.
    assert pulses == pytest.approx(7.5 * 2 * 24, abs=2)
    assert 0xF2 not in room.device.clock


def test_play_stops_the_beat_and_stop_silences_everybody(room) -> None:
    room.hand(0.7, press(0, GO), release(0, GO))
    room.hand(BAR_S + 0.3, button_down(hw.STOP))
    room.run(2 * BAR_S)
    assert room.ports.note_ons()[-1][0] <= BAR_S + 0.3
    assert room.ports.sounding() == []
    room.hand(2 * BAR_S + 0.1, button_down(hw.PLAY))
    room.run(2 * BAR_S + 0.5)
    assert room.device.button(hw.PLAY) == Shown(DIM)
    assert room.device.clock[-1] == 0xFC


def test_the_pads_play_the_player_where_they_are_keys(room) -> None:
    room.hand(0.4, button_down(hw.NOTE))
    room.hand(0.5, press(0, 0))
    room.hand(0.6, release(0, 0))
    room.run(BAR_S + 0.5)
    assert room.ports.note_ons()[0] == (pytest.approx(BAR_S, abs=1e-3), 36)
    assert room.device.pad(0, 0) == Shown(123)


def test_a_muted_player_is_red(room) -> None:
    room.hand(0.5, press(0, MUTE), release(0, MUTE))
    room.run(0.7)
    assert room.view().settings.mute
    assert room.go() == Shown(RED)
