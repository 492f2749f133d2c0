"""The timekeeper: one turn of the wheel between socket, MIDI ports, jam and model.

It owns the edges and the jam and never computes a network: requests go out by the model port and
replies are taken when they are there. The same object runs in a process of its own (`run_engine`)
and in the caller's (`LocalEngine`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from bridge.core.commands import Command, Watch
from bridge.core.ensemble import Ensemble
from bridge.core.events import JamEvent, Level, Notice
from bridge.core.jam import Jam
from bridge.core.portjam import PortJam
from bridge.core.requests import BundleReady, ModelFailed, ModelNotice, ModelReply, SelectBundle
from bridge.core.settings import JamSettings
from bridge.core.syncstats import SyncReport
from bridge.core.views import PlayerView
from bridge.engine.edges import DatagramEdge, LinkEdge, PortEdge
from bridge.engine.onstage import OnStage
from bridge.engine.switchboard import Switchboard
from bridge.engine.taped import taped_edges
from bridge.errors import BridgeError
from bridge.io.osc_udp import Datagram
from bridge.models.base import ModelPort
from bridge.record.tape import Tape

LINK_EVERY_S = 0.05
FAULT_LOG_S = 1.0
"""Tracebacks are logged, and everybody silenced, once in this time at most."""
CONTROLLERS = b"/player/"
NOBODY = 0
"""Player number of no device: the engine's own, for loading the first bundle before any comes."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineSetup:
    """What a timekeeper is started with; small and quick to send to another process.

    Args:
        host: Address to listen on.
        port: UDP port; 0 for any free one.
        jam: The jam's settings.
        bundle_folders: Where bundles are looked for, first found wins.
        engine_epoch: Number of this run of the engine, 1 to 2**31 - 1.
        seed: Seed of the seeds.
        model_process: Whether the models run in a process of their own.
        use_kernel: Whether that process uses the compiled kernel where it can.
        model_engine: Who plays them: native, or magenta (always in a process of its own).
        sync_reports: Whether to report once a second how well the beat is followed.
        watched: Whether people watch: what is about to sound is told too.
    """

    host: str
    port: int
    jam: JamSettings
    bundle_folders: tuple[str, ...]
    engine_epoch: int
    seed: int
    model_process: bool = True
    use_kernel: bool = False
    model_engine: str = "native"
    sync_reports: bool = False
    watched: bool = False


