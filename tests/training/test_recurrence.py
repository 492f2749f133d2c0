import numpy as np
import pytest

from bridge.training.recurrence import lstm_layer, lstm_step

STEPS, LANES, UNITS = 9, 3, 5


def plain_layer(projected, kernel, cell, hidden):
    """The same, whose gradient TensorFlow finds by itself."""
    import tensorflow as tf

    outputs = []
    for inputs in tf.unstack(projected, axis=0):
        cell, hidden = lstm_step(inputs + tf.matmul(hidden, kernel), cell)
        outputs.append(hidden)
    return tf.stack(outputs), cell, hidden


@pytest.mark.magenta
def test_the_written_gradient_is_tensorflows_own(tensorflow):
    tf, random = tensorflow, np.random.default_rng(3)
    shapes = ((STEPS, LANES, 4 * UNITS), (UNITS, 4 * UNITS), (LANES, UNITS), (LANES, UNITS))
    arguments = [tf.constant(random.normal(size=shape)) for shape in shapes]
    pulls = [random.normal(size=shape) for shape in ((STEPS, LANES, UNITS), *shapes[2:])]
    found = []
    for layer in (lstm_layer, plain_layer):
        with tf.GradientTape() as tape:
            tape.watch(arguments)
            results = layer(*arguments)
            loss = tf.add_n([tf.reduce_sum(r * p) for r, p in zip(results, pulls, strict=True)])
        found.append([*results, *tape.gradient(loss, arguments)])
    for ours, theirs in zip(*found, strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours.numpy() - theirs.numpy()).max() < 1e-12
