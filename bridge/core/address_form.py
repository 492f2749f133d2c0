"""What a row of the address book (`bridge.core.address_book`) is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

INT_MIN, INT_MAX = -(2**31), 2**31 - 1


class Direction(Enum):
    """Who sends a message."""

    TO_ENGINE = "device → engine"
    TO_DEVICE = "engine → device"
    BOTH = "both ways"
    FROM_CONTROLLER = "controller → engine"
    TO_CONTROLLER = "engine → controller"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a message.

    Args:
        name: Unique in its message.
        kind: OSC type tag, ``i`` (int32) or ``f`` (float32).
        low: Smallest legal value.
        high: Largest legal value.
        unit: What it is counted in; empty for plain numbers.
        meaning: One line for the documentation.
    """

    name: str
    kind: str
    low: float
    high: float
    unit: str
    meaning: str


@dataclass(frozen=True, slots=True)
class MessageSpec:
    """One row of the address book.

    Args:
        address: OSC address, exact.
        direction: Who sends it.
        arguments: In order.
        meaning: One line for the documentation.
        group: Arguments that repeat after the fixed ones (the notes of a clip); may be empty.
        max_groups: How often the group may repeat.
    """

    address: str
    direction: Direction
    arguments: tuple[Argument, ...]
    meaning: str
    group: tuple[Argument, ...] = ()
    max_groups: int = 0


def whole(name: str, low: int, high: int, unit: str, meaning: str) -> Argument:
    """An int32 argument."""
    return Argument(name, "i", low, high, unit, meaning)


def real(name: str, low: float, high: float, unit: str, meaning: str) -> Argument:
    """A float32 argument."""
    return Argument(name, "f", low, high, unit, meaning)


DEVICE = whole("device", 1, INT_MAX, "", "The device's own number, chosen at random when it loads")
ON = whole("on", 0, 1, "", "1 on, 0 off")


def parameter(name: str, value: Argument, meaning: str) -> MessageSpec:
    """A parameter of a device's player."""
    return MessageSpec(f"/param/{name}", Direction.TO_ENGINE, (DEVICE, value), meaning)
