"""What the noise of a clock's arrivals looks like: how wide it is, and how one-sided.

Delays are at best symmetric jitter around some mean and at worst a lower edge with a long tail of
late ones. The residuals of a line fit show which: their 10 % quantiles lie equally far from the
median, or not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SCALE_FLOOR = 5e-5
"""Least noise assumed, in seconds: a perfect stream must not divide by zero."""

SCALE_AT_START = 5e-4
"""Noise assumed while there are too few points to measure it."""

MAD_TO_SIGMA = 1.4826
EARLY_LIMIT = 2.5
LATE_LIMITS = (1.5, 0.3)
"""Residuals beyond these multiples of the scale lose weight; late ones by symmetric and by
one-sided noise."""

SKEW_RATES = (0.04, 0.005)
"""How fast the skew is learned: at first, and after some hundred points. The kind of noise is the
machine's and stays; a fast average would now and then take one kind for the other."""

SKEW_RANGE = (1.35, 1.85)
"""Ratio of the upper to the lower half's width at which noise begins to count as one-sided, and
at which it is wholly so. Exponential delays have 2.7, symmetric ones 1 give or take 0.1."""

GREATEST_RATIO = 4.0
LEAST_WIDTH = 2e-5
EDGE_QUANTILE = 0.03
FEWEST_FOR_SCALE = 8
FEWEST_FOR_SKEW = 24


class NoiseShape:
    """Scale and skew of residuals in seconds (positive is late).

    Args:
        most: Most residuals that will come at once.
    """

    def __init__(self, most: int) -> None:
        self._scratch = np.empty(most)
        self.reset()

    def reset(self) -> None:
        """Forget the noise."""
        self.scale = 2 * SCALE_AT_START
        self._ratio = 1.0
        self._measured = 0

    @property
    def skew(self) -> float:
        """How one-sided the noise is: 0 symmetric, 1 late only."""
        low, high = SKEW_RANGE
        return min(1.0, max(0.0, (self._ratio - low) / (high - low)))

    def measure_scale(self, residual: NDArray[np.float64]) -> None:
        """Set ``scale``, the noise's standard deviation, from the median absolute deviation."""
        count = len(residual)
        if count < FEWEST_FOR_SCALE:
            self.scale = max(self.scale, SCALE_AT_START)
            return
        scratch, middle = self._scratch[:count], count // 2
        scratch[:] = residual
        scratch.partition(middle)
        scratch -= scratch[middle]
        np.abs(scratch, out=scratch)
        scratch.partition(middle)
        self.scale = max(SCALE_FLOOR, MAD_TO_SIGMA * float(scratch[middle]))

    def weigh(self, residual: NDArray[np.float64], weight: NDArray[np.float64]) -> None:
        """Fill in the weights, 0 to 1: late ones fall with the square of their lateness."""
        skew = self.skew
        late = (LATE_LIMITS[0] * (1.0 - skew) + LATE_LIMITS[1] * skew) * self.scale
        early = -EARLY_LIMIT * self.scale
        scratch = self._scratch[: len(residual)]
        np.maximum(residual, late, out=scratch)
        np.divide(late, scratch, out=weight)
        weight *= weight
        np.minimum(residual, early, out=scratch)
        np.divide(early, scratch, out=scratch)
        weight *= scratch

    def middle_and_edge(self, residual: NDArray[np.float64]) -> tuple[float, float]:
        """How far to move the line, in seconds. Also learns the skew.

        Returns:
            To the middle of symmetric noise (late points were held to be worse than early ones,
            which leaves the line early by a tenth of the noise), and from there to the lower edge
            of one-sided noise (not positive).
        """
        count = len(residual)
        scratch = self._scratch[:count]
        scratch[:] = residual
        scratch.sort()
        middle = float(scratch[count // 2])
        if count >= FEWEST_FOR_SKEW:
            tenth = count // 10
            below = max(middle - float(scratch[tenth]), LEAST_WIDTH)
            above = float(scratch[count - 1 - tenth]) - middle
            self._measured += 1
            rate = max(SKEW_RATES[1], min(SKEW_RATES[0], 4.0 / self._measured))
            self._ratio += rate * (min(GREATEST_RATIO, above / below) - self._ratio)
        skew = self.skew
        edge = skew * min(0.0, float(scratch[int(EDGE_QUANTILE * count)]))
        return (1.0 - skew) * middle, edge
