"""From a bundle's file to a network that can play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bridge.core.encodings.catalog import ModelEncoding, encoding_for
from bridge.errors import BundleInvalid
from bridge.models.bundle import Bundle, read_bundle
from bridge.models.rnn import StackNetwork
from bridge.models.weights import StackWeights, stack_weights


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A network and what it takes to play it. Players of the same bundle share one.

    Args:
        name: Name of the bundle.
        encoding: Between notes and the network.
        network: The network.
        batch_size: Batch size stored in the bundle; only the random numbers depend on it.
    """

    name: str
    encoding: ModelEncoding
    network: StackNetwork
    batch_size: int


def load_model(name: str, path: Path) -> LoadedModel:
    """Reads a bundle and prepares its network.

    Raises:
        BundleMissing: There is no such file.
        BundleInvalid: It is damaged, or of a kind that this engine doesn't play.
    """
    bundle = read_bundle(path)
    weights = stack_weights(bundle)
    encoding = playable_encoding(bundle, weights)
    network = StackNetwork(weights, encoding.inputs.blocks)
    return LoadedModel(name, encoding, network, bundle.facts.batch_size)


def playable_encoding(bundle: Bundle, weights: StackWeights) -> ModelEncoding:
    """The encoding that fits the network.

    Raises:
        BundleInvalid: None does.
    """
    encoding = encoding_for(weights.input_width, weights.class_count)
    if encoding is None or bundle.facts.softmax_count != 1:
        raise BundleInvalid(
            f"The bundle {bundle.generator_id!r} takes {weights.input_width} inputs and predicts "
            f"{weights.class_count} classes: no drums or melody model does.",
            "Use a drums or melody bundle.",
        )
    return encoding
