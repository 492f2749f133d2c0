"""Every button, and every parameter that can be turned, with its range: from the address book.

Whoever changes one (a device, a controller, a page, the command line) asks here what it may be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from bridge.core.chord_chart import parse_chart
from bridge.core.modes import mode_number
from bridge.core.protocol import BOOK
from bridge.core.scales import scale_mask
from bridge.core.settings import PlayerSettings
from bridge.errors import ConfigError, ParameterUnknown, ValueRefused

ParameterValue = float | int | bool | str
PREFIX = "/param/"
ACTIONS = ("go", "end_call", "again", "mutate", "panic")
"""The buttons of a player."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a player.

    Args:
        name: As in `PlayerSettings`.
        kind: ``number``, ``whole``, ``switch``, ``bundle`` (a name) or ``text``.
        low: Smallest legal value; 0 for names and texts.
        high: Largest legal value; 0 for names and texts.
        unit: What it is counted in; empty for plain numbers.
        meaning: What it does, in a line.
    """

    name: str
    kind: str
    low: float
    high: float
    unit: str
    meaning: str


def _parameter(name: str, default: object) -> Parameter | None:
    spec = BOOK.get(PREFIX + name)
    if name == "bundle":
        return Parameter(name, "bundle", 0, 0, "", "The model that plays.")
    if name == "chords":
        return Parameter(name, "text", 0, 0, "", "The song's chords, one entry a bar, repeated.")
    if spec is None:
        return None  # The rest of the settings belongs to some models alone, and stays as it is.
    value = spec.arguments[-1]
    kind = "switch" if isinstance(default, bool) else "whole" if value.kind == "i" else "number"
    return Parameter(name, kind, value.low, value.high, value.unit, spec.meaning)


_MADE = (_parameter(field.name, field.default) for field in fields(PlayerSettings))
PARAMETERS: dict[str, Parameter] = {one.name: one for one in _MADE if one is not None}


def parameter_value(name: str, value: object, bundles: tuple[str, ...]) -> ParameterValue:
    """A value for a parameter, as `PlayerSettings` has it.

    Args:
        name: The parameter's.
        value: A number; for switches also true or false; for ``bundle`` a name on offer or its
            place in the list; for ``scale`` and ``mode`` also what a configuration may say
            (``D dorian``, ``trade``); for ``chords`` a chart.
        bundles: The names on offer.

    Raises:
        ParameterUnknown: There is no such parameter, or it can't be changed while playing.
        ValueRefused: The value is of the wrong kind or outside its range.
        ChordInvalid: The chart of ``chords`` holds what is no chord.
    """
    parameter = PARAMETERS.get(name)
    if parameter is None:
        raise ParameterUnknown(
            f"There is no parameter {name!r} that can be changed while playing.",
            f"There are {', '.join(PARAMETERS)}.",
        )
    if parameter.kind == "bundle":
        return _bundle(value, bundles)
    if parameter.kind == "text":
        return _chart(value)
    if name == "scale" and isinstance(value, str):
        return _in_words(scale_mask, value)
    if name == "mode" and isinstance(value, str):
        return _in_words(mode_number, value)
    return _number(parameter, value)


def changed(settings: PlayerSettings, name: str, value: ParameterValue) -> PlayerSettings:
    """Settings with one parameter changed to a value that has been checked."""
    kind = type(getattr(settings, name))
    return replace(settings, **{name: kind(value)})


def _number(parameter: Parameter, value: object) -> ParameterValue:
    if not isinstance(value, int | float) or math.isnan(value):
        raise ValueRefused(f"{parameter.name} is {value!r}; it must be a number.")
    if not parameter.low <= value <= parameter.high:
        unit = f" {parameter.unit}" if parameter.unit else ""
        raise ValueRefused(
            f"{parameter.name} is {value:g}; it must be"
            f" {parameter.low:g} to {parameter.high:g}{unit}."
        )
    if parameter.kind == "number":
        return float(value)
    if value != int(value):
        raise ValueRefused(f"{parameter.name} is {value:g}; it must be a whole number.")
    return bool(value) if parameter.kind == "switch" else int(value)


def _bundle(value: object, bundles: tuple[str, ...]) -> str:
    if isinstance(value, str) and value in bundles:
        return value
    if type(value) is int and 0 <= value < len(bundles):
        return bundles[value]
    raise ValueRefused(
        f"There is no bundle {value!r} on offer.",
        f"There are {', '.join(bundles)}; bundles.offer of the configuration names them.",
    )


def _chart(value: object) -> str:
    if not isinstance(value, str):
        raise ValueRefused(f"chords is {value!r}; it must be a text such as 'C | Am7 | F | G7'.")
    parse_chart(value)
    return value


def _in_words(number_of: Callable[[object], int], value: str) -> int:
    """What a configuration may say in words, as the number that it stands for."""
    try:
        return number_of(value)
    except ConfigError as error:
        raise ValueRefused(error.message, error.hint) from error
