"""What the last layer's numbers mean: how an event is drawn from them, and how likely one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bridge.core.requests import AnswerControls
from bridge.models.sampling import Sampler, log_probability
from bridge.models.weights import FloatArray


class Head(Protocol):
    """Between a network's logits and its classes."""

    def draw(
        self, sampler: Sampler, logits: FloatArray, controls: AnswerControls
    ) -> tuple[int, float]:
        """A class, and ln of its probability at temperature 1.

        Args:
            sampler: The answer's random numbers.
            logits: The network's prediction, shape (outputs,).
            controls: Temperature and what else the head heeds.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        ...

    def log_probability(self, logits: FloatArray, class_index: int) -> float:
        """Natural logarithm of a class's probability at temperature 1; not positive."""
        ...


@dataclass(frozen=True, slots=True)
class OneDistribution:
    """One softmax over all classes."""

    def draw(
        self, sampler: Sampler, logits: FloatArray, controls: AnswerControls
    ) -> tuple[int, float]:
        """A class, and ln of its probability at temperature 1."""
        return sampler.draw(logits, controls.temperature)

    def log_probability(self, logits: FloatArray, class_index: int) -> float:
        """Natural logarithm of a class's probability at temperature 1; not positive."""
        return log_probability(logits, class_index)


@dataclass(frozen=True, slots=True)
class SeveralDistributions:
    """Several softmaxes side by side: a class is one number from each, packed into one.

    Args:
        sizes: How many values each number has; the first is the most significant of the class.
    """

    sizes: tuple[int, ...]

    def draw(
        self, sampler: Sampler, logits: FloatArray, controls: AnswerControls
    ) -> tuple[int, float]:
        """A class, and ln of its probability at temperature 1."""
        numbers, nats = sampler.draw_each(self._split(logits), controls.temperature)
        class_index = 0
        for number, size in zip(numbers, self.sizes, strict=True):
            class_index = class_index * size + number
        return class_index, nats

    def log_probability(self, logits: FloatArray, class_index: int) -> float:
        """Natural logarithm of a class's probability at temperature 1; not positive."""
        nats = 0.0
        parts = self._split(logits)
        for part, size in zip(reversed(parts), reversed(self.sizes), strict=True):
            class_index, number = divmod(class_index, size)
            nats += log_probability(part, number)
        return nats

    def _split(self, logits: FloatArray) -> list[FloatArray]:
        parts, first = [], 0
        for size in self.sizes:
            parts.append(logits[first : first + size])
            first += size
        return parts
