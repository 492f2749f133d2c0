"""A plain transcription of TensorFlow's graph in float64, unfused and slow: the oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np

from bridge.core.encodings.inputs import InputEncoding, Rows
from bridge.models.weights import AttentionWeights, LayerWeights, StackWeights


def dense_inputs(
    encoding: InputEncoding, events: list[int], conditions: Sequence[Rows] | None = None
) -> np.ndarray:
    """The input vectors after each event, shape (events, width), from the encoding's rows."""
    table = np.concatenate([block.times(np.eye(encoding.input_width)) for block in encoding.blocks])
    tracker, out = encoding.tracker(), []
    for event, condition in zip(events, conditions or [()] * len(events), strict=True):
        tracker.push(event)
        out.append(sum(table[row] for row in tracker.rows() + condition))
    return np.array(out)


def widened(weights: StackWeights) -> StackWeights:
    """The same weights in float64."""

    def wide(part: LayerWeights | AttentionWeights | StackWeights) -> dict[str, np.ndarray]:
        values = {field.name: getattr(part, field.name) for field in fields(part)}
        return {k: v.astype(np.float64) for k, v in values.items() if isinstance(v, np.ndarray)}

    layers = tuple(replace(layer, **wide(layer)) for layer in weights.layers)
    attention = weights.attention and replace(weights.attention, **wide(weights.attention))
    return replace(weights, layers=layers, attention=attention, **wide(weights))


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-x))


class PlainNetwork:
    def __init__(self, weights: StackWeights) -> None:
        self.w = weights = widened(weights)
        self.c = [np.zeros(u) for u in weights.units]
        self.h = [np.zeros(u) for u in weights.units]
        attention = weights.attention
        if attention is not None:
            self.memory = np.zeros((attention.length, attention.size))
            self.attended = np.zeros(attention.size)

    def _cell(self, i: int, x: np.ndarray) -> np.ndarray:
        layer = self.w.layers[i]
        gates = np.concatenate([x, self.h[i]]) @ layer.kernel + layer.bias
        fresh, candidate, forget, out = np.split(gates, 4)
        forget = _sigmoid(forget + layer.forget_bias)
        self.c[i] = self.c[i] * forget + _sigmoid(fresh) * np.tanh(candidate)
        self.h[i] = np.tanh(self.c[i]) * _sigmoid(out)
        return self.h[i]

    def _attend(self, wrapped: range, x: np.ndarray) -> np.ndarray:
        a = self.w.attention
        assert a is not None
        state = np.concatenate([v for i in wrapped for v in (self.c[i], self.h[i])])
        query = state @ a.query_kernel + a.query_bias
        features = self.memory @ a.memory_kernel
        scores = np.tanh(features + query) @ a.score
        share = np.exp(scores - scores.max())
        self.attended = share / share.sum() @ self.memory
        joined = np.concatenate([x, self.attended])
        output = joined @ a.output_kernel + a.output_bias
        self.memory = np.concatenate([self.memory[1:], output[None]])
        return output

    def step(self, x: np.ndarray) -> np.ndarray:
        """Logits after an input vector."""
        a, count = self.w.attention, len(self.w.layers)
        wrapped = range(0)
        came = x = self._projected(0, x)
        if a is not None:
            wrapped = range(count if a.whole_stack else 1)
            x = np.concatenate([x, self.attended]) @ a.input_kernel + a.input_bias
        for i in wrapped:
            x = self._cell(i, x)
        if a is not None:
            x = self._attend(wrapped, x)
            x = x + came if self.w.residual else x
        for i in range(len(wrapped), count):
            came = self._projected(i, x) if i else came
            x = self._cell(i, came)
            x = x + came if self.w.residual else x
        return x @ self.w.output_kernel + self.w.output_bias

    def _projected(self, i: int, x: np.ndarray) -> np.ndarray:
        projection = self.w.layers[i].projection
        if projection is None:
            return x
        return x @ projection.kernel.astype(np.float64) + projection.bias

    def softmaxes(self, inputs: np.ndarray) -> np.ndarray:
        logits = np.array([self.step(x) for x in inputs])
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)
