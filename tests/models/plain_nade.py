"""A NADE in float64, one key after the other as the paper writes it: the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bridge.models.weights import NadeWeights


class PlainNade:
    """One observation: ``decide(key, logit)`` says of each key whether it sounds."""

    def __init__(self, weights: NadeWeights) -> None:
        self.encoder = weights.encoder.astype(np.float64)
        self.decoder = weights.decoder.astype(np.float64)

    def run(
        self, output: np.ndarray, decide: Callable[[int, float], bool]
    ) -> tuple[list[int], float]:
        """The keys that sound, and ln of the probability of just these.

        Args:
            output: The biases: the encoder's, then the decoder's.
            decide: Told each key and its logit.
        """
        keys, hidden = self.encoder.shape
        activation, biases = output[:hidden].astype(np.float64), output[hidden:]
        sounding, nats = [], 0.0
        for key in range(keys):
            units = [1.0 / (1.0 + math.exp(-x)) for x in activation]
            logit = float(biases[key]) + sum(
                weight * unit for weight, unit in zip(self.decoder[key], units, strict=True)
            )
            share = 1.0 / (1.0 + math.exp(-logit))
            sounds = decide(key, logit)
            nats += math.log(share if sounds else 1.0 - share)
            if sounds:
                sounding.append(key)
                activation = activation + self.encoder[key]
        return sounding, nats
