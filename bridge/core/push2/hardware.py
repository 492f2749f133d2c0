"""Push 2 by its numbers, and every message that is ever sent to it.

Only what the manual says will stay is used: seven colours of the RGB palette and four shades of
white. No palette, brightness or pad setting is changed, since these belong to the whole device and
so to Live, whose picture shares it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from typing import NamedTuple

USER_PORT = "Ableton Push 2 User Port"
"""The User port's name on macOS; what it is called elsewhere is beside it."""
USER_INPUTS = ("MIDIIN2 (Ableton Push 2)", "Ableton Push 2 MIDI 2")
USER_OUTPUTS = ("MIDIOUT2 (Ableton Push 2)", "Ableton Push 2 MIDI 2")

COLUMNS = ROWS = 8
FIRST_PAD = 36
"""Note of the pad at the bottom left; they count to the right, then upwards."""

# Buttons, by controller number.
TAP = 3
SELECT_ROW = tuple(range(20, 28))
"""Below the display, one above each column of pads."""
STOP = 29
SCENES = tuple(range(36, 44))
"""To the right of the pads, from the bottom row to the top one."""
LEFT, RIGHT, UP, DOWN = 44, 45, 46, 47
SELECT, SHIFT = 48, 49
NOTE, SESSION = 50, 51
OCTAVE_DOWN, OCTAVE_UP = 54, 55
REPEAT = 56
USER = 59
MUTE, SOLO = 60, 61
PAGE_LEFT, PAGE_RIGHT = 62, 63
PLAY = 85
METER_ROW = tuple(range(102, 110))
"""Above the display, one below each of the eight encoders."""
DELETE = 118

RGB_BUTTONS = frozenset((*SELECT_ROW, STOP, *SCENES, MUTE, SOLO, PLAY, *METER_ROW))
WHITE_BUTTONS = frozenset(
    (
        *(TAP, LEFT, RIGHT, UP, DOWN, SELECT, SHIFT, NOTE, SESSION, OCTAVE_DOWN, OCTAVE_UP),
        *(REPEAT, PAGE_LEFT, PAGE_RIGHT, DELETE),
    )
)
"""Those with a duty here. The others, User among them, are left as they are."""

# Encoders, by controller number, and the notes that tell of a touch.
TRACK_KNOBS = tuple(range(71, 79))
TEMPO_KNOB, SWING_KNOB, MASTER_KNOB = 14, 15, 79
TOUCH_NOTES = {
    **dict(enumerate(TRACK_KNOBS)),
    8: MASTER_KNOB,
    9: SWING_KNOB,
    10: TEMPO_KNOB,
}
STRIP_LEDS = 31
STRIP_FULL = 7
"""A touch strip LED's brightest shade; 0 is dark."""
STRIP_OURS = 0x03
"""Touch strip: LEDs by the host, by sysex; the finger sends pitch bend."""


class Colour(IntEnum):
    """Entries of the RGB palette that the manual promises to keep."""

    BLACK = 0
    WHITE = 122
    LIGHT_GREY = 123
    DARK_GREY = 124
    BLUE = 125
    GREEN = 126
    RED = 127


class Shade(IntEnum):
    """Entries of the white palette that the manual promises to keep."""

    BLACK = 0
    DIM = 16
    HALF = 48
    FULL = 127


class Pace(IntEnum):
    """Animations, as the channel that asks for them; their length is told in note values."""

    STILL = 0
    PULSE_EIGHTH = 8
    PULSE_QUARTER = 9
    PULSE_HALF = 10
    BLINK_EIGHTH = 13
    BLINK_QUARTER = 14
    BLINK_HALF = 15


class Led(NamedTuple):
    """One LED that a note or a controller message sets. A tuple: a picture compares a hundred.

    Args:
        is_pad: Whether it is a pad's, set by notes; else a button's.
        number: Its note or controller number.
    """

    is_pad: bool
    number: int


class Light(NamedTuple):
    """What an LED shows.

    Args:
        colour: Palette index, 0 to 127: the colour, or where an animation goes.
        pace: The animation.
        start: Where an animation comes from.
    """

    colour: int
    pace: Pace = Pace.STILL
    start: int = Colour.BLACK


DARK = Light(Colour.BLACK)


@cache
def pad(column: int, row: int) -> Led:
    """The pad of a column, 0 at the left, and a row, 0 at the bottom."""
    return Led(True, FIRST_PAD + row * COLUMNS + column)


@cache
def button(number: int) -> Led:
    """The button of a controller number."""
    return Led(False, number)


ALL_LEDS = (
    *(pad(column, row) for row in reversed(range(ROWS)) for column in range(COLUMNS)),
    *(button(number) for number in sorted(RGB_BUTTONS | WHITE_BUTTONS)),
)
"""Every LED that is ours, in the order in which a whole picture is sent."""


def light_messages(led: Led, light: Light) -> list[bytes]:
    """The message, or for an animation the two, that make an LED show something."""
    status = 0x90 if led.is_pad else 0xB0
    if light.pace is Pace.STILL:
        return [bytes((status, led.number, light.colour))]
    # Channel 0 stops what went on before and gives the colour to begin with.
    return [
        bytes((status, led.number, light.start)),
        bytes((status | light.pace, led.number, light.colour)),
    ]


# --- sysex ----------------------------------------------------------------------------------

ABLETON_PUSH2 = bytes((0x00, 0x21, 0x1D, 0x01, 0x01))
IDENTITY_REQUEST = bytes((0xF0, 0x7E, 0x7F, 0x06, 0x01, 0xF7))
"""The one message that may be sent to a device that may not be a Push."""
SET_MODE, SET_STRIP, GET_STRIP, SET_STRIP_LEDS = 0x0A, 0x17, 0x18, 0x19
LIVE_MODE, USER_MODE, DUAL_MODE = 0, 1, 2


def command(number: int, *arguments: int) -> bytes:
    """A sysex command with its arguments, each 0 to 127."""
    return bytes((0xF0, *ABLETON_PUSH2, number, *arguments, 0xF7))


def strip_lights(shades: Sequence[int]) -> bytes:
    """The command that sets the touch strip's LEDs.

    Args:
        shades: One for each of the 31, from the bottom: 0 (dark) to 7.
    """
    even, odd = shades[0::2], (*shades[1::2], 0)
    return command(SET_STRIP_LEDS, *(low | high << 3 for low, high in zip(even, odd, strict=True)))
