"""A tempo tapped by hand."""

from __future__ import annotations

PAUSE_S = 2.0
"""Who waits longer begins anew."""
FEWEST, MOST = 3, 8
"""Taps that make a tempo, and those that are looked back to."""
LOWEST_QPM, HIGHEST_QPM = 40.0, 300.0


class Taps:
    """Taps of one button."""

    def __init__(self) -> None:
        self._moments_s: list[float] = []

    def tap(self, now_s: float) -> float | None:
        """Another tap; returns the tempo in quarter notes a minute, if there is one yet."""
        moments = self._moments_s
        if moments and now_s - moments[-1] > PAUSE_S:
            moments.clear()
        moments.append(now_s)
        del moments[:-MOST]
        if len(moments) < FEWEST or moments[-1] <= moments[0]:
            return None
        tempo_qpm = 60.0 * (len(moments) - 1) / (moments[-1] - moments[0])
        return round(min(HIGHEST_QPM, max(LOWEST_QPM, tempo_qpm)), 1)
