"""Memory in the jam: what the model is given to hear before a call, turn by turn."""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.requests import PrimeCall, StartAnswer
from bridge.core.settings import PlayerSettings
from tests.fakes.room import KICK, Room, SlowModel

MakeRoom = Callable[..., Room]
TOLD_S = 1e-6
"""So long the model takes, so that what it is asked can be looked at."""


def asked(room: Room) -> list[StartAnswer]:
    assert isinstance(room.model, SlowModel)
    return [one for one in room.model.requests if isinstance(one, StartAnswer)]


def pitches(request: StartAnswer) -> list[int]:
    """Of the first stroke in each bar of the memory."""
    by_bar = {int(note.start_beats // 4.0): note.pitch for note in reversed(request.memory.notes)}
    return [by_bar[bar] for bar in sorted(by_bar)]


def remembering(make_room: MakeRoom, bars: int, **more: object) -> Room:
    player = PlayerSettings(feel=0.0, memory_bars=bars, **more)  # type: ignore[arg-type]
    room = make_room(player=player, model_delay_s=TOLD_S)
    room.device.parameters["memory_bars"] = bars
    return room


def trade(room: Room, turns: int) -> None:
    """A bar of one drum each, four bars apart: call, silence, answer, silence."""
    for number in range(turns):
        room.play_phrase([(16.0 * number, 38 + number)])
    room.run(bars=4 * turns)


def test_the_conversation_is_heard_without_the_waiting(make_room: MakeRoom) -> None:
    room = remembering(make_room, 3)
    trade(room, 4)
    requests = asked(room)
    assert [request.memory.length_beats for request in requests] == [0.0, 8.0, 12.0, 12.0]
    assert [pitches(request) for request in requests] == [
        [],
        [38, KICK],
        [KICK, 39, KICK],
        [KICK, 40, KICK],
    ]
    assert [len(request.call.notes) for request in requests] == [1, 1, 1, 1]


def test_the_model_is_primed_with_it_while_the_call_is_played(make_room: MakeRoom) -> None:
    room = remembering(make_room, 8)
    trade(room, 2)
    assert isinstance(room.model, SlowModel)
    primed = [one for one in room.model.requests if isinstance(one, PrimeCall)]
    assert primed[0].memory.length_beats == 0.0
    assert primed[-1].memory == asked(room)[-1].memory


def test_without_memory_each_call_stands_alone(make_room: MakeRoom) -> None:
    room = remembering(make_room, 0)
    trade(room, 3)
    assert {request.memory.length_beats for request in asked(room)} == {0.0}


def test_turned_up_in_the_jam_it_reaches_back_at_once(make_room: MakeRoom) -> None:
    room = remembering(make_room, 0)
    trade(room, 2)
    room.command("/param/memory_bars", 4, beat=32.0)
    room.play_phrase([(36.0, 45)])
    room.run(bars=13)
    assert pitches(asked(room)[-1]) == [38, KICK, 39, KICK]


def test_again_and_mutate_have_the_past_of_what_they_work_on(make_room: MakeRoom) -> None:
    room = remembering(make_room, 8)
    trade(room, 2)
    room.command("/again", beat=32.5)
    room.command("/mutate", beat=42.0)
    room.run(bars=14)
    call, again, mutated = asked(room)[1:]
    assert pitches(call) == pitches(again) == [38, KICK]
    assert pitches(mutated) == [38, KICK, 39, KICK], "all before the answer that is varied"
    assert mutated.call.notes[0].pitch == KICK


def test_panic_forgets_and_a_stop_does_not(make_room: MakeRoom) -> None:
    room = remembering(make_room, 8)
    trade(room, 1)
    room.transport.stop(room.at_beat(16.2))
    room.transport.play(room.at_beat(17.0))
    room.play_phrase([(24.2, 45)])
    room.run(bars=9)
    assert pitches(asked(room)[1]) == [38, KICK]
    room.command("/panic", beat=44.0)
    room.play_phrase([(48.2, 45)])
    room.run(bars=16)
    assert asked(room)[2].memory.length_beats == 0.0
