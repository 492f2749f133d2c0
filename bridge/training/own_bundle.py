"""Bundles of encodings that Magenta doesn't have: the same file format, with a graph of facts only.

This engine never runs a bundle's graph; it reads from it how wide the input is and how many
sequences are computed at once. So the graph of such a bundle names its placeholders and their
shapes, and no operation. Magenta can't play it, and says that it doesn't know the id.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bridge.models.bundle import parse_bundle
from bridge.models.checkpoint_writer import blob, varint, write_checkpoint
from bridge.training.bundle_writer import Arrays, magenta_variables
from bridge.training.network import Shape

GRAPH_VERSION = "1.15.0"
"""The TensorFlow whose variable names the weights have."""

Nodes = dict[str, tuple[int, ...]]


def write_own_bundle(
    path: Path, generator_id: str, description: str, weights: Arrays, shape: Shape
) -> None:
    """Save weights as a bundle for this engine alone.

    Args:
        path: Where the ``.mag`` file goes; an old one is replaced.
        generator_id: Name of the encoding, as ``drum_kit_lookback``.
        description: Kept in the bundle, for people.
        weights: The trained arrays by the names of ``network``.
        shape: The network's sizes; without attention.
    """
    tensors = {
        name: np.ascontiguousarray(value, np.float32)
        for name, value in magenta_variables(weights, shape).items()
    }
    data = blob(1, blob(1, generator_id) + blob(2, description))
    data += blob(2, write_checkpoint(tensors)) + blob(3, _graph(shape))
    parse_bundle(data)
    path.write_bytes(data)


def _graph(shape: Shape) -> bytes:
    """A ``MetaGraphDef`` with nothing but placeholders: input, state, softmax and temperature."""
    states: Nodes = {
        f"{vector}_{layer}": (1, units)
        for layer, units in enumerate(shape.layer_sizes)
        for vector in ("cell", "hidden")
    }
    members: dict[str, Nodes] = {
        "inputs": {"inputs": (1, 1, shape.table.input_size)},
        "initial_state": states,
        "softmax": {"softmax": (1, 1, shape.table.classes)},
        "temperature": {"temperature": ()},
    }
    nodes = b"".join(
        _placeholder(name, sizes) for nodes in members.values() for name, sizes in nodes.items()
    )
    collections = b"".join(
        blob(4, blob(1, name) + blob(2, blob(1, b"".join(blob(1, f"{node}:0") for node in nodes))))
        for name, nodes in members.items()
    )
    return blob(1, blob(5, GRAPH_VERSION)) + blob(2, nodes) + collections


def _placeholder(name: str, sizes: tuple[int, ...]) -> bytes:
    """A ``NodeDef`` with its output's shape."""
    dimensions = b"".join(blob(2, varint(1 << 3) + varint(size)) for size in sizes)
    attribute = blob(1, "_output_shapes") + blob(2, blob(1, blob(7, dimensions)))
    return blob(1, blob(1, name) + blob(2, "Placeholder") + blob(5, attribute))
