"""Bundles to safetensors and back, with every tensor as it was, byte for byte.

What Magenta needs besides the tensors, its graph above all, goes along as text in the header, so
that the way back gives a bundle that Magenta loads. Any tool that reads safetensors reads the
weights; none of them runs anything.
"""

from __future__ import annotations

import base64
import binascii
import zlib

from bridge.errors import BundleInvalid
from bridge.models.bundle import bundle_parts, parse_bundle, refuse_absurd
from bridge.models.checkpoint import Tensor, read_checkpoint
from bridge.models.checkpoint_writer import blob, write_checkpoint
from bridge.models.safetensors import SafeTensors, read_safetensors, write_safetensors

BUNDLE_SUFFIX, SAFETENSORS_SUFFIX = ".mag", ".safetensors"
FORMAT = "magenta-bridge-1"
MAX_GRAPH_BYTES = 32 * 1024 * 1024
"""Largest graph that is unpacked; Magenta's have below 1 MB."""


def converted(data: bytes, suffix: str) -> bytes:
    """A bundle as a safetensors file, or the other way round.

    The result is read again and compared before it is returned.

    Args:
        data: The file's bytes.
        suffix: What they are: ``.mag`` or ``.safetensors``.

    Raises:
        BundleInvalid: They are not, or are damaged.
    """
    if suffix == BUNDLE_SUFFIX:
        made = to_safetensors(data)
        before, after = _weights(data), read_safetensors(made).tensors
    else:
        made = to_bundle(data)
        before, after = read_safetensors(data).tensors, _weights(made)
    same = before.keys() == after.keys() and all(
        _content(tensor) == _content(after[name]) for name, tensor in before.items()
    )
    if not same:
        raise BundleInvalid("The weights would not be the same after the conversion.")
    return made


def to_safetensors(data: bytes) -> bytes:
    """A bundle as a safetensors file.

    Raises:
        BundleInvalid: The bytes are no bundle, or a damaged one.
    """
    parts = bundle_parts(data)
    bundle = parse_bundle(data)
    metadata = {
        "format": FORMAT,
        "generator_id": parts.generator_id,
        "generator_description": parts.details,
        "description": parts.description,
        "tensorflow_version": bundle.facts.tensorflow_version,
        "batch_size": str(bundle.facts.batch_size),
        "metagraph_zlib_base64": base64.b64encode(zlib.compress(parts.graph, 9)).decode(),
    }
    return write_safetensors(SafeTensors(bundle.tensors, metadata))


def to_bundle(data: bytes) -> bytes:
    """A safetensors file as `to_safetensors` writes it, as a bundle.

    Raises:
        BundleInvalid: The bytes are no such file, a damaged one, or one without Magenta's graph.
    """
    content = read_safetensors(data)
    refuse_absurd(content.tensors)
    told = content.metadata
    if told.get("format") != FORMAT:
        raise BundleInvalid(
            "The file does not hold the graph that a bundle needs.",
            "Only files that `magenta-bridge bundles convert` wrote can become bundles.",
        )
    details = blob(1, told.get("generator_id", ""))
    details += blob(2, told["generator_description"]) if told.get("generator_description") else b""
    out = blob(1, details) + blob(2, write_checkpoint(content.tensors))
    out += blob(3, _graph(told.get("metagraph_zlib_base64", "")))
    if told.get("description"):
        out += blob(4, blob(1, told["description"]))
    parse_bundle(out)
    return out


def _graph(text: str) -> bytes:
    try:
        packed = base64.b64decode(text, validate=True)
        unpacker = zlib.decompressobj()
        graph = unpacker.decompress(packed, MAX_GRAPH_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise BundleInvalid("The file's graph is damaged.") from error
    if not unpacker.eof:
        raise BundleInvalid("The file's graph is cut short, or larger than any model's.")
    return graph


def _weights(data: bytes) -> dict[str, Tensor]:
    return read_checkpoint(bundle_parts(data).checkpoint)


def _content(tensor: Tensor) -> tuple[str, tuple[int, ...], bytes]:
    return tensor.dtype.str, tensor.shape, tensor.tobytes()
