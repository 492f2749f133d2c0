"""Telling that the tempo of a bare clock has changed, from the estimate alone.

The beat line follows within a fraction of a beat; this says so, once the new tempo has stood for
half a beat. A ramp is told in steps of 1.5 %.
"""

from __future__ import annotations


class UntoldTempo:
    """Watches the estimate, tick by tick."""

    FIRST_TICKS = 48
    CHANGED = 0.015
    STEADY = 0.005
    STEADY_TICKS = 12

    def __init__(self) -> None:
        self._known_qpm: float | None = None
        self._candidate_qpm = 0.0
        self._ticks = 0

    def changed(self, tempo_qpm: float) -> bool:
        """Take the estimate after a tick; whether it stands for another tempo than before."""
        known = self._known_qpm
        if known is not None and abs(tempo_qpm - known) <= self.CHANGED * known:
            self._ticks = 0
            return False
        if abs(tempo_qpm - self._candidate_qpm) > self.STEADY * self._candidate_qpm:
            self._candidate_qpm, self._ticks = tempo_qpm, 0
        self._ticks += 1
        if self._ticks < (self.FIRST_TICKS if known is None else self.STEADY_TICKS):
            return False
        self._known_qpm, self._ticks = tempo_qpm, 0
        return known is not None
