"""The keys of the section ``push2``."""

from __future__ import annotations

from bridge.core.parameters import PARAMETERS
from bridge.core.push2.hardware import USER_PORT
from bridge.core.push2.knobs import turnable
from bridge.core.settings import JamSettings, Push2Settings
from bridge.errors import ConfigError

AUTO = "auto"


def encoders(names: tuple[str, ...]) -> tuple[str, ...]:
    """Parameters for the encoders, as they are.

    Raises:
        ValueError: One is no parameter that an encoder can set; its cause says which.
    """
    known = [name for name, parameter in PARAMETERS.items() if turnable(parameter)]
    for name in names:
        if name not in known:
            cause = ConfigError(
                f"It has {name!r}, which an encoder can't set.", f"There are {', '.join(known)}."
            )
            # What pydantic catches; `bridge.config.load` unpacks it again.
            raise ValueError(cause) from cause
    return names


def push2_settings(
    heard: str, played: str, names: tuple[str, ...], *, enter_user_mode: bool
) -> Push2Settings:
    """What the engine gets.

    Args:
        heard: ``push2.input``.
        played: ``push2.output``.
        names: ``push2.encoders``.
        enter_user_mode: The key of that name.

    Raises:
        ConfigError: Only one of the two ports is named.
    """
    if bool(heard) != bool(played):
        named, other = ("input", "output") if heard else ("output", "input")
        raise ConfigError(
            f"push2.{named} is set and push2.{other} is not.",
            "Name both of the device's ports, or write auto for both.",
        )
    ports = [USER_PORT if name.casefold() == AUTO else name for name in (heard, played)]
    return Push2Settings(ports[0], ports[1], names, enter_user_mode)


def check_apart(jam: JamSettings) -> None:
    """See that Push 2 has its ports for itself.

    Raises:
        ConfigError: One of them is also a player's, a controller's or the clock's.
    """
    midi = jam.midi
    heard = (*jam.input_ports, *jam.controls.inputs, midi.clock_input)
    played = (*jam.output_ports, *jam.controls.outputs, midi.clock_output)
    for key, name, others in (
        ("input", jam.push2.input, heard),
        ("output", jam.push2.output, played),
    ):
        if name and name in others:
            raise ConfigError(
                f"push2.{key} is {name!r}, which is used for something else too.",
                "Push 2 needs a port of its own.",
            )
