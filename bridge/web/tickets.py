"""Waits for what becomes of a command: the engine says it in another thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import OrderedDict

from bridge.core.events import CommandDone
from bridge.errors import BridgeError

MOST_EARLY = 512

_Waiter = tuple[asyncio.AbstractEventLoop, "asyncio.Future[BridgeError | None]"]


class Tickets:
    """Brings results and those who wait for them together, whichever comes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, _Waiter] = {}
        self._early: OrderedDict[int, BridgeError | None] = OrderedDict()

    def done(self, result: CommandDone) -> None:
        """The engine says what became of a command; from any thread."""
        with self._lock:
            waiter = self._waiting.pop(result.ticket, None)
            if waiter is None:
                self._early[result.ticket] = result.error
                if len(self._early) > MOST_EARLY:
                    self._early.popitem(last=False)
                return
        loop, future = waiter
        with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
            loop.call_soon_threadsafe(_settle, future, result.error)

    async def wait(self, ticket: int, longest_s: float) -> BridgeError | None:
        """What became of a command.

        Raises:
            TimeoutError: The engine has not said so in time.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[BridgeError | None] = loop.create_future()
        with self._lock:
            if ticket in self._early:
                return self._early.pop(ticket)
            self._waiting[ticket] = loop, future
        try:
            return await asyncio.wait_for(future, longest_s)
        finally:
            with self._lock:
                self._waiting.pop(ticket, None)


def _settle(future: asyncio.Future[BridgeError | None], error: BridgeError | None) -> None:
    if not future.done():
        future.set_result(error)
