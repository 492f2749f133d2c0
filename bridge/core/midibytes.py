"""MIDI bytes as they come from a port: cut into messages, whatever they are.

A MIDI library hands over whole messages as a rule; nothing here relies on it. Bytes that belong to
no message are dropped, and so is system exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_CHANNEL_DATA = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0}
_REAL_TIME = 0xF8
_ALL_SOUND_OFF, _ALL_NOTES_OFF = 120, 123
SONG_POSITION = 0xF2


@dataclass(frozen=True, slots=True)
class Key:
    """A key struck, or with velocity 0 released."""

    pitch: int
    velocity: int
    channel: int


def messages(data: bytes) -> Iterator[bytes]:
    """The whole messages in some bytes, real-time ones first where they cut into another."""
    status, pending = 0, bytearray()
    for byte in data:
        if byte >= _REAL_TIME:
            yield bytes((byte,))
        elif byte >= 0x80:
            status, pending = byte, bytearray((byte,))
        elif status:
            pending.append(byte)
        if status and byte < _REAL_TIME and len(pending) == 1 + _data_bytes(status):
            yield bytes(pending)
            status = 0


def key_of(message: bytes) -> Key | None:
    """The key that a whole message strikes or releases; None if it is about something else."""
    kind, channel = message[0] & 0xF0, message[0] & 0x0F
    if kind == 0x90:
        return Key(message[1], message[2], channel)
    if kind == 0x80:
        return Key(message[1], 0, channel)
    return None


def releases_all(message: bytes) -> bool:
    """Whether a whole message lets all keys go (controllers 120 and 123)."""
    return message[0] & 0xF0 == 0xB0 and message[1] in (_ALL_SOUND_OFF, _ALL_NOTES_OFF)


def is_clock(message: bytes) -> bool:
    """Whether a whole message is one of beat clock's: ticks, transport, song position."""
    return message[0] in (SONG_POSITION, 0xF8, 0xFA, 0xFB, 0xFC)


def _data_bytes(status: int) -> int:
    """How many data bytes follow a status byte; -1 for those of system exclusive: never enough."""
    if status < 0xF0:
        return _CHANNEL_DATA[status & 0xF0]
    return _SYSTEM_DATA.get(status, -1)
