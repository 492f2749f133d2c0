"""One player hears another's answers: in chains, in circles, to the tick, and each note once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.hearing import HeardKey, Hearing
from bridge.core.notes import Note
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport
from bridge.errors import PlayerMissing
from tests.fakes.room import KICK, START_S, BadClockNetwork, Room, random_bundle_file

MakeRoom = Callable[..., Room]
BAR = 1920


@pytest.fixture
def make_random_room(tmp_path: Path) -> Iterator[MakeRoom]:
    """Rooms with a drummer of random weights."""
    rooms: list[Room] = []

    def make(**options: object) -> Room:
        name = random_bundle_file(tmp_path, "drum_kit")
        rooms.append(Room(name, tmp_path, **options))  # type: ignore[arg-type]
        return rooms[-1]

    yield make
    for room in rooms:
        room.close()


def listening_to(room: Room, player: int) -> SimulatedDevice:
    device = room.add_device()
    device.parameters["listen"] = player
    return device


def bar_of(bar: int, bar_ticks: int = BAR) -> list[int]:
    return [bar * bar_ticks + 120 * step for step in range(bar_ticks // 120)]


def answers_of(room: Room, device: SimulatedDevice) -> list[tuple[int, int, float]]:
    """Beat, notes of the call and length of each answer of a device."""
    return [
        (round(a.start_beats), len(a.call.notes), a.answer.length_beats)
        for a in room.answers
        if a.device == device.device
    ]


def test_the_second_answers_the_first_as_soon_as_its_answer_is_over(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=6)
    assert room.sounded_ticks() == bar_of(2)
    assert room.sounded_ticks(second) == bar_of(3)
    first_answer, second_answer = room.answers
    heard = [(n.pitch, n.velocity, n.start_beats) for n in second_answer.call.notes]
    played = [(n.pitch, n.velocity, n.start_beats) for n in first_answer.answer.notes]
    assert len(heard) == 16
    for (pitch, velocity, beat), (its_pitch, its_velocity, its_beat) in zip(
        heard, played, strict=True
    ):
        assert (pitch, velocity) == (its_pitch, its_velocity)
        assert beat == pytest.approx(its_beat, abs=1e-9)


@pytest.mark.parametrize("tempo_qpm", [47.0, 133.7, 291.0])
@pytest.mark.parametrize("signature", [(4, 4), (3, 4), (7, 8)])
def test_feel_is_heard_to_the_tick_at_any_tempo_and_metre(
    make_random_room: MakeRoom, tempo_qpm: float, signature: tuple[int, int]
) -> None:
    network = BadClockNetwork(0.05, 0.05, 0.05, 2.0)
    room = make_random_room(tempo_qpm=tempo_qpm, signature=signature, network=network)
    listening_to(room, 1)
    room.play_phrase([(0.03, KICK), (0.97, 38), (1.52, 42), (2.49, KICK)])
    room.run(bars=6)
    first, second = room.answers[:2]
    assert second.start_beats == pytest.approx(first.start_beats + room.bar_beats, abs=1e-6)
    # Of two strokes of one drum that sound into each other the first is cut; none is lost.
    heard = sorted((n.start_beats, n.pitch) for n in second.call.notes)
    played = sorted((n.start_beats, n.pitch) for n in first.answer.notes)
    assert [pitch for _, pitch in heard] == [pitch for _, pitch in played]
    assert [at for at, _ in heard] == pytest.approx([at for at, _ in played], abs=0.51 / 480)


def test_two_that_listen_to_each_other_take_turns_and_nothing_grows(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    room.device.parameters["listen"] = 2
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=60)
    assert room.sounded_ticks()[: 28 * 16] == [t for bar in range(2, 58, 2) for t in bar_of(bar)]
    assert room.sounded_ticks(second)[: 28 * 16] == [
        t for bar in range(3, 59, 2) for t in bar_of(bar)
    ]
    assert {answer[1:] for answer in answers_of(room, second)} == {(16, 4.0)}
    assert {answer[1:] for answer in answers_of(room, room.device)[1:]} == {(16, 4.0)}
    assert room.engine is not None
    assert all(len(seat.hearing._coming) < 16 for seat in room.engine.jam.seats)


def test_three_in_a_row_chain(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second, third = listening_to(room, 1), listening_to(room, 2)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=8)
    assert room.sounded_ticks() == bar_of(2)
    assert room.sounded_ticks(second) == bar_of(3)
    assert room.sounded_ticks(third) == bar_of(4)


def test_nobody_hears_itself(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.device.parameters["listen"] = 1
    room.play_phrase([(0.0, KICK)])
    room.run(bars=8)
    assert room.sounded_ticks() == bar_of(2)
    assert [code for code, _ in room.device.errors] == [PlayerMissing.wire_code]


def test_a_player_that_is_not_there_is_told_of_once_and_heard_when_it_comes(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.device.parameters["listen"] = 2
    room.run(bars=1)
    room.command("/param/listen", 2, beat=4.5)
    room.run(bars=2)
    assert [code for code, _ in room.device.errors] == [PlayerMissing.wire_code]
    second = room.add_device()
    room.play_phrase([(16.0, KICK)], device=second)
    room.run(bars=9)
    assert room.sounded_ticks(second) == bar_of(6)
    assert room.sounded_ticks() == bar_of(7)
    second.command("/goodbye")
    room.run(bars=10)
    assert [code for code, _ in room.device.errors] == [PlayerMissing.wire_code] * 2


def test_hands_on_the_listening_device_are_heard_too(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    room.play_phrase([(0.0, KICK)])
    room.play_phrase([(9.0, 49), (10.0, 51)], device=second)
    room.run(bars=6)
    [call] = [a.call for a in room.answers if a.device == second.device]
    assert len(call.notes) == 18
    assert {note.pitch for note in call.notes} == {KICK, 49, 51}
    room.play_phrase([(28.0, 49)], device=second)
    room.run(bars=11)
    assert room.sounded_ticks(second)[16:] == bar_of(9), "alone it ends by a bar of silence"


def test_a_source_that_panics_falls_silent_for_its_listener(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, answer_bars=2))
    listening_to(room, 1)
    room.play_phrase([(0.0, KICK)])
    room.command("/panic", beat=10.1)
    room.run(bars=8)
    [second] = [a for a in room.answers if a.device != room.device.device]
    assert max(note.start_beats for note in second.call.notes) <= 2.1
    assert len(second.call.notes) == 9


def test_a_jump_of_the_song_doubles_no_note(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    listening_to(room, 1)
    room.transport.locate(room.at_beat(9.6), 33.6)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=6)
    [second] = [a for a in room.answers if a.device != room.device.device]
    assert [n.start_beats for n in second.call.notes] == pytest.approx([i / 4 for i in range(16)])


def test_turned_to_another_player_it_hears_the_old_one_no_more(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    room.play_phrase([(0.0, KICK)])
    second.command("/param/listen", 0, at_s=room.at_beat(10.1))
    room.run(bars=8)
    [answer] = [a for a in room.answers if a.device == second.device]
    assert len(answer.call.notes) == 9


def test_two_lives_of_their_own_hear_each_other_by_the_clock(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    second.transport = SimulatedTransport(tempo_qpm=120.0, song_beats=100.0)
    second.player = type(second.player)(second.transport)
    second.transport.play(START_S)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=6)
    [answer] = [a for a in room.answers if a.device == second.device]
    assert [n.start_beats for n in answer.call.notes] == pytest.approx(
        [i / 4 for i in range(16)], abs=0.01
    )


def test_a_stop_of_live_ends_it_all(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    second = listening_to(room, 1)
    room.play_phrase([(0.0, KICK)])
    room.transport.stop(room.at_beat(9.9))
    room.run(bars=6)
    assert second.states[-1][1] == State.IDLE
    assert [d.player.stuck() for d in room.devices] == [[], []]


@settings(max_examples=60, deadline=None)
@given(
    notes=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(36, 40)), max_size=30
    ),
    looks=st.lists(st.integers(0, 50), min_size=1, max_size=12),
)
def test_every_note_becomes_one_strike_and_one_release_in_order(
    notes: list[tuple[int, int, int]], looks: list[int]
) -> None:
    hearing = Hearing()
    for start, length, pitch in notes:
        hearing.add(Note(pitch, 90, start / 4, length / 4))
    keys: list[HeardKey] = []
    for look in sorted(looks):
        keys += hearing.due(look / 4)
    keys += hearing.due(100.0)
    assert [key.at_beats for key in keys] == sorted(key.at_beats for key in keys)
    assert sorted((k.at_beats, k.pitch) for k in keys if k.velocity) == sorted(
        (start / 4, pitch) for start, _, pitch in notes
    )
    assert sorted((k.at_beats, k.pitch) for k in keys if not k.velocity) == sorted(
        ((start + length) / 4, pitch) for start, length, pitch in notes
    )
    assert hearing.next_due_beats() == float("inf")
