"""Protocol buffers on the wire, read within bounds and without a schema.

Only what bundles need: fields of a message in order, with their raw values. Every length is checked
against the bytes that are there, so reading never takes more memory than the file itself.
Source: Protocol Buffers documentation, "Encoding".
"""

from __future__ import annotations

from collections.abc import Iterator

from bridge.errors import BundleInvalid

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

MAX_TEXT_BYTES = 4096
"""Longest name or description that is read; real ones have less than 200."""

WireValue = int | memoryview


def read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """A base-128 number of at most 64 bits.

    Args:
        data: The bytes.
        at: Where the number starts.

    Returns:
        The number and the place after it.

    Raises:
        BundleInvalid: The bytes end within the number, or it is longer than 10 bytes.
    """
    value = shift = 0
    for place in range(at, min(at + 10, len(data))):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, place + 1
        shift += 7
    raise BundleInvalid("A number in the bundle has no end.")


def fields(data: memoryview) -> Iterator[tuple[int, WireValue]]:
    """Fields of a message, in order.

    Args:
        data: The message's bytes.

    Yields:
        Field number and value: a number for varints, otherwise the bytes, not copied.

    Raises:
        BundleInvalid: A field runs past the end, or has a type that no longer exists.
    """
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise BundleInvalid("The file is not made of bundle fields.")
        if kind == VARINT:
            value, at = read_varint(data, at)
            yield number, value
            continue
        if kind == BYTES:
            size, at = read_varint(data, at)
        elif kind in (FIXED32, FIXED64):
            size = 4 if kind == FIXED32 else 8
        else:
            raise BundleInvalid("The file is not made of bundle fields.")
        if size > len(data) - at:
            raise BundleInvalid("A part of the bundle is longer than what is left of the file.")
        yield number, data[at : at + size]
        at += size


def messages(data: memoryview, wanted: int) -> Iterator[memoryview]:
    """Values of all fields of one number that hold bytes or messages."""
    for number, value in fields(data):
        if number == wanted and isinstance(value, memoryview):
            yield value


def text(value: WireValue) -> str:
    """A field as text; bytes that are not UTF-8 are replaced.

    Raises:
        BundleInvalid: The field is a number, or longer than any name.
    """
    if isinstance(value, int) or len(value) > MAX_TEXT_BYTES:
        raise BundleInvalid("A name in the bundle is no name.")
    return bytes(value).decode("utf-8", errors="replace")


def signed(value: int) -> int:
    """A varint as the signed 64-bit number it stands for."""
    return value - (1 << 64) if value >> 63 else value
