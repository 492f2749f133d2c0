"""The wild jam in a real timekeeper with the tape running; sockets and model are the test's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridge.core.jam import Jam
from bridge.core.protocol import Message
from bridge.core.requests import ModelReply, ModelRequest
from bridge.core.seat import Address
from bridge.core.settings import JamSettings
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.io.osc_udp import Datagram
from bridge.record.file import RecordingWriter
from bridge.record.header import Header
from bridge.record.tape import Tape
from tests.fakes.wild_jam import SOURCE, MoodyModel, WildJam

VERSION = "0.1.0"
BEGUN = "2026-01-02T03:04:05+00:00"


class Datagrams:
    """What came and what went."""

    address = ("127.0.0.1", 17600)

    def __init__(self) -> None:
        self.waiting: list[Datagram] = []
        self.sent: list[tuple[Address, Message]] = []

    def receive(self) -> list[Datagram]:
        waiting, self.waiting = self.waiting, []
        return waiting

    def send(self, address: Address, message: Message) -> None:
        self.sent.append((address, message))

    def close(self) -> None:
        pass


class Moods:
    """A moody model as a model port."""

    def __init__(self, model: MoodyModel, now_s: Callable[[], float]) -> None:
        self._model, self._now_s = model, now_s

    def submit(self, request: ModelRequest) -> None:
        self._model.submit(request, self._now_s())

    def poll(self) -> list[ModelReply]:
        return self._model.poll(self._now_s())

    def close(self) -> None:
        pass


class TapedWildJam(WildJam):
    """A wild jam that is recorded; `save` after `play`."""

    def _begin(self, settings: JamSettings, epoch: int, seed: int) -> Jam:
        self.tape, self.edge = Tape(), Datagrams()
        self.setup = EngineSetup("127.0.0.1", 0, settings, (), epoch, seed)
        port = Moods(self.model, lambda: self.now_s)
        self.timekeeper = Timekeeper(self.setup, self.edge, port, tape=self.tape)  # type: ignore[arg-type]
        return self.timekeeper.jam

    def _deliver(self, data: bytes) -> None:
        self.edge.waiting.append(Datagram(data, SOURCE, 0.0))
        self._turn()

    def _turn(self) -> None:
        self.timekeeper.turn(self.now_s, kernel_stamps=False)
        assert self.timekeeper.faults == 0

    def save(self, path: Path) -> None:
        save(path, self.setup, self.tape)


def header(setup: EngineSetup, *, engine: str = VERSION, whole: bool = True) -> Header:
    return Header(engine, BEGUN, setup.jam, setup.engine_epoch, setup.seed, whole=whole)


def save(path: Path, setup: EngineSetup, tape: Tape) -> None:
    """Write what is on a tape as a recording."""
    writer = RecordingWriter(path, header(setup))
    writer.write(tape.take())
    writer.close("The engine ended.")
