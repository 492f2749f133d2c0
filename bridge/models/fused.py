"""A network's weights, rearranged once so that a step is few and long operations.

- the gates are ordered i, f, o, j, and i, f, o halved, because sigmoid(x) = (1 + tanh(x / 2)) / 2:
  one tanh serves a whole layer;
- the input projections are multiplied into a table (`bridge.core.encodings.inputs`), so that an
  input costs the addition of a few rows;
- what attention derives from a past output never changes, so it is computed once and kept in a
  ring beside that output;
- all recurrent vectors lie in one buffer, in an order in which whatever is multiplied together is
  neighbours: [attention | h0 | …] feeds layer 0, [h0 | h1] layer 1, and so on
  (`bridge.models.layout`);
- with residual connections the table's rows go on with the projected input itself, which layer 0
  adds to its output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.inputs import FloatArray as FloatingArray
from bridge.core.encodings.inputs import InputBlock, folded
from bridge.models.layout import Layout
from bridge.models.weights import (
    AttentionWeights,
    FloatArray,
    LayerWeights,
    ProjectionWeights,
    StackWeights,
)


@dataclass(frozen=True, slots=True)
class FusedLayer:
    """One layer.

    Args:
        kernel: From the layer's neighbours in the buffer to its gates, (width, 4 · units).
        bias: Shape (4 · units,); nothing for layer 0, whose bias is in the table.
        projection: From the layer below to what this one takes and adds, (width, units); None where
            that is the same. Layer 0's is in the table.
    """

    kernel: FloatArray
    bias: FloatArray
    projection: ProjectionWeights | None = None


@dataclass(frozen=True, slots=True)
class FusedAttention:
    """The attention, its rows in the buffer's order.

    Args:
        query_kernel: From [h0, h1, …, c0, c1, …] of the wrapped layers, (2 · units, size).
        query_bias: Shape (size,).
        memory_kernel: From an output to its features, (size, size).
        score: Weight of each feature, shape (size,).
        output_kernel: From [attention, wrapped output] to the output, (size + units, size).
        output_bias: Shape (size,).
        length: How many outputs it sees.
    """

    query_kernel: FloatArray
    query_bias: FloatArray
    memory_kernel: FloatArray
    score: FloatArray
    output_kernel: FloatArray
    output_bias: FloatArray
    length: int


@dataclass(frozen=True, slots=True)
class FusedWeights:
    """All of a network, ready to be stepped.

    Args:
        layout: Where its recurrent vectors lie.
        table: Rows that add up to layer 0's gates for an input, (rows, 4 · units of layer 0); with
            residual connections (rows, 5 · units), the last fifth for what layer 0 adds.
        layers: The LSTM layers, lowest first.
        attention: The attention, if it has any.
        output_kernel: From the top output to the logits, (width, classes).
        output_bias: Shape (classes,).
    """

    layout: Layout
    table: FloatArray
    layers: tuple[FusedLayer, ...]
    attention: FusedAttention | None
    output_kernel: FloatArray
    output_bias: FloatArray


def fused_weights(weights: StackWeights, blocks: Sequence[InputBlock]) -> FusedWeights:
    """Rearrange a network's weights.

    Args:
        weights: The network's weights.
        blocks: Rows of its encoding's input table.
    """
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
        outer = len(project) - weights.attention.size
        wide_inputs = project[:outer]
        recurrent = np.concatenate([_f32(project[outer:]), recurrent])
    projection = weights.layers[0].projection
    if projection is not None:
        brought = projection.kernel.astype(np.float64)
        shift = projection.bias.astype(np.float64)
        wide_bias = np.concatenate([wide_bias + shift @ wide_inputs, shift])
        wide_inputs = np.concatenate([brought @ wide_inputs, brought], axis=1)
    first = FusedLayer(_f32(recurrent), np.zeros_like(bias))
    above = zip(prepared[1:], weights.layers[1:], strict=True)
    upper = [_upper_layer(*gates, layer.projection) for gates, layer in above]
    return FusedWeights(
        Layout.of(weights),
        _f32(folded(blocks, wide_inputs, wide_bias)),
        (first, *upper),
        _attention(weights.attention, weights.units),
        _f32(weights.output_kernel),
        _f32(weights.output_bias),
    )


def _upper_layer(
    kernel: FloatArray, bias: FloatArray, projection: ProjectionWeights | None
) -> FusedLayer:
    if projection is None:
        return FusedLayer(_f32(kernel), _f32(bias))
    brought = ProjectionWeights(_f32(projection.kernel), _f32(projection.bias))
    return FusedLayer(_f32(kernel), _f32(bias), brought)


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


def _attention(attention: AttentionWeights | None, units: tuple[int, ...]) -> FusedAttention | None:
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
    return FusedAttention(
        _f32(np.concatenate(hidden + cells)),
        _f32(attention.query_bias),
        _f32(attention.memory_kernel),
        _f32(attention.score),
        _f32(np.concatenate(output)),
        _f32(attention.output_bias),
        attention.length,
    )
