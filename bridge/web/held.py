"""Keys that pages hold down: they are let go when the page is gone, however it went.

A page that is left lets its keys go itself. One whose browser dies can't: there the end of its
stream does it, and where a line is cut so that no end arrives, its silence.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.core.commands import Command, Key
from bridge.errors import BridgeError, EngineBusy, PageGone

SILENT_S = 10.0
"""A page sends something every two seconds; one that is silent for so long holds nothing."""

_log = logging.getLogger(__name__)

_Held = tuple[int, int, int]
"""Player, pitch and channel."""


@dataclass(slots=True)
class _Page:
    heard_s: float
    keys: set[_Held] = field(default_factory=set)


class HeldKeys:
    """What each page holds. For one thread, the server's.

    Args:
        send: Sends a command to the engine.
        now_s: A clock.
    """

    def __init__(
        self, send: Callable[[Command], int], now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._send = send
        self._now_s = now_s
        self._pages: dict[str, _Page] = {}
        self._owed: set[_Held] = set()

    def opened(self, page: str) -> None:
        """A page reads the stream."""
        self._pages[page] = _Page(self._now_s())

    def heard(self, page: str) -> None:
        """A page sent something."""
        known = self._pages.get(page)
        if known is not None:
            known.heard_s = self._now_s()
        self._settle()

    def key(self, page: str, key: Key) -> None:
        """A page strikes a key or lets it go.

        Args:
            page: The page; empty: a program that is none, and minds its keys itself.
            key: The key.

        Raises:
            PageGone: It strikes one, and does not read the stream: nobody could tell when it is
                gone.
        """
        held = key.player, key.pitch, key.channel
        known = self._pages.get(page)
        if known is None:
            if page and key.velocity:
                raise PageGone("The page that strikes this key does not read the stream.")
        elif key.velocity:
            known.keys.add(held)
            self._owed.discard(held)
        else:
            known.keys.discard(held)

    def look(self, page: str) -> None:
        """Let go what a page holds that was not heard of for too long."""
        known = self._pages[page]
        self._settle()
        if known.keys and self._now_s() - known.heard_s > SILENT_S:
            self._let_go(known)

    def closed(self, page: str) -> None:
        """A page's stream has ended: let go what it holds."""
        known = self._pages.pop(page, None)
        if known is not None:
            self._let_go(known)

    def _let_go(self, page: _Page) -> None:
        keys, page.keys = page.keys, set()
        others = {held for other in self._pages.values() for held in other.keys}
        self._owed |= keys - others
        self._settle()

    def _settle(self) -> None:
        """Let go what is owed; an engine that takes no more commands now is asked again later."""
        for held in sorted(self._owed):
            player, pitch, channel = held
            try:
                self._send(Key(player, pitch, 0, channel))
            except EngineBusy:
                return
            except BridgeError:
                _log.debug("Nothing to let go: player %d or the engine is gone", player)
            self._owed.discard(held)
