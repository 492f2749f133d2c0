"""OSC controllers: every command by player number, from any port, over real UDP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.controller_book import CONTROLLER_SPECS, SET
from bridge.core.parameters import PARAMETERS, parameter_value
from bridge.core.protocol import Direction, Message, check
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.wire import parse_packet
from bridge.demo.packets import packet
from tests.fakes.ports import IN, PortRoom

TURNED = [one for one in CONTROLLER_SPECS if one.address.startswith(SET)]


class Surface:
    """An OSC controller with a socket of its own."""

    def __init__(self, room: PortRoom) -> None:
        self.room = room
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(5.0)

    def send(self, address: str, *values: int | float) -> None:
        self.send_bytes(osc(address, *values))

    def send_bytes(self, data: bytes) -> None:
        before = self.room.engine.datagrams_received
        self.socket.sendto(data, ("127.0.0.1", self.room.engine.port))
        for _ in range(10_000):
            self.room.engine.pump(self.room.clock.time_s)
            if self.room.engine.datagrams_received > before:
                break
        self.room.events += self.room.engine.take_events()

    def hear(self) -> list[Message]:
        """All that has been said to it."""
        heard = []
        self.socket.setblocking(False)
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return heard
            heard += [check(*raw, Direction.TO_CONTROLLER) for raw in parse_packet(data)]


def osc(address: str, *values: int | float) -> bytes:
    builder = OscMessageBuilder(address=address)
    for value in values:
        builder.add_arg(value, "f" if isinstance(value, float) else "i")
    return bytes(builder.build().dgram)


@pytest.fixture
def surface(bundle_folder: Path) -> Iterator[Surface]:
    room = PortRoom("steady_drummer", bundle_folder)
    room.run(0.5)
    one = Surface(room)
    yield one
    one.socket.close()
    assert room.engine._timekeeper.faults == 0
    room.close()


def settings(surface: Surface) -> PlayerSettings:
    return surface.room.engine.views()[0].settings


@pytest.mark.parametrize("spec", TURNED, ids=lambda spec: spec.address)
def test_every_parameter_goes_to_both_ends_of_its_range(surface: Surface, spec) -> None:
    name = spec.address.removeprefix(SET)
    value = spec.arguments[2]
    # One bundle is there, and one port each way.
    few = {"bundle": (0, 0), "input_ports": (0, 1), "output_ports": (0, 1)}
    ends = few.get(name, (value.low, value.high))
    for end in ends:
        surface.send(spec.address, 0, 1, float(end) if value.kind == "f" else int(end))
        wanted = "steady_drummer" if name == "bundle" else pytest.approx(end)
        assert getattr(settings(surface), name) == wanted
    assert surface.hear() == []


def test_buttons_keys_and_clock(surface: Surface) -> None:
    surface.send("/player/tempo", 0, 100.0)
    surface.send("/player/key", 0, 1, 36, 100, 9)
    surface.send("/player/key", 0, 1, 36, 0, 9)
    surface.send("/player/go", 0, 0)
    surface.room.run(6.0)
    assert surface.room.ports.note_ons()
    assert {data[0] & 0x0F for _, _, data in surface.room.ports.sent} == {9}
    surface.send("/player/panic", 0, 0)
    assert surface.room.ports.sounding() == []
    surface.send("/player/clock", 0, 0)
    hub = surface.room.engine._timekeeper.port_jam.hub
    surface.room.run(6.1)
    assert not hub.playing
    assert hub.internal.tempo_qpm == 100.0
    assert surface.hear() == []


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (("/player/again", 0, 1), 402),
        (("/player/go", 0, 9), 351),
        (("/player/param/temperature", 0, 1, 9.0), 324),
        (("/player/param/bundle", 0, 1, 5), 353),
        (("/player/param/loudness", 0, 1, 1), 322),
        (("/player/go", 0), 323),
        (("/player/learn/loop", 0, 0, 0), 351),
        (("/player/view", 0), 322),
    ],
)
def test_nonsense_is_answered_and_changes_nothing(
    surface: Surface, message: tuple[object, ...], code: int
) -> None:
    before = surface.room.engine.views()
    surface.send(*message)  # type: ignore[arg-type]
    assert [(one.address, one.int_of("code")) for one in surface.hear()] == [
        ("/player/error", code)
    ]
    assert surface.room.engine.views() == before


def test_a_wrong_token_opens_nothing(bundle_folder: Path) -> None:
    room = PortRoom("steady_drummer", bundle_folder)
    room.engine._timekeeper._board.osc._token = 1234
    room.run(0.5)
    surface = Surface(room)
    for token in (0, 1233):
        surface.send("/player/param/loop", token, 1, 1)
        surface.send("/player/list", token, 0)
        assert {one.int_of("code") for one in surface.hear()} == {328}
    assert not settings(surface).loop
    surface.send("/player/param/loop", 1234, 1, 1)
    assert settings(surface).loop
    surface.socket.close()
    room.close()


def test_a_bundle_may_hold_messages_of_both_kinds(surface: Surface) -> None:
    builder = OscBundleBuilder(IMMEDIATELY)
    for address, value in (("/player/param/density", 0.5), ("/player/param/variety", 0.25)):
        part = OscMessageBuilder(address=address)
        for one, kind in ((0, "i"), (1, "i"), (value, "f")):
            part.add_arg(one, kind)
        builder.add_content(part.build())
    beat = OscMessageBuilder(address="/heartbeat")
    for one in (4242, 40000, 0):
        beat.add_arg(one, "i")
    builder.add_content(beat.build())
    surface.send_bytes(bytes(builder.build().dgram))
    assert (settings(surface).density, settings(surface).variety) == (0.5, 0.25)
    assert surface.room.engine.jam.counts["datagrams"] == 0


def test_all_players_and_bundles_are_listed(surface: Surface) -> None:
    surface.send("/player/list", 0, 0)
    bundle, view = surface.hear()
    name = "".join(chr(code) for (code,) in bundle.groups())
    assert (bundle.int_of("count"), name) == (1, "steady_drummer")
    assert [view.int_of(part) for part in ("player", "count", "port", "state")] == [1, 1, 1, 0]
    assert "".join(chr(code) for (code,) in view.groups()) == "pair"


def test_all_parameters_of_a_player_are_told_as_they_were_set(surface: Surface) -> None:
    surface.send("/player/param/top_p", 0, 1, 0.5)
    surface.send("/player/ask", 0, 1, 0)
    told = {one.address.rpartition("/")[2]: one.values[1] for one in surface.hear()}
    assert set(told) == {spec.address.removeprefix(SET) for spec in TURNED}
    assert told.pop("top_p") == 0.5
    assert told.pop("bundle") == 0
    start = replace(settings(surface), top_p=1.0)
    assert told == {name: pytest.approx(float(getattr(start, name))) for name in told}
    assert all(isinstance(told[n], float) == (PARAMETERS[n].kind == "number") for n in told)


def test_what_is_learnt_is_told_to_who_asked(surface: Surface) -> None:
    surface.send("/player/learn/temperature", 0, 1, 0)
    surface.room.at(0.6, bytes((0xB3, 21, 127)), IN)
    surface.room.run(0.7)
    (learnt,) = surface.hear()
    values = [learnt.int_of(part) for part in ("player", "controller", "note", "channel")]
    assert values == [1, 21, -1, 3]
    assert "".join(chr(code) for (code,) in learnt.groups()) == IN
    assert settings(surface).temperature == pytest.approx(2.0)
    surface.send("/player/learn/temperature", 0, 1, 0)
    surface.send("/player/unlearn", 0)
    surface.room.at(0.8, bytes((0xB3, 22, 0)), IN)
    surface.room.run(0.9)
    assert settings(surface).temperature == pytest.approx(2.0)


NUMBERS = st.one_of(
    st.integers(-(2**31), 2**31 - 1), st.floats(width=32), st.integers(0, 130), st.just(1)
)


@settings_of_hypothesis(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([spec.address for spec in CONTROLLER_SPECS]),
            st.lists(NUMBERS, max_size=6),
        ),
        max_size=8,
    )
)
def test_whatever_a_controller_sends_the_jam_goes_on(
    surface: Surface, messages: list[tuple[str, list[float]]]
) -> None:
    timekeeper = surface.room.engine._timekeeper
    for address, values in messages:
        timekeeper._board.osc.receive((address, tuple(values)), ("127.0.0.1", 9), 1.0)
    surface.room.run(surface.room.clock.time_s + 0.1)
    assert timekeeper.faults == 0
    told = settings(surface)
    assert all(
        parameter_value(name, getattr(told, name), ("steady_drummer",)) == getattr(told, name)
        for name in PARAMETERS
    )


def test_devices_messages_are_not_disturbed(surface: Surface) -> None:
    surface.send_bytes(packet("/heartbeat", 4242, 40000, 0))
    assert surface.room.engine.jam.counts["datagrams"] == 1
    assert surface.room.engine.views()[0].state == State.IDLE
