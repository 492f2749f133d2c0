"""The live stream: one response of server-sent events for each reader, as long as it reads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bridge.errors import TooManyReaders
from bridge.web.broadcast import Broadcast
from bridge.web.held import HeldKeys
from bridge.web.replies import error_response

PACE_S = 0.02
"""At most 50 packets a second go to a reader: what comes meanwhile travels together."""
ALIVE_S = 5.0
"""After so long without an event a comment is sent, so that a dead connection is noticed."""
GRACE_S = 2.0
"""A reader that was too slow has this long to take the last word."""
AGAIN_MS = 1000

_START = f"retry: {AGAIN_MS}\n\n"


class Stream:
    """The endpoint of the stream.

    Args:
        broadcast: Who tells.
        abort: Cuts the connection of a client's address.
        held: Keys that the readers' pages hold.
    """

    def __init__(
        self,
        broadcast: Broadcast,
        abort: Callable[[tuple[str, int] | None], None],
        held: HeldKeys,
    ) -> None:
        self._broadcast = broadcast
        self._abort = abort
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one reader until it leaves, is too slow, or the server ends."""
        if scope["method"] != "GET":
            await Response(status_code=405, headers={"allow": "GET"})(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        ready, slow, left = asyncio.Event(), asyncio.Event(), asyncio.Event()

        def soon(what: asyncio.Event) -> None:
            with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(what.set)

        try:
            reader, hello = self._broadcast.join(lambda: soon(ready), lambda: soon(slow))
        except TooManyReaders as error:
            await error_response(error)(scope, receive, send)
            return
        self._held.opened(reader.name)
        watchers = [
            asyncio.create_task(_watch(receive, left, ready)),
            asyncio.create_task(self._cut_off(slow, scope.get("client"))),
        ]
        try:
            await _begin(send, _START + hello)
            while not left.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ready.wait(), ALIVE_S)
                ready.clear()
                self._held.look(reader.name)
                text = reader.take()
                await _send(send, text or ": alive\n\n", more=not reader.ended)
                if reader.ended:
                    return
                await asyncio.sleep(PACE_S)
        finally:
            self._broadcast.leave(reader)
            self._held.closed(reader.name)
            for watcher in watchers:
                watcher.cancel()

    async def _cut_off(self, slow: asyncio.Event, client: tuple[str, int] | None) -> None:
        await slow.wait()
        await asyncio.sleep(GRACE_S)
        self._abort(client)


async def _watch(receive: Receive, left: asyncio.Event, ready: asyncio.Event) -> None:
    """Notice that the reader has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    left.set()
    ready.set()


async def _begin(send: Send, text: str) -> None:
    headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _send(send, text, more=True)


async def _send(send: Send, text: str, *, more: bool) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": more})
