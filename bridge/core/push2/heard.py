"""What Push 2 says, read from its bytes. Whatever comes, nothing is raised.

Pressure (a pad's, or of all of them) and what the touch strip's finger does mean nothing here and
are left out, and so are controls that have no duty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.core.midibytes import messages
from bridge.core.push2.hardware import (
    ABLETON_PUSH2,
    COLUMNS,
    FIRST_PAD,
    GET_STRIP,
    MASTER_KNOB,
    ROWS,
    SET_MODE,
    SWING_KNOB,
    TEMPO_KNOB,
    TOUCH_NOTES,
    TRACK_KNOBS,
)

_KNOBS = frozenset((*TRACK_KNOBS, TEMPO_KNOB, SWING_KNOB, MASTER_KNOB))
_FAMILY = bytes((0x67, 0x32, 0x02, 0x00))
"""Product 0x1967, member 2."""
_IDENTITY = bytes((0x06, 0x02))
_MANUFACTURER = ABLETON_PUSH2[:3]
_IDENTITY_BYTES = 23


@dataclass(frozen=True, slots=True)
class PadPressed:
    """A pad was struck; column 0 is left, row 0 is at the bottom, velocity 1 to 127."""

    column: int
    row: int
    velocity: int


@dataclass(frozen=True, slots=True)
class PadReleased:
    """A pad was let go."""

    column: int
    row: int


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """A button was pressed; its controller number."""

    number: int


@dataclass(frozen=True, slots=True)
class ButtonReleased:
    """A button was let go."""

    number: int


@dataclass(frozen=True, slots=True)
class KnobTurned:
    """An encoder was turned.

    Args:
        knob: Its controller number.
        counts: How far since the last message, to the right above 0: -64 to 63. One turn has
            about 210, of the tempo encoder 18.
    """

    knob: int
    counts: int


@dataclass(frozen=True, slots=True)
class KnobTouched:
    """A finger is on an encoder, or has left it."""

    knob: int
    down: bool


@dataclass(frozen=True, slots=True)
class ModeTold:
    """Whose the device is now: 0 Live's, 1 the User port's, 2 both's."""

    mode: int


@dataclass(frozen=True, slots=True)
class StripTold:
    """How the touch strip is set up: seven flags."""

    flags: int


@dataclass(frozen=True, slots=True)
class IdentityTold:
    """Who is at the port.

    Args:
        is_push2: Whether it is a Push 2.
        text: For people.
    """

    is_push2: bool
    text: str


Heard = (
    PadPressed
    | PadReleased
    | ButtonPressed
    | ButtonReleased
    | KnobTurned
    | KnobTouched
    | ModeTold
    | StripTold
    | IdentityTold
)


def heard(data: bytes) -> Iterator[Heard]:
    """Everything in some bytes of the input port that means something."""
    if data[:1] == b"\xf0":
        told = _told(data)
        if told is not None:
            yield told
        return
    for message in messages(data):
        done = _done(message)
        if done is not None:
            yield done


def _done(message: bytes) -> Heard | None:
    if message[0] in (0x90, 0x80):
        return _touched(message[1], message[2] if message[0] == 0x90 else 0)
    if message[0] != 0xB0:
        return None
    number, value = message[1], message[2]
    if number in _KNOBS:
        counts = value - 128 if value >= 64 else value
        return KnobTurned(number, counts) if counts else None
    return ButtonPressed(number) if value else ButtonReleased(number)


def _touched(note: int, velocity: int) -> Heard | None:
    if note in TOUCH_NOTES:
        return KnobTouched(TOUCH_NOTES[note], velocity > 0)
    row, column = divmod(note - FIRST_PAD, COLUMNS)
    if not 0 <= row < ROWS:
        return None
    return PadPressed(column, row, velocity) if velocity else PadReleased(column, row)


def _told(data: bytes) -> Heard | None:
    body = data[1:-1]
    if data[-1] != 0xF7 or any(byte >= 0x80 for byte in body):
        return None
    if body[:1] == b"\x7e" and body[2:4] == _IDENTITY:
        return _identity(data)
    if body[:5] != ABLETON_PUSH2 or len(body) != 7:
        return None
    number, value = body[5], body[6]
    if number == SET_MODE:
        return ModeTold(value)
    return StripTold(value) if number == GET_STRIP else None


def _identity(data: bytes) -> IdentityTold | None:
    if data[5:8] != _MANUFACTURER or data[8:12] != _FAMILY:
        return IdentityTold(False, "another device")
    if len(data) != _IDENTITY_BYTES:
        return None
    build = data[14] | data[15] << 7
    return IdentityTold(True, f"Push 2, firmware {data[12]}.{data[13]}.{build}")
