"""A straight line through noisy arrivals: AWR-S, the adaptive-window robust fit.

The messages of a steady clock arrive at ``y = a + p x`` plus a delay, where ``x`` says where the
sender was (its own clock in seconds, or beats played). The delays are the trouble: they are
mostly late, sometimes very late (a stalled machine holds back twenty messages and lets go of
them at once), and nobody knows beforehand whether their noise is one-sided. The fit:

1. The line is fitted to the newest points by weighted least squares, three passes. Points far
   above the line hardly count, points far below count less (they are rare: nothing arrives before
   it is sent).
2. The residuals' *skew* says which kind of noise it is. Symmetric noise: the line runs through
   the middle. One-sided noise: the true line is the lower edge, so the line is moved down to the
   3 % quantile, and late points are trusted less still. In between the two are blended.
3. A *change of slope* (a tempo change nobody announced) is found by summing up what the residuals
   have in common (CUSUM); the window is then cut where the change began. Stalls don't trigger it:
   late messages are judged by the best of the last three.

The phase noise of the fit is about twice the noise over the root of the points' number.
`python -m benchmarks sync` measures it on several kinds of jitter, beside other methods.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SCALE_FLOOR = 5e-5
"""Least noise assumed, in units of y (seconds): a perfect stream must not divide by zero."""

SCALE_AT_START = 5e-4
"""Noise assumed while there are too few points to measure it."""

MAD_TO_SIGMA = 1.4826
EARLY_LIMIT = 2.5
LATE_LIMITS = (1.5, 0.3)
"""Residuals beyond these multiples of the scale lose weight; late ones by symmetric and by
one-sided noise."""

SKEW_RATE = 0.04
EDGE_QUANTILE = 0.03
FEWEST_FOR_SCALE = 8
FEWEST_FOR_SKEW = 24
LONGEST_CARRY = 48
LEAST_SLOPE = 0.05


@dataclass(frozen=True, slots=True)
class FitParameters:
    """What distinguishes one use of the fit from another.

    Args:
        window: Most points that are fitted.
        span: Greatest stretch of x that is fitted.
        detect_changes: Whether the slope may change unannounced.
    """

    window: int
    span: float = float("inf")
    detect_changes: bool = False


SENDER_TIME = FitParameters(window=480, span=30.0)
"""Arrival against the sender's clock, both in seconds: slope 1 but for some ppm."""

BEATS = FitParameters(window=192, detect_changes=True)
"""Arrival in seconds against beats played: the slope is the tempo's."""


class ChangeDetector:
    """Finds a change of slope in a stream of residuals (CUSUM with a look at their trend).

    Residuals are expected in seconds, with their scale, against the middle of the noise.
    """

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


