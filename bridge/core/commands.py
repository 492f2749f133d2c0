"""What people may ask of the jam while it plays, whatever they ask it with.

Controllers, Push, the page, the command line and OSC (``/player/...``) all make these and nothing
else. `bridge.engine.timekeeper.Timekeeper.command` carries one out; `checked` says beforehand
whether it makes sense at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bridge.core.address_book import INT_MAX
from bridge.core.chair import Chair
from bridge.core.chronicle import BARS_KEPT
from bridge.core.controls import LEARNABLE
from bridge.core.parameters import ACTIONS, PARAMETERS, ParameterValue, parameter_value
from bridge.core.protocol import MAX_PLAYERS
from bridge.errors import CommandRefused, PlayerUnknown, ValueRefused

__all__ = [
    "ACTIONS",
    "Capture",
    "Command",
    "Do",
    "Key",
    "Learn",
    "RunClock",
    "SetParameter",
    "SetTempo",
    "Watch",
    "checked",
    "perform",
]

EVERYBODY = 0
MAX_AGE_S = 2.0
"""A key that is older than this was not meant for now."""
LOWEST_QPM, HIGHEST_QPM = 20.0, 999.0


@dataclass(frozen=True, slots=True)
class Do:
    """Press a button of a player.

    Args:
        player: Its number, 1 to 64; 0 = everybody who can.
        action: One of `ACTIONS`.
    """

    player: int
    action: str


@dataclass(frozen=True, slots=True)
class SetParameter:
    """Change a parameter of a player.

    Args:
        player: Its number, 1 to 64.
        name: One of `bridge.core.parameters.PARAMETERS`.
        value: Its new value; for ``bundle`` the bundle's name.
    """

    player: int
    name: str
    value: ParameterValue


@dataclass(frozen=True, slots=True)
class Key:
    """Strike or release a key of a player.

    Args:
        player: Its number, 1 to 64.
        pitch: MIDI pitch, 0 to 127.
        velocity: 1 to 127; 0 releases.
        channel: MIDI channel, 0 to 15.
        age_s: How long ago that was, 0 to 2 s.
    """

    player: int
    pitch: int
    velocity: int
    channel: int = 0
    age_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SetTempo:
    """Set the tempo of the engine's own clock and of Link, 20 to 999 quarter notes a minute."""

    tempo_qpm: float


@dataclass(frozen=True, slots=True)
class RunClock:
    """Start or stop the engine's own clock."""

    playing: bool


@dataclass(frozen=True, slots=True)
class Watch:
    """People watch the jam, or nobody does any more; every view is told anew."""

    watched: bool


@dataclass(frozen=True, slots=True)
class Learn:
    """Bind the next controller that moves; `bridge.core.bindings.Learnt` tells which it was.

    Args:
        player: Whose it is to be, 1 to 64; 0 = everybody's, for buttons.
        role: One of `bridge.core.controls.LEARNABLE`; "" = learn nothing any more.
    """

    player: int
    role: str


@dataclass(frozen=True, slots=True)
class Capture:
    """Write down what was just played, as a MIDI file; `bridge.core.events.Captured` has it.

    Args:
        bars: Only so many bars, 1 to `BARS_KEPT`; 0 = all that is remembered.
        stamp: The asker's number for it, 0 to 2**31 - 1: seconds since 1970 name the file.
    """

    bars: int = 0
    stamp: int = 0


PlayerCommand = Do | SetParameter | Key
Command = PlayerCommand | SetTempo | RunClock | Watch | Learn | Capture


def checked(command: Command, bundles: tuple[str, ...]) -> Command:
    """A command whose values are right, with each as the engine has it.

    Args:
        command: Plain values from anywhere, of any kind.
        bundles: Names of the bundles on offer.

    Raises:
        PlayerUnknown: No player can have that number.
        ParameterUnknown: There is no such parameter.
        ValueRefused: A value is of the wrong kind or outside its range.
        ChordInvalid: The chart of ``chords`` holds what is no chord.
        CommandRefused: There is no such action, or this is no command at all.
    """
    if isinstance(command, Do):
        _check_player(command.player, EVERYBODY)
        if command.action not in ACTIONS:
            raise CommandRefused(
                f"There is no action {command.action!r}.", f"There are {', '.join(ACTIONS)}."
            )
        return command
    if isinstance(command, SetParameter):
        _check_player(command.player, 1)
        return replace(command, value=parameter_value(command.name, command.value, bundles))
    if isinstance(command, Key):
        _check_player(command.player, 1)
        _check_whole("pitch", command.pitch, 127)
        _check_whole("velocity", command.velocity, 127)
        _check_whole("channel", command.channel, 15)
        return replace(command, age_s=_in_range("age_s", command.age_s, 0.0, MAX_AGE_S, "s"))
    if isinstance(command, SetTempo):
        tempo = _in_range("tempo_qpm", command.tempo_qpm, LOWEST_QPM, HIGHEST_QPM, "quarters/min")
        return SetTempo(tempo)
    if isinstance(command, RunClock):
        return RunClock(bool(command.playing))
    if isinstance(command, Watch):
        return command
    if isinstance(command, Capture):
        _check_whole("bars", command.bars, BARS_KEPT)
        _check_whole("stamp", command.stamp, INT_MAX)
        return command
    if isinstance(command, Learn):
        _check_player(command.player, 1 if command.role in PARAMETERS else EVERYBODY)
        if command.role and command.role not in LEARNABLE:
            raise CommandRefused(
                f"Nothing can be learnt for {command.role!r}.", f"There are {', '.join(LEARNABLE)}."
            )
        return command
    raise CommandRefused(f"{command!r} is no command.")


def perform(chair: Chair, command: PlayerCommand, now_s: float) -> None:
    """Carry out a checked command at a player's chair.

    Raises:
        BridgeError: The player can't do that now; nothing has changed.
    """
    if isinstance(command, Do):
        chair.press(command.action, now_s)
    elif isinstance(command, SetParameter):
        chair.turn(command.name, command.value, now_s)
    else:
        at_s = now_s - command.age_s
        chair.strike(command.pitch, command.velocity, command.channel, at_s, now_s)


def _check_player(number: object, low: int) -> None:
    if type(number) is not int or not low <= number <= MAX_PLAYERS:
        raise PlayerUnknown(f"Player {number!r} can't be: players have numbers 1 to {MAX_PLAYERS}.")


def _check_whole(name: str, value: object, high: int) -> None:
    if type(value) is not int or not 0 <= value <= high:
        raise ValueRefused(f"{name} is {value!r}; it must be a whole number from 0 to {high}.")


def _in_range(name: str, value: object, low: float, high: float, unit: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
        raise ValueRefused(f"{name} is {value!r}; it must be a number.")
    if not low <= value <= high:
        raise ValueRefused(f"{name} is {value:g}; it must be {low:g} to {high:g} {unit}.")
    return float(value)
