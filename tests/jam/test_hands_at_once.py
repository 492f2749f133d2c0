"""Two hands at once: buttons, knobs and keys that meet a call or an answer half-way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.player import Player
from bridge.core.requests import ModelFailed, StartAnswer
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from tests.fakes.room import KICK, Room

MakeRoom = Callable[..., Room]
BAR = 1920


def starts(room: Room) -> list[float]:
    return [answer.start_beats for answer in room.answers]


def player_of(room: Room) -> Player:
    assert room.engine is not None
    return room.engine.jam.seats[0].player


@pytest.mark.parametrize("button", ["/again", "/mutate"])
def test_a_button_then_a_call_over_the_answer(make_room: MakeRoom, button: str) -> None:
    room = make_room(player=PlayerSettings(overlap=True, answer_bars=2, feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.command(button, beat=9.0)
    room.play_phrase([(10.0, 38)])
    room.run(bars=10)
    # The call, the call played over its answer, and then what the button asked for.
    assert starts(room) == [8.0, 16.0, 24.0]
    assert player_of(room).state is State.IDLE
    assert room.device.errors == []


def test_a_button_s_answer_may_begin_while_the_next_call_goes_on(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(overlap=True, answer_bars=1, feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.command("/again", beat=9.0)
    room.play_phrase([(float(beat), 38) for beat in range(10, 16)])
    room.run(bars=8)
    assert starts(room) == [8.0, 12.0, 20.0]
    assert room.answers[2].call.length_beats == 8.0
    assert player_of(room).state is State.IDLE


@pytest.mark.parametrize("button", ["/again", "/mutate"])
def test_a_button_while_the_answer_is_being_made_comes_after_it(
    make_room: MakeRoom, button: str
) -> None:
    room = make_room(player=PlayerSettings(answer_bars=1, feel=0.0))
    room.play_phrase([(0.0, KICK), (12.5, KICK)])
    room.command(button, beat=19.95)  # the answer of beat 20 is on its way
    room.run(bars=7)
    assert starts(room) == [8.0, 20.0, 24.0]
    assert player_of(room).state is State.IDLE


def test_a_button_waits_for_a_call_that_goes_on_after_all(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(answer_bars=1, feel=0.0), model_delay_s=0.3)
    room.play_phrase([(0.0, KICK), (12.0, KICK), (19.95, KICK)])
    room.command("/again", beat=19.9)
    room.run(bars=9)
    assert starts(room) == [8.0, 28.0, 32.0]
    assert player_of(room).state is State.IDLE


@pytest.mark.parametrize("overlap", [False, True])
def test_an_answer_that_can_t_be_made_leaves_the_jam_as_it_was(
    make_room: MakeRoom, overlap: bool
) -> None:
    settings = PlayerSettings(overlap=overlap, answer_bars=2, feel=0.0)
    room = make_room(player=settings, model_delay_s=0.02)
    room.play_phrase([(0.0, KICK), (9.0 if overlap else 17.0, 38), (25.0, KICK)])
    line = 16.0 if overlap else 24.0
    room.run(until_s=room.at_beat(line) - 0.09)
    assert room.engine is not None
    started = [r for r in room.model.requests if isinstance(r, StartAnswer)]  # type: ignore[attr-defined]
    assert len(started) == 2
    failed = ModelFailed(room.device.device, started[1].answer_id, 505, "It failed.", "Wait.")
    room.engine.jam.model_reply(failed, room.clock.now_s())
    room.run(bars=12)
    assert starts(room) == [8.0, 32.0]
    assert player_of(room).state is State.IDLE


def test_the_call_s_length_turned_down_below_what_was_played(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(float(beat), KICK) for beat in range(16)])
    room.command("/param/call_bars", 1, beat=14.0)
    room.run(bars=9)
    [answer] = room.answers
    assert answer.start_beats == 16.0
    assert len(answer.call.notes) == 16
    assert room.sounded_ticks()[0] == 4 * BAR
    assert room.device.errors == []


def test_the_silence_turned_down_below_what_has_passed(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, silence_bars=4))
    room.play_phrase([(0.0, KICK)])
    room.command("/param/silence_bars", 1, beat=14.0)
    room.run(bars=7)
    [answer] = room.answers
    assert answer.start_beats == 16.0
    assert answer.call.length_beats == 4.0


def test_go_right_after_a_first_note_just_before_the_bar_line(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(3.93, KICK), (5.0, 38)])
    room.command("/go", beat=3.97)
    room.run(bars=4)
    [answer] = room.answers
    assert answer.start_beats == 8.0
    assert [note.pitch for note in answer.call.notes] == [KICK, 38]
