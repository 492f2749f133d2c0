"""Checks every message, in and out, against the address book.

The devices' part of it is `bridge.core.address_book`, the controllers'
`bridge.core.controller_book`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.address_book import (
    ASK_CONTINUE,
    ASK_VARY,
    CLIP_IS_ANSWER,
    CLIP_IS_CALL,
    CLIP_IS_MADE,
    CLIP_IS_MATERIAL,
    CLIP_NOTES_PER_CHUNK,
    FLAG_LOOP,
    FLAG_PLAYING,
    FLAG_TIMESTAMP,
    MAX_ASKED_BEATS,
    MAX_CLIP_CHUNKS,
    MAX_DATAGRAM_BYTES,
    MAX_NAME_CHARACTERS,
    MAX_PLAYERS,
    PROTOCOL_VERSION,
    TICK_FRACTIONS,
    Argument,
    Direction,
    MessageSpec,
)
from bridge.core.address_book import SPECS as DEVICE_SPECS
from bridge.core.controller_book import CONTROLLER_SPECS
from bridge.errors import LocalProtocolError, OutOfRange, UnknownAddress, WrongArguments

__all__ = [
    "ASK_CONTINUE",
    "ASK_VARY",
    "BOOK",
    "CLIP_IS_ANSWER",
    "CLIP_IS_CALL",
    "CLIP_IS_MADE",
    "CLIP_IS_MATERIAL",
    "CLIP_NOTES_PER_CHUNK",
    "FLAG_LOOP",
    "FLAG_PLAYING",
    "FLAG_TIMESTAMP",
    "MAX_ASKED_BEATS",
    "MAX_CLIP_CHUNKS",
    "MAX_DATAGRAM_BYTES",
    "MAX_NAME_CHARACTERS",
    "MAX_PLAYERS",
    "PROTOCOL_VERSION",
    "SPECS",
    "TICK_FRACTIONS",
    "Argument",
    "Direction",
    "Message",
    "MessageSpec",
    "check",
    "outgoing",
]

SPECS = (*DEVICE_SPECS, *CONTROLLER_SPECS)

_KINDS: dict[str, type] = {"i": int, "f": float}


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the address book allows.

    Args:
        spec: Its row.
        values: Its arguments, checked: int where the row says ``i``, float where it says ``f``.
    """

    spec: MessageSpec
    values: tuple[int | float, ...]

    @property
    def address(self) -> str:
        """The OSC address."""
        return self.spec.address

    def int_of(self, name: str) -> int:
        """The value of an int argument, by name."""
        return int(self.values[_INDEX[self.spec.address][name]])

    def float_of(self, name: str) -> float:
        """The value of an argument as a float, by name."""
        return float(self.values[_INDEX[self.spec.address][name]])

    def groups(self) -> list[tuple[int | float, ...]]:
        """The repeated groups after the fixed arguments."""
        start, size = len(self.spec.arguments), len(self.spec.group)
        if not size:
            return []
        return [self.values[i : i + size] for i in range(start, len(self.values), size)]


BOOK: dict[str, MessageSpec] = {spec.address: spec for spec in SPECS}
_INDEX: dict[str, dict[str, int]] = {
    spec.address: {argument.name: i for i, argument in enumerate(spec.arguments)} for spec in SPECS
}
_LIMITS: dict[str, tuple[tuple[type, float, float], ...]] = {
    spec.address: tuple((_KINDS[a.kind], a.low, a.high) for a in spec.arguments) for spec in SPECS
}


def check(address: str, values: Sequence[int | float], direction: Direction) -> Message:
    """Check a message against the address book.

    Args:
        address: OSC address.
        values: Arguments as they came off the wire: int for ``i``, float for ``f``.
        direction: Which way it travels; not BOTH.

    Raises:
        UnknownAddress: The book has no such message in this direction.
        WrongArguments: Too few, too many, or of the wrong type.
        OutOfRange: A value outside its range, or not a number.
    """
    spec = BOOK.get(address)
    if spec is None or spec.direction not in (direction, Direction.BOTH):
        raise UnknownAddress(f"There is no message {address!r} in the direction {direction.value}.")
    limits = _LIMITS[address]
    if len(values) == len(limits) and all(
        type(value) is kind and low <= value <= high
        for value, (kind, low, high) in zip(values, limits, strict=True)
    ):
        return Message(spec, tuple(values))
    return _check_slowly(spec, values)


def _check_slowly(spec: MessageSpec, values: Sequence[int | float]) -> Message:
    """The same for repeated groups and whole numbers given for floats, and to say what is wrong."""
    address, fixed, group = spec.address, len(spec.arguments), spec.group
    _check_count(spec, len(values))
    checked = tuple(
        _check_value(
            spec.arguments[i] if i < fixed else group[(i - fixed) % len(group)], value, address
        )
        for i, value in enumerate(values)
    )
    return Message(spec, checked)


def _check_count(spec: MessageSpec, count: int) -> None:
    fixed = len(spec.arguments)
    extra = count - fixed
    if extra == 0:
        return
    size = len(spec.group)
    if extra < 0 or not size or extra % size or extra // size > spec.max_groups:
        wanted = str(fixed)
        if size:
            wanted = f"{fixed} and up to {spec.max_groups} times {size} more"
        raise WrongArguments(f"{spec.address} has {count} arguments; it takes {wanted}.")


def _check_value(argument: Argument, value: int | float, address: str) -> int | float:
    if argument.kind == "i":
        if type(value) is not int:
            raise WrongArguments(f"{address}: {argument.name} must be an integer, not {value!r}.")
    else:
        if type(value) not in (int, float):
            raise WrongArguments(f"{address}: {argument.name} must be a number, not {value!r}.")
        value = float(value)
        if math.isnan(value):
            raise OutOfRange(f"{address}: {argument.name} is not a number.")
    if not argument.low <= value <= argument.high:
        raise OutOfRange(
            f"{address}: {argument.name} is {value:g}; it must be"
            f" {argument.low:g} to {argument.high:g}{' ' + argument.unit if argument.unit else ''}."
        )
    return value


def outgoing(
    address: str, *values: int | float, direction: Direction = Direction.TO_DEVICE
) -> Message:
    """A message from the engine to a device, or to a controller, checked.

    Raises:
        LocalProtocolError: It breaks the address book, which is a mistake of ours.
    """
    try:
        return check(address, values, direction)
    except (UnknownAddress, WrongArguments, OutOfRange) as error:
        raise LocalProtocolError(
            f"The engine was about to send nonsense: {error.message}"
        ) from error
