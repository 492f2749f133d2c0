"""Who is on the stage: every player with the clock that it follows, for those who watch."""

from __future__ import annotations

from bridge.core.jam import Jam
from bridge.core.player import Player
from bridge.core.portjam import PortJam
from bridge.core.protocol import MAX_PLAYERS
from bridge.core.stage import Stage, StageClock

JAM_CLOCK = "jam"
"""Name of the clock that all players without a device follow; each device's is ``player N``."""


class OnStage:
    """A stage with the players of devices and of ports on it.

    Args:
        jam: The players of devices.
        port_jam: The players of ports.
    """

    def __init__(self, jam: Jam, port_jam: PortJam) -> None:
        self.stage = Stage()
        self._jam = jam
        self._port_jam = port_jam
        self._clocks: dict[int, StageClock] = {}

    def look(self, now_s: float) -> None:
        """Look at everybody; what is new is fetched from the stage."""
        hub = self._port_jam.hub
        active = hub.clock_of(hub.active) if hub.active is not None else None
        common = StageClock(JAM_CLOCK, hub, hub.active or "", active.breaks if active else None)
        clocks = [common] if self._port_jam.seats or active is not None else []
        players: list[tuple[int, StageClock, Player]] = [
            (seat.player_number, common, seat.player) for seat in self._port_jam.seats
        ]
        for seat in self._jam.seats:
            clock = self._clocks.get(seat.device)
            if clock is None or clock.beat is not seat.clock:
                if len(self._clocks) >= MAX_PLAYERS:
                    self._clocks.clear()  # devices that came and went
                name, source = f"player {seat.player_number}", f"device {seat.device}"
                clock = StageClock(name, seat.clock, source, seat.clock.breaks)
                self._clocks[seat.device] = clock
            clocks.append(clock)
            players.append((seat.player_number, clock, seat.player))
        self.stage.look(clocks, players, now_s)

    def leave(self) -> None:
        """Nobody watches any more: keys are no longer kept."""
        for at_port in self._port_jam.seats:
            at_port.player.outbox.keys = None
        for seat in self._jam.seats:
            seat.player.outbox.keys = None
