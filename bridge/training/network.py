"""The training graph: Magenta's LSTM stack, written so that two processor cores train it quickly.

The maths is that of Magenta's ``BasicLSTMCell`` (gates i, j, f, o in one kernel; a forget bias of 1
added at run time, not stored) and, where ``attn_length_steps`` is not 0, of its
``AttentionCellWrapper`` around layer 0. What differs is the parametrisation, which
``bundle_writer`` folds into Magenta's own matrices without loss:

* the input is a sum of rows of a table (`bridge.core.encodings.inputs`), each embedded once and
  looked up outside the time loop;
* the embedding and the output matrix of a class may share features with other classes (a drum set
  is the sum of its drums, plus something of its own), so that rare sets learn from common ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.inputs import InputBlock, OneHotBlock
from bridge.training.encode import Table, row_shares
from bridge.training.recurrence import lstm_layer, lstm_step

Weights = dict[str, Any]
State = list[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network.

    Attributes:
        table: The encoding's input table and number of classes.
        layer_sizes: Units of each LSTM layer, first layer first.
        embedding_size: Width of the input embedding; at most the encoding's input width. 0: none,
            the input's rows are the first layer's gates, as in a finished bundle.
        attn_length_steps: Steps that the attention sees; 0 for none.
        features: Shared features of the plain classes, shape (plain classes, features); only for
            encodings whose first columns are the class itself.
        droppable: Numbers of the table's blocks whose rows dropout may leave out.
        whole_stack: Whether the attention lies around all layers, as before May 2017, or around
            layer 0.
    """

    table: Table
    layer_sizes: tuple[int, ...]
    embedding_size: int = 96
    attn_length_steps: int = 0
    features: NDArray[np.float32] | None = field(default=None, repr=False)
    droppable: tuple[int, ...] = (0,)
    whole_stack: bool = False

    @property
    def first_width(self) -> int:
        """Width of what an input's rows add up to: the embedding, or the first layer's gates."""
        return self.embedding_size or 4 * self.layer_sizes[0]

    @property
    def wrapped(self) -> tuple[int, ...]:
        """Units of the layers within the attention; () without it."""
        if not self.attn_length_steps:
            return ()
        return self.layer_sizes if self.whole_stack else self.layer_sizes[:1]


@dataclass(frozen=True, slots=True)
class Dropout:
    """Shares set to zero in training: rows of the input, the embedding, each layer's output."""

    rows: float = 0.05
    embedding: float = 0.1
    outputs: float = 0.4


NO_DROPOUT = Dropout(0.0, 0.0, 0.0)


