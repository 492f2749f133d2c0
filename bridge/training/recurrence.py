"""An LSTM layer over a segment, with its gradient written out.

TensorFlow's own gradient of such a loop adds up one small product of matrices for every step to get
the recurrent kernel's. Together they are one large product: the fewer lanes, the more that saves.
"""

from __future__ import annotations

from typing import Any

FORGET_BIAS = 1.0


def lstm_step(gates: Any, cell: Any) -> tuple[Any, Any]:
    """New c and h from the summed gate inputs, in Magenta's gate order."""
    import tensorflow as tf

    i, j, f, o = tf.split(gates, 4, axis=-1)
    cell = cell * tf.sigmoid(f + FORGET_BIAS) + tf.sigmoid(i) * tf.tanh(j)
    return cell, tf.sigmoid(o) * tf.tanh(cell)


def lstm_layer(projected: Any, kernel: Any, cell: Any, hidden: Any) -> tuple[Any, Any, Any]:
    """All steps of a layer.

    Args:
        projected: What reaches the gates from below and as bias, shape (steps, lanes, 4 * units).
        kernel: The recurrent kernel, shape (units, 4 * units).
        cell: c before the first step, shape (lanes, units).
        hidden: h before it, of the same shape.

    Returns:
        h of each step, shape (steps, lanes, units), then c and h after the last.
    """
    import tensorflow as tf

    layer: Any = tf.custom_gradient(_with_gradient)
    found: tuple[Any, Any, Any] = layer(projected, kernel, cell, hidden)
    return found


def _with_gradient(projected: Any, kernel: Any, cell: Any, hidden: Any) -> tuple[Any, Any]:
    import tensorflow as tf

    cells, hiddens, gates = [cell], [hidden], []
    for inputs in tf.unstack(projected, axis=0):
        i, j, f, o = tf.split(inputs + tf.matmul(hiddens[-1], kernel), 4, axis=-1)
        opened = tf.sigmoid(i), tf.tanh(j), tf.sigmoid(f + FORGET_BIAS), tf.sigmoid(o)
        cells.append(cells[-1] * opened[2] + opened[0] * opened[1])
        bent = tf.tanh(cells[-1])
        hiddens.append(opened[3] * bent)
        gates.append((*opened, bent))

    def gradient(to_outputs: Any, to_cell: Any, to_hidden: Any) -> tuple[Any, Any, Any, Any]:
        found = []
        steps = zip(gates, cells[:-1], tf.unstack(to_outputs, axis=0), strict=True)
        for opened, before, to_output in reversed(list(steps)):
            to_gates, to_cell = _step_gradient(opened, before, to_cell, to_hidden + to_output)
            to_hidden = tf.matmul(to_gates, kernel, transpose_b=True)
            found.append(to_gates)
        to_projected = tf.stack(found[::-1])
        heard, told = (
            tf.reshape(values, [-1, values.shape[-1]])
            for values in (tf.stack(hiddens[:-1]), to_projected)
        )
        return to_projected, tf.matmul(heard, told, transpose_a=True), to_cell, to_hidden

    return (tf.stack(hiddens[1:]), cells[-1], hiddens[-1]), gradient


def _step_gradient(
    opened: tuple[Any, ...], before: Any, to_cell: Any, to_hidden: Any
) -> tuple[Any, Any]:
    """Gradients of a step's gate inputs and of c before it, from those of c and h after it."""
    import tensorflow as tf

    i, j, f, o, bent = opened
    to_cell = to_cell + to_hidden * o * (1.0 - bent * bent)
    to_gates = [
        to_cell * j * i * (1.0 - i),
        to_cell * i * (1.0 - j * j),
        to_cell * before * f * (1.0 - f),
        to_hidden * bent * o * (1.0 - o),
    ]
    return tf.concat(to_gates, -1), to_cell * f
