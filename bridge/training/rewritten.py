"""A fine-tuned network in the place of the one that it came from.

The bundle keeps its graph, its id and its names, whatever their era, so whoever could load it can
load what came of it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bridge.errors import TrainingError
from bridge.models.bundle import bundle_parts, parse_bundle, read_limited
from bridge.models.checkpoint import read_checkpoint
from bridge.models.checkpoint_writer import blob, write_checkpoint
from bridge.models.stack import canonical_name
from bridge.training.bundle_writer import Arrays, magenta_variables
from bridge.training.network import Shape


def rewrite_bundle(
    source: Path, path: Path, description: str, weights: Arrays, shape: Shape
) -> None:
    """Save weights as a bundle that is otherwise another one.

    Args:
        source: The bundle that the training began with.
        path: Where the ``.mag`` file goes; an old one is replaced.
        description: Kept in the bundle, for people.
        weights: The trained arrays by the names of ``network``.
        shape: The network's sizes, as `bridge.training.from_bundle` gave them.

    Raises:
        TrainingError: The weights are not those of that bundle's network.
    """
    data = read_limited(source)
    parts, tensors = bundle_parts(data), dict(read_checkpoint(bundle_parts(data).checkpoint))
    names = {canonical_name(name): name for name in tensors}
    for name, value in magenta_variables(weights, shape).items():
        own = names.get(canonical_name(name))
        if own is None or tensors[own].size != value.size:
            raise TrainingError(
                f"{source.name} is not the bundle that this training began with: {name}.",
                "Give it again, or delete the training's folder to begin anew.",
            )
        tensors[own] = np.ascontiguousarray(value, np.float32).reshape(tensors[own].shape)
    made = blob(1, blob(1, parts.generator_id) + blob(2, parts.details))
    made += blob(2, write_checkpoint(tensors)) + blob(3, bytes(parts.graph))
    made += blob(4, blob(1, description))
    parse_bundle(made)
    path.write_bytes(made)
