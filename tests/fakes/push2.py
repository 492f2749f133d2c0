"""A Push 2 that is not there: it takes only what the manual allows, and keeps the picture.

Written after the manual alone, without a look at the engine's own tables: every byte that the real
device would not understand, or would take as something reserved, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PADS = frozenset(range(36, 100))
RGB_BUTTONS = frozenset([*range(20, 28), *range(102, 110), *range(36, 44), 29, 60, 61, 85, 86, 89])
WHITE_BUTTONS = frozenset(
    [3, 9, 28, 30, 31, 35, *range(44, 60), 62, 63, 87, 88, 90, *range(110, 114), *range(116, 120)]
)
BUTTONS = RGB_BUTTONS | WHITE_BUTTONS
KNOBS = (71, 72, 73, 74, 75, 76, 77, 78, 79, 14, 15)
TOUCHES = dict(zip(KNOBS, (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 9), strict=True))
KEPT_COLOURS = {0, 122, 123, 124, 125, 126, 127}
KEPT_SHADES = {0, 16, 48, 127}
PULSES = {6: 4, 7: 6, 8: 12, 9: 24, 10: 48, 11: 4, 12: 6, 13: 12, 14: 24, 15: 48}
"""Period of each animation that goes on, in clock messages, by channel."""

HEAD = bytes((0xF0, 0x00, 0x21, 0x1D, 0x01, 0x01))
SET_MODE, SET_STRIP, GET_STRIP, STRIP_LEDS = 0x0A, 0x17, 0x18, 0x19
ARGUMENTS = {
    0x03: (9,), 0x04: (1,), 0x05: (0,), 0x06: (1,), 0x07: (0,), 0x08: (2,), 0x09: (0,),
    SET_MODE: (1,), 0x0B: (3,), 0x13: (1,), 0x14: (3,), 0x15: (1,), SET_STRIP: (1,),
    GET_STRIP: (0,), STRIP_LEDS: (16,), 0x1A: (0, 1), 0x1B: (8,), 0x1D: (1,), 0x1E: (1,),
    0x1F: (0,), 0x20: (17,), 0x21: (1,), 0x22: (17,), 0x23: (3,), 0x28: (3,), 0x29: (2,),
    0x30: (4,), 0x31: (5,), 0x32: (10,),
}  # fmt: skip
"""Number of arguments of each command in the manual's list."""
FLASHES = {0x03, 0x05, 0x06, 0x0B, 0x14, 0x1B, 0x1E, 0x20, 0x22, 0x23, 0x28, 0x30, 0x31, 0x32}
"""Commands that change the whole device, whoever plays it: nobody's who only has the User port."""
LIVE, USER, DUAL = 0, 1, 2
STRIP_DEFAULT = 0x68
IDENTITY = bytes.fromhex("F0 7E 01 06 02 00 21 1D 67 32 02 00 01 00 2F 00 73 4D 1F 08 00 01 F7")


class Refused(AssertionError):
    """The device would not understand that, or must not be told it."""


@dataclass(frozen=True)
class Shown:
    """What an LED does: the colour, and for an animation its channel and its other colour."""

    colour: int
    channel: int = 0
    start: int = 0


