"""Counts what peers send wrong, and keeps the answers to it few.

Each error is counted; a reply goes out for the first ones of each second only, and one line a
second to the log, so that a peer that sends nonsense at full speed can't make the engine do so too.
"""

from __future__ import annotations

from collections import Counter

from bridge.errors import BridgeError

REPLIES_PER_SECOND = 20


class Complaints:
    """Counters of errors and the budget of replies."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._second = -1
        self._replies = 0
        self._unlogged = 0
        self._told: tuple[int, set[tuple[str, int]]] = -1, set()

    def is_news(self, error: BridgeError, device: int, now_s: float) -> bool:
        """Whether an error of this kind is the first of its device in this second.

        One that is not is counted, and that is all: the device knows already.
        """
        second = int(now_s)
        if self._told[0] != second:
            self._told = second, set()
        told = self._told[1]
        news = (error.code, device) not in told
        # Whoever makes up numbers gets no answer either, as soon as there are enough of them.
        if news and len(told) < REPLIES_PER_SECOND:
            told.add((error.code, device))
        elif news:
            news = False
        if not news:
            self.counts[error.code] += 1
        return news

    def note(self, error: BridgeError, now_s: float) -> tuple[bool, str | None]:
        """Count an error.

        Returns:
            Whether to send a reply, and the line to log now (None: one was logged this second).
        """
        self.counts[error.code] += 1
        second = int(now_s)
        if second != self._second:
            self._second, self._replies = second, 0
            line = str(error)
            if self._unlogged:
                line += f" ({self._unlogged} more like it were not shown.)"
            self._unlogged = 0
        else:
            self._unlogged += 1
            line = ""
        self._replies += 1
        return self._replies <= REPLIES_PER_SECOND, line or None
