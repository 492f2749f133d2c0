"""A player of MIDI ports: the real model, the real engine, virtual time."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.core.events import AnswerMade, Notice
from bridge.core.protocol import PROTOCOL_VERSION
from bridge.core.settings import PlayerSettings
from bridge.demo.packets import packet
from tests.fakes.ports import IN, OUT, PortRoom

BAR_S = 2.0
"""At 120 qpm; the internal clock starts at time 0."""
MakePorts = Callable[..., PortRoom]


@pytest.fixture
def make_ports(bundle_folder: Path) -> Iterator[MakePorts]:
    rooms: list[PortRoom] = []

    def make(**options: object) -> PortRoom:
        rooms.append(PortRoom("steady_drummer", bundle_folder, **options))  # type: ignore[arg-type]
        return rooms[-1]

    yield make
    for room in rooms:
        room.close()
        assert room.ports.sounding() == [], "a note was left hanging at the end"


def test_the_answer_starts_on_the_downbeat_and_every_step_is_on_its_moment(make_ports):
    room = make_ports()
    room.strike(0.5, 36)
    room.strike(1.0, 38)
    room.run(7.0)
    moments = [t for t, _ in room.ports.note_ons()]
    wanted = [BAR_S + step * 0.125 for step in range(16)]
    assert moments == pytest.approx(wanted, abs=1e-4)
    assert room.ports.sounding() == []
    assert any(isinstance(event, AnswerMade) and event.device == -1 for event in room.events)


def test_the_answer_is_on_the_channel_of_the_call(make_ports):
    room = make_ports()
    room.strike(0.5, 36, channel=9)
    room.run(5.0)
    assert {data[0] & 0x0F for _, _, data in room.ports.sent} == {9}


@pytest.mark.parametrize("offset_ms", [-120.0, -30.0, 45.0])
def test_the_latency_offset_moves_every_note(make_ports, offset_ms):
    room = make_ports(offset_ms=offset_ms)
    room.strike(0.5, 36)
    room.run(7.0)
    wanted = [BAR_S + offset_ms / 1000.0 + step * 0.125 for step in range(16)]
    assert [t for t, _ in room.ports.note_ons()] == pytest.approx(wanted, abs=1e-4)


def test_midi_clock_drives_it_and_its_tempo_too(make_ports):
    room = make_ports(clock_input="clock", order=("midi",))
    room.beat_clock(1.0, 20, 150.0, "clock")
    room.strike(1.4, 36)
    room.run(8.0)
    beat_s = 60.0 / 150.0
    wanted = [1.001 + 4 * beat_s + step * beat_s / 4 for step in range(16)]
    assert [t for t, _ in room.ports.note_ons()] == pytest.approx(wanted, abs=2e-3)


def test_midi_clock_on_another_port_is_not_followed(make_ports):
    room = make_ports(clock_input="clock", order=("midi",))
    room.beat_clock(1.0, 20, 150.0, IN)
    room.strike(1.4, 36)
    room.run(8.0)
    assert room.ports.note_ons() == []


def test_a_stop_in_the_middle_of_an_answer_leaves_nothing_hanging(make_ports):
    room = make_ports(clock_input="clock", order=("midi",))
    room.beat_clock(0.0, 5.5, 120.0, "clock")
    room.at(2.76, b"\xfc", "clock")
    room.strike(0.5, 36)
    room.run(2.77)
    assert len(room.ports.note_ons()) > 3
    assert room.ports.sounding() == []
    before = len(room.ports.sent)
    room.run(6.0)
    assert len(room.ports.sent) == before


def test_a_clock_that_falls_silent_ends_the_answer(make_ports):
    room = make_ports(clock_input="clock", order=("midi",))
    room.beat_clock(0.0, 5.5, 120.0, "clock")
    room.strike(0.5, 36)
    room.run(9.0)
    assert room.ports.sounding() == []
    assert max(t for t, _, _ in room.ports.sent) < 2.75 + 2.0


def test_panic_ends_what_sounds_at_once(make_ports):
    room = make_ports(player=PlayerSettings(call_bars=1, feel=0.0, loop=True))
    room.strike(0.5, 36)
    room.run(2.51)
    assert room.ports.sounding() != []
    room.engine._timekeeper.port_jam.silence(2.51)
    room.run(2.52)
    assert room.ports.sounding() == []


def test_what_sounded_on_a_port_that_was_lost_is_ended_when_it_is_back(make_ports):
    room = make_ports(player=PlayerSettings(call_bars=1, feel=0.0, loop=True))
    room.strike(0.5, 36)
    room.run(2.51)
    assert room.ports.sounding() != []
    room.ports.lose(OUT)
    room.run(3.0)
    room.ports.give_back(OUT)
    room.run(3.1)
    assert room.ports.sounding() == []
    assert [e.text for e in room.events if isinstance(e, Notice)][-2:] == [
        f"{OUT} is gone",
        f"{OUT} is there",
    ]


def test_keys_that_were_down_when_the_port_was_lost_are_let_go(make_ports):
    room = make_ports()
    room.at(0.1, bytes((0x90, 36, 100)))
    room.run(0.5)
    [seat] = room.engine._timekeeper.port_jam.seats
    assert seat.hands.ports() == {IN}
    room.engine._timekeeper.port_jam.port_lost(IN, output=False, now_s=0.5)
    assert seat.hands.ports() == set()


def test_a_cable_between_a_pair_s_own_ports_is_no_call(make_ports):
    room = make_ports(output=IN)
    room.strike(0.5, 36)
    room.run(2.0)
    heard = 0
    while room.clock.time_s < 12.0:
        for _, _, data in room.ports.sent[heard:]:
            room.at(room.clock.time_s, data)
        heard = len(room.ports.sent)
        room.run(room.clock.time_s + 0.01)
    assert len(room.ports.note_ons()) == 16
    assert room.engine._timekeeper.port_jam.patchbay.cables.returned == 16


def test_nothing_that_comes_on_a_port_ends_the_engine(make_ports):
    room = make_ports()
    for index, data in enumerate(
        (b"", b"\xf0\x01", b"\xff", b"\x90", b"\x90\x24", bytes(range(256)))
    ):
        room.at(0.1 + index / 100, data)
    room.strike(0.5, 36)
    room.run(5.0)
    assert len(room.ports.note_ons()) >= 16


def set_tempo(room: PortRoom, tempo_qpm: float) -> None:
    """As an OSC controller does it."""
    jam, now_s = room.engine.jam, room.clock.time_s
    jam.receive(packet("/hello", 5, PROTOCOL_VERSION, 50_000, 0), ("127.0.0.1", 50_001), now_s)
    jam.receive(packet("/tempo", 5, tempo_qpm), ("127.0.0.1", 50_001), now_s)
    room.engine.pump(now_s)


def test_the_engine_s_own_tempo_can_be_set_while_it_plays(make_ports):
    room = make_ports(order=("internal",))
    room.run(2.0)  # a bar at 120
    set_tempo(room, 60.0)
    room.strike(6.0, 36)  # the second bar of four seconds begins here
    room.run(20.0)
    strikes = [at_s for at_s, _ in room.ports.note_ons()]
    assert strikes[0] == pytest.approx(10.0, abs=0.005)
    assert strikes[1] - strikes[0] == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("tempo", [19.0, 1000.0, float("nan")])
def test_a_tempo_out_of_range_is_refused(make_ports, tempo):
    room = make_ports(order=("internal",))
    room.run(1.0)
    data = packet("/tempo", 5, 120.0)[:-4] + struct.pack(">f", tempo)
    room.engine.jam.receive(data, ("127.0.0.1", 50_001), room.clock.time_s)
    room.engine.pump(room.clock.time_s)
    assert room.engine.jam.complaints.counts == {"out-of-range": 1}
    assert room.engine._timekeeper.port_jam.hub.tempo_qpm == 120.0


def test_where_no_clock_comes_the_engine_leads_after_a_while(make_ports):
    room = make_ports(clock_input="clock", order=("midi", "internal"))
    hub = room.engine._timekeeper.port_jam.hub
    room.run(3.5)
    assert not hub.playing
    room.run(5.0)
    assert hub.playing and hub.active == "internal"


def test_a_clock_that_was_stopped_is_not_played_on_by_the_engine(make_ports):
    room = make_ports(clock_input="clock", order=("midi", "internal"))
    room.beat_clock(0.5, 8.0, 120.0, "clock")
    room.at(4.6, b"\xfc", "clock")
    room.run(15.0)
    assert not room.engine._timekeeper.port_jam.hub.playing


def test_a_port_of_its_own_offset_adds_to_the_common_one(make_ports):
    room = make_ports(offset_ms=-20.0, port_offset_ms=5.0)
    room.strike(0.5, 36)
    room.run(7.0)
    wanted = [BAR_S - 0.015 + step * 0.125 for step in range(16)]
    assert [t for t, _ in room.ports.note_ons()] == pytest.approx(wanted, abs=1e-4)
