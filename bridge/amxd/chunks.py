"""Tagged pieces: four letters, a 32-bit size, bytes. Sizes are checked against what is there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal

from bridge.errors import DeviceFileInvalid

ByteOrder = Literal["little", "big"]

HEADER_BYTES = 8


def read_u32(data: bytes, at: int, order: ByteOrder) -> int:
    """A 32-bit number without sign.

    Raises:
        DeviceFileInvalid: The bytes end before it does.
    """
    if at + 4 > len(data):
        raise DeviceFileInvalid("The device file ends within a number.")
    return int.from_bytes(data[at : at + 4], order)


def outer_chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Chunks of the file itself: little-endian, sizes count the payload.

    Yields:
        Tag and payload, in order.

    Raises:
        DeviceFileInvalid: A chunk runs past the end.
    """
    at = 0
    while at < len(data):
        size = read_u32(data, at + 4, "little")
        yield _tag(data, at), _piece(data, at, HEADER_BYTES + size)
        at += HEADER_BYTES + size


def inner_chunks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Chunks of a frozen archive's list: big-endian, sizes count the header too.

    Yields:
        Tag and payload, in order.

    Raises:
        DeviceFileInvalid: A chunk runs past the end, or is smaller than its own header.
    """
    at = 0
    while at < len(data):
        size = read_u32(data, at + 4, "big")
        if size < HEADER_BYTES:
            raise DeviceFileInvalid(f"The part {_tag(data, at)!r} has no room for its own size.")
        yield _tag(data, at), _piece(data, at, size)
        at += size


def outer_chunk(tag: str, payload: bytes) -> bytes:
    """One chunk of the file itself."""
    return tag.encode("latin-1") + struct.pack("<I", len(payload)) + payload


def inner_chunk(tag: str, payload: bytes) -> bytes:
    """One chunk of a frozen archive's list."""
    return tag.encode("latin-1") + struct.pack(">I", HEADER_BYTES + len(payload)) + payload


def _tag(data: bytes, at: int) -> str:
    return data[at : at + 4].decode("latin-1")


def _piece(data: bytes, at: int, size: int) -> bytes:
    """The payload of the chunk at a place, its header included in its size."""
    if size > len(data) - at:
        raise DeviceFileInvalid(
            f"The part {_tag(data, at)!r} of the device file has {len(data) - at} bytes,"
            f" and should have {size}."
        )
    return data[at + HEADER_BYTES : at + size]
