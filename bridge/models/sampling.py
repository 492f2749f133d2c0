"""Draws a class from logits exactly as Magenta does with the same random numbers.

Magenta divides the logits by the temperature, takes a float32 softmax in TensorFlow, and calls
``np.random.choice(n, p=softmax)``, which turns one uniform number into a class by the cumulative
sum in float64. It does so for every row of the bundle's batch, although it keeps only the first:
those numbers must be drawn here too, or the second step would already differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bridge.errors import BundleInvalid
from bridge.models.weights import FloatArray

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.01, 100.0
"""Limits of what is used; beyond them the best class is certain, or all are equal."""


def tempered(logits: FloatArray, temperature: float) -> FloatArray:
    """Logits divided by the temperature, kept within `MIN_TEMPERATURE` and `MAX_TEMPERATURE`."""
    if temperature == 1.0:
        return logits
    return logits / np.float32(min(MAX_TEMPERATURE, max(MIN_TEMPERATURE, temperature)))


def softmax(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """Distribution over the classes.

    Args:
        logits: Shape (classes,).
        temperature: Divides the logits; kept within `MIN_TEMPERATURE` and `MAX_TEMPERATURE`.

    Returns:
        Float32 array (classes,) that sums to 1.

    Raises:
        BundleInvalid: The logits are not numbers: the weights overflow.
    """
    logits = tempered(logits, temperature)
    # The reductions' methods cost twice as much as their ufuncs, and this runs at every step.
    shifted: FloatArray = logits - np.maximum.reduce(logits)
    np.exp(shifted, out=shifted)
    total = np.add.reduce(shifted)
    if not math.isfinite(total):
        raise not_numbers()
    shifted /= total
    return shifted


def softmax_rows(logits: FloatArray, temperature: float = 1.0) -> FloatArray:
    """`softmax` of each row, to the last bit.

    Args:
        logits: Shape (rows, classes).
        temperature: As there.

    Raises:
        BundleInvalid: Some logits are not numbers.
    """
    logits = tempered(logits, temperature)
    shifted: FloatArray = logits - np.maximum.reduce(logits, axis=1, keepdims=True)
    np.exp(shifted, out=shifted)
    totals = np.add.reduce(shifted, axis=1, keepdims=True)
    if not np.isfinite(totals).all():
        raise not_numbers()
    shifted /= totals
    return shifted


def not_numbers() -> BundleInvalid:
    """The error for logits that are no numbers."""
    return BundleInvalid(
        "The bundle's network computes nothing that is a number.", "Choose another bundle."
    )


def log_probability(logits: FloatArray, class_index: int) -> float:
    """Natural logarithm of a class's probability at temperature 1; not positive.

    Args:
        logits: Shape (classes,).
        class_index: The class.
    """
    wide = logits.astype(np.float64)
    wide -= np.maximum.reduce(wide)
    return min(0.0, float(wide[class_index]) - math.log(np.add.reduce(np.exp(wide))))


class Sampler:
    """Draws the classes of one answer.

    Args:
        seed: Seed of the random numbers, 0 to 2**32 - 1.
        batch_size: Batch size stored in the bundle.
    """

    def __init__(self, seed: int, batch_size: int) -> None:
        self._random = np.random.RandomState(seed % 2**32)
        self._batch_size = batch_size

    def draw(self, logits: FloatArray, temperature: float) -> tuple[int, float]:
        """A class drawn from the tempered distribution.

        Args:
            logits: Shape (classes,).
            temperature: Divides the logits.

        Returns:
            The class, and ln of its probability at temperature 1.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        shares = softmax(logits, temperature)
        class_index = self.choose(shares)
        if temperature == 1.0:
            return class_index, min(0.0, math.log(shares[class_index]))
        return class_index, log_probability(logits, class_index)

    def choose(self, shares: FloatArray) -> int:
        """A class drawn from a distribution; one whose share is 0 never is.

        Args:
            shares: Shape (classes,), not negative, of any positive sum.
        """
        cumulative = shares.cumsum(dtype=np.float64)
        cumulative /= cumulative[-1]
        uniform = self._random.random_sample()
        if self._batch_size > 1:
            self._random.random_sample(self._batch_size - 1)
        return int(cumulative.searchsorted(uniform, side="right"))

    def copy(self) -> Sampler:
        """A sampler that will draw the same numbers."""
        other = Sampler(0, self._batch_size)
        other._random.set_state(self._random.get_state())
        return other

    def draw_each(
        self, distributions: Sequence[FloatArray], temperature: float
    ) -> tuple[list[int], float]:
        """A class from each of several distributions that make up one event.

        Args:
            distributions: Logits of each, shape (its classes,).
            temperature: Divides the logits.

        Returns:
            The classes, and ln of the probability of all of them at temperature 1.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        classes, nats = [], 0.0
        for logits, uniform in zip(distributions, self.uniforms(len(distributions)), strict=True):
            shares = softmax(logits, temperature)
            cumulative = shares.cumsum(dtype=np.float64)
            cumulative /= cumulative[-1]
            class_index = int(cumulative.searchsorted(uniform, side="right"))
            classes.append(class_index)
            if temperature == 1.0:
                nats += min(0.0, math.log(shares[class_index]))
            else:
                nats += log_probability(logits, class_index)
        return classes, nats

    def uniforms(self, count: int) -> npt.NDArray[np.float64]:
        """So many numbers from 0 to 1 for one event.

        Magenta draws row by row of its batch: all numbers of one sequence, then all of the next.
        """
        drawn = self._random.random_sample(count * self._batch_size)
        return np.asarray(drawn[:count])
