"""Which beat a key belongs to, when its message comes late, early, or from before a jump."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.settings import PlayerSettings
from bridge.demo.packets import packet
from tests.fakes.room import KICK, Room

MakeRoom = Callable[..., Room]
FLAT = PlayerSettings(feel=0.0)


def key(room: Room, pitch: int, song_ticks: int) -> None:
    """The messages of a short strike arrive now, with this stamp."""
    for velocity in (90, 0):
        room._deliver(0, packet("/note/at", room.device.device, pitch, velocity, 0, song_ticks))
    room._pump(room.clock.time_s)


def test_a_key_from_just_before_the_loop_wrap_may_arrive_after_it(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.transport.set_loop(0.0, 4.0)
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(4.02))
    key(room, 38, 1800)  # struck at beat 3.75, heard 0.27 beats later: the song stands at 0.02
    room.run(bars=4)
    [answer] = room.answers
    assert [round(note.start_beats, 2) for note in answer.call.notes] == [0.0, 3.75]
    assert answer.call.length_beats == 4.0


def test_a_stamp_from_before_a_jump_counts_as_now(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.transport.locate(room.at_beat(4.0), 64.0)
    room.play_phrase([(4.5, KICK)])
    room.run(until_s=room.at_beat(5.0))
    key(room, 38, 1800)  # a stamp of where the song was before the jump
    room.run(bars=5)
    [answer] = room.answers
    assert [round(note.start_beats, 2) for note in answer.call.notes] == [0.5, 1.0]


def test_a_key_struck_long_before_the_song_starts_is_not_played_into_it(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(-2.0, 42), (0.0, KICK)])  # one second before Play, and on the one
    room.run(bars=4)
    [answer] = room.answers
    assert [note.pitch for note in answer.call.notes] == [KICK]


@pytest.mark.parametrize("button", ["/again", None])
def test_a_pickup_is_no_call_where_more_of_the_answer_comes(
    make_room: MakeRoom, button: str | None
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, loop=button is None, seed=1))
    room.play_phrase([(0.0, KICK), (11.95, 42)])
    if button:
        room.command(button, beat=10.0)
    room.run(bars=8)
    assert all(note.pitch == KICK for answer in room.answers for note in answer.call.notes)
    assert len(room.device.sounded) >= 32


def test_whoever_never_pauses_is_heard_for_the_last_bars(make_room: MakeRoom) -> None:
    room = make_room(tempo_qpm=240.0, player=FLAT)
    beats = [0.5 * half for half in range(2 * 4 * 40)]
    room.play_phrase([(beat, KICK) for beat in beats])
    room.command("/end_call", beat=158.0)
    room.run(bars=64)
    answer = room.answers[0]
    assert 16 * 4.0 <= answer.call.length_beats <= 33 * 4.0
    assert answer.start_beats == 160.0
    assert len(answer.call.notes) == 2 * answer.call.length_beats
    assert room.sounded_ticks()[0] == 40 * 1920
