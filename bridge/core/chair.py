"""Where a player sits, whether a device's or a port's, and its buttons."""

from __future__ import annotations

from typing import Protocol

from bridge.core.now import Now
from bridge.core.parameters import ParameterValue
from bridge.core.player import Player
from bridge.errors import PeerLost


class Chair(Protocol):
    """What a player can be asked for and seen by, with a device (`Seat`) or a port (`PortSeat`)."""

    @property
    def player_number(self) -> int:
        """The player's number among the jam's, 1 to 64."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def kind(self) -> str:
        """``device`` or ``port``."""
        ...

    @property
    def player(self) -> Player:
        """The player."""
        ...

    @property
    def away(self) -> bool:
        """Whether its device has fallen silent."""
        ...

    def press(self, action: str, now_s: float) -> None:
        """Press one of the buttons (`bridge.core.parameters.ACTIONS`).

        Raises:
            BridgeError: The player can't do that now; nothing has changed.
        """
        ...

    def turn(self, name: str, value: ParameterValue, now_s: float) -> None:
        """Change a parameter to a value that has been checked (`parameter_value`)."""
        ...

    def strike(self, pitch: int, velocity: int, channel: int, at_s: float, now_s: float) -> None:
        """A key was struck, or with velocity 0 released, at a moment that may be past."""
        ...


def press(player: Player, action: str, now: Now | None) -> None:
    """Press a button of a player: any but panic, which needs no beat and is the chair's.

    Raises:
        PeerLost: There is no beat.
        NothingToAnswer: There is nothing to do that with.
        IllegalTransition: Not while the player does what it does.
    """
    if now is None:
        raise PeerLost("There is no beat to answer on.", "Press Play in Live.")
    if action == "go":
        player.go(now)
    elif action == "end_call":
        player.end_call(now)
    elif action == "again":
        player.again(now)
    else:
        player.mutate()
