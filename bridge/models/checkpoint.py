"""TensorFlow's V1 checkpoints: a LevelDB-style table of ``SavedTensorSlices``.

Sources: LevelDB ``doc/table_format.md``; TensorFlow ``core/util/saved_tensor_slice.proto``,
``core/framework/tensor.proto``. Every checkpoint seen in a bundle, 2016 to now, is uncompressed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from bridge.errors import BundleInvalid
from bridge.models.crc import masked_crc32c
from bridge.models.protowire import WireValue, fields, messages, read_varint, signed, text

Tensor = npt.NDArray[np.floating] | npt.NDArray[np.integer]

_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_FOOTER_BYTES = 48
_TRAILER_BYTES = 5
_MAX_TENSORS = 4096
_MAX_KEY_BYTES = 4096
_MAX_AXES = 8
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8"}

Shape = tuple[int, ...]
Extent = tuple[tuple[int, int | None], ...]


def read_checkpoint(data: memoryview, *, verify: bool = True) -> dict[str, Tensor]:
    """All tensors of a V1 checkpoint.

    Args:
        data: The checkpoint's bytes.
        verify: Whether to check the blocks' checksums.

    Returns:
        Tensors by name, read-only and in the file's order.

    Raises:
        BundleInvalid: The checkpoint is damaged or of another kind.
    """
    shapes: dict[str, Shape] = {}
    pieces: dict[str, list[tuple[Extent, Tensor]]] = {}
    for key, value in _entries_of_table(data, verify):
        if not key:
            shapes.update(_saved_shapes(value))
            continue
        for piece in messages(value, 2):
            name, extent, tensor = _saved_slice(piece)
            cut = pieces.setdefault(name, [])
            cut.append((extent, tensor))
            if max(len(pieces), len(cut)) > _MAX_TENSORS:
                raise BundleInvalid("The bundle holds more weights than any model has.")
    if not shapes:
        raise BundleInvalid("The bundle's checkpoint lists no weights.")
    return {name: _assembled(name, shape, pieces.get(name, [])) for name, shape in shapes.items()}


def _entries_of_table(data: memoryview, verify: bool) -> Iterator[tuple[bytes, memoryview]]:
    if len(data) < _FOOTER_BYTES or bytes(data[-8:]) != _MAGIC:
        raise BundleInvalid("The bundle's weights are not a V1 checkpoint, or are cut short.")
    footer = data[-_FOOTER_BYTES:-8]
    _, at = _handle(footer, 0)
    (offset, size), _ = _handle(footer, at)
    # Blocks lie one after the other; demanding it keeps the work within the file's size.
    used = 0
    for _, handle in _entries_of_block(_block(data, offset, size, verify)):
        (offset, size), _ = _handle(handle, 0)
        if offset < used:
            raise BundleInvalid("The parts of the bundle's checkpoint overlap.")
        used = offset + size
        yield from _entries_of_block(_block(data, offset, size, verify))


def _handle(data: memoryview, at: int) -> tuple[tuple[int, int], int]:
    offset, at = read_varint(data, at)
    size, at = read_varint(data, at)
    return (offset, size), at


def _block(data: memoryview, offset: int, size: int, verify: bool) -> memoryview:
    end = offset + size
    if size < 4 or end + _TRAILER_BYTES > len(data):
        raise BundleInvalid("A part of the bundle's checkpoint lies outside the file.")
    if verify:
        (stored,) = struct.unpack("<I", data[end + 1 : end + _TRAILER_BYTES])
        if masked_crc32c(data[offset : end + 1]) != stored:
            raise BundleInvalid("The bundle's weights are damaged: a checksum is wrong.")
    if data[end] != 0:
        raise BundleInvalid(
            "The bundle's checkpoint is compressed, which no known exporter does.",
            "Save the bundle again with Magenta's own exporter.",
        )
    return data[offset:end]


def _entries_of_block(block: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    (restarts,) = struct.unpack("<I", block[-4:])
    end = len(block) - 4 - 4 * restarts
    if end < 0:
        raise BundleInvalid("A part of the bundle's checkpoint has no place for its entries.")
    entries = block[:end]
    at, key = 0, b""
    while at < end:
        shared, at = read_varint(entries, at)
        fresh, at = read_varint(entries, at)
        length, at = read_varint(entries, at)
        if shared > len(key) or shared + fresh > _MAX_KEY_BYTES or fresh + length > end - at:
            raise BundleInvalid("An entry of the bundle's checkpoint is longer than its block.")
        key = key[:shared] + bytes(entries[at : at + fresh])
        at += fresh
        yield key, entries[at : at + length]
        at += length


def _saved_shapes(value: memoryview) -> dict[str, Shape]:
    shapes: dict[str, Shape] = {}
    for meta in messages(value, 1):
        for tensor in messages(meta, 1):
            name = ""
            shape: Shape = ()
            for number, field in fields(tensor):
                if number == 1:
                    name = text(field)
                elif number == 2 and isinstance(field, memoryview):
                    shape = read_shape(field)
            shapes[name] = shape
            if len(shapes) > _MAX_TENSORS:
                raise BundleInvalid("The bundle lists more weights than any model has.")
    return shapes


def read_shape(data: memoryview) -> Shape:
    """A ``TensorShapeProto``; unknown sizes are -1."""
    sizes: list[int] = []
    for dim in messages(data, 2):
        if len(sizes) == _MAX_AXES:
            raise BundleInvalid("A tensor in the bundle has more axes than any model's.")
        size = 0
        for number, value in fields(dim):
            if number == 1 and isinstance(value, int):
                size = signed(value)
        sizes.append(size)
    return tuple(sizes)


def _saved_slice(piece: memoryview) -> tuple[str, Extent, Tensor]:
    name = ""
    extent: Extent = ()
    tensor: Tensor = np.zeros(0, np.float32)
    for number, field in fields(piece):
        if number == 1:
            name = text(field)
        elif number == 2 and isinstance(field, memoryview):
            extent = tuple(islice(map(_extent, messages(field, 1)), _MAX_AXES))
        elif number == 3 and isinstance(field, memoryview):
            tensor = _tensor(field)
    return name, extent, tensor


def _extent(data: memoryview) -> tuple[int, int | None]:
    start, length = 0, None
    for number, value in fields(data):
        if isinstance(value, int) and number == 1:
            start = signed(value)
        elif isinstance(value, int) and number == 2:
            length = signed(value)
    return start, length


def _tensor(data: memoryview) -> Tensor:
    """The flat values of a ``TensorProto``: raw content, floats or packed integers."""
    dtype = "<f4"
    content: memoryview | bytearray = memoryview(b"")
    for number, value in fields(data):
        if number == 1 and isinstance(value, int):
            if value not in _DTYPES:
                raise BundleInvalid("The bundle stores weights in a form that no exporter uses.")
            dtype = _DTYPES[value]
        elif number in (4, 5, 6) and isinstance(value, memoryview):
            content = bytearray(content) + value if len(content) else value
        elif number in (7, 10):
            content = bytearray(content)
            _append_integers(content, value, np.dtype(dtype).itemsize)
    if len(content) % np.dtype(dtype).itemsize:
        raise BundleInvalid("The bundle's weights are cut off within a number.")
    return np.frombuffer(content, dtype)


def _append_integers(content: bytearray, value: WireValue, item_bytes: int) -> None:
    mask = (1 << 8 * item_bytes) - 1
    if isinstance(value, int):
        content += (value & mask).to_bytes(item_bytes, "little")
        return
    at = 0
    while at < len(value):
        item, at = read_varint(value, at)
        content += (item & mask).to_bytes(item_bytes, "little")


def _assembled(name: str, shape: Shape, pieces: list[tuple[Extent, Tensor]]) -> Tensor:
    """One tensor from its pieces; partitioned variables are cut along one axis."""
    wanted = 1
    for size in shape:
        wanted *= max(0, size)
    if sum(tensor.size for _, tensor in pieces) != wanted or any(size < 0 for size in shape):
        raise BundleInvalid(f"The weights {name!r} don't have the size that the bundle states.")
    if len(pieces) == 1:
        return pieces[0][1].reshape(shape)
    cut = [axis for axis, (_, length) in enumerate(pieces[0][0]) if length is not None]
    if len(cut) != 1:
        raise BundleInvalid(f"The weights {name!r} are cut up in a way that no exporter uses.")
    axis = cut[0]
    pieces.sort(key=lambda piece: piece[0][axis][0] if axis < len(piece[0]) else -1)
    return np.concatenate([_piece(name, shape, axis, *piece) for piece in pieces], axis=axis)


def _piece(name: str, shape: Shape, axis: int, extent: Extent, tensor: Tensor) -> Tensor:
    length = extent[axis][1] if len(extent) == len(shape) else None
    across = list(shape)
    across[axis] = length if length is not None else -2
    count = 1
    for size in across:
        count *= size
    if count != tensor.size:
        raise BundleInvalid(f"The weights {name!r} are cut up in a way that does not add up.")
    return tensor.reshape(across)
