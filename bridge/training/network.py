"""The training graph: Magenta's LSTM stack, written so that two processor cores train it quickly.

The maths is that of Magenta's ``BasicLSTMCell`` (gates i, j, f, o in one kernel; a forget bias of 1
added at run time, not stored) and, where ``attn_length_steps`` is not 0, of its
``AttentionCellWrapper`` around layer 0. What differs is the parametrisation, which
``bundle_writer`` folds into Magenta's own matrices without loss:

* the one-hot part of the input is a table look-up into a narrow embedding, outside the time loop;
* the embedding and the output matrix of a class may share features with other classes (a drum set
  is the sum of its drums, plus something of its own), so that rare sets learn from common ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.training.encode import Layout

FORGET_BIAS = 1.0

Weights = dict[str, Any]
State = list[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network.

    Attributes:
        layout: The encoding's widths.
        layer_sizes: Units of each LSTM layer, first layer first.
        embedding_size: Width of the input embedding; at most the encoding's input width.
        attn_length_steps: Steps that layer 0 attends to; 0 for none.
        features: Shared features of the classes, shape (classes, features); only for encodings
            whose one-hot part is the class itself.
    """

    layout: Layout
    layer_sizes: tuple[int, ...]
    embedding_size: int = 96
    attn_length_steps: int = 0
    features: NDArray[np.float32] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Dropout:
    """Shares set to zero in training: input columns, the embedding, each layer's output."""

    hot: float = 0.05
    embedding: float = 0.1
    outputs: float = 0.4


NO_DROPOUT = Dropout(0.0, 0.0, 0.0)


def weight_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name and shape of everything that is trained."""
    layout, first = shape.layout, shape.layer_sizes[0]
    width = shape.embedding_size
    shapes: dict[str, tuple[int, ...]] = {
        "hot": (layout.one_hot_rows, width),
        "dense": (layout.dense_columns, width),
        "embedding_bias": (width,),
        "out": (shape.layer_sizes[-1], layout.classes),
        "out_bias": (layout.classes,),
    }
    if shape.features is not None:
        shapes["hot_features"] = (shape.features.shape[1], width)
        shapes["out_features"] = (shape.layer_sizes[-1], shape.features.shape[1])
    below = width
    for index, units in enumerate(shape.layer_sizes):
        shapes[f"layer{index}_x"] = (below, 4 * units)
        shapes[f"layer{index}_h"] = (units, 4 * units)
        shapes[f"layer{index}_bias"] = (4 * units,)
        below = units
    if shape.attn_length_steps:
        shapes["attn_in"] = (first, width)
        shapes["attn_memory"] = (first, first)
        shapes["attn_query"] = (2 * first, first)
        shapes["attn_query_bias"] = (first,)
        shapes["attn_score"] = (first,)
        shapes["attn_out"] = (2 * first, first)
        shapes["attn_out_bias"] = (first,)
    return shapes


def initial_weights(shape: Shape, random: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Glorot-uniform matrices and zero biases; a class's own part starts small beside features."""
    values = {}
    for name, dims in weight_shapes(shape).items():
        if name.endswith("bias"):
            value = np.zeros(dims)
        else:
            fan_in, fan_out = dims[0], dims[-1]
            value = random.uniform(-1.0, 1.0, dims) * np.sqrt(6.0 / (fan_in + fan_out))
        if shape.features is not None and name in ("hot", "out"):
            value *= 0.1
        values[name] = value.astype(np.float32)
    return values


def zero_state(shape: Shape, lanes: int) -> list[NDArray[np.float32]]:
    """Zeros for c and h of each layer; with attention also the attended vector and the window."""
    sizes: list[tuple[int, ...]] = []
    for units in shape.layer_sizes:
        sizes += [(lanes, units), (lanes, units)]
    if shape.attn_length_steps:
        first = shape.layer_sizes[0]
        sizes += [(lanes, first), (lanes, shape.attn_length_steps, first)]
    return [np.zeros(size, np.float32) for size in sizes]


def full_tables(weights: Weights, shape: Shape) -> tuple[Any, Any]:
    """The embedding of every one-hot column and the whole output matrix, features folded in."""
    import tensorflow as tf

    hot, out = weights["hot"], weights["out"]
    if shape.features is not None:
        features = tf.constant(shape.features)
        hot = hot + tf.matmul(features, weights["hot_features"])
        out = out + tf.matmul(weights["out_features"], features, transpose_b=True)
    return tf.convert_to_tensor(hot), tf.convert_to_tensor(out)


