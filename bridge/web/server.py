"""The page's server: a thread of its own in the supervisor's process, between engine and browsers.

What the engine says is taken in the engine's thread and only put into queues there; everything
else happens here. Should this thread hang or die, the jam does not notice.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from bridge.config import EngineConfig
from bridge.core.commands import Command
from bridge.core.events import CommandDone
from bridge.errors import PagePortInUse
from bridge.paths import user_preset_folder
from bridge.web.app import STREAM, PageApp
from bridge.web.broadcast import Broadcast
from bridge.web.crowd import MOST_CONNECTIONS, Crowd, InTurn
from bridge.web.curve import CurveWatch
from bridge.web.files import PageFiles
from bridge.web.guard import Door
from bridge.web.presets import Presets
from bridge.web.tickets import Tickets
from bridge.web.truth import Truth

REQUEST_S = 10.0
"""A request's head must be there after so long."""
MOST_HEAD_BYTES = 16384
END_S = 5.0

_log = logging.getLogger(__name__)


class Engine(Protocol):
    """A running engine (`bridge.engine.running.RunningEngine`)."""

    def command(self, command: Command) -> int:
        """Send a command down; returns the number under which its result is told."""
        ...

    def subscribe(
        self, take: Callable[[object], None], *, watch: bool = False
    ) -> Callable[[], None]:
        """Hear all that comes up; returns what to call to hear no more."""
        ...


class PageServer:
    """Serves the page.

    Args:
        engine: The engine.
        config: Its configuration; ``config.web`` says where to listen.
        presets: Folder of the presets; the user's own if none is given.
        files: The page's files; those of the package if none are given.

    Raises:
        PagePortInUse: The port is taken.
    """

    def __init__(
        self,
        engine: Engine,
        config: EngineConfig,
        *,
        presets: Path | None = None,
        files: PageFiles | None = None,
    ) -> None:
        web = config.web
        self._socket = _bound(web.host, web.port)
        port = int(self._socket.getsockname()[1])
        self._door = Door(web.host, port, web.token)
        self._engine = engine
        jam = config.jam
        ports = {"input_ports": jam.input_ports, "output_ports": jam.output_ports}
        self._broadcast = Broadcast(Truth(jam.bundles, jam.player, ports))
        self._tickets = Tickets()
        self._crowd = Crowd()
        folder = presets if presets is not None else user_preset_folder()
        app = PageApp(
            engine,
            self._broadcast,
            self._tickets,
            Presets(folder, config.jam.bundles),
            self._door,
            self._crowd.cut,
            files if files is not None else PageFiles(),
        )
        self._server = uvicorn.Server(_settings(app, self._crowd))
        self._thread = threading.Thread(target=self._run, name="magenta-bridge-page", daemon=True)
        self._leave: Callable[[], None] | None = None
        named = Path(web.training_curve).expanduser() if web.training_curve else None
        self._curve = CurveWatch(named, self._broadcast.say)

    @property
    def address(self) -> str:
        """What to open in a browser on this machine."""
        host = "127.0.0.1" if self._door.host in ("0.0.0.0", "localhost") else self._door.host
        token = f"/#token={self._door.token}" if self._door.token else ""
        return f"http://{host}:{self._door.port}{token}"

    @property
    def port(self) -> int:
        """The TCP port on which it listens."""
        return self._door.port

    @property
    def readers(self) -> int:
        """How many pages read the stream."""
        return self._broadcast.readers

    def start(self) -> None:
        """Hear the engine and serve."""
        self._leave = self._engine.subscribe(self._take, watch=True)
        self._thread.start()
        self._curve.start()

    def stop(self) -> None:
        """Serve no more."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        self._curve.stop()
        self._broadcast.end("server", "The engine was ended.")
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(END_S)
        self._socket.close()

    def _take(self, said: object) -> None:
        if isinstance(said, CommandDone):
            self._tickets.done(said)
        elif said is None:
            self._broadcast.end("engine", "The engine is gone.")
        else:
            try:
                self._broadcast.say(said)
            except (TypeError, ValueError):
                # The engine's thread that calls this must go on, whatever can't be told.
                _log.exception("The page could not be told of %s", type(said).__name__)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])


def _bound(host: str, port: int) -> socket.socket:
    # Named as TCP: else asyncio leaves Nagle's wait on, and every answer is 40 ms late.
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # There it would let others take the port.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind((host, port))
        one.listen(MOST_CONNECTIONS)  # Who comes before the thread runs waits for it.
    except OSError as error:
        one.close()
        raise PagePortInUse(f"The page's port {port} can't be had: {error.strerror}.") from error
    return one


def _settings(app: PageApp, crowd: Crowd) -> uvicorn.Config:
    return uvicorn.Config(
        InTurn(app.asgi, crowd, STREAM),
        loop="asyncio",
        http=_protocol(crowd),
        ws="none",
        lifespan="off",
        log_config=None,
        # What comes over the network is no line of the console.
        log_level=logging.CRITICAL,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
    )


def _protocol(crowd: Crowd) -> type[H11Protocol]:
    """HTTP on a connection that can be cut, and whose requests must come within a time."""

    class Connection(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if self.client is not None:
                crowd.came(self.client, transport)
            self._watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._watch()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self.client is not None:
                crowd.left(self.client)
            self._calm()

        def _watch(self) -> None:
            """Cut the connection if it keeps the head of a request to itself."""
            if self.conn.their_state is not h11.IDLE:
                self._calm()
            elif self._deadline is None:
                self._deadline = self.loop.call_later(REQUEST_S, self.transport.abort)

        def _calm(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

    return Connection
