"""Device and engine find each other, lose each other, and refuse each other in words."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.protocol import PROTOCOL_VERSION, Direction, Message, check
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.wire import parse_packet
from bridge.demo.packets import packet
from bridge.engine import LocalEngine
from bridge.errors import LocalProtocolError
from tests.fakes.room import KICK, START_S, Room, VirtualClock

MakeRoom = Callable[..., Room]
BAR = 1920


class Stranger:
    """Anything that can send a datagram to the engine and read what comes back."""

    def __init__(self, engine: LocalEngine, clock: VirtualClock) -> None:
        self.engine, self.clock = engine, clock
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(2.0)
        self.port: int = self.socket.getsockname()[1]

    def send(self, data: bytes) -> None:
        before = self.engine.datagrams_received
        self.socket.sendto(data, ("127.0.0.1", self.engine.port))
        while self.engine.datagrams_received == before:
            self.engine.pump(self.clock.now_s())

    def say(self, address: str, *values: int | float) -> None:
        self.send(packet(address, *values))

    def hear(self) -> Message:
        [(address, values)] = parse_packet(self.socket.recv(2000))
        return check(address, values, Direction.TO_DEVICE)

    def hears_nothing(self) -> bool:
        self.socket.setblocking(False)
        try:
            self.socket.recv(2000)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(2.0)
        return False


@pytest.fixture
def room(make_room: MakeRoom) -> Room:
    return make_room(player=PlayerSettings(feel=0.0))


@pytest.fixture
def stranger(room: Room) -> Iterator[Stranger]:
    assert room.engine is not None
    one = Stranger(room.engine, room.clock)
    yield one
    one.socket.close()


def hello(stranger: Stranger, device: int = 77, protocol: int = PROTOCOL_VERSION) -> None:
    stranger.say("/hello", device, protocol, stranger.port, 0)


def test_hello_is_answered_with_welcome_and_the_model(stranger: Stranger) -> None:
    hello(stranger)
    welcome = stranger.hear()
    assert welcome.address == "/welcome"
    assert welcome.int_of("protocol") == PROTOCOL_VERSION
    assert welcome.int_of("player") == 1
    name = stranger.hear()
    assert (name.address, name.int_of("bundle"), name.int_of("count")) == ("/bundle/name", 0, 1)
    assert "".join(chr(int(char)) for (char,) in name.groups()) == "steady_drummer"
    bundle = stranger.hear()
    assert bundle.address == "/bundle"
    assert (bundle.int_of("steps_per_quarter"), bundle.int_of("drums")) == (4, 1)


def test_players_are_numbered_and_a_number_that_is_free_is_given_again(room: Room) -> None:
    second, third = room.add_device(), room.add_device()
    room.run(bars=1)
    assert [device.player_number for device in room.devices] == [1, 2, 3]
    second.command("/goodbye", at_s=room.at_beat(5.0))
    room.run(bars=2)
    fourth = room.add_device()
    room.run(bars=4)
    assert (third.player_number, fourth.player_number) == (3, 2)


def test_a_device_learns_the_names_of_all_bundles_and_may_ask_again(
    make_room: MakeRoom, bundle_folder: Path
) -> None:
    long_name = str(bundle_folder / ("x" * 70)) + ".mag"
    room = make_room(bundles=(long_name, "café_𝄞", "C:\\models\\bass.mag"))
    room.run(bars=1)
    shown = {0: "steady_drummer", 1: "x" * 64, 2: "café_?", 3: "bass"}
    assert room.device.bundle_names == {place: (name, -1) for place, name in shown.items()}
    room.device.bundle_names.clear()
    room.device.command("/bundles")
    room.run(bars=2)
    assert room.device.bundle_names[0] == ("steady_drummer", 1)
    assert room.device.bundle_names[3] == ("bass", -1)


def test_another_protocol_version_is_refused(stranger: Stranger) -> None:
    hello(stranger, protocol=PROTOCOL_VERSION + 1)
    assert stranger.hear().int_of("code") == 327
    stranger.say("/go", 77)
    assert stranger.hear().int_of("code") == 326  # no seat was given


def test_the_heartbeat_comes_back_with_the_engine_s_epoch(stranger: Stranger) -> None:
    stranger.say("/heartbeat", 77, stranger.port, 4711)
    beat = stranger.hear()
    assert (beat.address, beat.int_of("engine_epoch")) == ("/heartbeat", 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", 321),
        (b"garbage!", 321),
        (b"#bundle\0" + struct.pack(">Qi", 1, -4), 321),
        (b"/go\0,s\0\0me\0\0", 321),
        (b"/" + b"*a" * 12 + b"\0\0\0,i\0\0\0\0\0\1", 322),
        (packet("/param/temperature", 77, 1.0), 326),
        (b"/note\0\0\0,ii\0" + struct.pack(">ii", 77, 36), 323),
        (b"/note\0\0\0,iiff\0\0\0" + struct.pack(">iiff", 77, 36, 1.0, 1.0), 323),
        (b"/note\0\0\0,iiii\0\0\0" + struct.pack(">iiii", 77, 128, 1, 1), 324),
        (b"/param/temperature\0\0,if\0" + struct.pack(">if", 77, 9.5), 324),
        (b"/param/temperature\0\0,if\0" + struct.pack(">if", 77, float("nan")), 324),
        (b"/go\0" * 400, 325),
    ],
)
def test_nonsense_gets_one_clear_error_and_the_jam_goes_on(
    room: Room, stranger: Stranger, data: bytes, code: int
) -> None:
    if data:
        stranger.send(data)
        error = stranger.hear()
        assert (error.address, error.int_of("code")) == ("/error", code)
        assert stranger.hears_nothing()
    room._sent += room.engine.datagrams_received - room._sent  # type: ignore[union-attr]
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=4)
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(16)]


def test_the_three_datagrams_that_hang_python_osc_do_not_stop_the_engine(
    room: Room, stranger: Stranger
) -> None:
    ahead = (3_990_000_000 << 32, 2)
    go = packet("/go", 77)
    for data in (
        b"#bundle\0" + struct.pack(">Qi", 1, -4),
        b"/" + b"*a" * 12 + b"\0\0\0,i\0\0\0\0\0\1",
        b"#bundle\0" + struct.pack(">Qi", ahead[0], len(go)) + go,
    ):
        stranger.send(data)
    hello(stranger)
    heard = [stranger.hear().address for _ in range(6)]
    assert heard == ["/error", "/error", "/error", "/welcome", "/bundle/name", "/bundle"]


def test_a_flood_of_nonsense_is_counted_and_answered_sparingly(
    room: Room, stranger: Stranger
) -> None:
    for _ in range(500):
        stranger.send(b"nonsense")
    assert room.engine is not None
    assert room.engine.jam.complaints.counts["malformed"] == 500
    replies = 0
    while not stranger.hears_nothing():
        replies += 1
    assert replies <= 20


def test_a_stranger_s_message_in_a_device_s_name_is_not_the_device_s(room: Room) -> None:
    # On this machine all come from 127.0.0.1; another loopback address is another host.
    room.run(bars=0.5)
    assert room.engine is not None
    jam = room.engine.jam
    jam.receive(packet("/param/loop", 1000, 1), ("127.0.0.9", 5000), room.clock.now_s())
    assert jam.seats[0].player.settings.loop is False
    jam.receive(packet("/param/loop", 1000, 1), ("127.0.0.1", 5000), room.clock.now_s())
    assert jam.seats[0].player.settings.loop is True


def test_with_a_token_only_a_device_that_knows_it_is_let_in(bundle_folder: Path) -> None:
    room = Room("steady_drummer", bundle_folder)
    room.kill_engine()
    jam = replace(room.config.jam, token=4242)
    room.config = replace(room.config, jam=jam)
    room.start_engine()
    room.run(until_s=3.0)
    assert not room.device.linked
    room.device.token = 4242
    room.run(until_s=5.0)
    assert room.device.linked
    room.close()


def test_no_seat_is_left_for_a_seventeenth_device(stranger: Stranger) -> None:
    for device in range(1, 17):
        hello(stranger, device)
    hello(stranger, 17)
    heard = [stranger.hear() for _ in range(3 * 16 + 1)]
    assert heard[-1].address == "/error"
    assert heard[-1].int_of("code") == 404
    stranger.say("/goodbye", 3)
    hello(stranger, 17)
    assert stranger.hear().address == "/welcome"


def test_the_engine_is_killed_and_started_again_in_mid_answer(room: Room) -> None:
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(9.5))
    assert room.device.states[-1][1] == State.ANSWERING
    room.kill_engine()
    room.run(until_s=room.at_beat(13.0))
    room.start_engine()
    restarted_s = room.clock.time_s
    while not (room.device.linked and room.device.engine_epoch == 2):
        room.run(until_s=room.clock.time_s + 0.05)
        assert room.clock.time_s < restarted_s + 3.0, "not linked again within 3 s"
    assert room.device.sounding == ()
    # And the jam goes on as if nothing had been.
    heard = len(room.device.sounded)
    room.play_phrase([(24.0, KICK), (25.0, 38)])
    room.run(bars=10)
    assert room.sounded_ticks()[heard:] == [8 * BAR + 120 * step for step in range(16)]
    assert room.device.player.stuck() == []


def test_both_engines_number_their_clips_from_one_and_both_arrive(room: Room) -> None:
    room.play_phrase([(0.0, KICK)])
    room.run(bars=3.5)
    room.kill_engine()
    room.run(bars=5)
    room.start_engine()
    room.play_phrase([(28.0, KICK), (29.0, 38)])
    room.run(bars=11)
    assert [clip.clip for clip in room.device.clips] == [1, 1]


def test_the_engine_that_never_comes_back_leaves_no_note_hanging(room: Room) -> None:
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(9.5))
    room.kill_engine()
    room.run(until_s=room.at_beat(9.5) + 5.0)
    assert not room.device.linked
    assert room.device.player.stuck() == []


def test_a_new_engine_complains_of_the_old_link_once_a_second(room: Room) -> None:
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=START_S + 5.05)
    room.kill_engine()
    room.start_engine()
    room.device._life_s = room.clock.time_s + 2.5  # and the device notices late
    room.run(until_s=START_S + 7.5)
    unknown = [count for code, count in room.device.errors if code == 326]
    assert len(unknown) in (3, 4), "48 ticks of the clock a second, and one error"
    assert unknown[-1] > 90, "all are counted"
    assert room.device.linked


def test_a_hello_that_comes_twice_is_one(room: Room) -> None:
    room.run(until_s=0.5)
    room.device.command("/param/temperature", 1.5)
    room.run(until_s=1.0)
    assert room.engine is not None
    seat = room.engine.jam.seats[0]
    again = packet("/hello", room.device.device, PROTOCOL_VERSION, room.device.reply_port, 0)
    seat.welcomed_s = room.clock.time_s - 0.1
    room._deliver(0, again)
    room.run(until_s=1.1)
    assert room.engine.jam.seats == (seat,)
    assert seat.player.settings.temperature == 1.5


def test_the_device_may_come_before_the_engine(bundle_folder: Path) -> None:
    room = Room("steady_drummer", bundle_folder, player=PlayerSettings(feel=0.0))
    room.kill_engine()
    room.run(until_s=START_S + 4.2)
    room.start_engine()
    room.play_phrase([(16.0, KICK), (17.0, 38)])
    room.run(bars=8)
    assert room.sounded_ticks()[0] == 6 * BAR
    room.close()


def test_a_device_that_falls_silent_is_away_and_may_return(room: Room) -> None:
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(9.0))
    assert room.engine is not None
    seat = room.engine.jam.seats[0]
    for _ in range(50):
        room.clock.time_s += 0.1
        room.engine.pump(room.clock.time_s)
    assert seat.away
    assert seat.player.state is State.IDLE
    room.run(until_s=room.clock.time_s + 2.0)
    assert not seat.away
    # Live hung for 5 s, found its engine gone, and then read what had come meanwhile.
    assert {text.split()[0] for text in room.device.refused} <= {
        "/n",
        "/n/clear",
        "/flush",
        "/state",
        "/score",
    }
    room.device.refused.clear()


def test_two_devices_jam_side_by_side(room: Room) -> None:
    second = room.add_device(settings=PlayerSettings(feel=0.0, answer_bars=2))
    room.play_phrase([(0.0, KICK)])
    room.play_phrase([(4.0, KICK)], device=second)
    room.run(bars=7)
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(16)]
    assert room.sounded_ticks(second) == [3 * BAR + 120 * step for step in range(32)]
    assert second.refused == []


def test_a_mistake_of_ours_silences_one_player_and_no_other(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = room.add_device(settings=PlayerSettings(feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.play_phrase([(0.0, KICK)], device=second)
    room.run(until_s=room.at_beat(9.0))
    assert room.engine is not None
    jam = room.engine.jam

    def mistaken(_now: object) -> None:
        raise LocalProtocolError("The engine was to send nonsense.")

    monkeypatch.setattr(jam.seats[0].player, "advance", mistaken)
    room.run(bars=4)
    assert jam.counts["contained"] > 0
    assert room.device.sounding == ()
    assert 310 in [code for code, _ in room.device.errors]
    assert room.sounded_ticks(second) == [2 * BAR + 120 * step for step in range(16)]
    room.device.refused.clear()


def test_a_late_reply_to_an_answer_of_before_the_new_hello_is_not_taken(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=3.5)
    assert room.engine is not None
    [before] = room.engine.jam.seats
    room._deliver(0, packet("/hello", 1000, PROTOCOL_VERSION, room.device.reply_port, 0))
    room._pump(room.clock.time_s)
    [after] = room.engine.jam.seats
    assert after is not before
    assert after.player.answers == before.player.answers == 1
