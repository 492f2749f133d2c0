"""The keys that say what a conditioned performance model is told.

Each takes one value, or a list of values that is spread over call and answer; from an environment
variable they come as words.
"""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.encodings.conditions import MAX_STRETCHES, PITCH_CLASSES, Conditions
from bridge.errors import ConfigError, ControlsRejected

MAX_NOTES_PER_SECOND = 200.0

_TRUTH = {"true": True, "false": False}


def notes_per_second(value: object) -> tuple[float, ...]:
    """One number, or a list: notes a second for each stretch.

    Raises:
        ConfigError: It is neither, or out of range.
    """
    wanted = f"a number from 0 to {MAX_NOTES_PER_SECOND:g}, or a list of 1 to {MAX_STRETCHES}"
    found = tuple(_number(item, wanted) for item in _items(value))
    if not found or max(found) > MAX_NOTES_PER_SECOND:
        raise ConfigError(f"It is {value!r}; it must be {wanted}.")
    return _checked(Conditions(notes_per_second=found)).notes_per_second


def pitch_class_histogram(value: object) -> tuple[float, ...]:
    """Twelve weights, or a list of such twelves.

    Raises:
        ConfigError: It is neither, or a weight is below 0.
    """
    wanted = f"{PITCH_CLASSES} weights from C to B, or a list of such twelves"
    items = _items(value)
    if items and all(isinstance(item, list | tuple) for item in items):
        if any(len(_items(item)) != PITCH_CLASSES for item in items):
            raise ConfigError(f"It is {value!r}; it must be {wanted}.")
        items = [weight for twelve in items for weight in _items(twelve)]
    found = tuple(_number(item, wanted) for item in items)
    return _checked(Conditions(pitch_class_histogram=found)).pitch_class_histogram


def disable_conditioning(value: object) -> tuple[bool, ...]:
    """True, false, or a list of these.

    Raises:
        ConfigError: It is neither.
    """
    found = []
    for item in _items(value):
        truth = _TRUTH.get(item.strip().lower()) if isinstance(item, str) else item
        if not isinstance(truth, bool):
            raise ConfigError(f"It is {value!r}; it must be true, false, or a list of these.")
        found.append(truth)
    return _checked(Conditions(disable=tuple(found))).disable


def for_pydantic(read: Callable[[object], object]) -> Callable[[object], object]:
    """The same for a validator, which may raise nothing but ``ValueError``."""

    def validated(value: object) -> object:
        try:
            return read(value)
        except ConfigError as error:
            # `bridge.config.load` unpacks it again.
            raise ValueError(error) from error

    return validated


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _number(item: object, wanted: str) -> float:
    if isinstance(item, str):
        try:
            return float(item)
        except ValueError:
            raise ConfigError(f"It has {item!r}; it must be {wanted}.") from None
    if isinstance(item, bool) or not isinstance(item, int | float):
        raise ConfigError(f"It has {item!r}; it must be {wanted}.")
    return float(item)


def _checked(conditions: Conditions) -> Conditions:
    try:
        conditions.check()
    except ControlsRejected as error:
        raise ConfigError(error.message) from error
    return conditions
