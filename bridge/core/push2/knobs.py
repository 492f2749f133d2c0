"""What an encoder makes of a parameter: steps, acceleration, bars and words.

A turn has about 210 counts. A number goes through its range in one slow turn; quick turning counts
more, with Shift ten times less. Whole numbers, switches and names move by clicks of a few counts,
so that none is passed by accident.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from bridge.core.modes import MODE_WORDS
from bridge.core.parameters import Parameter, ParameterValue

TURN = 200.0
FINE = 10.0
"""With Shift a number moves by this much less..."""
FINE_CLICKS = 3
"""...and a click is this much longer."""
LONGEST_CLICK = 12
"""Counts."""
_WITHOUT_HASTE = 8.0
_TURNABLE = ("number", "whole", "switch", "bundle")
_ZERO = {
    "answer_bars": "as the call",
    "call_bars": "open",
    "listen": "nobody",
    "memory_bars": "none",
    "scale": "all notes",
}


def turnable(parameter: Parameter) -> bool:
    """Whether an encoder can set it."""
    return parameter.kind in _TURNABLE


def turned(
    parameter: Parameter,
    value: ParameterValue,
    counts: int,
    rest: int,
    *,
    fine: bool = False,
    names: Sequence[str] = (),
) -> tuple[ParameterValue, int]:
    """A parameter's value after a turn.

    Args:
        parameter: One that is `turnable`.
        value: Its value before.
        counts: How far the encoder was turned, to the right above 0.
        rest: Counts of a click that was begun before and not completed.
        fine: Whether Shift is down.
        names: What a bundle is chosen from.

    Returns:
        The value, within the parameter's range, and the counts of a click that is begun now.
    """
    if parameter.kind == "number":
        return _slid(parameter, float(value), counts, fine), 0
    low, high, place = _span(parameter, value, names)
    click = max(1, min(LONGEST_CLICK, round(TURN / max(1.0, high - low))))
    click *= FINE_CLICKS if fine else 1
    # Who turns back begins a new click.
    moved = counts + (rest if rest * counts > 0 else 0)
    clicks = math.trunc(moved / click)
    place = min(high, max(low, place + clicks))
    return _named(parameter, place, value, names), moved - clicks * click


def share_of(
    parameter: Parameter, value: ParameterValue, names: Sequence[str] = ()
) -> tuple[float, float]:
    """Where a value lies in its range, and where its bar begins; both 0.0 to 1.0."""
    low, high, place = _span(parameter, value, names)
    if high <= low:
        return 0.0, 0.0
    origin = -low / (high - low) if low < 0.0 < high and parameter.kind == "number" else 0.0
    return min(1.0, max(0.0, (place - low) / (high - low))), origin


def lit(share: float, origin: float, cells: int) -> tuple[bool, ...]:
    """A bar of some cells, from where it begins to the value; one cell is lit at least."""
    ends = sorted((round(share * (cells - 1)), round(origin * (cells - 1))))
    return tuple(ends[0] <= cell <= ends[1] for cell in range(cells))


def words(parameter: Parameter, value: ParameterValue) -> str:
    """A value for people."""
    if parameter.kind == "bundle":
        return str(value)
    if parameter.kind == "switch":
        return "on" if value else "off"
    if parameter.name == "mode":
        return MODE_WORDS[int(value)]
    if not value and parameter.name in _ZERO:
        return _ZERO[parameter.name]
    text = f"{value:.3f}".rstrip("0").rstrip(".") if parameter.kind == "number" else str(value)
    unit = parameter.unit.removesuffix("s") if value == 1 else parameter.unit
    return f"{text} {unit}".strip()


def _slid(parameter: Parameter, value: float, counts: int, fine: bool) -> float:
    step = _step(parameter)
    grain = step / FINE
    hasty = counts * (1.0 + (abs(counts) - 1) / _WITHOUT_HASTE)
    moved = counts * grain if fine else hasty * step
    found = round((value + moved) / grain) * grain
    return min(parameter.high, max(parameter.low, round(found, 6)))


def _step(parameter: Parameter) -> float:
    """The nearest step of 1, 2 or 5 times a power of ten that goes through the range in a turn."""
    wanted = (parameter.high - parameter.low) / TURN
    decade = 10.0 ** math.floor(math.log10(wanted))
    return min((decade * part for part in (1, 2, 5, 10)), key=lambda step: abs(step - wanted))


def _span(
    parameter: Parameter, value: ParameterValue, names: Sequence[str]
) -> tuple[float, float, float]:
    """Lowest and highest place, and the value's."""
    if parameter.kind != "bundle":
        return parameter.low, parameter.high, float(value)
    place = names.index(str(value)) if value in names else 0
    return 0.0, float(max(0, len(names) - 1)), float(place)


def _named(
    parameter: Parameter, place: float, value: ParameterValue, names: Sequence[str]
) -> ParameterValue:
    if parameter.kind == "bundle":
        return names[int(place)] if names else value
    return bool(place) if parameter.kind == "switch" else int(place)
