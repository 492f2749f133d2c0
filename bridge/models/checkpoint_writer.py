"""Writes TensorFlow's V1 checkpoints, byte by byte, as its ``TensorSliceWriter`` lays them out.

TensorFlow finds a tensor by a key that spells its name and slice in "ordered code", so the keys
matter as much as the values. Sources: TensorFlow ``core/util/tensor_slice_writer.cc``,
``core/util/saved_tensor_slice_util.cc`` and ``core/lib/strings/ordered_code.cc``; LevelDB
``doc/table_format.md``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import numpy as np

from bridge.errors import BundleInvalid
from bridge.models.checkpoint import Tensor
from bridge.models.crc import masked_crc32c

_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_HANDLES_BYTES = 40
_PRODUCER = 1
"""Version of the format (``TF_CHECKPOINT_VERSION``)."""
_FULL_EXTENT = b"\x80\x7f"
"""Start 0 and length -1, all of an axis, in ordered code."""
_TYPES = {"<f4": (1, 5), "<f8": (2, 6), "<i4": (3, 7), "<i8": (9, 10)}
"""TensorFlow's number of a type, and the field of ``TensorProto`` that holds its values."""


def varint(value: int) -> bytes:
    """A base-128 number; negative ones as the 64 bits they stand for."""
    value &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def blob(field: int, value: bytes | str) -> bytes:
    """A field of a message that holds bytes, text or a message."""
    raw = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(raw)) + raw


def write_checkpoint(tensors: Mapping[str, Tensor]) -> bytes:
    """A V1 checkpoint.

    Args:
        tensors: Float32, float64, int32 or int64 tensors by name.

    Returns:
        Its bytes; `bridge.models.checkpoint` and TensorFlow read the same tensors from them.

    Raises:
        BundleInvalid: A tensor has another type.
    """
    listed = b"".join(blob(1, _meta(name, tensor)) for name, tensor in tensors.items())
    versions = blob(2, _number(1, _PRODUCER))
    entries = [(b"", blob(1, listed + versions))]
    entries += sorted((_key(name, t.ndim), _slice(name, t)) for name, t in tensors.items())
    return _table(entries)


def _number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def _type(name: str, tensor: Tensor) -> tuple[int, int]:
    code = tensor.dtype.newbyteorder("<").str
    if code not in _TYPES:
        raise BundleInvalid(f"The weights {name!r} have the type {tensor.dtype}, which none have.")
    return _TYPES[code]


def _meta(name: str, tensor: Tensor) -> bytes:
    shape = b"".join(blob(2, _number(1, size)) for size in tensor.shape)
    kind = _number(3, _type(name, tensor)[0])
    return blob(1, name) + blob(2, shape) + kind + blob(4, _whole(tensor.ndim))


def _whole(axes: int) -> bytes:
    """The slice that is all of a tensor: an extent without numbers for each axis."""
    return b"".join(blob(1, b"") for _ in range(axes))


def _slice(name: str, tensor: Tensor) -> bytes:
    kind, field = _type(name, tensor)
    if kind in (1, 2):
        values = tensor.astype(tensor.dtype.newbyteorder("<"), copy=False).tobytes()
    else:
        values = b"".join(varint(int(value)) for value in tensor.ravel())
    proto = _number(1, kind) + blob(field, values)
    return blob(2, blob(1, name) + blob(2, _whole(tensor.ndim)) + blob(3, proto))


def _key(name: str, axes: int) -> bytes:
    """The key of a whole tensor: 0, its name, its number of axes, and each axis's extent."""
    # UTF-8 has no byte 0xff, which would need an escape of its own.
    raw = name.encode().replace(b"\0", b"\0\xff")
    return b"\0" + raw + b"\0\x01" + _ordered(axes) + _FULL_EXTENT * axes


def _ordered(value: int) -> bytes:
    """A number not below 0 in ordered code: its length in bytes, then these."""
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes([len(raw)]) + raw


def _table(entries: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A table of one entry a block, with its index and footer."""
    out = bytearray()
    index = []
    for key, value in entries:
        index.append((key, _append(out, _block([(key, value)]))))
    # The index of indices, which no checkpoint has use for, is empty.
    handles = _append(out, _block([]))
    handles += _append(out, _block(index))
    return bytes(out) + handles.ljust(_HANDLES_BYTES, b"\0") + _MAGIC


def _append(out: bytearray, block: bytes) -> bytes:
    """Adds a block with its trailer; returns its handle."""
    handle = varint(len(out)) + varint(len(block))
    block += b"\0"  # not compressed
    out += block + struct.pack("<I", masked_crc32c(block))
    return handle


def _block(entries: list[tuple[bytes, bytes]]) -> bytes:
    """Entries that each state their whole key, so that each is a place to start reading from."""
    body, starts = bytearray(), []
    for key, value in entries:
        starts.append(len(body))
        body += varint(0) + varint(len(key)) + varint(len(value)) + key + value
    return bytes(body) + np.asarray([*(starts or [0]), max(1, len(starts))], "<u4").tobytes()
