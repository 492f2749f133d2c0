"""Steps a Magenta network with NumPy: LSTM layers, with or without attention, batched.

The weights are rearranged once so that a step is few and long operations:

- the gates are ordered i, f, o, j, and i, f, o halved, because sigmoid(x) = (1 + tanh(x / 2)) / 2:
  one tanh serves a whole layer;
- the input projections are multiplied into a table (`bridge.core.encodings.inputs`), so that an
  input costs the addition of a few rows;
- what attention derives from a past output never changes, so it is computed once and kept in a
  ring beside that output;
- all recurrent vectors lie in one buffer, in an order in which whatever is multiplied together is
  neighbours: [attention | h0 | …] feeds layer 0, [h0 | h1] layer 1, and so on.

Cells: TensorFlow ``BasicLSTMCell``; attention: ``magenta/contrib/rnn.py`` ``AttentionCellWrapper``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.inputs import FloatArray as FloatingArray
from bridge.core.encodings.inputs import InputBlock, folded
from bridge.models.layout import Layout, StackState
from bridge.models.weights import AttentionWeights, FloatArray, LayerWeights, StackWeights


@dataclass(frozen=True, slots=True)
class _Layer:
    kernel: FloatArray
    bias: FloatArray


@dataclass(frozen=True, slots=True)
class _Attention:
    query_kernel: FloatArray
    query_bias: FloatArray
    memory_kernel: FloatArray
    score: FloatArray
    output_kernel: FloatArray
    output_bias: FloatArray
    length: int


class StackNetwork:
    """A network ready to step. It keeps no state between steps but scratch space.

    Args:
        weights: Its weights.
        blocks: Rows of its encoding's input table.
    """

    def __init__(self, weights: StackWeights, blocks: Sequence[InputBlock]) -> None:
        self.layout = Layout.of(weights)
        self.class_count = weights.class_count
        prepared = [_gates(layer) for layer in weights.layers]
        kernel, bias = prepared[0]
        width = weights.layers[0].input_width
        inputs, recurrent = kernel[:width], kernel[width:]
        wide_inputs: FloatingArray = inputs
        wide_bias: FloatingArray = bias
        if weights.attention is not None:
            # [input, attention] · Ki · K0 as two products of the parts; float64 keeps the rounding
            # below that of the steps themselves.
            project = weights.attention.input_kernel.astype(np.float64) @ inputs
            wide_bias = bias + weights.attention.input_bias.astype(np.float64) @ inputs
            wide_inputs = project[: weights.input_width]
            recurrent = np.concatenate([_f32(project[weights.input_width :]), recurrent])
        self._table = _f32(folded(blocks, wide_inputs, wide_bias))
        # The first layer's bias is in the table, so its own is nothing.
        self._layers = [_Layer(_f32(recurrent), np.zeros_like(bias))]
        self._layers += [_Layer(_f32(kernel), _f32(bias)) for kernel, bias in prepared[1:]]
        self._attention = _attention(weights.attention, weights.units)
        self._output_kernel = _f32(weights.output_kernel)
        self._output_bias = _f32(weights.output_bias)

    def start(self, batch: int = 1) -> StackState:
        """The state before the first event: all zeros.

        Args:
            batch: How many sequences step together.
        """
        return StackState.zeros(self.layout, batch)

    def step(self, state: StackState, rows: Sequence[Sequence[int]]) -> FloatArray:
        """One step of every sequence; changes ``state``.

        Args:
            state: The sequences' state.
            rows: For each sequence the table rows that add up to its input.

        Returns:
            Logits, shape (batch, classes), a new array.
        """
        table, layers = self._table, self._layers
        gates = state.gates[0]
        np.dot(state.layer_inputs[0], layers[0].kernel, out=gates)
        for sums, row_numbers in zip(gates, rows, strict=True):
            for row in row_numbers:
                sums += table[row]
        self._cell(state, 0)
        wrapped = state.layout.wrapped
        for i in range(1, wrapped):
            self._upper_layer(state, i)
        if self._attention is not None:
            self._attend(state, self._attention)
        for i in range(max(1, wrapped), len(layers)):
            self._upper_layer(state, i)
        logits: FloatArray = state.top @ self._output_kernel
        logits += self._output_bias
        return logits

    def _upper_layer(self, state: StackState, i: int) -> None:
        layer = self._layers[i]
        gates = state.gates[i]
        np.dot(state.layer_inputs[i], layer.kernel, out=gates)
        gates += layer.bias
        self._cell(state, i)

    def _cell(self, state: StackState, i: int) -> None:
        """The LSTM cell of layer i, from its halved gates to its new c and h."""
        np.tanh(state.gates[i], out=state.gates[i])
        sigmoids, keep, fresh, out, candidate = state.gate_views[i]
        sigmoids += 1.0
        sigmoids *= 0.5
        c, h = state.cells[i], state.hidden[i]
        c *= keep
        fresh *= candidate
        c += fresh
        np.tanh(c, out=h)
        h *= out

    def _attend(self, state: StackState, attention: _Attention) -> None:
        query = state.query @ attention.query_kernel
        query += attention.query_bias
        felt = np.add(state.features, query[:, None, :], out=state.felt)
        np.tanh(felt, out=felt)
        scores = felt @ attention.score
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        if state.batch == 1:
            np.dot(scores, state.outputs[0], out=state.attention)
        else:
            np.copyto(state.attention, np.matmul(scores[:, None, :], state.outputs)[:, 0])
        if state.joint is not None:
            size = state.attention.shape[1]
            state.joint[:, :size] = state.attention
            state.joint[:, size:] = state.hidden[state.layout.wrapped - 1]
        source = state.joint if state.joint is not None else state.layer_inputs[0]
        output = state.output
        np.matmul(source, attention.output_kernel, out=output)
        output += attention.output_bias
        slot = state.position
        state.outputs[:, slot] = output
        np.matmul(output, attention.memory_kernel, out=state.features[:, slot])
        state.position = slot + 1 if slot + 1 < attention.length else 0


def _f32(array: FloatingArray) -> FloatArray:
    return np.ascontiguousarray(array, np.float32)


def _gates(layer: LayerWeights) -> tuple[FloatArray, FloatArray]:
    """Kernel and bias with the gates as i, f, o, j, the first three halved."""
    i, j, f, o = (slice(g * layer.units, (g + 1) * layer.units) for g in range(4))
    bias = layer.bias.copy()
    bias[f] += np.float32(layer.forget_bias)
    half = np.float32(0.5)
    kernel = layer.kernel
    parts = [kernel[:, i] * half, kernel[:, f] * half, kernel[:, o] * half, kernel[:, j]]
    biases = [bias[i] * half, bias[f] * half, bias[o] * half, bias[j]]
    return np.concatenate(parts, axis=1), np.concatenate(biases)


def _attention(attention: AttentionWeights | None, units: tuple[int, ...]) -> _Attention | None:
    """The attention's weights with their rows in the order of the state's buffer."""
    if attention is None:
        return None
    wrapped = units if attention.whole_stack else units[:1]
    # Stored: [c0, h0, c1, h1, …]; in the buffer: [h0, h1, …, c0, c1, …].
    cells, hidden, at = [], [], 0
    for width in wrapped:
        cells.append(attention.query_kernel[at : at + width])
        hidden.append(attention.query_kernel[at + width : at + 2 * width])
        at += 2 * width
    # Stored: [output, attention]; in the buffer: [attention, output].
    top = wrapped[-1]
    output = [attention.output_kernel[top:], attention.output_kernel[:top]]
    return _Attention(
        _f32(np.concatenate(hidden + cells)),
        _f32(attention.query_bias),
        _f32(attention.memory_kernel),
        _f32(attention.score),
        _f32(np.concatenate(output)),
        _f32(attention.output_bias),
        attention.length,
    )
