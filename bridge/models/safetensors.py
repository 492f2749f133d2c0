"""Reads and writes safetensors files: tensors behind a JSON header, and nothing that is run.

A file is the length of the header (8 bytes, little-endian), the header, then the tensors' bytes one
after the other without gaps. Source: the format's specification in the safetensors project's
README. Its library is not needed for that.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass

import numpy as np

from bridge.errors import BundleInvalid
from bridge.models.checkpoint import Tensor

MAX_HEADER_BYTES = 16 * 1024 * 1024
_ALIGNMENT = 8
_MAX_TENSORS = 4096
_MAX_AXES = 8
_METADATA = "__metadata__"
_TYPES = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}
_NAMES = {code: name for name, code in _TYPES.items()}


@dataclass(frozen=True, slots=True)
class SafeTensors:
    """What is in a file.

    Args:
        tensors: By name, in the header's order; read-only.
        metadata: Free text by name.
    """

    tensors: dict[str, Tensor]
    metadata: dict[str, str]


def write_safetensors(content: SafeTensors) -> bytes:
    """A file of this content.

    Raises:
        BundleInvalid: A tensor has a type other than float32, float64, int32 or int64.
    """
    header: dict[str, object] = {_METADATA: content.metadata}
    data = bytearray()
    for name, tensor in content.tensors.items():
        little = tensor.astype(tensor.dtype.newbyteorder("<"), copy=False)
        if little.dtype.str not in _NAMES:
            raise BundleInvalid(f"The weights {name!r} have the type {tensor.dtype}.")
        start = len(data)
        data += little.tobytes()
        header[name] = {
            "dtype": _NAMES[little.dtype.str],
            "shape": list(tensor.shape),
            "data_offsets": [start, len(data)],
        }
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def read_safetensors(data: bytes) -> SafeTensors:
    """The content of a file; takes no more memory than the file and its header.

    Raises:
        BundleInvalid: The bytes are no such file, or a damaged one.
    """
    header, body = _header(data)
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(map(_is_text, metadata.values())):
        raise BundleInvalid("The file's metadata are no texts.")
    if not all(map(_is_text, header)):
        raise BundleInvalid("The file names weights by something that is no text.")
    if len(header) > _MAX_TENSORS:
        raise BundleInvalid("The file holds more weights than any model has.")
    tensors: dict[str, Tensor] = {}
    used = 0
    for name, told in sorted(header.items(), key=lambda item: _start(*item)):
        tensors[name], used = _tensor(name, told, body, used)
    if used != len(body):
        raise BundleInvalid("The file has bytes that belong to no weights.")
    return SafeTensors({name: tensors[name] for name in header}, metadata)


def _header(data: bytes) -> tuple[dict[str, object], memoryview]:
    if len(data) < 8:
        raise BundleInvalid("The file is too short for a safetensors file.")
    (size,) = struct.unpack_from("<Q", data)
    if size > min(MAX_HEADER_BYTES, len(data) - 8):
        raise BundleInvalid("The file is no safetensors file, or cut short.")
    try:
        header = json.loads(data[8 : 8 + size], object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise BundleInvalid("The file's header is not the JSON of a safetensors file.") from error
    if not isinstance(header, dict):
        raise BundleInvalid("The file's header is not that of a safetensors file.")
    return header, memoryview(data)[8 + size :]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found


def _start(name: str, told: object) -> tuple[int, int]:
    offsets = told.get("data_offsets") if isinstance(told, dict) else None
    if isinstance(offsets, list) and len(offsets) == 2 and all(map(_is_size, offsets)):
        return offsets[0], offsets[1]
    raise BundleInvalid(f"The file does not say where the weights {name!r} lie.")


def _is_text(value: object) -> bool:
    # JSON can spell halves of characters, which can't be written to any file.
    return isinstance(value, str) and not any("\ud800" <= sign <= "\udfff" for sign in value)


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def _tensor(name: str, told: object, body: memoryview, used: int) -> tuple[Tensor, int]:
    start, end = _start(name, told)
    assert isinstance(told, dict)
    kind, shape = told.get("dtype"), told.get("shape")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise BundleInvalid(f"The weights {name!r} have the type {kind!r}, which is not read.")
    if not isinstance(shape, list) or len(shape) > _MAX_AXES or not all(map(_is_size, shape)):
        raise BundleInvalid(f"The weights {name!r} have no usable shape.")
    dtype = np.dtype(_TYPES[kind])
    if start != used or end > len(body) or end - start != math.prod(shape) * dtype.itemsize:
        raise BundleInvalid(f"The weights {name!r} don't lie where the file says, or not whole.")
    return np.frombuffer(body[start:end], dtype).reshape(shape), end