def lstm_step(gates: Any, cell: Any) -> tuple[Any, Any]:
    """New c and h from the summed gate inputs, in Magenta's gate order."""
    import tensorflow as tf

    i, j, f, o = tf.split(gates, 4, axis=-1)
    cell = cell * tf.sigmoid(f + FORGET_BIAS) + tf.sigmoid(i) * tf.tanh(j)
    return cell, tf.sigmoid(o) * tf.tanh(cell)


def run_layer(weights: Weights, name: str, inputs: Any, state: State) -> tuple[Any, State]:
    """One LSTM layer over a segment; inputs (steps, lanes, width)."""
    import tensorflow as tf

    projected = tf.unstack(
        tf.tensordot(inputs, weights[f"{name}_x"], 1) + weights[f"{name}_bias"], axis=0
    )
    cell, hidden = state
    outputs = []
    for gates in projected:
        cell, hidden = lstm_step(gates + tf.matmul(hidden, weights[f"{name}_h"]), cell)
        outputs.append(hidden)
    return tf.stack(outputs), [cell, hidden]


def run_attention_layer(weights: Weights, inputs: Any, state: State) -> tuple[Any, State]:
    """Layer 0 inside Magenta's attention; state is c, h, attended vector, window."""
    import tensorflow as tf

    cell, hidden, attended, window = state
    # attended @ attn_in @ layer0_x: both are linear, so their product is taken once.
    back = tf.matmul(weights["attn_in"], weights["layer0_x"])
    recurrent = tf.concat([weights["layer0_h"], back], axis=0)
    projected = tf.tensordot(inputs, weights["layer0_x"], 1) + weights["layer0_bias"]
    keys = tf.tensordot(window, weights["attn_memory"], 1)
    outputs = []
    for gates in tf.unstack(projected, axis=0):
        gates = gates + tf.matmul(tf.concat([hidden, attended], 1), recurrent)
        cell, hidden = lstm_step(gates, cell)
        query = tf.matmul(tf.concat([cell, hidden], 1), weights["attn_query"])
        query = (query + weights["attn_query_bias"])[:, None, :]
        scores = tf.reduce_sum(weights["attn_score"] * tf.tanh(keys + query), axis=2)
        attended = tf.einsum("bl,bls->bs", tf.nn.softmax(scores), window)
        output = tf.matmul(tf.concat([hidden, attended], 1), weights["attn_out"])
        output = output + weights["attn_out_bias"]
        key = tf.matmul(output, weights["attn_memory"])
        window = tf.concat([window[:, 1:], output[:, None]], 1)
        keys = tf.concat([keys[:, 1:], key[:, None]], 1)
        outputs.append(output)
    return tf.stack(outputs), [cell, hidden, attended, window]


def embed(weights: Weights, table: Any, hot: Any, dense: Any, dropout: Dropout) -> Any:
    """The input embedding of every step, (steps, lanes, embedding_size)."""
    import tensorflow as tf

    rows = tf.gather(table, hot)
    if dropout.hot:
        kept = tf.random.uniform(tf.shape(hot)) >= dropout.hot
        rows = rows * tf.cast(kept, tf.float32)[..., None]
    embedded = tf.reduce_sum(rows, axis=2) + tf.tensordot(dense, weights["dense"], 1)
    return maybe_drop(embedded + weights["embedding_bias"], dropout.embedding)


def maybe_drop(values: Any, share: float) -> Any:
    """The values with a share of them dropped."""
    import tensorflow as tf

    return tf.nn.dropout(values, share) if share else values


def forward(
    weights: Weights, shape: Shape, hot: Any, dense: Any, state: State, dropout: Dropout
) -> tuple[Any, State]:
    """Logits (steps, lanes, classes) of a segment and the state after it."""
    import tensorflow as tf

    table, out = full_tables(weights, shape)
    values = embed(weights, table, hot, dense, dropout)
    new_state: State = []
    extra: State = []
    for index in range(len(shape.layer_sizes)):
        own = list(state[2 * index : 2 * index + 2])
        if index == 0 and shape.attn_length_steps:
            values, after = run_attention_layer(weights, values, own + list(state[-2:]))
            extra = after[2:]
        else:
            values, after = run_layer(weights, f"layer{index}", values, own)
        new_state += after[:2]
        values = maybe_drop(values, dropout.outputs)
    return tf.tensordot(values, out, 1) + weights["out_bias"], new_state + extra
