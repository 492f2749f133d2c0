"""Carries out commands at the chairs of all players, and shows them all. Sans-IO."""

from __future__ import annotations

from collections.abc import Callable

from bridge.core.commands import (
    EVERYBODY,
    Capture,
    Command,
    Learn,
    PlayerCommand,
    RunClock,
    SetTempo,
    Watch,
    checked,
)
from bridge.core.controldesk import ControlDesk
from bridge.core.events import Captured
from bridge.core.gallery import Gallery, view_of
from bridge.core.jam import Jam
from bridge.core.portjam import PortJam
from bridge.core.portseat import PortSeat
from bridge.core.score import check_played
from bridge.core.seat import Seat
from bridge.core.views import PlayerGone, PlayerView
from bridge.errors import BridgeError, PlayerUnknown


class Conductor:
    """Finds a command's player by number, with a device or with a port.

    Args:
        jam: The devices' players.
        port_jam: The ports' players.
        bundles: Names of the bundles on offer.
        set_tempo: Sets the tempo of the engine's own clock and of Link, at a moment.
        desk: The controllers, to learn them.
    """

    def __init__(
        self,
        jam: Jam,
        port_jam: PortJam,
        bundles: tuple[str, ...],
        set_tempo: Callable[[float, float], None],
        desk: ControlDesk,
    ) -> None:
        self._jam = jam
        self._port_jam = port_jam
        self._bundles = bundles
        self._set_tempo = set_tempo
        self._desk = desk
        self._gallery = Gallery()
        self._captured: list[Captured] = []

    def command(self, command: Command, now_s: float) -> None:
        """Carry out a command.

        Raises:
            BridgeError: It makes no sense, or can't be done now; nothing has changed.
        """
        command = checked(command, self._bundles)
        if isinstance(command, SetTempo):
            self._set_tempo(command.tempo_qpm, now_s)
        elif isinstance(command, RunClock):
            self._port_jam.run_clock(command.playing, now_s)
        elif isinstance(command, Watch):
            self.show_anew()
        elif isinstance(command, Learn):
            self._desk.learn(command.player, command.role)
        elif isinstance(command, Capture):
            # Only held here: whoever writes the file lays it out, outside the jam.
            lanes = self._jam.lanes(now_s)
            check_played(lanes, command.bars or None)
            self._captured.append(Captured(command.stamp, command.bars, lanes))
        elif command.player == EVERYBODY:
            self._for_everybody(command, now_s)
        else:
            self._for_one(self._chair(command.player), command, now_s)

    def views(self) -> tuple[PlayerView, ...]:
        """Every player as it stands, by number."""
        chairs = sorted(self._chairs(), key=lambda chair: chair.player_number)
        return tuple(view_of(chair) for chair in chairs)

    def changes(self) -> list[PlayerView | PlayerGone]:
        """The views that have changed since this was last asked."""
        return self._gallery.changes(self._chairs())

    def take_captured(self) -> list[Captured]:
        """What was captured since this was last asked."""
        captured, self._captured = self._captured, []
        return captured

    def show_anew(self) -> None:
        """Tell every view again with the next `changes`."""
        self._gallery.forget()

    def _chairs(self) -> list[Seat | PortSeat]:
        return [*self._port_jam.seats, *self._jam.seats]

    def _chair(self, number: int) -> Seat | PortSeat:
        chairs = self._chairs()
        for chair in chairs:
            if chair.player_number == number:
                return chair
        there = ", ".join(str(one) for one in sorted(chair.player_number for chair in chairs))
        raise PlayerUnknown(
            f"There is no player {number}.",
            f"There are: {there}." if there else "Link a device, or name MIDI ports for a player.",
        )

    def _for_one(self, chair: Seat | PortSeat, command: PlayerCommand, now_s: float) -> None:
        if isinstance(chair, PortSeat):
            self._port_jam.command(chair, command, now_s)
        else:
            self._jam.command(chair, command, now_s)

    def _for_everybody(self, command: PlayerCommand, now_s: float) -> None:
        """Those who can't are passed over; where nobody can, the first says why."""
        refused: list[BridgeError] = []
        chairs = self._chairs()
        for chair in chairs:
            try:
                self._for_one(chair, command, now_s)
            except BridgeError as error:
                refused.append(error)
        if refused and len(refused) == len(chairs):
            raise refused[0]