def weight_shapes(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Name and shape of everything that is trained."""
    table, width = shape.table, shape.first_width
    shapes: dict[str, tuple[int, ...]] = {
        "in": (table.input_size, width),
        "embedding_bias": (width,),
        "out": (shape.layer_sizes[-1], table.classes),
        "out_bias": (table.classes,),
    }
    if shape.features is not None:
        shapes["in_features"] = (shape.features.shape[1], width)
        shapes["out_features"] = (shape.layer_sizes[-1], shape.features.shape[1])
    below = width
    for index, units in enumerate(shape.layer_sizes):
        if index or shape.embedding_size:
            shapes[f"layer{index}_x"] = (below, 4 * units)
        shapes[f"layer{index}_h"] = (units, 4 * units)
        shapes[f"layer{index}_bias"] = (4 * units,)
        below = units
    if shape.wrapped:
        size = shape.wrapped[-1]
        shapes["attn_in"] = (size, width)
        shapes["attn_memory"] = (size, size)
        shapes["attn_query"] = (2 * sum(shape.wrapped), size)
        shapes["attn_query_bias"] = (size,)
        shapes["attn_score"] = (size,)
        shapes["attn_out"] = (2 * size, size)
        shapes["attn_out_bias"] = (size,)
    return shapes


def initial_weights(shape: Shape, random: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """Glorot-uniform matrices and zero biases; a class's own part starts small beside features.

    The input matrix is several side by side, one for each block: few counters would be drowned by
    many classes if all started alike.
    """
    values = {}
    for name, dims in weight_shapes(shape).items():
        if name.endswith("bias"):
            value = np.zeros(dims)
        elif name == "in":
            value = np.zeros(dims)
            for block in shape.table.blocks:
                columns = _columns(block)
                part = slice(block.column, block.column + columns)
                value[part] = _glorot((columns, dims[1]), random)
        else:
            value = _glorot(dims, random)
        if shape.features is not None:
            if name == "in":
                value[: len(shape.features)] *= 0.1
            elif name == "out":
                value *= 0.1
        values[name] = value.astype(np.float32)
    return values


def _glorot(dims: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float64]:
    return np.asarray(random.uniform(-1.0, 1.0, dims) * np.sqrt(6.0 / (dims[0] + dims[-1])))


def _columns(block: InputBlock) -> int:
    """How many columns of the input a block fills."""
    return block.count if isinstance(block, OneHotBlock) else block.rows.shape[1]


def zero_state(shape: Shape, lanes: int) -> list[NDArray[np.float32]]:
    """Zeros for c and h of each layer; with attention also the attended vector and the window."""
    sizes: list[tuple[int, ...]] = []
    for units in shape.layer_sizes:
        sizes += [(lanes, units), (lanes, units)]
    if shape.wrapped:
        size = shape.wrapped[-1]
        sizes += [(lanes, size), (lanes, shape.attn_length_steps, size)]
    return [np.zeros(size, np.float32) for size in sizes]


def whole_matrices(weights: Weights, shape: Shape) -> tuple[Any, Any]:
    """The input matrix (input_size, embedding_size) and the output matrix, features folded in."""
    import tensorflow as tf

    inputs, out = tf.convert_to_tensor(weights["in"]), tf.convert_to_tensor(weights["out"])
    if shape.features is not None:
        features = tf.constant(shape.features)
        own, others = inputs[: len(shape.features)], inputs[len(shape.features) :]
        shared = own + tf.matmul(features, weights["in_features"])
        inputs = tf.concat([shared, others], 0)
        shared = tf.matmul(weights["out_features"], features, transpose_b=True)
        # Classes that repeat an earlier event share nothing with others.
        out = out + tf.pad(shared, [[0, 0], [0, shape.table.classes - len(shape.features)]])
    return inputs, out


def embedded_rows(inputs: Any, shape: Shape) -> Any:
    """Every row of the input table times the input matrix, and last the row of zeros."""
    import tensorflow as tf

    parts = []
    for block in shape.table.blocks:
        if isinstance(block, OneHotBlock):
            parts.append(inputs[block.column : block.column + block.count])
        else:
            columns = inputs[block.column : block.column + block.rows.shape[1]]
            parts.append(tf.matmul(tf.constant(block.rows, tf.float32), columns))
    return tf.concat([*parts, tf.zeros((1, shape.first_width))], 0)


def run_layer(weights: Weights, name: str, inputs: Any, state: State) -> tuple[Any, State]:
    """One LSTM layer over a segment; inputs (steps, lanes, width)."""
    import tensorflow as tf

    kernel = weights.get(f"{name}_x")
    gates_in = inputs if kernel is None else tf.tensordot(inputs, kernel, 1)
    recurrent = tf.convert_to_tensor(weights[f"{name}_h"])
    outputs, cell, hidden = lstm_layer(gates_in + weights[f"{name}_bias"], recurrent, *state)
    return outputs, [cell, hidden]


def run_attention(weights: Weights, count: int, inputs: Any, state: State) -> tuple[Any, State]:
    """The lowest ``count`` layers inside Magenta's attention.

    The state is c and h of each layer, then the attended vector and the window.
    """
    import tensorflow as tf

    *cells, attended, window = state
    kernels = attention_kernels(weights, count)
    projected = tf.tensordot(inputs, weights["layer0_x"], 1) + weights["layer0_bias"]
    keys = tf.tensordot(window, weights["attn_memory"], 1)
    outputs = []
    for gates in tf.unstack(projected, axis=0):
        gates = gates + tf.matmul(tf.concat([cells[1], attended], 1), kernels[0])
        cells[:2] = lstm_step(gates, cells[0])
        for layer in range(1, count):
            below_and_own = tf.concat([cells[2 * layer - 1], cells[2 * layer + 1]], 1)
            gates = tf.matmul(below_and_own, kernels[layer]) + weights[f"layer{layer}_bias"]
            cells[2 * layer : 2 * layer + 2] = lstm_step(gates, cells[2 * layer])
        attended = attention(weights, tf.concat(cells, 1), keys, window)
        output = tf.matmul(tf.concat([cells[-1], attended], 1), weights["attn_out"])
        output = output + weights["attn_out_bias"]
        key = tf.matmul(output, weights["attn_memory"])
        window = tf.concat([window[:, 1:], output[:, None]], 1)
        keys = tf.concat([keys[:, 1:], key[:, None]], 1)
        outputs.append(output)
    return tf.stack(outputs), [*cells, attended, window]


def attention_kernels(weights: Weights, count: int) -> list[Any]:
    """For each layer inside the attention what its own h and what is below it are multiplied by.

    Layer 0's input is projected outside the loop; what is below it there is the attended vector.
    """
    import tensorflow as tf

    # attended @ attn_in @ layer0_x: both are linear, so their product is taken once.
    back = tf.matmul(weights["attn_in"], weights["layer0_x"])
    pairs = [(weights["layer0_h"], back)]
    pairs += [(weights[f"layer{i}_x"], weights[f"layer{i}_h"]) for i in range(1, count)]
    return [tf.concat(pair, axis=0) for pair in pairs]


def attention(weights: Weights, state: Any, keys: Any, window: Any) -> Any:
    """The vector attended to from a state of c and h, shape (lanes, size)."""
    import tensorflow as tf

    query = tf.matmul(state, weights["attn_query"]) + weights["attn_query_bias"]
    scores = tf.reduce_sum(weights["attn_score"] * tf.tanh(keys + query[:, None, :]), axis=2)
    return tf.einsum("bl,bls->bs", tf.nn.softmax(scores), window)


@dataclass(frozen=True, slots=True)
class LaneWindow:
    """Which lanes of a segment are computed here, where others compute the rest.

    Attributes:
        first: Number of the first of them.
        lanes: How many the segment has.
    """

    first: Any
    lanes: int

    def drawn(self, values: Any, seed: Any) -> Any:
        """Its part of the random numbers from 0 to 1 that are drawn for values of all lanes."""
        import tensorflow as tf

        steps, own, width = tf.unstack(tf.shape(values))
        drawn = tf.random.stateless_uniform([steps, self.lanes, width], seed)
        return drawn[:, self.first : self.first + own]


def embed(
    weights: Weights,
    shape: Shape,
    inputs: Any,
    rows: Any,
    dropout: Dropout,
    seed: Any,
    window: LaneWindow | None = None,
) -> Any:
    """The input of the first layer at every step, (steps, lanes, embedding_size)."""
    import tensorflow as tf

    found = tf.gather(embedded_rows(inputs, shape), rows)
    if dropout.rows:
        shares = tf.constant(row_shares(shape.table, shape.droppable, dropout.rows))
        if window is not None:
            drawn = window.drawn(rows, own_seed(seed, 0))
        else:
            drawn = tf.random.stateless_uniform(tf.shape(rows), own_seed(seed, 0))
        kept = drawn >= tf.gather(shares, rows)
        found = found * tf.cast(kept, tf.float32)[..., None]
    summed = tf.reduce_sum(found, axis=2) + weights["embedding_bias"]
    return maybe_drop(summed, dropout.embedding, own_seed(seed, 1), window)


def own_seed(seed: Any, place: int) -> Any:
    """A seed of its own for each place that draws random numbers in one update."""
    import tensorflow as tf

    return tf.random.experimental.stateless_fold_in(seed, place)


def maybe_drop(values: Any, share: float, seed: Any, window: LaneWindow | None = None) -> Any:
    """The values with a share of them dropped; which ones follows from the seed."""
    import tensorflow as tf

    if share and window is not None:
        return tf.where(window.drawn(values, seed) >= share, values * (1.0 / (1.0 - share)), 0.0)
    return tf.nn.experimental.stateless_dropout(values, share, seed) if share else values


def forward(
    weights: Weights,
    shape: Shape,
    rows: Any,
    state: State,
    dropout: Dropout,
    seed: Any = (0, 0),
    window: LaneWindow | None = None,
) -> tuple[Any, State]:
    """Logits (steps, lanes, classes) of a segment and the state after it.

    Args:
        weights: By the names of `weight_shapes`.
        shape: The network.
        rows: Rows of the input table, shape (steps, lanes, rows_per_step).
        state: As `zero_state` gives it, or what came out of the segment before.
        dropout: Shares to leave out.
        seed: Two whole numbers that what is left out follows from.
        window: Which lanes these are, if not all; the same is left out of a lane as if they were.
    """
    import tensorflow as tf

    inputs, out = whole_matrices(weights, shape)
    values = embed(weights, shape, inputs, rows, dropout, seed, window)
    new_state: State = []
    extra: State = []
    inside = len(shape.wrapped)
    if inside:
        own = [*state[: 2 * inside], *state[-2:]]
        values, after = run_attention(weights, inside, values, own)
        new_state, extra = after[:-2], after[-2:]
        values = maybe_drop(values, dropout.outputs, own_seed(seed, 1 + inside), window)
    for index in range(inside, len(shape.layer_sizes)):
        own = list(state[2 * index : 2 * index + 2])
        values, after = run_layer(weights, f"layer{index}", values, own)
        new_state += after
        values = maybe_drop(values, dropout.outputs, own_seed(seed, 2 + index), window)
    return tf.tensordot(values, out, 1) + weights["out_bias"], new_state + extra
