"""What every source of the beat can be asked, and the log of what broke in it."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from bridge.core.songposition import Discontinuity
from bridge.core.timeline import Timeline

LEAST_TEMPO_QPM, GREATEST_TEMPO_QPM = 20.0, 999.0
"""Live's range of tempos."""


class BeatClock(Protocol):
    """The reading side of a clock. Times are seconds of the engine's clock, positions run beats."""

    @property
    def playing(self) -> bool:
        """Whether the song runs."""

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute."""

    @property
    def locked(self) -> bool:
        """Whether the beat line can be trusted."""

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions from the newest moment known on; its anchor never falls."""

    @property
    def breaks(self) -> BreakLog:
        """What broke lately."""

    def silent_for_s(self, now_s: float) -> float:
        """Seconds since the source was last heard while playing; 0.0 while stopped."""

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the song stopped."""

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played, at the present tempo; inf while stopped."""


class BreakLog:
    """The newest discontinuities of a clock, for readers other than the one who fed it."""

    KEPT = 64

    def __init__(self) -> None:
        self._kept: deque[Discontinuity] = deque(maxlen=self.KEPT)
        self._total = 0

    @property
    def total(self) -> int:
        """How many there have been; give it to `since` next time."""
        return self._total

    def add(self, found: tuple[Discontinuity, ...]) -> tuple[Discontinuity, ...]:
        """Note what broke, and give it back."""
        self._kept.extend(found)
        self._total += len(found)
        return found

    def since(self, total: int) -> tuple[Discontinuity, ...]:
        """What broke since there were ``total``, at most the newest 64."""
        new = min(self._total - total, len(self._kept))
        return tuple(self._kept)[len(self._kept) - new :]