class Timekeeper:
    """Socket, MIDI ports, jam and model port, turned by `turn`.

    Args:
        setup: How it is set up.
        edge: The bound socket.
        model: Who plays the models.
        ports: The MIDI ports, if there are any.
        link: The Link session, if one is to be joined.
        tape: Takes down all that comes in and goes out, if it is to be known later.
    """

    def __init__(
        self,
        setup: EngineSetup,
        edge: DatagramEdge,
        model: ModelPort,
        ports: PortEdge | None = None,
        link: LinkEdge | None = None,
        tape: Tape | None = None,
    ) -> None:
        if tape is not None:
            edge, model, ports, link = taped_edges(tape, edge, model, ports, link)
        self._tape = tape
        ensemble = Ensemble()
        # The players of the configuration first: theirs are the lowest numbers.
        self.port_jam = PortJam(setup.jam, setup.seed, ensemble)
        self.jam = Jam(setup.jam, setup.engine_epoch, setup.seed, ensemble)
        self.edge = edge
        self.ports = ports
        self.link = link
        self._link_due_s = 0.0 if link is not None else float("inf")
        self.model = model
        self.first_bundle: BundleReady | ModelFailed | None = None
        self.datagrams_received = 0
        self.faults = 0
        self._board = Switchboard(
            setup.jam,
            self.jam,
            self.port_jam,
            self._set_tempo,
            self._guarded,
            lambda event: self._events.append(event),
            ports,
        )
        self._events: list[JamEvent] = []
        self._taped_events = 0
        self._on_stage: OnStage | None = None
        self._watch(setup.watched)
        self._now_s = 0.0
        self._fault_logged_s = float("-inf")
        model.submit(SelectBundle(NOBODY, setup.jam.player.bundle))

    def turn(self, now_s: float, *, kernel_stamps: bool) -> None:
        """Take everything that waits, do everything that is due, send everything that results.

        Args:
            now_s: The present moment.
            kernel_stamps: Whether datagrams arrived when the kernel says, or now (virtual time).
        """
        self._now_s = now_s
        if self._tape is not None:
            self._tape.turn(now_s, kernel_stamps)
        # Notes that are due leave before anything else is looked at.
        self._guarded(lambda: self.port_jam.play(now_s))
        self._guarded(lambda: self._board.desk.click(self.port_jam.hub, now_s))
        self._flush_ports()
        for datagram in self.edge.receive():
            self.datagrams_received += 1
            self._guarded(partial(self._receive, datagram, now_s, kernel_stamps))
        for arrival in self.ports.receive() if self.ports is not None else ():
            self._guarded(partial(self._board.from_port, arrival))
        self._board.obey_controllers(now_s)
        if self.link is not None and now_s >= self._link_due_s:
            self._link_due_s = now_s + LINK_EVERY_S
            self.port_jam.hub.observe_link(self.link.state(now_s))
        self._guarded(lambda: self._advance(now_s))
        self._flush()
        # A model in this process replies at once, and its reply may be the next request's cause.
        while replies := self.model.poll():
            for reply in replies:
                self._guarded(partial(self._take, reply, now_s))
            self._flush()
        if self._on_stage is not None:
            self._guarded(partial(self._on_stage.look, now_s))
        self._board.show(now_s)
        self._flush_ports()
        self._tape_events()

    def command(self, command: Command, now_s: float) -> None:
        """Carry out a command; what follows from it leaves with the next `turn`, which is due now.

        Args:
            command: From whatever surface; its values are checked here.
            now_s: The present moment.

        Raises:
            BridgeError: It makes no sense, or can't be done now; nothing has changed.
        """
        if self._tape is not None:
            self._tape.note(("command", now_s, command))
        self._carry_out(command, now_s)
        self._tape_events()

    def obey(self, ticket: int, command: Command, now_s: float) -> None:
        """Carry out a command from another process; `CommandDone` says what became of it.

        Args:
            ticket: The sender's number for it.
            command: The command.
            now_s: The present moment.
        """
        if self._tape is not None:
            self._tape.note(("obey", now_s, ticket, command))
        if isinstance(command, Watch):
            self._watch(command.watched)
        self._board.obey(ticket, command, now_s)
        self._flush()
        self._tape_events()

    @property
    def watched(self) -> bool:
        """Whether somebody in another process watches the jam (`Watch`)."""
        return self._on_stage is not None

    def show_anew(self) -> None:
        """Tell every view again: some were lost on the way."""
        if self._tape is not None:
            self._tape.note(("anew",))
        self._board.conductor.show_anew()

    def views(self) -> tuple[PlayerView, ...]:
        """Every player as it stands, by number."""
        return self._board.conductor.views()

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `turn` has something to do; infinity if never."""
        due_s = min(self.jam.next_due_s(now_s), self.port_jam.next_due_s(now_s))
        if self._on_stage is not None:
            due_s = min(due_s, self._on_stage.stage.next_due_s())
        due_s = min(due_s, self._board.next_due_s())
        return min(due_s, self._link_due_s, self._board.desk.next_click_s(self.port_jam.hub))

    def next_note_s(self) -> float:
        """When a MIDI message is to leave next, to the dot; infinity if never."""
        return min(self.port_jam.next_note_s(), self._board.desk.next_click_s(self.port_jam.hub))

    def watch_ports(self, now_s: float) -> None:
        """See whether ports have vanished or come back; for moments in which nothing is due."""
        for change in self.ports.watch(now_s) if self.ports is not None else ():
            level = Level.INFO if change.there else Level.WARNING
            self._events.append(Notice(level, change.text))
            if change.there:
                self.port_jam.port_back(change.port, output=change.output, now_s=now_s)
            else:
                self.port_jam.port_lost(change.port, output=change.output, now_s=now_s)
            self._board.port_changed(change, now_s)
        self._flush()
        self._tape_events()

    def take_events(self) -> list[JamEvent]:
        """What has happened since this was last called."""
        events, self._events, self._taped_events = self._events, [], 0
        if self._on_stage is not None:
            events += self._on_stage.stage.take_events()
        return events

    def sync_report(self, now_s: float) -> SyncReport:
        """How well the beat is followed: by the MIDI ports' players, else by a device's."""
        if self.ports is not None:
            # One is left: the ports tell by it that something was sent.
            while len(self.ports.lateness_s) > 1:
                self.port_jam.lateness.note_left(self.ports.lateness_s.popleft())
        followed = self.port_jam.hub.active not in (None, "device")
        report = (self.port_jam if followed else self.jam).sync_report(now_s)
        peers = self.link.peers if self.link is not None else None
        return replace(report, link_peers=peers)

    def close(self) -> None:
        """Silence the devices, end the model, give the port back."""
        if self._tape is not None:
            self._tape.note(("close",))
        self._board.leave(self._now_s)
        self.jam.silence()
        self.port_jam.silence(self._now_s)
        self._board.desk.silence(self._now_s)
        self._flush()
        if self.ports is not None:
            self.ports.close()
        if self.link is not None:
            self.link.leave()
        self.model.close()
        self.edge.close()

    def _carry_out(self, command: Command, now_s: float) -> None:
        if isinstance(command, Watch):
            self._watch(command.watched)
        try:
            self._board.conductor.command(command, now_s)
        finally:
            self._flush()

    def _watch(self, watched: bool) -> None:
        if self._on_stage is not None and not watched:
            self._on_stage.leave()
        if watched != self.watched:
            self._on_stage = OnStage(self.jam, self.port_jam) if watched else None

    def _set_tempo(self, tempo_qpm: float, now_s: float) -> None:
        self.port_jam.set_tempo(tempo_qpm, now_s)
        if self.link is not None:
            self.link.set_tempo(tempo_qpm)

    def _tape_events(self) -> None:
        if self._tape is not None and len(self._events) > self._taped_events:
            self._tape.told(self._events[self._taped_events :])
            self._taped_events = len(self._events)

    def _receive(self, datagram: Datagram, now_s: float, kernel_stamps: bool) -> None:
        at_s = now_s - (datagram.age_s if kernel_stamps else 0.0)
        if CONTROLLERS in datagram.data:
            self._board.from_controller(datagram, at_s)
        else:
            self.jam.receive(datagram.data, datagram.source, at_s)

    def _advance(self, now_s: float) -> None:
        self.jam.advance(now_s)
        linked = (seat.clock for seat in self.jam.seats if not seat.away)
        self.port_jam.follow_device(next(linked, None))
        self.port_jam.advance(now_s)

    def _take(self, reply: ModelReply | ModelNotice, now_s: float) -> None:
        if isinstance(reply, ModelNotice):
            self._events.append(Notice(Level.INFO, reply.text))
        elif reply.player == NOBODY:
            if isinstance(reply, BundleReady | ModelFailed):
                self.first_bundle = reply
        elif not self.port_jam.model_reply(reply, now_s):
            self.jam.model_reply(reply, now_s)

    def _guarded(self, step: Callable[[], object]) -> None:
        """Do a step; a bug of ours in it must not end a jam on stage.

        This is the dispatch, the one place in the timekeeper that catches everything: it logs the
        traceback, silences everybody, and goes on.
        """
        try:
            step()
        except Exception as error:
            self.faults += 1
            if self._tape is not None:
                self._tape.fault(error)
            if self._now_s - self._fault_logged_s < FAULT_LOG_S:
                return
            self._fault_logged_s = self._now_s
            if self._tape is not None:
                self._tape.trace(error)
            _log.exception("A mistake in the engine; everything is silenced, and the jam goes on")
            mistake = BridgeError("The engine made a mistake; everything was silenced.")
            self.jam.panic(self._now_s, mistake)
            self.port_jam.silence(self._now_s)

    def _flush_ports(self) -> None:
        output = self.port_jam.take_output()
        if self.ports is not None:
            for name, message in (*output.midi, *self._board.desk.take_leaving()):
                self.ports.send(name, message)
        for request in output.requests:
            self.model.submit(request)
        self._events += output.events

    def _flush(self) -> None:
        self._flush_ports()
        output = self.jam.take_output()
        if output.tempo_qpm is not None:
            self._set_tempo(output.tempo_qpm, self._now_s)
        for address, message in (*output.datagrams, *self._board.osc.take_leaving()):
            self.edge.send(address, message)
        for request in output.requests:
            self.model.submit(request)
        self._events += output.events
