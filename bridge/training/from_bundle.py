"""A finished bundle as a network that goes on learning."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.errors import TrainingError
from bridge.models.weights import StackWeights
from bridge.training.encode import Table
from bridge.training.network import Shape

Arrays = dict[str, NDArray[np.float32]]


def learnable(weights: StackWeights, table: Table, droppable: tuple[int, ...]) -> Shape:
    """The shape of a bundle's network.

    Args:
        weights: The bundle's.
        table: The input table of its encoding.
        droppable: Numbers of the table's blocks whose rows dropout may leave out.

    Raises:
        TrainingError: The trainer can't go on with such a network.
    """
    attention = weights.attention
    if weights.residual or weights.nade is not None:
        raise TrainingError("Networks with residual connections or a NADE can't be trained here.")
    if any(layer.forget_bias != 1.0 for layer in weights.layers):
        raise TrainingError("This bundle's forget bias is not Magenta's.")
    return Shape(
        table,
        weights.units,
        embedding_size=attention.input_kernel.shape[1] if attention is not None else 0,
        attn_length_steps=attention.length if attention is not None else 0,
        droppable=droppable,
        whole_stack=attention is not None and attention.whole_stack,
    )


def learnt(weights: StackWeights) -> Arrays:
    """A bundle's weights by the trainer's names; for the shape that `learnable` gives."""
    first, *others = weights.layers
    arrays: Arrays = {"out": weights.output_kernel, "out_bias": weights.output_bias}
    inside = len(first.kernel) - first.units
    arrays |= {"layer0_h": first.kernel[inside:], "layer0_bias": first.bias}
    attention = weights.attention
    if attention is None:
        arrays |= {"in": first.kernel[:inside], "embedding_bias": np.zeros_like(first.bias)}
    else:
        width = weights.input_width
        arrays |= {
            "in": attention.input_kernel[:width],
            "attn_in": attention.input_kernel[width:],
            "embedding_bias": attention.input_bias,
            "layer0_x": first.kernel[:inside],
            "attn_memory": attention.memory_kernel,
            "attn_query": attention.query_kernel,
            "attn_query_bias": attention.query_bias,
            "attn_score": attention.score,
            "attn_out": attention.output_kernel,
            "attn_out_bias": attention.output_bias,
        }
    for index, layer in enumerate(others, start=1):
        below = len(layer.kernel) - layer.units
        arrays[f"layer{index}_x"] = layer.kernel[:below]
        arrays[f"layer{index}_h"] = layer.kernel[below:]
        arrays[f"layer{index}_bias"] = layer.bias
    return {name: np.ascontiguousarray(value, np.float32) for name, value in arrays.items()}
