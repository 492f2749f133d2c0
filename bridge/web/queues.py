"""One queue for each reader of the stream, bounded, so that a slow one holds up nobody.

Whoever has something to tell puts it in from any thread and never waits. Of what may be skipped
only the newest is kept; of the rest a bounded number, and a reader that lets more pile up is cut
off with a word.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable

MOST_WAITING = 2000
"""Events that can't be skipped and wait for one reader."""
MOST_READERS = 32


class Reader:
    """What waits for one reader.

    Args:
        wake: Is called from any thread when something waits that was not there before.
        drop: Is called from any thread when the reader was too slow; the last word waits then.
    """

    def __init__(self, wake: Callable[[], None], drop: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._wake = wake
        self._drop = drop
        self._kept: deque[str] = deque()
        self._newest: dict[Hashable, str] = {}
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
            idle = not self._kept and not self._newest
            if key is not None:
                self._newest[key] = text
            elif len(self._kept) < MOST_WAITING:
                self._kept.append(text)
            else:
                return False
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
                self._kept.clear()
            self._newest.clear()
            self._kept.append(text)
        self._wake()
        if slow:
            self._drop()

    def take(self) -> str:
        """Everything that waits; empty if nothing does."""
        with self._lock:
            text = "".join((*self._kept, *self._newest.values()))
            self._kept.clear()
            self._newest.clear()
        return text
