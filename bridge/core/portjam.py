"""All players without a device, and the one door for MIDI in and out. Sans-IO.

It is to them what `bridge.core.jam` is to devices: bytes, model replies and time come in by method
calls, and what is to be sent, asked and told is fetched with `PortJam.take_output`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bridge.core.clockhub import ClockHub, SourceChanged
from bridge.core.clockout import ClockOut
from bridge.core.commands import PlayerCommand, perform
from bridge.core.complaints import Complaints
from bridge.core.ensemble import Ensemble
from bridge.core.events import JamEvent, Level, Notice
from bridge.core.hostclock import Discontinuity, HostClock
from bridge.core.midibytes import is_clock, messages
from bridge.core.patchbay import Patchbay
from bridge.core.player import Player
from bridge.core.portseat import PortSeat, model_number
from bridge.core.requests import ModelFailed, ModelReply, ModelRequest
from bridge.core.schedule import TimedMessage
from bridge.core.settings import JamSettings
from bridge.core.syncstats import LatenessCounts, SyncReport, SyncStats, sync_report
from bridge.errors import CommandRefused

HUB_EVERY_S = 0.02
"""The hub chooses its source 50 times a second."""
PATIENCE_S = 4.0
"""So long Link or MIDI beat clock, if asked for, may take to come before the engine leads."""


@dataclass(slots=True)
class PortOutput:
    """What the ports' players want done.

    Args:
        midi: Messages with the name of the output port, in order.
        requests: Requests for the model, in order.
        events: What to tell people.
    """

    midi: list[tuple[str, TimedMessage]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    events: list[JamEvent] = field(default_factory=list)


class PortJam:
    """Everything between MIDI ports and model requests.

    Args:
        settings: The jam's settings.
        seed: Seed of the seeds of answers that have none set.
        ensemble: All players, those of devices included; these alone if none is given.

    Attributes:
        hub: The beat that the players follow, and that goes out as MIDI beat clock.
        patchbay: The ports, and which players they lead from and to.
        lateness: Of the messages that left; whoever sends them counts them here.
    """

    def __init__(self, settings: JamSettings, seed: int, ensemble: Ensemble | None = None) -> None:
        self._ensemble = ensemble if ensemble is not None else Ensemble()
        self.hub = ClockHub(settings.clock)
        self.patchbay = Patchbay(settings, self._ensemble)
        self._settings = settings
        self._complaints = Complaints()
        self._seeds = random.Random(seed)
        self._output = PortOutput()
        self._seats: dict[int, PortSeat] = {}
        self._hub_seen_s = float("-inf")
        self._begun_s: float | None = None
        self._led = False
        self._device: HostClock | None = None
        self._clock_out = ClockOut(settings.midi.latency_offset_ms / 1000.0)
        self._pulses: list[TimedMessage] = []
        self.lateness = LatenessCounts()
        self._stats = {source: SyncStats() for source in settings.clock.order}
        self._clock_bytes = 0
        for number, setup in enumerate(settings.players, 1):
            inner = model_number(number)
            player = Player(
                inner, setup.settings, settings.horizon_beats, self._seeds, player_number=number
            )
            seat = PortSeat(settings, setup, player, self.hub, self._ensemble)
            self._seats[inner] = seat
            self._ensemble.join(seat)
            player.select_bundle(setup.settings.bundle)

    @property
    def seats(self) -> tuple[PortSeat, ...]:
        """The players, in the order of their numbers."""
        return tuple(self._seats.values())

    def follow_device(self, clock: HostClock | None) -> None:
        """The clock of a linked device, or None if there is none."""
        if clock is self._device:
            return
        self._device = clock
        if clock is None:
            self.hub.withdraw("device")
        else:
            self.hub.offer("device", clock)

    def receive(self, port: str, data: bytes, arrival_s: float) -> None:
        """Take what came on an input port. Whatever is in it, the jam goes on.

        Args:
            port: Its name as in the settings.
            data: The bytes.
            arrival_s: When, by the engine's clock.
        """
        for message in messages(data):
            if is_clock(message):
                if port == self._settings.midi.clock_input:
                    self._clock_byte(message, arrival_s)
                continue
            self.patchbay.receive(port, message, arrival_s)

    def command(self, seat: PortSeat, command: PlayerCommand, now_s: float) -> None:
        """Carry out a checked command at one of the seats.

        Raises:
            BridgeError: The player can't do that now; nothing has changed.
        """
        perform(seat, command, now_s)
        self._ensemble.settle(now_s)
        self.patchbay.settle(now_s)
        seat.advance(now_s)

    def run_clock(self, playing: bool, now_s: float) -> None:
        """Start or stop the engine's own clock.

        Raises:
            CommandRefused: Nobody would follow it.
        """
        if "internal" not in self._settings.clock.order:
            raise CommandRefused(
                "The engine's own clock is not followed.", "Add internal to clock.order."
            )
        self._led = True
        if not playing:
            self.hub.internal.stop(now_s)
        elif not self.hub.internal.playing:
            self.hub.internal.start(now_s)

    def port_lost(self, port: str, *, output: bool, now_s: float) -> None:
        """A port vanished."""
        if output:
            self.patchbay.output_lost(port)
        else:
            self.patchbay.input_lost(port, now_s)

    def port_back(self, port: str, *, output: bool, now_s: float) -> None:
        """A port is there again."""
        if output:
            self.patchbay.output_back(port, now_s)

    def model_reply(self, reply: ModelReply, now_s: float) -> bool:
        """Take a reply of the model; returns whether it was for a port's player."""
        seat = self._seats.get(reply.player)
        if seat is None:
            return False
        if isinstance(reply, ModelFailed):
            self._output.events.append(Notice(Level.WARNING, f"{reply.message} {reply.hint}"))
        seat.model_reply(reply, now_s)
        return True

    def advance(self, now_s: float) -> None:
        """Do everything that is due by now."""
        self.patchbay.settle(now_s)
        if self._wanted():
            self._lead(now_s)
            self._watch_hub(now_s)
            for seat in self._seats.values():
                seat.advance(now_s)
        self.play(now_s)

    def play(self, now_s: float) -> None:
        """Only let leave what is due."""
        self.patchbay.play(now_s)
        self._beat_out(now_s)

    def sync_report(self, now_s: float) -> SyncReport:
        """How well the source that is followed keeps the beat."""
        active = self.hub.active
        clock = self.hub.clock_of(active) if active is not None else None
        if active is None or clock is None:
            return SyncReport()
        drift_ppm = clock.drift_ppm if isinstance(clock, HostClock) else None
        stats = self._stats[active]
        return sync_report(active, clock, stats, self.lateness, now_s, drift_ppm=drift_ppm)

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `advance` has something to do; infinity if never."""
        if not self._wanted():
            return self.patchbay.next_note_s()
        moments = [self.patchbay.next_note_s()]
        moments += [seat.next_due_s(now_s) for seat in self._seats.values()]
        return max(now_s, min((self._hub_seen_s + HUB_EVERY_S, *moments)))

    def next_note_s(self) -> float:
        """When a message is to leave next, to the dot; infinity if never."""
        moments = [self.patchbay.next_note_s()]
        if self._settings.midi.clock_output:
            moments.append(self._clock_out.next_due_s(self.hub))
        return min(moments, default=float("inf"))

    def set_tempo(self, tempo_qpm: float, now_s: float) -> None:
        """Set the tempo of the engine's own clock, 20 to 999 quarter notes a minute."""
        self.hub.tell_tempo(tempo_qpm, now_s)

    def silence(self, now_s: float) -> None:
        """The engine ends: whatever sounds is ended."""
        for seat in self._seats.values():
            seat.panic(now_s)
        self.patchbay.silence(now_s)
        self._pulses += self._clock_out.stop(now_s)

    def take_output(self) -> PortOutput:
        """What is to be done now; it is handed out once."""
        output, self._output = self._output, PortOutput()
        output.midi = [(self._settings.midi.clock_output, one) for one in self._pulses]
        output.midi += self.patchbay.take_ready()
        self._pulses = []
        for seat in self._seats.values():
            box = seat.player.outbox
            output.requests += box.requests
            output.events += box.events
            for error in box.errors:
                _, line = self._complaints.note(error, self._hub_seen_s)
                if line is not None:
                    output.events.append(Notice(Level.WARNING, line))
            for part in (box.requests, box.events, box.errors):
                part.clear()
        return output

    def _wanted(self) -> bool:
        """Whether anybody follows the hub: a player, an output, Push 2, or who watches Link."""
        settings = self._settings
        heard = settings.midi.clock_output or settings.controls.metronome.output
        beat_out = heard or settings.push2.output
        return bool(self._seats or beat_out or settings.clock.link)

    def _beat_out(self, now_s: float) -> None:
        """Put out the pulses that are due."""
        if self._settings.midi.clock_output:
            self._pulses += self._clock_out.due(self.hub, now_s)

    def _clock_byte(self, message: bytes, arrival_s: float) -> None:
        self.hub.observe_midi(message, arrival_s)
        clock = self.hub.clock_of("midi")
        if clock is not None:
            self._clock_bytes += 1
            self._stats["midi"].arrived(clock, 0, self._clock_bytes, arrival_s)

    def _watch_hub(self, now_s: float) -> None:
        self._hub_seen_s = now_s
        breaks: list[Discontinuity] = []
        for one in self.hub.advance(now_s):
            if isinstance(one, SourceChanged):
                who = f"The beat comes from {one.after} now."
                text = who if one.after is not None else "There is no beat any more."
                self._output.events.append(Notice(Level.INFO, text))
            else:
                breaks.append(one)
        for seat in self._seats.values():
            seat.clock_broke(breaks, now_s)

    def _lead(self, now_s: float) -> None:
        """Start the engine's own beat: at once if no other was asked for, else if none comes.

        Only once: a beat that came and stopped was stopped by somebody.
        """
        if self._led or "internal" not in self._settings.clock.order:
            return
        if self._begun_s is None:
            self._begun_s = now_s
        settings = self._settings
        asked = settings.midi.clock_input or settings.clock.link or settings.controls.has_clock
        if self.hub.active is not None:
            self._led = True
        elif now_s >= self._begun_s + (PATIENCE_S if asked else 0.0):
            self._led = True
            self.hub.internal.start(now_s)
