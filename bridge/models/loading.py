"""From a bundle's file to a network that can play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from bridge.core.encodings.catalog import PIANOROLL, ModelEncoding, encoding_for
from bridge.core.encodings.note_performance import PITCH, WAITS
from bridge.core.encodings.pianoroll import LOWEST_PITCH
from bridge.core.encodings.timed import TimedEncoding
from bridge.errors import BundleInvalid
from bridge.models.bundle import Bundle, read_bundle
from bridge.models.heads import Head, OneDistribution, SeveralDistributions
from bridge.models.nade import NadeHead
from bridge.models.rnn import StackNetwork
from bridge.models.stack import stack_weights
from bridge.models.weights import StackWeights

EncodingT = TypeVar("EncodingT", ModelEncoding, TimedEncoding)


@dataclass(frozen=True, slots=True)
class Loaded(Generic[EncodingT]):
    """A network and what it takes to play it. Players of the same bundle share one.

    Args:
        name: Name of the bundle.
        encoding: Between notes and the network.
        network: The network.
        batch_size: Batch size stored in the bundle; only the random numbers depend on it.
        head: From the network's output to its classes.
    """

    name: str
    encoding: EncodingT
    network: StackNetwork
    batch_size: int
    head: Head = OneDistribution()  # noqa: RUF009 (it is frozen)


class LoadedModel(Loaded[ModelEncoding]):
    """A model that plays in beats."""

    __slots__ = ()


class LoadedPerformance(Loaded[TimedEncoding]):
    """A model that plays in seconds instead of beats."""

    __slots__ = ()


PlayableModel = LoadedModel | LoadedPerformance


def load_model(name: str, path: Path) -> PlayableModel:
    """Reads a bundle and prepares its network.

    Raises:
        BundleMissing: There is no such file.
        BundleInvalid: It is damaged, or of a kind that this engine doesn't play.
    """
    bundle = read_bundle(path)
    weights = stack_weights(bundle)
    encoding = playable_encoding(bundle, weights)
    return assembled(name, encoding, weights, bundle.facts.batch_size)


def assembled(
    name: str, encoding: ModelEncoding | TimedEncoding, weights: StackWeights, batch_size: int
) -> PlayableModel:
    """A network ready to play.

    Args:
        name: Name of the bundle.
        encoding: The one that fits the weights (`playable_encoding`).
        weights: The network's weights.
        batch_size: Batch size stored in the bundle.
    """
    network = StackNetwork(weights, encoding.inputs.blocks)
    if isinstance(encoding, ModelEncoding) and weights.nade is not None:
        # Magenta draws no random numbers here, so none are drawn for its batch.
        return LoadedModel(name, encoding, network, 1, NadeHead(weights.nade, LOWEST_PITCH))
    if isinstance(encoding, ModelEncoding):
        return LoadedModel(name, encoding, network, batch_size)
    head: Head = OneDistribution()
    if encoding.sizes:
        head = SeveralDistributions(encoding.sizes, WAITS, PITCH)
    return LoadedPerformance(name, encoding, network, batch_size, head)


def playable_encoding(bundle: Bundle, weights: StackWeights) -> ModelEncoding | TimedEncoding:
    """The encoding that fits the network.

    Raises:
        BundleInvalid: None does.
    """
    encoding = encoding_for(weights.input_width, weights.class_count)
    if weights.nade is not None:
        keys = PIANOROLL.inputs.input_width
        fits = weights.input_width == weights.nade.keys == keys
        encoding = PIANOROLL if fits else None
    if encoding is None or bundle.facts.softmax_count != 1:
        raise BundleInvalid(
            f"The bundle {bundle.generator_id!r} takes {weights.input_width} inputs and predicts "
            f"{weights.class_count} classes: no model that this engine plays does.",
            "Use a drums, melody or performance bundle.",
        )
    return encoding