@dataclass
class FakePush2:
    """The device's half of its User port.

    Attributes:
        mode: Live, User or Dual.
        leds: By (is a pad, number), what was set.
        strip: Shades of the touch strip's LEDs, from the bottom.
        strip_flags: How the strip is set up.
        clock: Start, continue, stop and the pulses, in order.
        received: How many messages were taken while the port was the device's.
        ignored: How many were not, since the device was Live's.
    """

    mode: int = USER
    leds: dict[tuple[bool, int], Shown] = field(default_factory=dict)
    strip: tuple[int, ...] = (0,) * 31
    strip_flags: int = STRIP_DEFAULT
    clock: list[int] = field(default_factory=list)
    received: int = 0
    ignored: int = 0
    phase: int = 0

    # --- what it is told --------------------------------------------------------------------

    def take(self, data: bytes) -> list[bytes]:
        """Take one message; returns the replies.

        Raises:
            Refused: The manual knows no such message.
        """
        if not data or data[0] < 0x80:
            raise Refused(f"no message begins like that: {data.hex(' ')}")
        if data[0] == 0xF0:
            return self._sysex(data)
        if any(byte >= 0x80 for byte in data[1:]):
            raise Refused(f"a status byte within a message: {data.hex(' ')}")
        if data[0] in (0xF8, 0xFA, 0xFB, 0xFC):
            self._exactly(data, 1)
            self._beat(data[0])
        elif data[0] & 0xF0 in (0x90, 0xB0):
            self._exactly(data, 3)
            self._light(data[0] & 0xF0 == 0x90, data[0] & 0x0F, data[1], data[2])
        else:
            raise Refused(f"it takes no message of that status: {data.hex(' ')}")
        return []

    def _exactly(self, data: bytes, length: int) -> None:
        if len(data) != length:
            raise Refused(f"{length} bytes are wanted: {data.hex(' ')}")

    def _beat(self, status: int) -> None:
        self.clock.append(status)
        if status == 0xF8:
            self.phase += 1
        elif status in (0xFA, 0xFB):
            self.phase = 0

    def _light(self, is_pad: bool, channel: int, number: int, value: int) -> None:
        if number not in (PADS if is_pad else BUTTONS):
            raise Refused(f"there is no {'pad' if is_pad else 'button'} {number}")
        kept = KEPT_SHADES if not is_pad and number in WHITE_BUTTONS else KEPT_COLOURS
        if value not in kept:
            raise Refused(f"palette entry {value} may change with the firmware")
        if self.mode == LIVE:
            self.ignored += 1
            return
        self.received += 1
        old = self.leds.get((is_pad, number))
        if channel == 0:
            self.leds[is_pad, number] = Shown(value)
        elif old is None or old.channel:
            raise Refused(f"animation of {number} without a colour to begin with")
        else:
            self.leds[is_pad, number] = Shown(value, channel, old.colour)

    def _sysex(self, data: bytes) -> list[bytes]:
        if data[-1] != 0xF7 or any(byte >= 0x80 for byte in data[1:-1]):
            raise Refused(f"system exclusive that is none: {data.hex(' ')}")
        if data[1] == 0x7E:
            if data[3:] != b"\x06\x01\xf7" or data[2] not in (0x01, 0x7F):
                raise Refused(f"no identity request: {data.hex(' ')}")
            return [IDENTITY]
        if data[: len(HEAD)] != HEAD or len(data) < len(HEAD) + 2:
            raise Refused(f"not for a Push 2: {data.hex(' ')}")
        number, arguments = data[6], data[7:-1]
        if len(arguments) not in ARGUMENTS.get(number, ()):
            raise Refused(f"no such command, or not with so many arguments: {data.hex(' ')}")
        if number in FLASHES:
            raise Refused(f"this changes what Live relies on: {data.hex(' ')}")
        return self._command(number, arguments)

    def _command(self, number: int, arguments: bytes) -> list[bytes]:
        if number == SET_MODE:
            if arguments[0] > DUAL:
                raise Refused(f"no mode {arguments[0]}")
            self.mode = arguments[0]
            return [HEAD + bytes((SET_MODE, self.mode, 0xF7))]
        if number == GET_STRIP:
            return [HEAD + bytes((GET_STRIP, self.strip_flags, 0xF7))]
        if number == SET_STRIP:
            self.strip_flags = arguments[0]
        elif number == STRIP_LEDS:
            if self.strip_flags & 0x03 != 0x03:
                raise Refused("the strip's LEDs are not the host's by sysex")
            if any(byte > 0x3F for byte in arguments) or arguments[15] > 7:
                raise Refused(f"bits that mean nothing: {arguments.hex(' ')}")
            pairs = [shade for byte in arguments for shade in (byte & 7, byte >> 3)]
            self.strip = tuple(pairs[:31])
        else:
            raise Refused(f"the engine has no use for command {number:#x}")
        return []

    # --- what is seen -----------------------------------------------------------------------

    def pad(self, column: int, row: int) -> Shown | None:
        """What a pad shows; column 0 is left, row 0 at the bottom."""
        return self.leds.get((True, 36 + 8 * row + column))

    def button(self, number: int) -> Shown | None:
        return self.leds.get((False, number))

    def wipe(self) -> None:
        """It was unplugged: dark, Live's, and it knows nothing any more."""
        self.leds.clear()
        self.strip, self.strip_flags = (0,) * 31, STRIP_DEFAULT
        self.clock.clear()
        self.phase = 0


# --- what it says ---------------------------------------------------------------------------


def press(column: int, row: int, velocity: int = 100) -> bytes:
    return bytes((0x90, 36 + 8 * row + column, velocity))


def release(column: int, row: int) -> bytes:
    return bytes((0x80, 36 + 8 * row + column, 0))


def button_down(number: int) -> bytes:
    return bytes((0xB0, number, 127))


def button_up(number: int) -> bytes:
    return bytes((0xB0, number, 0))


def turn(knob: int, counts: int) -> bytes:
    """An encoder's message; counts -64 to 63, to the right above 0."""
    return bytes((0xB0, knob, counts & 0x7F))


def touch(knob: int, down: bool) -> bytes:
    return bytes((0x90, TOUCHES[knob], 127 if down else 0))


def mode_told(mode: int) -> bytes:
    return HEAD + bytes((SET_MODE, mode, 0xF7))
