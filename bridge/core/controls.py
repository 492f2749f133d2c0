"""What controllers may be bound to, and what a binding makes of a value.

The roles are those of ``magenta_midi`` (its twelve flags) and of AI Jam, and every parameter
besides. Where they read a controller's value in a way of their own, so does the engine: 127 presses
a button, the tempo is the value plus 60, a model is the value modulo their number, a number of bars
is the value itself, and a range is gone through from 0 to 127.
"""

from __future__ import annotations

from bridge.core.bindings import CLOCK, STATE, Binding
from bridge.core.parameters import ACTIONS, PARAMETERS, Parameter, ParameterValue

TOP = 127
HALF = 64
TEMPO_AT_ZERO_QPM = 60.0
TEMPO, METRONOME, RUN = "tempo", "metronome", "run"
ENGINE_ROLES = {
    CLOCK: "127 says that a bar begins: a source of the beat (`bars` in clock.order)",
    TEMPO: "the value plus 60 quarters/min, or from `low` to `high`",
    METRONOME: "how loud the metronome clicks; 0 is off",
    RUN: "64 and above starts the engine's own clock, below stops it",
    STATE: "is sent, not heard: 0 idle, 1 listening, 2 answering",
}
ROLES: tuple[str, ...] = (
    *ENGINE_ROLES,
    *ACTIONS,
    *(one.name for one in PARAMETERS.values() if one.kind != "text"),
)
LEARNABLE = tuple(role for role in ROLES if role != STATE)


def tempo_of(binding: Binding, value: int) -> float:
    """The tempo, in quarter notes a minute, that a controller's value stands for."""
    if binding.low is None or binding.high is None:
        return TEMPO_AT_ZERO_QPM + value
    return _between(binding.low, binding.high, value)


def setting_of(binding: Binding, value: int, bundles: tuple[str, ...]) -> ParameterValue:
    """The value of a parameter that a controller's value stands for; always a legal one.

    Args:
        binding: Its role is a parameter.
        value: 0 to 127.
        bundles: The names on offer.
    """
    parameter = PARAMETERS[binding.role]
    if parameter.kind == "bundle":
        names = binding.bundles or bundles
        return names[value % len(names)]
    if parameter.kind == "switch":
        return value >= HALF
    if binding.low is not None and binding.high is not None:
        number = _between(binding.low, binding.high, value)
    elif parameter.kind == "whole":
        number = float(value)
    else:
        number = _between(parameter.low, parameter.high, value)
    number = min(max(number, parameter.low), parameter.high)
    return round(number) if parameter.kind == "whole" else number


def range_of(role: str) -> tuple[float, float] | None:
    """What ``low`` and ``high`` of a binding may lie between; None where it takes none."""
    if role == TEMPO:
        return 20.0, 999.0
    parameter: Parameter | None = PARAMETERS.get(role)
    if parameter is None or parameter.kind not in ("number", "whole"):
        return None
    return parameter.low, parameter.high


def _between(low: float, high: float, value: int) -> float:
    return low + (high - low) * (value / TOP)
