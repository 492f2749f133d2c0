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

from bridge.core.encodings.meaning import OCTAVE
from bridge.core.requests import AnswerControls
from bridge.models.sampling import MAX_TEMPERATURE, Sampler, not_numbers
from bridge.models.steering import ALL_PITCH_CLASSES, DENSITY_NATS
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
        is added to all of them afterwards; and ``scale``, outside of which nothing sounds.

        Args:
            sampler: The answer's random numbers; one for each key is taken at every temperature.
            logits: The network's output: the biases of encoder and decoder, (hidden + keys,).
            controls: As the knobs stand.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        uniforms = sampler.uniforms(self.weights.keys)
        density = DENSITY_NATS * min(1.0, max(-1.0, controls.density))
        temperature = min(MAX_TEMPERATURE, controls.temperature)
        if temperature <= THRESHOLD_TEMPERATURE + _ALMOST:
            needed = np.full(self.weights.keys, -THRESHOLD_TEMPERATURE * density)
        else:
            with np.errstate(divide="ignore"):
                needed = temperature * (np.log(uniforms) - np.log1p(-uniforms) - density)
        return self._walk(logits, np.where(self._in_scale(controls.scale), needed, math.inf))

    def log_probability(self, logits: FloatArray, class_index: int) -> float:
        """Natural logarithm of a set's probability at temperature 1; not positive.

        Raises:
            BundleInvalid: The logits are not numbers.
        """
        sounding = [class_index >> key & 1 for key in range(self.weights.keys)]
        return self._walk(logits, np.where(sounding, -math.inf, math.inf))[1]

    def _in_scale(self, scale: int) -> npt.NDArray[np.bool_]:
        wanted = scale & ALL_PITCH_CLASSES or ALL_PITCH_CLASSES
        pitches = self.lowest_pitch + np.arange(self.weights.keys)
        return np.asarray(wanted >> pitches % OCTAVE & 1, np.bool_)

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
