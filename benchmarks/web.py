"""Three pages watch a full jam: how late notes leave, against the same jam with nobody watching.

The engine runs as in `magenta-bridge run`, over JACK's dummy driver; eight players loop answers of
a note on every step, and the page's server tells three readers, each a process of its own, all of
it. The two take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import multiprocessing
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from bridge.config import EngineConfig
from bridge.config.web import WebSettings
from bridge.core.commands import Key
from bridge.core.schedule import TimedMessage
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.engine import RunningEngine, timekeeper_process
from bridge.engine.loadmeter import EngineLoad
from bridge.engine.report import EngineEvent
from bridge.engine.running import _setup
from bridge.engine.timekeeper import EngineSetup
from bridge.io.midi_ports import MidiPorts
from bridge.web.server import PageServer
from tests.fakes.jack import NoJack, jack_server
from tests.fakes.room import steady_drummer

PERIOD = 256
PLAYERS, PAGES = 8, 3
TEMPO_QPM = 240.0
PATIENCE_S = 60.0
GOALS = {50.0: (None, None), 99.0: (1.0, 0.1), 100.0: (5.0, 0.5)}


@dataclass(slots=True)
class _Seen:
    late_ms: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    bytes_per_s: list[float] = field(default_factory=list)


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    rounds, seconds = (2, 4.0) if quick else (6, 15.0)
    alone, watched = _Seen(), _Seen()
    try:
        with jack_server(PERIOD, waits=False), tempfile.TemporaryDirectory() as folder:
            bundle = steady_drummer(Path(folder))
            for _ in range(rounds):
                _jam(Path(folder), bundle, seconds, alone, pages=0)
                _jam(Path(folder), bundle, seconds, watched, pages=PAGES)
    except NoJack:
        yield Row(f"note leaves late, {PAGES} pages open", None, "ms")
        return
    for quantile, (must, moonshot) in GOALS.items():
        label = {50.0: "p50", 99.0: "p99", 100.0: "max"}[quantile]
        yield Row(
            f"note leaves late, {PLAYERS} players, {PAGES} pages open, {label}"
            f" of {len(watched.late_ms)}",
            float(np.percentile(watched.late_ms, quantile)),
            "ms",
            peer="nobody watches",
            peer_value=float(np.percentile(alone.late_ms, quantile)),
            must=must,
            moonshot=moonshot,
        )
    yield Row(
        f"share of the time that the timekeeper works, {PAGES} pages open",
        100.0 * float(np.median(watched.shares)),
        "%",
        peer="nobody watches",
        peer_value=100.0 * float(np.median(alone.shares)),
    )
    yield Row("stream to each page", float(np.median(watched.bytes_per_s)) / 1024.0, "KiB/s")


def _jam(folder: Path, bundle: str, seconds: float, seen: _Seen, *, pages: int) -> None:
    player = PlayerSettings(bundle=bundle, call_bars=1, feel=0.0, loop=True, seed=1)
    numbers = range(1, PLAYERS + 1)
    jam = JamSettings(
        bundles=(bundle,),
        player=player,
        clock=ClockSettings(("internal",), TEMPO_QPM),
        players=tuple(PlayerSetup(f"p{n}", player, (), (f"web_out {n}",)) for n in numbers),
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = EngineConfig(port=port, jam=jam, bundle_folders=(folder,), web=WebSettings(port=0))
    engine = _Measured(config, folder)
    ready, playing = threading.Event(), threading.Event()

    def take(said: object) -> None:
        if isinstance(said, EngineEvent) and said.text.startswith("ready"):
            ready.set()
        elif isinstance(said, EngineEvent) and said.answer is not None:
            playing.set()
        elif isinstance(said, EngineLoad) and playing.is_set():
            seen.shares.append(said.share)

    engine.subscribe(take)
    with ExitStack() as stack:
        readers: list[Connection] = []
        if pages:
            server = PageServer(engine, config, presets=folder)
            server.start()
            stack.callback(server.stop)
            readers = [stack.enter_context(_Page(server.port)) for _ in range(pages)]
        engine.start()
        stack.callback(engine.end)
        if not ready.wait(PATIENCE_S):
            raise RuntimeError("the engine did not get ready")
        for number in numbers:
            engine.command(Key(number, 36, 100))
            engine.command(Key(number, 36, 0))
        if not playing.wait(PATIENCE_S):
            raise RuntimeError("no answer came")
        threading.Event().wait(seconds)
        for reader in readers:
            reader.send(None)
            count, took_s = reader.recv()
            seen.bytes_per_s.append(count / took_s)
        engine.end()
        seen.late_ms += [late_s * 1e3 for late_s in engine.late_s]


class _Measured(RunningEngine):
    """The engine, whose ports remember how late every note left."""

    def __init__(self, config: EngineConfig, folder: Path) -> None:
        super().__init__(config, sync_reports=True, reports=folder)
        context = multiprocessing.get_context("spawn")
        self._late, theirs = context.Pipe()
        setup = _setup(config, sync_reports=True)
        self._inherited = (*self._inherited, theirs)
        self._process = context.Process(target=_serve, args=(setup, *self._inherited))
        self._kept: list[float] = []
        self._taker = threading.Thread(target=lambda: self._kept.extend(self._late.recv()))
        self._taker.start()

    @property
    def late_s(self) -> list[float]:
        """Seconds after its moment at which each note left; once the engine has ended."""
        self._taker.join(PATIENCE_S)
        return self._kept


def _serve(
    setup: EngineSetup, supervisor: Connection, recorder: Connection, late: Connection
) -> None:
    kept: list[float] = []

    class Ports(MidiPorts):
        def send(self, name: str, message: TimedMessage) -> None:
            super().send(name, message)
            # Ends of notes are not counted: those of the jam's own end are due when they are asked.
            if message.data[0] & 0xF0 == 0x90:
                kept.append(self.lateness_s[-1])

        def close(self) -> None:
            late.send(kept)
            super().close()

    timekeeper_process.MidiPorts = Ports  # type: ignore[misc]
    timekeeper_process.serve(setup, supervisor, recorder)


class _Page:
    """A page that reads the stream, in a process of its own."""

    def __init__(self, port: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_read, args=(port, theirs))
        self._process.start()
        theirs.close()

    def __enter__(self) -> Connection:
        self._ours.recv()
        return self._ours

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _read(port: int, pipe: Connection) -> None:
    """Read until asked for the figures: bytes and seconds."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET /api/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        line.recv(65536)
        pipe.send(True)
        begun_s, count = time.monotonic(), 0
        while not pipe.poll():
            count += len(line.recv(65536))
        pipe.send((count, time.monotonic() - begun_s))