class LineFit:
    """The fit of one line, point by point.

    ``ready`` says whether there is a line yet; `at`, `where` and ``slope`` need one.

    Args:
        parameters: Window and change detection.
    """

    def __init__(self, parameters: FitParameters) -> None:
        self._parameters = parameters
        size = parameters.window
        self._xs = np.empty(4 * size)
        self._ys = np.empty(4 * size)
        self._x, self._z, self._residual, self._weight, self._sorted, self._product = np.empty(
            (6, size)
        )
        self._detector = ChangeDetector() if parameters.detect_changes else None
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._first = self._end = 0
        self._x0 = self._y0 = 0.0
        self._scale = 1e-3
        self._skew_ratio = 1.0
        self._shift = 0.0
        self._carried: tuple[float, float, float] | None = None
        self.slope = float("nan")
        self.ready = False
        self.set_prior(None)
        if self._detector is not None:
            self._detector.reset()

    def set_prior(self, slope: float | None, weight: float = 0.0, until: int = 1 << 30) -> None:
        """Expect a slope.

        Args:
            slope: The slope expected, or None for no expectation.
            weight: Its weight in x², next to the points' own spread ``Σ(x - mean)²``.
            until: It counts while there are fewer points than this.
        """
        self._prior_slope = slope
        self._prior_weight = weight
        self._prior_until = until

    def restart(self) -> None:
        """Forget the points but not the slope, noise and skew: the phase is new."""
        self._first = self._end
        self._carried = None
        if self._detector is not None:
            self._detector.reset()

    def carry_over(self, x: float) -> None:
        """Begin a new window at ``x`` because the slope changes there, keeping the phase.

        The old line's value at ``x`` counts as much as the points it rests on, 48 at most.
        """
        if not self.ready:
            return
        # The shift to the noise's edge is added anew at every fit: carry the middle.
        worth = float(min(LONGEST_CARRY, self.count))
        if self._carried is not None and self.count < LONGEST_CARRY:
            worth = min(float(LONGEST_CARRY), self.count + self._carried[2])
        self._carried = (x, self.at(x) - self._shift, worth)
        self._first = self._end
        if self._detector is not None:
            self._detector.reset()

    @property
    def count(self) -> int:
        """Points in the window."""
        return self._end - self._first

    @property
    def scale(self) -> float:
        """Standard deviation of the noise, robustly, in units of y."""
        return self._scale

    @property
    def skew(self) -> float:
        """How one-sided the noise is: 0 symmetric, 1 late only."""
        return min(1.0, max(0.0, (self._skew_ratio - 1.35) / 0.5))

    def at(self, x: float) -> float:
        """The line's y at ``x``."""
        return self._y0 + self.slope * (x - self._x0)

    def where(self, y: float) -> float:
        """The x at which the line reaches ``y``."""
        return self._x0 + (y - self._y0) / self.slope

    def add(self, x: float, y: float) -> None:
        """Take a point and fit anew. ``x`` should not fall."""
        if self._detector is not None and self.ready and self.count >= 6:
            residual = y - (self.at(x) - self._shift)
            changed_at = self._detector.feed(x, residual, self._scale)
            if changed_at is not None:
                self._cut(changed_at)
        self._append(x, y)
        self._fit()

    def _append(self, x: float, y: float) -> None:
        if self._end == len(self._xs):
            count = self.count
            self._xs[:count] = self._xs[self._first : self._end]
            self._ys[:count] = self._ys[self._first : self._end]
            self._first, self._end = 0, count
        self._xs[self._end] = x
        self._ys[self._end] = y
        self._end += 1
        self._first = max(self._first, self._end - self._parameters.window)
        while x - self._xs[self._first] > self._parameters.span:
            self._first += 1

    def _cut(self, x: float) -> None:
        """Keep what came after ``x``: at least 3 points, at most 24."""
        after = int(np.searchsorted(self._xs[self._first : self._end], x))
        self._first += max(0, min(self.count - 3, max(after, self.count - 24)))
        self._carried = None
        self.set_prior(None)

    def _fit(self) -> None:
        count = self.count
        prior_counts = self._prior_slope is not None and count < self._prior_until
        if count == 1 and not prior_counts:
            if self.ready:
                self._x0, self._y0 = float(self._xs[self._first]), float(self._ys[self._first])
            return
        x_ref, y_ref = float(self._xs[self._end - 1]), float(self._ys[self._end - 1])
        # Fit what deviates from a known slope: the numbers stay small and the prior is zero.
        reference = self._prior_slope if self._prior_slope is not None else 0.0
        x, z = self._x[:count], self._z[:count]
        np.subtract(self._xs[self._first : self._end], x_ref, out=x)
        np.subtract(self._ys[self._first : self._end], y_ref, out=z)
        residual, weight = self._residual[:count], self._weight[:count]
        if reference != 0.0:
            np.multiply(x, reference, out=residual)
            z -= residual
        carried = self._carried if count < LONGEST_CARRY else None
        if carried is not None:
            carried_x = carried[0] - x_ref
            carried = (carried_x, carried[1] - y_ref - reference * carried_x, carried[2])
        ridge = self._prior_weight if prior_counts else 0.0
        line = self._robust_line(x, z, residual, weight, carried, ridge)
        if line is None or line[1] + reference <= LEAST_SLOPE:
            return
        np.multiply(x, line[1], out=residual)
        np.subtract(z, residual, out=residual)
        residual -= line[0]
        self._shift = self._edge(residual) if count >= 4 else 0.0
        self.slope = line[1] + reference
        self._x0, self._y0 = x_ref, y_ref + line[0] + self._shift
        self.ready = True

    def _robust_line(
        self,
        x: NDArray[np.float64],
        z: NDArray[np.float64],
        residual: NDArray[np.float64],
        weight: NDArray[np.float64],
        carried: tuple[float, float, float] | None,
        ridge: float,
    ) -> tuple[float, float] | None:
        """Value at 0 and slope of the weighted line, three passes."""
        weight.fill(1.0)
        line = self._weighted_line(x, z, weight, carried, ridge)
        if line is None or len(x) < 4:
            return line
        for rung in range(2):
            np.multiply(x, line[1], out=residual)
            np.subtract(z, residual, out=residual)
            residual -= line[0]
            if rung == 0:
                self._measure_scale(residual)
            self._reweigh(residual, weight)
            line = self._weighted_line(x, z, weight, carried, ridge)
            if line is None:
                return None
        return line

    def _weighted_line(
        self,
        x: NDArray[np.float64],
        z: NDArray[np.float64],
        weight: NDArray[np.float64],
        carried: tuple[float, float, float] | None,
        ridge: float,
    ) -> tuple[float, float] | None:
        weighted = np.multiply(weight, x, out=self._product[: len(x)])
        total = float(np.add.reduce(weight))
        sum_x = float(np.add.reduce(weighted))
        sum_z = float(weight @ z)
        sum_xx = float(weighted @ x)
        sum_xz = float(weighted @ z)
        if carried is not None:
            at, value, worth = carried
            total += worth
            sum_x += worth * at
            sum_z += worth * value
            sum_xx += worth * at * at
            sum_xz += worth * at * value
        mean_x, mean_z = sum_x / total, sum_z / total
        spread = sum_xx - sum_x * mean_x + ridge
        if spread <= 1e-12:
            return None
        slope = (sum_xz - sum_x * mean_z) / spread
        return mean_z - slope * mean_x, slope

    def _measure_scale(self, residual: NDArray[np.float64]) -> None:
        """Median absolute deviation, as a standard deviation."""
        count = len(residual)
        if count < FEWEST_FOR_SCALE:
            self._scale = max(self._scale, SCALE_AT_START)
            return
        scratch, middle = self._sorted[:count], count // 2
        scratch[:] = residual
        scratch.partition(middle)
        scratch -= scratch[middle]
        np.abs(scratch, out=scratch)
        scratch.partition(middle)
        self._scale = max(SCALE_FLOOR, MAD_TO_SIGMA * float(scratch[middle]))

    def _reweigh(self, residual: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        skew = self.skew
        late = (LATE_LIMITS[0] * (1.0 - skew) + LATE_LIMITS[1] * skew) * self._scale
        early = -EARLY_LIMIT * self._scale
        scratch = self._sorted[: len(residual)]
        np.maximum(residual, late, out=scratch)
        np.divide(late, scratch, out=weight)
        weight *= weight
        np.minimum(residual, early, out=scratch)
        np.divide(early, scratch, out=scratch)
        weight *= scratch

    def _edge(self, residual: NDArray[np.float64]) -> float:
        """How far to move the line for one-sided noise: not positive, in units of y."""
        count = len(residual)
        scratch = self._sorted[:count]
        scratch[:] = residual
        scratch.sort()
        if count >= FEWEST_FOR_SKEW:
            tenth = count // 10
            middle = scratch[count // 2]
            below = max(float(middle - scratch[tenth]), 2e-5)
            above = float(scratch[count - 1 - tenth] - middle)
            self._skew_ratio += SKEW_RATE * (min(4.0, above / below) - self._skew_ratio)
        return self.skew * min(0.0, float(scratch[int(EDGE_QUANTILE * count)]))
