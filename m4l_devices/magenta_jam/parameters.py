"""The device's parameters: what a musician turns, maps, automates and saves with the Set.

A long name is what automation, mappings and presets know a parameter by: never change one. The
short one is what Push shows, of 8 letters at most. `WIRE` of `magenta_jam.js` says what becomes of
a value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from m4l_devices.magenta_jam.wiring import ENGINE_PORT


class Kind(IntEnum):
    """Live's types of parameter."""

    FLOAT = 0
    INT = 1
    ENUM = 2


class Unit(IntEnum):
    """How Live writes a value."""

    INT = 0
    FLOAT = 1
    PERCENT = 5
    MIDI = 8


class Seen(IntEnum):
    """Where Live shows a parameter."""

    AUTOMATED = 0
    STORED_ONLY = 1
    HIDDEN = 2


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter.

    Args:
        name: What the patch and the script call it.
        long: Its name in Live.
        short: Its name on Push and on the device.
        box: The Max object that shows it.
        kind: Its type.
        low: Smallest value; of an enumeration 0.
        high: Largest value; of an enumeration the number of its last item.
        initial: Value of a new device.
        unit: How Live writes it.
        items: Of an enumeration its items.
        seen: Where Live shows it.
        hint: What the help of Live says under its name.
    """

    name: str
    long: str
    short: str
    box: str
    kind: Kind
    low: float
    high: float
    initial: float
    hint: str
    unit: Unit = Unit.INT
    items: tuple[str, ...] = ()
    seen: Seen = Seen.AUTOMATED


def _dial(
    name: str, long: str, short: str, low: float, high: float, initial: float, hint: str, unit: Unit
) -> Parameter:
    return Parameter(name, long, short, "live.dial", Kind.FLOAT, low, high, initial, hint, unit)


def _number(
    name: str,
    long: str,
    short: str,
    low: int,
    high: int,
    initial: int,
    hint: str,
    unit: Unit = Unit.INT,
    seen: Seen = Seen.AUTOMATED,
) -> Parameter:
    # Live keeps integers as one byte; what is larger is a float that is written without a point.
    kind = Kind.INT if low >= 0 and high <= 255 else Kind.FLOAT
    return Parameter(
        name, long, short, "live.numbox", kind, low, high, initial, hint, unit, seen=seen
    )


def _choice(
    name: str, long: str, short: str, box: str, items: tuple[str, ...], hint: str, initial: int = 0
) -> Parameter:
    return Parameter(
        name, long, short, box, Kind.ENUM, 0, len(items) - 1, initial, hint, items=items
    )


def _button(name: str, long: str, short: str, hint: str) -> Parameter:
    return _choice(name, long, short, "live.text", ("off", "on"), hint)


MODEL_ITEMS = tuple(f"Model {number}" for number in range(1, 17))
"""What the model menu shows until the engine has told the names of its bundles."""

BUTTONS = (
    _button("go", "Go", "Go", "End the call, or answer the last one, at the next bar line."),
    _button("again", "Again", "Again", "Answer the last call once more, otherwise."),
    _button("mutate", "Mutate", "Mutate", "Take the last answer as the call of a new one."),
    _button("keep", "Keep", "Keep", "Write the last answer into the next empty slot."),
    _button("panic", "Panic", "Panic", "Silence everything now."),
    _button("extend", "Extend Clip", "Extend", "Ask for clips that go on from this one."),
    _button("vary", "Vary Clip", "Vary", "Ask for clips like the one that is selected."),
)
"""Pressed, not kept: a press is a bang."""

TOGGLES = (
    _button("solo", "Solo", "Solo", "Mute what you play while the model still hears it."),
    _button("clips", "Clip Pads", "Clip Pad", "Launching a clip on this track makes it the call."),
)
"""Stay as they are pressed."""

KNOBS = (
    _dial("temperature", "Temperature", "Temp", 0.1, 2.0, 1.0, "1 is the model's own.", Unit.FLOAT),
    _dial("density", "Density", "Density", -1.0, 1.0, 0.0, "Fewer or more notes.", Unit.FLOAT),
    _dial("feel", "Feel", "Feel", 0.0, 100.0, 100.0, "Your touch and timing.", Unit.PERCENT),
    _dial("register_bias", "Register", "Register", -1, 1, 0, "Lower or higher.", Unit.FLOAT),
    _dial("variety", "Variety", "Variety", 0.0, 1.0, 0.0, "Repeat less.", Unit.FLOAT),
    _choice(
        "mode",
        "Mode",
        "Mode",
        "live.tab",
        ("Reply", "Continue", "Fill", "Loop"),
        "Reply answers, Continue listens on, Fill trades bars, Loop repeats.",
    ),
    _choice("bundle", "Model", "Model", "live.menu", MODEL_ITEMS, "Which model answers."),
    _number("answer_bars", "Answer Bars", "Answer", 0, 32, 0, "Length; 0 is that of the call."),
    _number("memory_bars", "Memory", "Memory", 0, 64, 0, "Bars before the call that it recalls."),
    _choice(
        "listen",
        "Listen To",
        "Listen",
        "live.menu",
        ("Me", *(f"Player {number}" for number in range(1, 17))),
        "Answer what you play, or another player.",
    ),
    _choice("scale", "Scale", "Scale", "live.menu", ("Off", "Live"), "Keep to Live's scale."),
    _number("call_bars", "Call Bars", "Call", 0, 32, 0, "Length of your call; 0 is until silence."),
    _number("silence_bars", "Silence", "Silence", 1, 8, 1, "Bars of silence that end a call."),
    _choice(
        "lock", "Lock", "Lock", "live.menu", ("Off", "Rhythm", "Pitches"), "Keep this of the call."
    ),
    _number("candidates", "Best Of", "Best Of", 1, 32, 1, "Answers made to choose the best from."),
    _dial("top_p", "Focus", "Focus", 0.05, 1.0, 1.0, "Below 1 only what is likely.", Unit.FLOAT),
    _number("seed", "Seed", "Seed", -1, 2**24 - 1, -1, "Same seed, same answer; -1 is a new one."),
    _number("count", "Clip Count", "Clips", 1, 16, 4, "How many clips Extend and Vary ask for."),
    _number("key_low", "Trigger Key", "Key", 0, 127, 36, "Lowest trigger key.", Unit.MIDI),
    _number("key_count", "Trigger Keys", "Keys", 0, 16, 0, "0 is none: Go, Again, Mutate, Keep …"),
)

STORED = (
    *(
        _number(
            f"host{index + 1}",
            f"Engine Host {index + 1}",
            f"Host {index + 1}",
            0,
            255,
            initial,
            "Address of the engine; 127.0.0.1 is this computer.",
            seen=Seen.STORED_ONLY,
        )
        for index, initial in enumerate((127, 0, 0, 1))
    ),
    _number(
        "port",
        "Engine Port",
        "Port",
        1024,
        65535,
        ENGINE_PORT,
        "UDP port of the engine.",
        seen=Seen.STORED_ONLY,
    ),
    _number(
        "token",
        "Engine Token",
        "Token",
        0,
        2**24 - 1,
        0,
        "Shared secret of an engine on another computer; 0 is none.",
        seen=Seen.STORED_ONLY,
    ),
)
"""Saved with the Set, but neither automated nor mapped."""

PARAMETERS = (*KNOBS, *BUTTONS, *TOGGLES, *STORED)

BANK_NAME = "Jam"
BANK = ("Temperature", "Density", "Answer Bars", "Model", "Mode", "Memory", "Feel", "Go")
"""Push's eight encoders, by long name."""
