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

_FOLDED_COLUMNS = 128


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
    table, first = _first_layer(weights, blocks)
    upper = [_upper_layer(layer) for layer in weights.layers[1:]]
    return FusedWeights(
        Layout.of(weights),
        table,
        (first, *upper),
        _attention(weights.attention, weights.units),
        _own(weights.output_kernel),
        _own(weights.output_bias),
    )


def _first_layer(
    weights: StackWeights, blocks: Sequence[InputBlock]
) -> tuple[FloatArray, FusedLayer]:
    """The input table, and layer 0 without its inputs.

    [input, attention] · Ki · K0 is two products of the parts. They are made in float64, which keeps
    the rounding below that of the steps themselves, and a slice of columns at a time, which keeps
    the peak of memory low.
    """
    layer, attention = weights.layers[0], weights.attention
    kernel, bias = _gates(layer)
    width, columns = layer.input_width, len(bias)
    rows = sum(block.count for block in blocks)
    residual = layer.projection is not None
    table = np.empty((rows, columns + layer.units * residual), np.float32)
    size = attention.size if attention is not None else 0
    recurrent = np.empty((size + layer.units, columns), np.float32)
    recurrent[size:] = kernel[width:]
    for start in range(0, columns, _FOLDED_COLUMNS):
        part = slice(start, min(columns, start + _FOLDED_COLUMNS))
        inputs: FloatingArray = kernel[:width, part].astype(np.float64)
        shift: FloatingArray = bias[part].astype(np.float64)
        if attention is not None:
            shift = shift + attention.input_bias @ inputs
            outer = len(attention.input_kernel) - size
            recurrent[:size, part] = attention.input_kernel[outer:] @ inputs
            inputs = attention.input_kernel[:outer] @ inputs
        if layer.projection is not None:
            shift = shift + layer.projection.bias @ inputs
            inputs = layer.projection.kernel @ inputs
        table[:, part] = folded(blocks, inputs, shift)
    if layer.projection is not None:
        brought = layer.projection.kernel.astype(np.float64)
        table[:, columns:] = folded(blocks, brought, layer.projection.bias.astype(np.float64))
    return table, FusedLayer(recurrent, np.zeros_like(bias))


def _upper_layer(layer: LayerWeights) -> FusedLayer:
    kernel, bias = _gates(layer)
    projection = layer.projection
    if projection is None:
        return FusedLayer(kernel, bias)
    brought = ProjectionWeights(_own(projection.kernel), _own(projection.bias))
    return FusedLayer(kernel, bias, brought)


def _own(array: FloatArray) -> FloatArray:
    """A copy: what is read lies in the bundle's bytes, unaligned, and would keep all of them."""
    return np.array(array, np.float32, order="C", copy=True)


def _gates(layer: LayerWeights) -> tuple[FloatArray, FloatArray]:
    """Kernel and bias with the gates as i, f, o, j, the first three halved."""
    i, j, f, o = (slice(g * layer.units, (g + 1) * layer.units) for g in range(4))
    bias = layer.bias.copy()
    bias[f] += np.float32(layer.forget_bias)
    half = np.float32(0.5)
    kernel = np.empty_like(layer.kernel)
    ordered = np.empty_like(bias)
    for to, (gate, factor) in enumerate(((i, half), (f, half), (o, half), (j, np.float32(1.0)))):
        place = slice(to * layer.units, (to + 1) * layer.units)
        np.multiply(layer.kernel[:, gate], factor, out=kernel[:, place])
        np.multiply(bias[gate], factor, out=ordered[place])
    return kernel, ordered


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
        np.concatenate(hidden + cells),
        _own(attention.query_bias),
        _own(attention.memory_kernel),
        _own(attention.score),
        np.concatenate(output),
        _own(attention.output_bias),
        attention.length,
    )
