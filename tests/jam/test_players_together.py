"""Players with and without devices in one jam: numbers, chains and circles across all clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bridge.core.events import AnswerMade, Notice
from bridge.core.settings import PlayerSettings, PlayerSetup
from bridge.errors import PlayerMissing, TooManyDevices
from tests.fakes.ports import IN, OUT, FakePorts, PortRoom
from tests.fakes.room import KICK, START_S, Room

BAR_S = 2.0
"""At 120 qpm."""
IN_2, OUT_2 = "magenta_in 2", "magenta_out 2"
GRID = PlayerSettings(bundle="steady_drummer", feel=0.0)
MakeRoom = Callable[..., Room]
MakePorts = Callable[..., PortRoom]


def pair(number: int, **settings: object) -> PlayerSetup:
    own = replace(GRID, **settings)  # type: ignore[arg-type]
    return PlayerSetup(f"pair {number}", own, (f"magenta_in {number}",), (f"magenta_out {number}",))


@pytest.fixture
def make_ports(bundle_folder: Path) -> Iterator[MakePorts]:
    rooms: list[PortRoom] = []

    def make(*players: PlayerSetup, **options: object) -> PortRoom:
        room = PortRoom("steady_drummer", bundle_folder, players=players, **options)  # type: ignore[arg-type]
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        assert room.engine._timekeeper.faults == 0, "a mistake of ours was caught; see the log"
        room.close()
        assert room.ports.sounding() == [], "a note was left hanging at the end"


def moments(room: PortRoom, port: str) -> list[float]:
    return [at_s for at_s, _ in room.ports.note_ons(port)]


def bar_s(*bars: int) -> list[float]:
    return [(bar * 16 + step) * BAR_S / 16 for bar in bars for step in range(16)]


# --- players of ports ---------------------------------------------------------------------------


def test_the_second_pair_answers_the_first_and_the_third_the_second(make_ports: MakePorts) -> None:
    room = make_ports(pair(1), pair(2, listen=1), pair(3, listen=2))
    room.strike(0.5, KICK)
    room.run(14.0)
    assert moments(room, OUT) == pytest.approx(bar_s(2), abs=1e-4)
    assert moments(room, OUT_2) == pytest.approx(bar_s(3), abs=1e-4)
    assert moments(room, "magenta_out 3") == pytest.approx(bar_s(4), abs=1e-4)
    answers = [event for event in room.events if isinstance(event, AnswerMade)]
    assert [(answer.player, len(answer.call.notes)) for answer in answers] == [
        (1, 1),
        (2, 16),
        (3, 16),
    ]


def test_two_pairs_that_listen_to_each_other_take_turns_for_ever(make_ports: MakePorts) -> None:
    room = make_ports(pair(1, listen=2), pair(2, listen=1))
    room.strike(0.5, KICK)
    room.run(42 * BAR_S - 0.02)
    assert moments(room, OUT) == pytest.approx(bar_s(*range(2, 42, 2)), abs=1e-4)
    assert moments(room, OUT_2) == pytest.approx(bar_s(*range(3, 42, 2)), abs=1e-4)
    calls = [len(event.call.notes) for event in room.events if isinstance(event, AnswerMade)]
    assert calls == [1] + [16] * 39, "no note goes round twice"


def test_a_listening_pair_hears_its_own_keys_too(make_ports: MakePorts) -> None:
    room = make_ports(pair(1), pair(2, listen=1))
    room.strike(0.5, KICK)
    room.at(4.3, bytes((0x90, 49, 100)), IN_2)
    room.at(4.4, bytes((0x80, 49, 0)), IN_2)
    room.run(9.0)
    [answer] = [e for e in room.events if isinstance(e, AnswerMade) and e.player == 2]
    assert sorted(note.pitch for note in answer.call.notes) == [KICK] * 16 + [49]
    assert moments(room, OUT_2)[0] == pytest.approx(6.0, abs=1e-4)


def test_a_listener_answers_on_the_channel_that_it_hears(make_ports: MakePorts) -> None:
    room = make_ports(pair(1), pair(2, listen=1))
    room.strike(0.5, KICK, channel=9)
    room.run(9.0)
    assert {data[0] & 0x0F for _, name, data in room.ports.sent if name == OUT_2} == {9}


def test_a_player_without_ports_joins_in_and_its_answers_are_told(make_ports: MakePorts) -> None:
    room = make_ports(pair(1), PlayerSetup("page", replace(GRID, listen=1)), pair(3, listen=2))
    room.strike(0.5, KICK)
    room.run(12.0)
    answers = [event for event in room.events if isinstance(event, AnswerMade)]
    assert [answer.player for answer in answers] == [1, 2, 3]
    assert {name for _, name, _ in room.ports.sent} == {OUT, "magenta_out 3"}


def test_one_player_on_two_ports_hears_both_and_plays_on_both(make_ports: MakePorts) -> None:
    room = make_ports(PlayerSetup("both", GRID, (IN, IN_2), (OUT, OUT_2)))
    room.strike(0.5, KICK)
    room.at(1.0, bytes((0x90, 38, 100)), IN_2)
    room.at(1.1, bytes((0x80, 38, 0)), IN_2)
    room.run(6.5)
    assert moments(room, OUT) == moments(room, OUT_2) == pytest.approx(bar_s(2), abs=1e-4)
    [answer] = [event for event in room.events if isinstance(event, AnswerMade)]
    assert [note.pitch for note in answer.call.notes] == [KICK, 38]


def test_when_the_beat_stops_the_circle_rests_and_nothing_hangs(make_ports: MakePorts) -> None:
    room = make_ports(pair(1, listen=2), pair(2, listen=1), clock_input="clock", order=("midi",))
    room.beat_clock(0.0, 40.0, 120.0, "clock")
    room.at(9.3, b"\xfc", "clock")
    room.strike(0.5, KICK)
    room.run(9.31)
    assert len(moments(room, OUT)) > 16
    assert room.ports.sounding() == []
    assert all(seat.hearing.next_due_beats() == float("inf") for seat in seats(room))


def seats(room: PortRoom):
    return room.engine._timekeeper.port_jam.seats


def test_a_player_that_is_not_there_is_told_of_once(make_ports: MakePorts) -> None:
    room = make_ports(pair(1, listen=7))
    room.run(5.0)
    told = [e.text for e in room.events if isinstance(e, Notice) and "player 7" in e.text]
    assert len(told) == 1
    assert "Player 1 is to listen to player 7, which is not there." in told[0]


# --- with devices -------------------------------------------------------------------------------


@pytest.fixture
def make_mixed(make_room: MakeRoom) -> MakeRoom:
    def make(*players: PlayerSetup, **options: object) -> Room:
        options.setdefault("player", PlayerSettings(feel=0.0))
        return make_room(players=players, make_ports=FakePorts, **options)

    return make


def port_moments(room: Room, port: str) -> list[float]:
    assert isinstance(room.ports, FakePorts)
    return [at_s for at_s, _ in room.ports.note_ons(port)]


def room_bar_s(room: Room, bar: int, late_s: float = 0.0) -> list[float]:
    beats = [bar * 4 + step / 4 for step in range(16)]
    return [room.at_beat(beat) + late_s for beat in beats]


def test_devices_get_the_numbers_after_those_of_the_configuration(make_mixed: MakeRoom) -> None:
    room = make_mixed(pair(1), pair(2))
    second = room.add_device()
    room.run(bars=1)
    assert (room.device.player_number, second.player_number) == (3, 4)


def test_with_64_players_no_device_more_is_linked(make_mixed: MakeRoom) -> None:
    room = make_mixed(*(PlayerSetup(f"p{n}", GRID) for n in range(64)))
    room.run(bars=1)
    assert not room.device.linked
    assert {code for code, _ in room.device.errors} == {TooManyDevices.wire_code}


@pytest.mark.parametrize("order", [("device", "internal"), ("internal",)])
def test_a_pair_answers_a_device_by_the_device_s_clock_or_its_own(
    make_mixed: MakeRoom, order: tuple[str, ...]
) -> None:
    # The engine's own clock starts at 0 s, Live at 2 s: with 120 qpm their bar lines agree.
    room = make_mixed(pair(1, listen=2), order=order)
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=6)
    assert room.sounded_ticks() == [1920 * 2 + 120 * step for step in range(16)]
    assert port_moments(room, OUT) == pytest.approx(room_bar_s(room, 3), abs=5e-3)
    [heard] = [answer for answer in room.answers if answer.player == 1]
    assert [note.start_beats for note in heard.call.notes] == pytest.approx(
        [step / 4 for step in range(16)], abs=0.01
    )


def test_a_device_answers_a_pair(make_mixed: MakeRoom) -> None:
    room = make_mixed(pair(1), order=("device",))
    room.device.parameters["listen"] = 1
    room.run(bars=0.1)
    assert isinstance(room.ports, FakePorts)
    room.ports.play(KICK)
    room.run(bars=6)
    assert port_moments(room, OUT) == pytest.approx(room_bar_s(room, 2), abs=5e-3)
    assert room.sounded_ticks() == [1920 * 3 + 120 * step for step in range(16)]


def test_a_pair_and_a_device_take_turns_for_ever(make_mixed: MakeRoom) -> None:
    room = make_mixed(pair(1, listen=2), order=("device",))
    room.device.parameters["listen"] = 1
    room.play_phrase([(0.0, KICK)])
    room.run(bars=31.98)
    assert room.sounded_ticks() == [
        1920 * bar + 120 * step for bar in range(2, 32, 2) for step in range(16)
    ]
    played = [at_s for bar in range(3, 32, 2) for at_s in room_bar_s(room, bar)]
    assert port_moments(room, OUT) == pytest.approx(played, abs=5e-3)
    assert {len(answer.call.notes) for answer in room.answers[1:]} == {16}


def test_a_clock_whose_bars_lie_elsewhere_hears_the_notes_at_their_moments(
    make_mixed: MakeRoom,
) -> None:
    # At 100 qpm Live, which starts at 2 s, is a third of a beat before the engine's own clock.
    room = make_mixed(pair(1, listen=2), order=("internal",), tempo_qpm=100.0)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=9)
    [heard] = [answer for answer in room.answers if answer.player == 1]
    starts = [note.start_beats for note in heard.call.notes]
    gaps = [after - before for before, after in pairwise(starts)]
    assert gaps == pytest.approx([0.25] * 15, abs=0.01)
    first_s = heard.start_beats * 0.6
    assert port_moments(room, OUT)[0] == pytest.approx(first_s, abs=5e-3)
    assert (heard.start_beats / 4) == pytest.approx(round(heard.start_beats / 4), abs=1e-6)


def test_a_device_that_goes_away_falls_silent_for_the_pair_that_hears_it(
    make_mixed: MakeRoom,
) -> None:
    room = make_mixed(pair(1, listen=2), order=("internal",))
    room.play_phrase([(0.0, KICK)])
    room.device.command("/goodbye", at_s=room.at_beat(10.1))
    room.run(bars=8)
    [heard] = [answer for answer in room.answers if answer.player == 1]
    assert len(heard.call.notes) == 9
    told = [e.text for e in room.events if isinstance(e, Notice) and "is to listen" in e.text]
    assert told == [
        "Player 1 is to listen to player 2, which is not there."
        " It will be heard as soon as it is linked."
    ]


def test_a_device_that_listens_to_a_number_of_nobody_is_told_so(make_mixed: MakeRoom) -> None:
    room = make_mixed(pair(1))
    room.device.parameters["listen"] = 5
    room.run(bars=1)
    assert [code for code, _ in room.device.errors] == [PlayerMissing.wire_code]


def test_live_starts_at_2_s() -> None:
    assert START_S == 2.0, "the moments in this file rely on it"
