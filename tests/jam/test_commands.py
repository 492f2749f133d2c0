"""Commands from any surface to players of devices and ports, and the views that tell of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.commands import Do, Key, RunClock, SetParameter, SetTempo, Watch
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.views import PlayerGone, PlayerView
from bridge.errors import (
    BridgeError,
    CommandRefused,
    NothingToAnswer,
    PeerLost,
    PlayerMissing,
    PlayerUnknown,
    ValueRefused,
)
from tests.fakes.ports import PortRoom
from tests.fakes.room import KICK, Room

MakeRoom = Callable[..., Room]
FLAT = PlayerSettings(feel=0.0)
BAR = 1920


@pytest.fixture
def ports(bundle_folder: Path):
    room = PortRoom("steady_drummer", bundle_folder)
    yield room
    room.close()
    assert room.engine._timekeeper.faults == 0


def tell(room: Room | PortRoom, command: object) -> None:
    assert room.engine is not None
    room.engine.command(command, room.clock.time_s)  # type: ignore[arg-type]


def views(room: Room | PortRoom) -> list[PlayerView]:
    return [event for event in room.events if isinstance(event, PlayerView)]


def test_a_devices_player_is_turned_and_everybody_sees_it_once(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.run(bars=1)
    room.events.clear()
    tell(room, SetParameter(1, "temperature", 1.5))
    room.run(bars=1.2)
    (view,) = views(room)
    assert (view.number, view.kind, view.settings.temperature) == (1, "device", 1.5)
    assert room.engine.views() == (view,)


def test_what_a_device_turns_itself_is_seen_too(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.run(bars=1)
    room.events.clear()
    room.command("/param/density", 0.5, beat=4.5)
    room.run(bars=1.5)
    assert [view.settings.density for view in views(room)] == [0.5]


def test_nothing_is_told_while_nothing_changes(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.run(bars=1)
    room.events.clear()
    room.run(bars=6)
    assert views(room) == []


def test_a_player_is_played_by_commands_alone(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.run(bars=0.1)
    tell(room, Key(1, KICK, 100))
    room.run(bars=0.25)
    tell(room, Key(1, KICK, 0))
    tell(room, Key(1, 38, 100, age_s=0.25))
    room.run(bars=0.3)
    tell(room, Key(1, 38, 0))
    tell(room, Do(1, "go"))
    room.run(bars=3)
    assert room.sounded_ticks()[0] == BAR
    first, second = room.answers[0].call.notes
    assert (first.pitch, second.pitch) == (KICK, 38)
    # Half a beat old at 120 qpm: bar 0.25 is beat 1, and the key was struck on beat 0.5.
    assert second.start_beats == pytest.approx(0.5, abs=0.02)
    states = {view.state for view in views(room)}
    assert states >= {State.LISTENING, State.THINKING, State.ANSWERING, State.IDLE}
    last = views(room)[-1]
    assert (last.answer_id, last.seed) == (1, room.answers[0].seed)
    assert last.answer_nats_per_step == room.answers[0].likelihood.answer_nats_per_step


def test_panic_for_everybody_silences_an_answer_at_once(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    second = room.add_device()
    for device in (room.device, second):
        room.play_phrase([(0.0, KICK)], device=device)
    room.run(bars=2.25)
    assert all(device.sounded for device in room.devices)
    heard = [len(device.sounded) for device in room.devices]
    tell(room, Do(0, "panic"))
    room.run(bars=4)
    assert [len(device.sounded) for device in room.devices] == heard
    assert {view.state for view in room.engine.views()} == {State.IDLE}


def test_a_ports_player_is_turned_and_pressed_too(ports: PortRoom) -> None:
    ports.run(0.5)
    tell(ports, SetParameter(1, "answer_bars", 2))
    tell(ports, Do(1, "go"))
    ports.run(7.0)
    assert len(ports.ports.note_ons()) == 32
    view = views(ports)[-1]
    assert (view.number, view.kind, view.settings.answer_bars) == (1, "port", 2)


def test_a_ports_player_is_played_by_keys_that_came_late(ports: PortRoom) -> None:
    ports.run(0.6)
    tell(ports, Key(1, 38, 90, 9, age_s=0.1))
    ports.run(7.0)
    (answer,) = [event for event in ports.events if hasattr(event, "call")]
    assert answer.call.notes[0].start_beats == pytest.approx(1.0)
    assert {data[0] & 0x0F for _, _, data in ports.ports.sent} == {9}


def test_the_engines_clock_is_stopped_started_and_set(ports: PortRoom) -> None:
    ports.run(0.5)
    hub = ports.engine._timekeeper.port_jam.hub
    tell(ports, SetTempo(90.0))
    assert hub.internal.tempo_qpm == 90.0
    tell(ports, RunClock(False))
    ports.run(1.0)
    with pytest.raises(PeerLost):
        tell(ports, Do(1, "go"))
    tell(ports, RunClock(True))
    ports.run(1.1)
    tell(ports, Do(1, "go"))
    ports.run(9.0)
    # One bar of 4/4 at 90 qpm after the start at 1.0 s.
    assert ports.ports.note_ons()[0][0] == pytest.approx(1.0 + 4 * 60 / 90, abs=1e-3)


def test_a_clock_that_nobody_follows_can_not_be_started(bundle_folder: Path) -> None:
    room = PortRoom("steady_drummer", bundle_folder, order=("midi",), clock_input="clock")
    with pytest.raises(CommandRefused, match="own clock"):
        tell(room, RunClock(True))
    room.close()


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (Do(7, "go"), PlayerUnknown),
        (Do(65, "go"), PlayerUnknown),
        (Do(True, "go"), PlayerUnknown),
        (Do(1, "dance"), CommandRefused),
        (Do(1, "again"), NothingToAnswer),
        (Do(0, "mutate"), NothingToAnswer),
        (SetParameter(0, "loop", 1), PlayerUnknown),
        (SetParameter(1, "temperature", 9.0), ValueRefused),
        (SetParameter(1, "bundle", "nowhere"), ValueRefused),
        (SetParameter(1, "listen", 1), PlayerMissing),
        (Key(1, 128, 1), ValueRefused),
        (Key(1, 1, 1.0), ValueRefused),  # type: ignore[arg-type]
        (Key(1, 1, 1, 16), ValueRefused),
        (Key(1, 1, 1, 0, -1.0), ValueRefused),
        (SetTempo(19.0), ValueRefused),
        (SetTempo(float("nan")), ValueRefused),
        ("go", CommandRefused),
    ],
)
def test_a_wrong_command_says_so_and_changes_nothing(
    make_room: MakeRoom, command: object, error: type[BridgeError]
) -> None:
    room = make_room(player=FLAT)
    room.run(bars=1)
    before = room.engine.views()
    room.events.clear()
    with pytest.raises(error):
        tell(room, command)
    room.run(bars=1.1)
    assert room.engine.views() == before
    assert room.events == []


def test_a_player_on_ports_goes_on_hearing_whom_it_heard_if_told_to_hear_itself(
    ports: PortRoom,
) -> None:
    ports.run(0.5)
    tell(ports, SetParameter(1, "listen", 2))
    with pytest.raises(PlayerMissing, match="Player 1 can't listen to itself"):
        tell(ports, SetParameter(1, "listen", 1))
    assert ports.engine.views()[0].settings.listen == 2


def test_a_devices_player_is_gone_with_its_device(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.run(bars=1)
    room.device.command("/goodbye", at_s=room.clock.time_s)
    room.run(bars=1.05)
    assert PlayerGone(1) in room.events


def test_whoever_comes_to_watch_is_told_everything(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.add_device()
    room.run(bars=1)
    room.events.clear()
    tell(room, Watch(True))
    room.run(bars=1.05)
    assert [view.number for view in views(room)] == [1, 2]
