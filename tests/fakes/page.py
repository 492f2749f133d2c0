"""The page's server with the real engine behind it, in this process and without its processes."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bridge.config import EngineConfig
from bridge.config.web import WebSettings
from bridge.core.commands import Command, Watch, checked
from bridge.core.events import AnswerMade, GuardActed, Notice
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.engine import LocalEngine
from bridge.engine.report import describe
from bridge.web.files import PageFiles
from bridge.web.server import PageServer
from tests.fakes.room import VirtualClock

PATIENCE_S = 20.0
OWN = {"Content-Type": "application/json", "X-Magenta-Bridge": "1"}


class EngineHere:
    """A handle on an engine in this process, turned by whoever uses it; time is a test's."""

    def __init__(self, folder: Path, bundle: str, **player: Any) -> None:
        self.clock = VirtualClock()
        settings = replace(PlayerSettings(bundle=bundle, call_bars=1, feel=0.0), **player)
        jam = JamSettings(
            bundles=(bundle,),
            player=settings,
            clock=ClockSettings(order=("internal",)),
            players=(PlayerSetup("pads", settings),),
        )
        self.config = EngineConfig(jam=jam, bundle_folders=(folder,))
        self.engine = LocalEngine(self.config, self.clock)
        self._tickets = itertools.count(1)
        self._lock = threading.RLock()
        self._takers: list[Callable[[object], None]] = []
        self.commands: list[Command] = []
        self.silent = False

    def command(self, command: Command) -> int:
        ticket = next(self._tickets)
        command = checked(command, self.config.jam.bundles)
        with self._lock:
            self.commands.append(command)
            if not self.silent:
                self.engine._timekeeper.obey(ticket, command, self.clock.time_s)
                self.turn()
        return ticket

    def subscribe(
        self, take: Callable[[object], None], *, watch: bool = False
    ) -> Callable[[], None]:
        self._takers.append(take)
        if watch:
            self.command(Watch(True))
        return lambda: self._takers.remove(take)

    def turn(self) -> None:
        with self._lock:
            self.engine.pump(self.clock.time_s)
            for event in self.engine.take_events():
                line = isinstance(event, Notice | AnswerMade | GuardActed)
                self.tell(describe(event) if line else event)

    def tell(self, said: object) -> None:
        for take in list(self._takers):
            take(said)

    def run(self, seconds: float) -> None:
        """Let virtual time pass."""
        end_s = self.clock.time_s + seconds
        while self.clock.time_s < end_s:
            self.turn()
            due_s = max(self.engine.next_due_s(), self.clock.time_s + 1e-6)
            self.clock.time_s = min(end_s, due_s)
        self.turn()

    def close(self) -> None:
        self.engine.close()


@dataclass
class Reply:
    """What the server said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


class Page:
    """The server, and what a test asks of it."""

    def __init__(self, server: PageServer, engine: EngineHere) -> None:
        self.server = server
        self.engine = engine
        self.port = server.port

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            told = dict(OWN) if method == "POST" and headers is None else dict(headers or {})
            data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
            line.request(method, path, data, told)
            reply = line.getresponse()
            found = {key.lower(): value for key, value in reply.getheaders()}
            return Reply(reply.status, found, reply.read())
        finally:
            line.close()

    def raw(self, data: bytes) -> bytes:
        """Send bytes that no client library would; returns all that comes back until it closes."""
        found = b""
        with (
            socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as one,
            # A server that has said no closes while there is more to come.
            contextlib.suppress(ConnectionError),
        ):
            one.sendall(data)
            while piece := one.recv(65536):
                found += piece
        return found

    def status_of(self, data: bytes) -> int:
        """Status of the reply to bytes."""
        return int(self.raw(data).split(b" ", 2)[1])

    @contextmanager
    def stream(self, headers: dict[str, str] | None = None) -> Iterator[Events]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        line.request("GET", "/api/stream", headers=headers or {})
        reply = line.getresponse()
        assert reply.status == 200, reply.read()
        assert reply.getheader("content-type") == "text/event-stream; charset=utf-8"
        events = Events(reply)
        try:
            yield events
        finally:
            if line.sock is not None:
                line.sock.shutdown(socket.SHUT_RDWR)
            line.close()
            reply.close()
            events.thread.join(PATIENCE_S)


class Events:
    """What comes on a stream, read by a thread."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self._reply = reply
        self._found: queue.Queue[tuple[str, Any] | None] = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def next(self) -> tuple[str, Any]:
        """The next event: its name and its fields."""
        one = self._found.get(timeout=PATIENCE_S)
        assert one is not None, "the stream ended"
        return one

    def wait_for(self, name: str, wanted: Callable[[Any], bool] = lambda _fields: True) -> Any:
        """The next event of a name that is as wanted; what comes before is passed over."""
        while True:
            found, fields = self.next()
            if found == name and wanted(fields):
                return fields

    def ended(self) -> bool:
        """Whether nothing follows any more; waits for the end."""
        while self._found.get(timeout=PATIENCE_S) is not None:
            pass
        return True

    def _read(self) -> None:
        rest = b""
        try:
            # Lines of a chunked reply would be read byte by byte.
            while piece := self._reply.read1(65536):
                *blocks, rest = (rest + piece).split(b"\n\n")
                for block in blocks:
                    self._block(block.decode())
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass  # The test has closed the line.
        finally:
            self._found.put(None)

    def _block(self, text: str) -> None:
        lines = dict(line.split(": ", 1) for line in text.split("\n"))
        if "event" in lines:
            self._found.put((lines["event"], json.loads(lines["data"])))


@contextmanager
def served(
    folder: Path,
    bundle: str,
    *,
    web: WebSettings | None = None,
    files: PageFiles | None = None,
    **player: Any,
) -> Iterator[Page]:
    """A page's server on a free port of loopback."""
    engine = EngineHere(folder, bundle, **player)
    config = replace(engine.config, web=replace(web or WebSettings(), port=0))
    server = PageServer(engine, config, presets=folder / "presets", files=files)
    server.start()
    try:
        yield Page(server, engine)
    finally:
        server.stop()
        engine.close()


def until(there: Callable[[], bool]) -> None:
    """Wait until something is so that another thread brings about."""
    end_s = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < end_s
        threading.Event().wait(0.005)
