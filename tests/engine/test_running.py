"""A handle on the engine's real processes: commands go down, news come up."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.core.commands import Do, SetParameter, SetTempo, Watch
from bridge.core.events import CommandDone
from bridge.core.protocol import PROTOCOL_VERSION
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.core.views import PlayerView
from bridge.demo.packets import packet
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.running import MOST_WAITING, Said
from bridge.errors import BridgeError, EngineBusy, PlayerUnknown, ValueRefused
from tests.fakes.engine_process import free_port
from tests.fakes.room import steady_drummer

pytestmark = pytest.mark.real_time

PATIENCE_S = 30.0


class Ear:
    """All that an engine says, in order."""

    def __init__(self, engine: RunningEngine, *, watch: bool = False) -> None:
        self.said: queue.Queue[Said] = queue.Queue()
        self.leave = engine.subscribe(self.said.put, watch=watch)

    def wait_for(self, kind: type, wanted: object = lambda _one: True) -> object:
        while True:
            one = self.said.get(timeout=PATIENCE_S)
            assert one is not None, "the engine ended"
            if isinstance(one, kind) and wanted(one):  # type: ignore[operator]
                return one


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[RunningEngine]:
    bundle = steady_drummer(tmp_path)
    jam = JamSettings(bundles=(bundle,), player=PlayerSettings(bundle=bundle))
    config = EngineConfig(
        port=free_port(), jam=jam, bundle_folders=(tmp_path,), model_process=False
    )
    yield RunningEngine(config)


def test_commands_go_down_and_views_come_up(engine: RunningEngine) -> None:
    ear = Ear(engine, watch=True)
    engine.start()
    try:
        ear.wait_for(EngineEvent, lambda one: one.text.startswith("ready"))
        unknown = engine.command(Do(1, "go"))
        done = ear.wait_for(CommandDone, lambda one: one.ticket == unknown)
        assert isinstance(done, CommandDone)
        assert isinstance(done.error, PlayerUnknown)

        hello = packet("/hello", 4242, PROTOCOL_VERSION, free_port(), 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
            device.sendto(hello, ("127.0.0.1", engine.config.port))
        ear.wait_for(PlayerView, lambda one: one.number == 1 and one.bundle == "steady_drummer")
        ticket = engine.command(SetParameter(1, "temperature", 1.25))
        done = ear.wait_for(CommandDone, lambda one: one.ticket == ticket)
        assert done == CommandDone(ticket, None)
        view = ear.wait_for(PlayerView, lambda one: one.settings.temperature == 1.25)
        assert engine.views() == (view,)

        # Somebody who comes later is told all of it.
        late = Ear(engine, watch=True)
        assert late.wait_for(PlayerView) == view

        # Nonsense never leaves this process.
        with pytest.raises(ValueRefused):
            engine.command(SetTempo(1e6))

        # When nobody watches any more, nobody is told.
        late.leave()
        ear.leave()
        quiet = Ear(engine)
        engine.command(SetParameter(1, "temperature", 0.5))
        last = engine.command(SetTempo(99.0))
        said = []
        while not (said and said[-1] == CommandDone(last, None)):
            said.append(quiet.said.get(timeout=PATIENCE_S))
        assert not any(isinstance(one, PlayerView) for one in said)
    finally:
        engine.end()
    assert not engine._process.is_alive()


def test_an_engine_that_does_not_read_is_busy_and_holds_nobody_up(engine: RunningEngine) -> None:
    # It was never started, so nobody takes anything.
    for _ in range(MOST_WAITING):
        engine.command(SetTempo(120.0))
    with pytest.raises(EngineBusy):
        engine.command(SetTempo(120.0))


def test_an_engine_that_can_not_start_says_why(engine: RunningEngine, tmp_path: Path) -> None:
    ear = Ear(engine)
    other = RunningEngine(engine.config)
    their = Ear(other)
    engine.start()
    ear.wait_for(EngineEvent, lambda one: one.text.startswith("ready"))
    other.start()
    error = their.wait_for(BridgeError)
    assert getattr(error, "code", "") == "port-in-use"
    assert their.said.get(timeout=PATIENCE_S) is None
    other.end()
    # A flood of commands is carried out in order, every one.
    tickets = [engine.command(Watch(False)) for _ in range(MOST_WAITING // 2)]
    done = [ear.wait_for(CommandDone) for _ in tickets]
    assert [one.ticket for one in done] == tickets  # type: ignore[attr-defined]
    engine.end()
