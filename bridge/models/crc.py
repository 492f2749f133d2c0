"""CRC-32C of large blocks with NumPy alone.

Pure Python would need seconds for a bundle of 12 MB. A checksum is linear, though, so the block can
be read as rows of 2048 words, and all columns be summed up at once: appending a row appends 8192
zero bytes to each column's checksum, which two table look-ups do. In the end neighbouring columns
are joined in pairs. Polynomial and masking: RFC 3720 B.4; LevelDB, ``util/crc32c.h``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0x82F63B78
_COLUMNS = 2048
_WORD_BYTES = 4
_ROW_BYTES = _COLUMNS * _WORD_BYTES

U32 = npt.NDArray[np.uint32]


def _byte_table() -> U32:
    table: U32 = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        odd = np.where(table & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
        table = (table >> np.uint32(1)) ^ odd
    return table


_TABLE = _byte_table()
_TABLE_LIST = [int(entry) for entry in _TABLE]


@cache
def _zeros_operator(zero_bytes: int) -> U32:
    """What appending a power of two of zero bytes does to a checksum, as images of its 32 bits."""
    if zero_bytes == 1:
        bits = np.array([1 << bit for bit in range(32)], dtype=np.uint32)
        return np.asarray((bits >> np.uint32(8)) ^ _TABLE[bits & 0xFF], np.uint32)
    half = _zeros_operator(zero_bytes // 2)
    return _applied(half, half)


def _applied(operator: U32, values: U32) -> U32:
    bits = (values[:, None] >> np.arange(32, dtype=np.uint32)) & 1
    images: U32 = np.where(bits, operator, np.uint32(0))
    return np.asarray(np.bitwise_xor.reduce(images, axis=1), np.uint32)


def _table_of(images: U32) -> U32:
    """What an operator makes of every 16-bit number, from the images of the 16 bits."""
    table = np.zeros(1, np.uint32)
    for image in images:
        table = np.concatenate([table, table ^ image])
    return table


@cache
def _row_tables() -> tuple[U32, U32]:
    """Tables that append a row of zeros: for the lower and for the upper half of a checksum."""
    operator = _zeros_operator(_ROW_BYTES)
    return _table_of(operator[:16]), _table_of(operator[16:])


def _register_after(rows: U32, register: int) -> int:
    """The register after some rows, at least one."""
    lower, upper = _row_tables()
    sums = rows[0].copy()
    sums[0] ^= np.uint32(register)
    for row in rows[1:]:
        sums = lower[sums & 0xFFFF] ^ upper[sums >> np.uint32(16)] ^ row
    span = _WORD_BYTES
    while len(sums) > 1:
        sums = _applied(_zeros_operator(span), sums[::2]) ^ sums[1::2]
        span *= 2
    return int(_applied(_zeros_operator(_WORD_BYTES), sums)[0])


def crc32c(data: memoryview | bytes) -> int:
    """CRC-32C (Castagnoli) of some bytes."""
    count = len(data) // _ROW_BYTES
    register = 0xFFFF_FFFF
    if count:
        rows = np.frombuffer(data, "<u4", count * _COLUMNS).reshape(count, _COLUMNS)
        register = _register_after(rows, register)
    for byte in bytes(data[count * _ROW_BYTES :]):
        register = (register >> 8) ^ _TABLE_LIST[(register ^ byte) & 0xFF]
    return register ^ 0xFFFF_FFFF


def masked_crc32c(data: memoryview | bytes) -> int:
    """The checksum as LevelDB stores it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282_EAD8) & 0xFFFF_FFFF
