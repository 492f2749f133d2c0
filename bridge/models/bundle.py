"""Reads a Magenta bundle (``.mag``) without TensorFlow.

A bundle is a ``GeneratorBundle`` message: details, one V1 checkpoint, one graph. A file from a
stranger can at worst be refused: nothing in it is executed, and no size it states is believed
beyond the bytes that are there. Source: Magenta, ``protobuf/generator.proto``.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bridge.errors import BundleInvalid, BundleMissing
from bridge.models.checkpoint import Tensor, read_checkpoint
from bridge.models.metagraph import GraphFacts, read_metagraph
from bridge.models.protowire import fields, messages, text

MAX_BUNDLE_BYTES = 128 * 1024 * 1024
"""Largest file that is read; Magenta's own bundles have 1 to 25 MB."""

_MAX_FIELDS = 64
"""Bundles have four or five; a file of millions would keep us busy for minutes."""

MAX_WEIGHT = 1e6
"""Largest weight that is believed; trained ones stay below 100."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is in a bundle.

    Args:
        generator_id: Magenta's id of the generator, such as ``drum_kit``; free text.
        description: What its maker says about it, or "".
        tensors: Weights by name.
        facts: What only the graph tells.
        size_bytes: Size of the file.
    """

    generator_id: str
    description: str
    tensors: dict[str, Tensor]
    facts: GraphFacts
    size_bytes: int


def read_bundle(path: Path, *, verify: bool = True) -> Bundle:
    """The bundle in a file.

    Args:
        path: The file.
        verify: Whether to check the checkpoint's checksums; about 10 ms a MB.

    Raises:
        BundleMissing: There is no such file, or it can't be read.
        BundleInvalid: The file is no bundle, or a damaged one.
    """
    data = read_limited(path)
    try:
        return parse_bundle(data, verify=verify)
    except BundleInvalid as error:
        raise BundleInvalid(f"{path.name}: {error.message}", error.hint) from error


def read_limited(path: Path) -> bytes:
    """The bytes of a file that may be a bundle.

    Raises:
        BundleMissing: There is no such file, or it can't be read.
        BundleInvalid: It is larger than any bundle.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleMissing(f"{path.name} is not a file.")
        if status.st_size > MAX_BUNDLE_BYTES:
            raise BundleInvalid(f"{path.name} is larger than any bundle.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BundleMissing(f"No bundle {path.name!r} can be read.") from error


@dataclass(frozen=True, slots=True)
class BundleParts:
    """The parts of a bundle as they lie in the file, unread.

    Args:
        generator_id: Magenta's id of the generator.
        details: What the generator's maker says about the generator, or "".
        description: What the bundle's maker says about the bundle, or "".
        checkpoint: The V1 checkpoint.
        graph: The ``MetaGraphDef``.
    """

    generator_id: str
    details: str
    description: str
    checkpoint: memoryview
    graph: memoryview


def bundle_parts(data: bytes) -> BundleParts:
    """The parts of a bundle.

    Raises:
        BundleInvalid: The bytes are no bundle, or one without weights or graph.
    """
    _refuse_other_files(data)
    details, notes, checkpoint, graph = memoryview(b""), memoryview(b""), None, None
    for count, (number, value) in enumerate(fields(memoryview(data))):
        if count == _MAX_FIELDS:
            raise BundleInvalid("The file is not made of bundle fields.")
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            details = value
        elif number == 2 and checkpoint is None:
            checkpoint = value
        elif number == 3:
            graph = value
        elif number == 4:
            notes = value
    if checkpoint is None or graph is None:
        raise BundleInvalid("The file has no weights or no graph; it may be cut short.")
    names = {number: text(value) for number, value in fields(details) if number in (1, 2)}
    remark = next(map(text, messages(notes, 1)), "")
    return BundleParts(names.get(1, ""), names.get(2, ""), remark, checkpoint, graph)


def parse_bundle(data: bytes, *, verify: bool = True) -> Bundle:
    """The bundle in some bytes.

    Raises:
        BundleInvalid: The bytes are no bundle, or a damaged one.
    """
    parts = bundle_parts(data)
    try:
        tensors = read_checkpoint(parts.checkpoint, verify=verify)
        facts = read_metagraph(parts.graph)
    except (struct.error, OverflowError) as error:
        raise BundleInvalid("The bundle is damaged.") from error
    refuse_absurd(tensors)
    remark = parts.description or parts.details
    return Bundle(parts.generator_id, remark, tensors, facts, len(data))


def _refuse_other_files(data: bytes) -> None:
    if not data:
        raise BundleInvalid("The file is empty.")
    start = data[:256].lstrip().lower()
    if start.startswith((b"<?xml", b"<!doctype", b"<html", b"<error")):
        raise BundleInvalid("The file is a web page, not a bundle: the download failed.")
    if start.startswith(b"pk\x03\x04"):
        raise BundleInvalid("The file is a zip archive, not a bundle.", "Unpack it first.")


def refuse_absurd(tensors: Mapping[str, Tensor]) -> None:
    """See that all weights are numbers that a model can have.

    Raises:
        BundleInvalid: One is not a number, infinite, or larger than `MAX_WEIGHT`.
    """
    for name, tensor in tensors.items():
        # A comparison with NaN is false, so this finds NaN and infinity too.
        if tensor.size and not float(np.abs(tensor).max()) <= MAX_WEIGHT:
            raise BundleInvalid(f"The weights {name!r} are not numbers that a model can have.")
