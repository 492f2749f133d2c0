"""Trained weights into a ``.mag`` bundle, through Magenta's own graph and its own writer.

Magenta builds the graph of its configuration (with our layer sizes, and a batch of one, so that
generation computes one sequence), the weights are loaded under Magenta's names, and Magenta saves
the bundle: whatever reads Magenta's bundles reads these.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError
from bridge.training.network import Shape

Arrays = dict[str, NDArray[np.float32]]

STACK = "rnn/multi_rnn_cell"
WHOLE_WRAPPER = "rnn/attention_cell_wrapper"
"""Around all layers, as before May 2017."""


def prepare_tensorflow(threads: int = 2) -> None:
    """Settings that must stand before TensorFlow and Magenta are first imported."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise ConfigError(
            "TensorFlow is not installed; training and measuring bundles need it.",
            "docs/install.md says how to install it and Magenta.",
        ) from error

    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    # TensorFlow fixes its thread pools at the first operation; later calls keep what is there.
    with suppress(RuntimeError):
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def whole_matrices(
    weights: Arrays, shape: Shape
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The embedding of every input column and the output matrix, shared features folded in."""
    inputs, out = weights["in"].copy(), weights["out"]
    if shape.features is not None:
        inputs[: len(shape.features)] += shape.features @ weights["in_features"]
        out = out.copy()
        out[:, : len(shape.features)] += weights["out_features"] @ shape.features.T
    return inputs, out


def padded(matrix: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    """The matrix with zero rows and columns added at its ends."""
    full = np.zeros((rows, columns), np.float32)
    full[: matrix.shape[0], : matrix.shape[1]] = matrix
    return full


def attention_variables(weights: Arrays, shape: Shape, table: NDArray[np.float32]) -> Arrays:
    """Magenta's attention wrapper, whose input projection is as wide as the input.

    The embedding takes the first columns of that projection; the others are zero.
    """
    wrapper = WHOLE_WRAPPER if shape.whole_stack else f"{STACK}/cell_0/attention_cell_wrapper"
    cell = f"{wrapper}/multi_rnn_cell/cell_0" if shape.whole_stack else wrapper
    width, first = shape.table.input_size, shape.layer_sizes[0]
    projection = np.concatenate([table, weights["attn_in"]])
    kernel = padded(weights["layer0_x"], width, 4 * first)
    return {
        f"{wrapper}/kernel": padded(projection, len(projection), width),
        f"{wrapper}/bias": padded(weights["embedding_bias"][None], 1, width)[0],
        f"{cell}/basic_lstm_cell/kernel": np.concatenate([kernel, weights["layer0_h"]]),
        f"{cell}/basic_lstm_cell/bias": weights["layer0_bias"],
        f"{wrapper}/attention/attn_w": weights["attn_memory"][None, None],
        f"{wrapper}/attention/attn_v": weights["attn_score"],
        f"{wrapper}/attention/kernel": weights["attn_query"],
        f"{wrapper}/attention/bias": weights["attn_query_bias"],
        f"{wrapper}/attn_output_projection/kernel": weights["attn_out"],
        f"{wrapper}/attn_output_projection/bias": weights["attn_out_bias"],
    }


def magenta_variables(weights: Arrays, shape: Shape) -> Arrays:
    """Every variable of Magenta's graph by Magenta's name.

    The names are those since May 2017; of an attention around all layers, those from before.
    """
    table, out = whole_matrices(weights, shape)
    variables: Arrays = {
        "fully_connected/weights": out,
        "fully_connected/biases": weights["out_bias"],
    }
    stack = f"{WHOLE_WRAPPER}/multi_rnn_cell" if shape.whole_stack else STACK
    for index in range(len(shape.layer_sizes)):
        bias = weights[f"layer{index}_bias"]
        if index == 0 and shape.attn_length_steps:
            variables |= attention_variables(weights, shape, table)
            continue
        if index:
            kernel_x = weights[f"layer{index}_x"]
        elif shape.embedding_size:
            bias = bias + weights["embedding_bias"] @ weights["layer0_x"]
            kernel_x = table @ weights["layer0_x"]
        else:
            bias, kernel_x = bias + weights["embedding_bias"], table
        cell = f"{stack}/cell_{index}/basic_lstm_cell"
        variables[f"{cell}/kernel"] = np.concatenate([kernel_x, weights[f"layer{index}_h"]])
        variables[f"{cell}/bias"] = bias
    return variables


def magenta_generator(generator_id: str, **source: Any) -> Any:
    """Magenta's sequence generator of an id; ``source`` is its checkpoint or bundle."""
    from magenta.models.drums_rnn import drums_rnn_sequence_generator as drums
    from magenta.models.improv_rnn import improv_rnn_sequence_generator as improv
    from magenta.models.melody_rnn import melody_rnn_sequence_generator as melody
    from magenta.models.polyphony_rnn import polyphony_sequence_generator as polyphony

    known: dict[str, Any] = {}
    for family in (drums, improv, melody, polyphony):
        known |= family.get_generator_map()
    return known[generator_id](**source)


def write_bundle(
    path: Path, generator_id: str, description: str, weights: Arrays, shape: Shape
) -> None:
    """Save weights as a bundle.

    Args:
        path: Where the ``.mag`` file goes; an old one is replaced.
        generator_id: Magenta's configuration, as ``drum_kit`` or ``lookback_rnn``.
        description: Kept in the bundle, for people.
        weights: The trained arrays by the names of ``network``.
        shape: The network's sizes.

    Raises:
        OSError: It can't be written.
    """
    prepare_tensorflow()
    import tensorflow.compat.v1 as tf

    generator = magenta_generator(generator_id, checkpoint="unused")
    model = generator._model
    hparams = model._config.hparams
    before = (hparams.batch_size, hparams.rnn_layer_sizes, hparams.attn_length)
    hparams.batch_size = 1
    hparams.rnn_layer_sizes = list(shape.layer_sizes)
    hparams.attn_length = shape.attn_length_steps
    try:
        with tf.Graph().as_default():
            model._build_graph_for_generation()
            model._session = tf.Session()
            load_variables(model._session, magenta_variables(weights, shape))
        generator._initialized = True
        generator.create_bundle_file(str(path), description)
    except tf.errors.OpError as error:
        # TensorFlow writes files by itself, and has errors of its own for a full disk.
        raise OSError(error.error_code, error.message, str(path)) from error
    finally:
        generator.close()
        # The configuration is Magenta's module-level default, shared with everything after us.
        hparams.batch_size, hparams.rnn_layer_sizes, hparams.attn_length = before


def load_variables(session: Any, values: Arrays) -> None:
    """Give every variable of the default graph its value; none may be missing or left over."""
    import tensorflow.compat.v1 as tf

    variables = {variable.op.name: variable for variable in tf.global_variables()}
    if variables.keys() != values.keys():
        odd = sorted(variables.keys() ^ values.keys())
        raise ValueError(f"Magenta's graph and the trained weights differ in {odd}")
    for name, variable in variables.items():
        variable.load(np.ascontiguousarray(values[name], np.float32), session)
