"""Where commands arrive, from controllers and from other processes, and views leave."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bridge.core.bindingtext import told_binding
from bridge.core.commands import Command
from bridge.core.complaints import Complaints
from bridge.core.conductor import Conductor
from bridge.core.controldesk import ControlDesk
from bridge.core.controller_book import PREFIX
from bridge.core.events import CommandDone, JamEvent, Level, Notice
from bridge.core.jam import Jam
from bridge.core.oscdesk import OscDesk
from bridge.core.portjam import PortJam
from bridge.core.settings import JamSettings
from bridge.core.views import PlayerView
from bridge.core.wire import parse_packet
from bridge.engine.edges import PortEdge
from bridge.engine.push2 import Push2Desk
from bridge.errors import BridgeError
from bridge.io.midi_ports import Arrival, PortChange
from bridge.io.osc_udp import Datagram

Guard = Callable[[Callable[[], object]], None]


class Switchboard:
    """Commands in, views out.

    Args:
        settings: The jam's settings.
        jam: The devices' players.
        port_jam: The ports' players.
        set_tempo: Sets the tempo of the engine's own clock and of Link, at a moment.
        guarded: Does a step, and survives a mistake of ours in it.
        tell: Takes what happens.
        ports: The MIDI ports, if there are any.

    Attributes:
        conductor: Carries commands out.
        desk: The MIDI controllers.
        osc: The OSC controllers.
        push2: Push 2, if it is asked for.
    """

    def __init__(
        self,
        settings: JamSettings,
        jam: Jam,
        port_jam: PortJam,
        set_tempo: Callable[[float, float], None],
        guarded: Guard,
        tell: Callable[[JamEvent], None],
        ports: PortEdge | None,
    ) -> None:
        offset_s = settings.midi.latency_offset_ms / 1000.0
        on_bar = port_jam.hub.observe_bar
        self.desk = ControlDesk(settings.controls, settings.bundles, on_bar, offset_s)
        self.conductor = Conductor(jam, port_jam, settings.bundles, set_tempo, self.desk)
        self.osc = OscDesk(settings, self.conductor.command, self.conductor.views, tell)
        self._port_jam = port_jam
        self._jam = jam
        self._guarded = guarded
        self._complaints = Complaints()
        self._tell = tell
        self.push2: Push2Desk | None = None
        if ports is not None and settings.push2.input:
            self.push2 = Push2Desk(settings, ports, port_jam.hub, self._from_push2)

    def from_port(self, arrival: Arrival) -> None:
        """Take what came on a MIDI port: from Push 2, for controllers, or for players."""
        if self.push2 is not None and arrival.port == self.push2.input:
            self.push2.receive(arrival.data, arrival.at_s)
            return
        left = self.desk.receive(arrival.port, arrival.data, arrival.at_s)
        if left:
            self._port_jam.receive(arrival.port, left, arrival.at_s)

    def from_controller(self, datagram: Datagram, at_s: float) -> None:
        """Take a datagram in which there is something of a controller's."""
        try:
            messages = parse_packet(datagram.data)
        except BridgeError:
            # Whose it was can't be told: it is complained of as a device's.
            self._jam.receive(datagram.data, datagram.source, at_s)
            return
        for raw in messages:
            if raw[0].startswith(PREFIX):
                self.osc.receive(raw, datagram.source, at_s)
            else:
                self._jam.receive_message(raw, datagram.source, at_s)

    def obey(self, ticket: int, command: Command, now_s: float) -> None:
        """Carry out a command from another process; `CommandDone` says what became of it."""
        error = self._try(command, now_s)
        self._tell(CommandDone(ticket, error))
        self._complain(error, now_s)

    def port_changed(self, change: PortChange, now_s: float) -> None:
        """A MIDI port vanished or is back."""
        if self.push2 is not None:
            self._guarded(partial(self.push2.port_changed, change, now_s))

    def leave(self, now_s: float) -> None:
        """The engine ends: Push 2 is left as it was."""
        if self.push2 is not None:
            self._guarded(partial(self.push2.close, now_s))

    def next_due_s(self) -> float:
        """When there is something to do next but clicks; infinity if never."""
        return self.push2.next_due_s() if self.push2 is not None else float("inf")

    def obey_controllers(self, now_s: float) -> None:
        """Carry out what controllers say, and what is due on Push 2."""
        if self.push2 is not None:
            self._guarded(partial(self.push2.advance, now_s))
            for event in self.push2.take_events():
                self._tell(event)
        for command in self.desk.take_commands():
            self._complain(self._try(command, now_s), now_s)
        for learnt in self.desk.take_learnt():
            self._tell(learnt)
            self.osc.learnt(learnt.binding)
            self._tell(Notice(Level.INFO, told_binding(learnt.binding)))

    def show(self, now_s: float) -> None:
        """See what has changed of the players, for whoever watches and for controllers."""
        self._see(now_s)
        for captured in self.conductor.take_captured():
            self._tell(captured)
        if self.push2 is not None:
            self._guarded(partial(self.push2.send, now_s))

    def _see(self, now_s: float) -> None:
        for one in self.conductor.changes():
            if isinstance(one, PlayerView):
                self.desk.see(one, now_s)
            if self.push2 is not None:
                self.push2.show(one)
            self._tell(one)

    def _from_push2(self, command: Command, now_s: float) -> None:
        """Carry out a command of Push 2, which sees at once what has become of it."""
        self.conductor.command(command, now_s)
        self._see(now_s)

    def _try(self, command: Command, now_s: float) -> BridgeError | None:
        """Carry out a command; returns why nothing was done, None where all is well."""
        error: BridgeError | None = BridgeError("The engine made a mistake; nothing was done.")

        def step() -> None:
            nonlocal error
            try:
                self.conductor.command(command, now_s)
                error = None
            except BridgeError as refused:
                error = refused

        self._guarded(step)
        return error

    def _complain(self, error: BridgeError | None, now_s: float) -> None:
        """Tell people of an error, once a second at most."""
        line = self._complaints.note(error, now_s)[1] if error is not None else None
        if line is not None:
            self._tell(Notice(Level.WARNING, line))
