"""What the last layer's numbers mean: how an event is drawn from them, and how likely one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bridge.core.encodings.voice_meaning import heights
from bridge.core.requests import AnswerControls
from bridge.models.sampling import Sampler, log_probability, not_numbers, tempered
from bridge.models.shaping import scale_has, top_shares, within
from bridge.models.steering import DENSITY_NATS, REGISTER_NATS, steers
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
        waits: Which of them make up the time until the note, the coarsest first.
        pitch: Which of them is the note's MIDI pitch; -1: none.
    """

    sizes: tuple[int, ...]
    waits: tuple[int, ...] = ()
    pitch: int = -1

    def draw(
        self, sampler: Sampler, logits: FloatArray, controls: AnswerControls
    ) -> tuple[int, float]:
        """A class, and ln of its probability at temperature 1.

        Of the controls it heeds temperature; ``register_bias`` and ``scale`` by the pitches;
        ``density``, which makes the waits shorter; and ``top_p`` in each of the softmaxes.
        """
        parts = self._split(logits)
        if not steers(controls):
            numbers, nats = sampler.draw_each(parts, controls.temperature)
        else:
            shaped = [self._shaped(i, part, controls) for i, part in enumerate(parts)]
            numbers, _ = sampler.draw_each(shaped, 1.0)
            pairs = zip(parts, numbers, strict=True)
            nats = sum(log_probability(part, number) for part, number in pairs)
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

    def _shaped(self, i: int, logits: FloatArray, controls: AnswerControls) -> FloatArray:
        """Log shares of the i-th number, by the temperature and the musical controls."""
        scores = tempered(logits, controls.temperature).astype(np.float64)
        if not np.isfinite(scores).all():
            raise not_numbers()
        if i in self.waits:
            size = max(1, len(scores) - 1)
            # The coarse part of a wait counts in full at each of its steps, the others over all.
            span = np.arange(len(scores)) / (1 if i == self.waits[0] else size)
            scores = scores - within(controls.density, -1.0, 1.0) * DENSITY_NATS * span
        if i == self.pitch:
            bias = within(controls.register_bias, -1.0, 1.0) * REGISTER_NATS
            scores = scores + bias * heights(len(scores))
            allowed = scale_has(controls.scale, np.arange(len(scores)))
            scores = np.where(allowed, scores, -np.inf)
        return top_shares(scores, controls.top_p)

    def _split(self, logits: FloatArray) -> list[FloatArray]:
        parts, first = [], 0
        for size in self.sizes:
            parts.append(logits[first : first + size])
            first += size
        return parts
