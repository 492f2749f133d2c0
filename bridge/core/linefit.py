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
3. A *change of slope* (a tempo change nobody announced) is found by `bridge.core.slopechange`; the
   window is then cut where the change began.

The phase noise of the fit is about twice the noise over the root of the points' number.
`python -m benchmarks sync` measures it on several kinds of jitter, beside other methods.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.core.noiseshape import NoiseShape
from bridge.core.slopechange import ChangeDetector

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


class LineFit:
    """The fit of one line, point by point.

    Args:
        parameters: Window and change detection.

    Attributes:
        ready: Whether there is a line yet; `at`, `where` and ``slope`` need one.
        slope: The line's slope.
        spread: Weighted ``Σ(x - mean)²`` of the points fitted: what the slope rests on.
        watching: Whether unannounced changes are looked for, if the parameters say so at all.
    """

    def __init__(self, parameters: FitParameters) -> None:
        self._parameters = parameters
        size = parameters.window
        self._xs = np.empty(4 * size)
        self._ys = np.empty(4 * size)
        self._x, self._z, self._residual, self._weight, self._product = np.empty((5, size))
        self._noise = NoiseShape(size)
        self._detector = ChangeDetector() if parameters.detect_changes else None
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._first = self._end = 0
        self._x0 = self._y0 = 0.0
        self._noise.reset()
        self._shift = 0.0
        self._carried: tuple[float, float, float] | None = None
        self.slope = float("nan")
        self.spread = 0.0
        self.ready = False
        self.watching = True
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
        return self._noise.scale

    @property
    def skew(self) -> float:
        """How one-sided the noise is: 0 symmetric, 1 late only."""
        return self._noise.skew

    def at(self, x: float) -> float:
        """The line's y at ``x``."""
        return self._y0 + self.slope * (x - self._x0)

    def where(self, y: float) -> float:
        """The x at which the line reaches ``y``."""
        return self._x0 + (y - self._y0) / self.slope

    def add(self, x: float, y: float) -> None:
        """Take a point and fit anew. ``x`` should not fall."""
        if self._detector is not None and self.watching and self.ready and self.count >= 6:
            residual = y - (self.at(x) - self._shift)
            changed_at = self._detector.feed(x, residual, self._noise.scale)
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
        middle, self._shift = self._noise.middle_and_edge(residual) if count >= 4 else (0.0, 0.0)
        self.slope = line[1] + reference
        self._x0, self._y0 = x_ref, y_ref + line[0] + middle + self._shift
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
                self._noise.measure_scale(residual)
            self._noise.weigh(residual, weight)
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
        self.spread = sum_xx - sum_x * mean_x
        spread = self.spread + ridge
        if spread <= 1e-12:
            return None
        slope = (sum_xz - sum_x * mean_z) / spread
        return mean_z - slope * mean_x, slope
