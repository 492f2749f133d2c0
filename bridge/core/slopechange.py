"""Finding a change of slope in noisy residuals: a tempo change that nobody announced.

Two running sums (CUSUM) collect what early and what late residuals have in common. When one grows
too large, the trend of the last residuals decides: if they lead away from the line, the slope
has changed, at the point where their own line crosses the old one; if not, it was a stall or an
offset, and the sum is halved.
"""

from __future__ import annotations

from collections import deque


class ChangeDetector:
    """Watches the residuals of a line fit, in seconds, against the middle of their noise."""

    THRESHOLD = 8.0
    DRIFT = 0.75
    CLIP = 4.0
    TREND_POINTS = 8
    LEAST_TREND = 5e-4

    def __init__(self) -> None:
        self._early = 0.0
        self._late = 0.0
        self._recent: deque[tuple[float, float]] = deque(maxlen=self.TREND_POINTS)

    def reset(self) -> None:
        """Forget all residuals."""
        self._early = self._late = 0.0
        self._recent.clear()

    def feed(self, x: float, residual: float, scale: float) -> float | None:
        """Take one residual.

        Returns:
            The x at which the slope changed, or None if it hasn't.
        """
        self._recent.append((x, residual))
        self._early = max(0.0, self._early - self._clipped(residual / scale) - self.DRIFT)
        if len(self._recent) >= 3:
            # A stall's messages come at once, so their lateness falls and one of three is
            # soon on time; a slow-down makes all three late.
            best = min(self._recent[-1][1], self._recent[-2][1], self._recent[-3][1])
            self._late = max(0.0, self._late + self._clipped(best / scale) - self.DRIFT)
        if max(self._early, self._late) <= self.THRESHOLD:
            return None
        return self._judge(late=self._late > self.THRESHOLD)

    def _judge(self, *, late: bool) -> float | None:
        """Whether the residuals' trend explains the alarm; a mere offset does not."""
        count = len(self._recent)
        mean_x = sum(x for x, _ in self._recent) / count
        mean_residual = sum(residual for _, residual in self._recent) / count
        spread = sum((x - mean_x) ** 2 for x, _ in self._recent)
        common = sum((x - mean_x) * (residual - mean_residual) for x, residual in self._recent)
        trend = common / spread if spread > 0.0 else 0.0
        growing = trend if late else -trend
        if growing > self.LEAST_TREND:
            self.reset()
            return mean_x - mean_residual / trend
        self._early *= 0.5
        self._late *= 0.5
        return None

    def _clipped(self, value: float) -> float:
        return max(-self.CLIP, min(self.CLIP, value))
