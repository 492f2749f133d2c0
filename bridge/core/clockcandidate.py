"""A source of the beat as one to be followed: whether it is ready, and how far it is trusted."""

from __future__ import annotations

from bridge.core.clocksource import BeatClock
from bridge.core.songposition import Discontinuity

TAKE_OVER_S = 2.0
LONGEST_WAIT_S = 60.0
LOST_AFTER_S = 0.5
LOST_AFTER_CLOCKS = 8


class Candidate:
    """A source and what the hub remembers of it.

    Attributes:
        clock: The source.
        ready_since_s: Since when it is heard, plays and is locked; None if it doesn't.
        silences: How often it fell silent while followed.
    """

    def __init__(self, clock: BeatClock) -> None:
        self.clock = clock
        self.breaks_seen = clock.breaks.total
        self.ready_since_s: float | None = None
        self.silences = 0

    def watch(self, now_s: float) -> None:
        """See whether it is ready."""
        ready = self.clock.playing and self.clock.locked and not self.lost(now_s)
        if not ready:
            self.ready_since_s = None
        elif self.ready_since_s is None:
            self.ready_since_s = now_s

    def lost(self, now_s: float) -> bool:
        """Whether it fell silent while playing, or has nobody to follow any more."""
        limit_s = max(LOST_AFTER_S, LOST_AFTER_CLOCKS * 60.0 / (24.0 * self.clock.tempo_qpm))
        return self.clock.silent_for_s(now_s) > limit_s or not self.clock.locked

    @property
    def wait_s(self) -> float:
        """How long it must be ready before it may take over."""
        return min(TAKE_OVER_S * 2.0**self.silences, LONGEST_WAIT_S)

    def new_breaks(self) -> tuple[Discontinuity, ...]:
        """What broke since last asked."""
        found = self.clock.breaks.since(self.breaks_seen)
        self.breaks_seen = self.clock.breaks.total
        return found
