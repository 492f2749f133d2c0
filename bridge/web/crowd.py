"""Many connections at once: whose request is begun next, and who goes when there are too many.

Whoever asks most waits longest. A program that asks without end, on as many connections as may be,
so holds up itself, and a page among it is answered at once. What is limited is only what is begun:
a request that waits for the engine, or for its own content, keeps nobody else.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

MOST_CONNECTIONS = 128
MEMORY_S = 1.0
"""How long it counts what somebody has asked."""

Address = tuple[str, int]


@dataclass(slots=True)
class _Visitor:
    transport: asyncio.Transport
    number: int
    reads: bool = False
    asked: int = 0
    counted_s: float = 0.0

    def asked_lately(self, now_s: float) -> int:
        if now_s - self.counted_s >= MEMORY_S:
            self.asked, self.counted_s = 0, now_s
        return self.asked


class Crowd:
    """All open connections. For one thread, the server's.

    Args:
        most: How many may be open.
        now_s: A clock.
    """

    def __init__(
        self, most: int = MOST_CONNECTIONS, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._now_s = now_s
        self._open: dict[Address, _Visitor] = {}
        self._numbers = itertools.count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def transports(self) -> tuple[asyncio.Transport, ...]:
        """Those of the open connections, oldest first."""
        return tuple(one.transport for one in self._open.values())

    def came(self, client: Address, transport: asyncio.Transport) -> None:
        """A connection was opened; if that is one too many, another is cut."""
        self._open[client] = _Visitor(transport, next(self._numbers))
        if len(self._open) > self._most:
            self.cut(self._one_too_many(client))

    def left(self, client: Address) -> None:
        """A connection is closed."""
        self._open.pop(client, None)

    def reads(self, client: Address, reads: bool) -> None:
        """A connection reads the stream, or does so no more: those who read are not cut."""
        if client in self._open:
            self._open[client].reads = reads

    async def turn(self, client: Address) -> None:
        """Wait until a request of this connection may be begun: it goes first who asked least."""
        visitor = self._open.get(client)
        asked = visitor.asked_lately(self._now_s()) if visitor is not None else 0
        if visitor is not None:
            visitor.asked += 1
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._next)
        heapq.heappush(self._waiting, (asked, next(self._numbers), mine))
        await mine

    def cut(self, client: Address | None) -> None:
        """Cut a connection at once."""
        visitor = self._open.pop(client, None) if client is not None else None
        if visitor is not None:
            # What the system has taken already would go on being sent else, however slowly.
            line = visitor.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            visitor.transport.abort()

    def _next(self) -> None:
        """Begin one request, and let what has begun go on before the one after it."""
        while self._waiting:
            _, _, mine = heapq.heappop(self._waiting)
            if not mine.done():  # Else its connection was closed meanwhile.
                mine.set_result(None)
                break
        if self._waiting:
            asyncio.get_running_loop().call_soon(self._next)

    def _one_too_many(self, newest: Address) -> Address:
        """Who asked most lately and does not read the stream; of several the oldest."""
        now_s = self._now_s()
        others = [one for one in self._open.items() if one[0] != newest]
        return max(
            others, key=lambda one: (not one[1].reads, one[1].asked_lately(now_s), -one[1].number)
        )[0]


class InTurn:
    """Lets requests in one by one, as the crowd has it.

    Args:
        app: What is behind it.
        crowd: All connections.
        stream: Path of the stream.
    """

    def __init__(self, app: ASGIApp, crowd: Crowd, stream: str) -> None:
        self._app = app
        self._crowd = crowd
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request."""
        client = scope.get("client")
        if client is None:
            await self._app(scope, receive, send)
            return
        client = (client[0], client[1])
        await self._crowd.turn(client)
        reads = scope.get("path") == self._stream
        self._crowd.reads(client, reads)
        try:
            await self._app(scope, receive, send)
        finally:
            self._crowd.reads(client, False)
