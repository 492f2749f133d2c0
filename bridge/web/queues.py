"""One queue for each reader of the stream, bounded, so that a slow one holds up nobody.

Whoever has something to tell puts it in from any thread and never waits. Of what may be skipped
only the newest is kept; of the rest a bounded number, and a reader that lets more pile up is cut
off with a word.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable

MOST_WAITING = 2000
"""Events that can't be skipped and wait for one reader."""
MOST_READERS = 32


class Reader:
    """What waits for one reader.

    Args:
        wake: Is called from any thread when something waits that was not there before.
        drop: Is called from any thread when the reader was too slow; the last word waits then.
        name: Tells it from all others; nobody else knows it.
    """

    def __init__(self, wake: Callable[[], None], drop: Callable[[], None], name: str = "") -> None:
        self.name = name
        self._lock = threading.Lock()
        self._wake = wake
        self._drop = drop
        self._waiting: dict[Hashable, str] = {}
        self._kept = 0
        self.ended = False

    def offer(self, text: str, key: Hashable | None) -> bool:
        """Let something wait for the reader.

        Args:
            text: What.
            key: Whatever waits under the same key is replaced; None: it can't be skipped.

        Returns:
            Whether the reader keeps up.
        """
        with self._lock:
            if self.ended:
                return True
            idle = not self._waiting
            if key is None and self._kept >= MOST_WAITING:
                return False
            if key is None:
                self._kept += 1
                key = self._kept
            else:
                # Last told, last read: it may be about what has been told meanwhile.
                self._waiting.pop(key, None)
            self._waiting[key] = text
        if idle:
            self._wake()
        return True

    def end(self, text: str, *, slow: bool = False) -> None:
        """Let this be the last that the reader gets."""
        with self._lock:
            if self.ended:
                return
            self.ended = True
            if slow:
                self._waiting.clear()
            self._waiting["the end"] = text
        self._wake()
        if slow:
            self._drop()

    def take(self) -> str:
        """Everything that waits; empty if nothing does."""
        with self._lock:
            text = "".join(self._waiting.values())
            self._waiting.clear()
            self._kept = 0
        return text
