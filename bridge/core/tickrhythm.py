"""Whether ticks of a bare clock were lost or doubled, told by when the others come.

A tick of MIDI beat clock carries no number: one lost leaves the count behind for good. But ticks
come regularly. One lost makes all later ones come a whole period late by the count, a doubled one
makes them a period early; a stall makes some late and then none, a change of tempo bends the
line. So the count is corrected when six ticks in a row are off by the same whole number of
periods, of a sudden. What is too rough for that, such as a pause, is left to the next start or
song position.
"""

from __future__ import annotations

import enum


class Hearing(enum.Enum):
    """What to make of a tick."""

    ON_TIME = "on time"
    DOUBTFUL = "doubtful"
    ODD = "odd"


class TickRhythm:
    """Foretells the next tick from the last ones, by a line with a memory of some 24 ticks.

    Attributes:
        corrections: What the newest ticks were off the count, in ticks, if the newest one proves
            it; mostly empty. The last one holds for the ticks to come.
    """

    MEMORY = 24
    LEARNED = 12
    OFF = 0.5
    ALIKE = 0.3
    SUDDEN = 0.25
    PROOF = 6
    PATIENCE = 16
    MOST = 6

    def __init__(self) -> None:
        self.corrections: list[int] = []
        self._heard = 0
        self._next_s: float | None = None
        self._period_s = 0.0
        self._before = 0.0
        self._offs: list[float] = []

    def new_phase(self) -> None:
        """The clock starts: the next tick comes when it likes, at the tempo so far."""
        self._next_s = None
        self._offs.clear()

    def settle(self) -> None:
        """The count has been put right by other means."""
        if self._offs and self._next_s is not None:
            self._next_s += round(self._offs[-1]) * self._period_s
        self._offs.clear()

    def hear(self, arrival_s: float) -> Hearing:
        """Take a tick."""
        self.corrections = []
        if self._next_s is None or self._heard < 2:
            return self._begin(arrival_s)
        off = (arrival_s - self._next_s) / self._period_s
        if abs(off) < self.OFF:
            self._on_time(off)
            return Hearing.ON_TIME
        if self._heard < self.LEARNED or abs(off) > self.MOST + self.ALIKE:
            return self._learn_anew(arrival_s)
        return self._doubt(off, arrival_s)

    def _begin(self, arrival_s: float) -> Hearing:
        if self._next_s is not None:
            # Until there is a period, the moment of the first tick stands for the next.
            self._period_s = max(arrival_s - self._next_s, 1e-4)
        self._heard = max(self._heard, 1 if self._next_s is None else 2)
        self._next_s = arrival_s + (self._period_s if self._heard > 1 else 0.0)
        self._before = 0.0
        return Hearing.ON_TIME

    def _on_time(self, off: float) -> None:
        """The least squares line, kept up; its memory grows to 24 ticks."""
        self._offs.clear()
        self._heard += 1
        n = min(self._heard, self.MEMORY)
        error_s = off * self._period_s
        self._period_s += error_s * 6.0 / (n * (n + 1))
        gain = 2.0 * (2 * n - 1) / (n * (n + 1))
        self._next_s = (self._next_s or 0.0) + gain * error_s + self._period_s
        self._before = off

    def _doubt(self, off: float, arrival_s: float) -> Hearing:
        if not self._offs and abs(self._before) > self.SUDDEN:
            return self._learn_anew(arrival_s)
        self._next_s = (self._next_s or 0.0) + self._period_s
        self._offs.append(off)
        whole = [round(off) for off in self._offs]
        if self._proven(whole):
            self.corrections = whole
            self._next_s += whole[-1] * self._period_s
            self._offs.clear()
            return Hearing.ON_TIME
        if len(self._offs) >= self.PATIENCE:
            return self._learn_anew(arrival_s)
        # Two losses may follow each other; but a clock that is a period later with each tick has
        # become slower, and one that is half a period late was not late by a tick.
        odd = off - whole[-1] < -self.ALIKE or len(set(whole[-3:])) == 3
        return Hearing.ODD if odd else Hearing.DOUBTFUL

    def _proven(self, whole: list[int]) -> bool:
        """Whether the newest doubts are the same whole number of periods."""
        newest = whole[-self.PROOF :]
        if newest[-1] == 0 or len(newest) < self.PROOF or len(set(newest)) > 1:
            return False
        offs = self._offs[-self.PROOF :]
        return all(abs(one - newest[-1]) < self.ALIKE for one in (min(offs), _middle(offs)))

    def _learn_anew(self, arrival_s: float) -> Hearing:
        self._offs.clear()
        self._heard = 1
        self._next_s = arrival_s
        return Hearing.ODD


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
