"""How busy the timekeeper is, for the people who watch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """What the timekeeper did since the last report.

    Args:
        share: Share of the time that it worked, 0.0 to 1.0; the rest it slept or watched the clock.
        turns_per_s: Turns of the wheel a second.
        longest_turn_ms: The longest of them.
    """

    share: float
    turns_per_s: float
    longest_turn_ms: float


class LoadMeter:
    """Adds up turns between reports.

    Args:
        now_s: The present moment.
    """

    def __init__(self, now_s: float) -> None:
        self._begun_s = now_s
        self._turns = 0
        self._worked_s = 0.0
        self._longest_s = 0.0

    def turned(self, took_s: float) -> None:
        """Count a turn."""
        self._turns += 1
        self._worked_s += took_s
        self._longest_s = max(self._longest_s, took_s)

    def report(self, now_s: float) -> EngineLoad:
        """What was since the last report; counting begins anew."""
        passed_s = max(1e-9, now_s - self._begun_s)
        load = EngineLoad(
            share=min(1.0, self._worked_s / passed_s),
            turns_per_s=self._turns / passed_s,
            longest_turn_ms=self._longest_s * 1000.0,
        )
        self._begun_s, self._turns, self._worked_s, self._longest_s = now_s, 0, 0.0, 0.0
        return load
