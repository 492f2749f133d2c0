"""The machine's clock."""

from __future__ import annotations

import time


class MonotonicClock:
    """Seconds that only grow; no time server can make them jump."""

    def now_s(self) -> float:
        """The present moment."""
        return time.monotonic()
