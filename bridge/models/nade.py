"""Sets of keys from a NADE, whose biases are the network's output (Magenta, ``common/nade.py``).

A NADE (Uria et al. 2016, "Neural Autoregressive Distribution Estimation") decides the keys one by
one from the lowest, each knowing which lower ones sound: with hidden activations a, which begin as
the encoder's bias, key i has the logit ``c[i] + W[i] · sigmoid(a)``, and where it sounds V[i] is
added to a. Only a key that sounds changes a, so all logits up to the next one that sounds are found
in one multiplication.

Magenta draws nothing here: a key sounds where its probability is 0.5 or more, so that neither a
seed nor a temperature changes an answer. Here keys are drawn, and Magenta's way is what the lowest
temperature does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.voice_meaning import heights
from bridge.core.requests import AnswerControls
from bridge.models.sampling import MAX_TEMPERATURE, Sampler, not_numbers
from bridge.models.shaping import MIN_TOP_P, scale_has, within
from bridge.models.steering import DENSITY_NATS, REGISTER_NATS
from bridge.models.weights import FloatArray, NadeWeights

THRESHOLD_TEMPERATURE = 0.1
"""The knob's lowest: at and below it a key sounds where its probability is 0.5 or more."""

_ALMOST = 1e-6
_Floats = npt.NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class NadeHead:
    """A class is a number whose bit i says whether key i sounds.

    Args:
        weights: The NADE's own weights.
        lowest_pitch: MIDI pitch of key 0.
    """

    weights: NadeWeights
    lowest_pitch: int

    def draw(
        self, sampler: Sampler, logits: FloatArray, controls: AnswerControls
    ) -> tuple[int, float]:
        """The keys of a step, and ln of their probability at temperature 1.

        Of the controls it heeds temperature, which divides the keys' logits; ``density``, which
        is added to all of them afterwards; ``register_bias``, which is added to them by their
        height; ``top_p``, by which a key whose likelier state has that much probability is in that
        state; and ``scale``, outside of which nothing sounds.

        Args:
            sampler: The answer's random numbers; one for each key is taken at every temperature.
            logits: The network's output: the biases of encoder and decoder, (hidden + keys,).
            controls: As the knobs stand.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        keys = self.weights.keys
        uniforms = sampler.uniforms(keys)
        bias = np.full(keys, DENSITY_NATS * within(controls.density, -1.0, 1.0))
        register = REGISTER_NATS * within(controls.register_bias, -1.0, 1.0)
        bias += register * heights(keys, self.lowest_pitch)
        temperature = min(MAX_TEMPERATURE, controls.temperature)
        if temperature <= THRESHOLD_TEMPERATURE + _ALMOST:
            needed = -THRESHOLD_TEMPERATURE * bias
        else:
            with np.errstate(divide="ignore"):
                needed = np.log(uniforms) - np.log1p(-uniforms)
            needed = temperature * (_certain(needed, controls.top_p) - bias)
        in_scale = scale_has(controls.scale, self.lowest_pitch + np.arange(keys))
        return self._walk(logits, np.where(in_scale, needed, math.inf))

    def log_probability(self, logits: FloatArray, class_index: int) -> float:
        """Natural logarithm of a set's probability at temperature 1; not positive.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        sounding = [class_index >> key & 1 for key in range(self.weights.keys)]
        return self._walk(logits, np.where(sounding, -math.inf, math.inf))[1]

    def _walk(self, output: FloatArray, needed: _Floats) -> tuple[int, float]:
        """The keys whose logits reach what is needed, and ln of the probability of just these."""
        weights = self.weights
        activation, decoder_bias = output[: weights.hidden].copy(), output[weights.hidden :]
        first, keys, nats = 0, 0, 0.0
        while first < weights.keys:
            # A sigmoid that can't overflow.
            hidden = 0.5 + 0.5 * np.tanh(0.5 * activation)
            logits = (decoder_bias[first:] + weights.decoder[first:] @ hidden).astype(np.float64)
            if not math.isfinite(np.add.reduce(logits)):
                raise not_numbers()
            reached = logits >= needed[first:]
            silent = int(reached.argmax()) if reached.any() else len(logits)
            nats -= float(np.logaddexp(0.0, logits[:silent]).sum())
            if silent < len(logits):
                nats -= float(np.logaddexp(0.0, -logits[silent]))
                keys |= 1 << first + silent
                activation += weights.encoder[first + silent]
            first += silent + 1
        return keys, nats


def _certain(needed: _Floats, top_p: float) -> _Floats:
    """Logits that are needed, so that what is likelier than ``top_p`` is certain."""
    if not top_p < 1.0:
        return needed
    likelier = max(0.5, within(top_p, MIN_TOP_P, 1.0))
    limit = math.log(likelier) - math.log1p(-likelier)
    return np.clip(needed, -limit, limit)
