"""The jam: every device's seat, and the one door for messages in and out. Sans-IO.

Datagrams, model replies and time come in by method calls; what is to be sent, asked and told is
fetched with `Jam.take_output`. The same object therefore runs behind a real socket and clock, in
a process of its own, and in virtual time.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.core.chronicle import Chronicle, Played
from bridge.core.commands import PlayerCommand, perform
from bridge.core.complaints import Complaints
from bridge.core.dials import told_message
from bridge.core.ensemble import Ensemble
from bridge.core.events import JamEvent, Level, Notice
from bridge.core.player import Player
from bridge.core.protocol import (
    MAX_PLAYERS,
    PROTOCOL_VERSION,
    Direction,
    Message,
    check,
    outgoing,
)
from bridge.core.requests import (
    BACKGROUND_PLAYERS,
    ForgetPlayer,
    ModelReply,
    ModelRequest,
    background_player,
)
from bridge.core.seat import LINK_TIMEOUT_S, Address, Seat
from bridge.core.settings import JamSettings
from bridge.core.syncdesk import SyncDesk
from bridge.core.syncstats import SyncReport
from bridge.core.wire import RawMessage, parse_packet
from bridge.errors import (
    BadToken,
    BridgeError,
    TooManyDevices,
    UnknownDevice,
    VersionMismatch,
)

SAME_HELLO_S = 0.5
"""A hello so soon after another is the same one, late or doubled: devices send one a second."""


@dataclass(slots=True)
class Output:
    """What the jam wants done.

    Args:
        datagrams: Messages with the address to send them to, in order.
        requests: Requests for the model, in order.
        events: What to tell people.
        tempo_qpm: The tempo to set on the engine's own clock and on Link; None: as it is.
    """

    datagrams: list[tuple[Address, Message]] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    events: list[JamEvent] = field(default_factory=list)
    tempo_qpm: float | None = None


class Jam:
    """Everything between datagrams and model requests.

    Args:
        settings: The jam's settings.
        engine_epoch: Number of this run of the engine, 1 to 2**31 - 1; a restarted engine must
            have another.
        seed: Seed of the seeds of answers that have none set.
        ensemble: All players, those without a device included; the devices' alone if none is given.
    """

    def __init__(
        self,
        settings: JamSettings,
        engine_epoch: int,
        seed: int,
        ensemble: Ensemble | None = None,
    ) -> None:
        self.complaints = Complaints()
        self.counts: Counter[str] = Counter()
        self._settings = settings
        self._engine_epoch = engine_epoch
        self._seeds = random.Random(seed)
        self._seats: dict[int, Seat] = {}
        self._ensemble = ensemble if ensemble is not None else Ensemble()
        self._output = Output()
        self._sync = SyncDesk(settings.lookahead_ms / 1000.0)

    @property
    def chronicle(self) -> Chronicle:
        """Remembers what all players play, those without a device too."""
        return self._ensemble.chronicle

    def lanes(self, now_s: float) -> tuple[Played, ...]:
        """What all players have played lately, up to now."""
        return self._ensemble.lanes(now_s)

    @property
    def seats(self) -> tuple[Seat, ...]:
        """The linked devices."""
        return tuple(self._seats.values())

    def receive(self, data: bytes, source: Address, arrival_s: float) -> None:
        """Take a datagram. Whatever is in it, the jam goes on.

        Args:
            data: Its bytes.
            source: Where it came from.
            arrival_s: When, by the engine's clock.
        """
        self.counts["datagrams"] += 1
        try:
            messages = parse_packet(data)
        except BridgeError as error:
            self._complain(error, source, arrival_s)
            return
        for raw in messages:
            self.receive_message(raw, source, arrival_s)

    def command(self, seat: Seat, command: PlayerCommand, now_s: float) -> None:
        """Carry out a checked command at one of the seats.

        Raises:
            BridgeError: The player can't do that now; nothing has changed.
        """
        try:
            perform(seat, command, now_s)
            told = told_message(seat.device, command, seat.player.settings, self._settings.bundles)
            if told is not None:
                self._output.datagrams.append((seat.address, told))
            self._ensemble.settle(now_s)
        finally:
            self._advance(seat, now_s)

    def model_reply(self, reply: ModelReply, now_s: float) -> None:
        """Take a reply of the model."""
        live = reply.player > BACKGROUND_PLAYERS
        seat = self._seats.get(reply.player if live else background_player(reply.player))
        if seat is not None:
            self._contained(seat, now_s, lambda: seat.model_reply(reply, now_s))

    def advance(self, now_s: float) -> None:
        """Do everything that is due by now."""
        for seat in self._seats.values():
            if not seat.away and now_s >= seat.heard_s + LINK_TIMEOUT_S:
                lost = seat.went_away(now_s)
                self._output.events.append(Notice(Level.WARNING, str(lost)))
        self._ensemble.settle(now_s)
        for seat in self._seats.values():
            self._advance(seat, now_s)

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which `advance` has something to do; infinity if never."""
        due = float("inf")
        for seat in self._seats.values():
            if not seat.away:
                due = min(due, seat.next_due_s(now_s), seat.heard_s + LINK_TIMEOUT_S)
        return due

    def sync_report(self, now_s: float) -> SyncReport:
        """How well a device's beat is followed: the first that plays, or else the first."""
        linked = [seat for seat in self._seats.values() if not seat.away]
        playing = (seat for seat in linked if seat.clock.playing)
        seat = next(playing, linked[0] if linked else None)
        if seat is None:
            return SyncReport()
        return self._sync.report(seat.device, seat.clock, now_s)

    def panic(self, now_s: float, error: BridgeError) -> None:
        """Silence every player now and say why; all go idle."""
        for seat in self._seats.values():
            seat.player.panic()
            self._collect(seat, now_s)
            self._complain(error, seat.address, now_s)

    def silence(self) -> None:
        """The engine ends: every device drops what it has of it."""
        for seat in self._seats.values():
            self._output.datagrams.append((seat.address, outgoing("/flush")))

    def take_output(self) -> Output:
        """What is to be done now; it is handed out once."""
        output, self._output = self._output, Output()
        return output

    def receive_message(self, raw: RawMessage, source: Address, now_s: float) -> None:
        """Take a message of a datagram. Whatever is in it, the jam goes on."""
        reply_to, device = source, 0
        try:
            message = check(*raw, Direction.TO_ENGINE)
            device = message.int_of("device")
            seat = self._seats.get(device)
            if seat is not None and source[0] == seat.address[0]:
                reply_to = seat.address
            elif message.address != "/hello":
                # A stranger's message with the number of a linked device is not that device's.
                seat = None
            self._dispatch(message, device, seat, source, now_s)
        except UnknownDevice as error:
            # After a restart of the engine every tick of a device's clock is such a message.
            if self.complaints.is_news(error, device, now_s):
                self._complain(error, source, now_s)
        except BridgeError as error:
            self._complain(error, self._reply_address(raw, source, reply_to), now_s)

    def _dispatch(
        self, message: Message, device: int, seat: Seat | None, source: Address, now_s: float
    ) -> None:
        if message.address == "/hello":
            self._hello(message, device, source, now_s)
        elif message.address == "/heartbeat":
            self._heartbeat(message, seat, source, now_s)
        elif seat is None:
            raise UnknownDevice(f"{message.address} came from device {device}, which is unknown.")
        elif message.address == "/goodbye":
            self._goodbye(seat)
            self._ensemble.settle(now_s)
        elif message.address == "/tempo":
            self._output.tempo_qpm = message.float_of("tempo_qpm")
        else:
            self._heard(seat, now_s)
            try:
                seat.handle(message, now_s)
                if message.address == "/clock":
                    self._sync.clock_taken(device, seat.clock, message, now_s)
                elif message.address.startswith("/param/"):
                    self._ensemble.settle(now_s)
            finally:
                self._advance(seat, now_s)

    def _advance(self, seat: Seat, now_s: float) -> None:
        self._contained(seat, now_s, lambda: seat.advance(now_s))

    def _contained(self, seat: Seat, now_s: float, step: Callable[[], None]) -> None:
        """Do a step of one seat. A mistake of ours in it silences that seat and no other."""
        try:
            step()
        except BridgeError as error:
            self.counts["contained"] += 1
            seat.player.panic()
            self._complain(error, seat.address, now_s)
        self._collect(seat, now_s)

    def _hello(self, message: Message, device: int, source: Address, now_s: float) -> None:
        spoken = message.int_of("protocol")
        if spoken != PROTOCOL_VERSION:
            raise VersionMismatch(
                f"Device {device} speaks protocol {spoken}; this engine speaks {PROTOCOL_VERSION}."
            )
        if self._settings.token and message.int_of("token") != self._settings.token:
            raise BadToken(f"Device {device} said hello with a wrong token.")
        address = (source[0], message.int_of("reply_port"))
        seat = self._seats.get(device)
        if seat is None or seat.address != address or now_s - seat.welcomed_s > SAME_HELLO_S:
            seat = self._seat(device, address)
            seat.welcomed_s = now_s
            text = f"Device {device} is linked on port {address[1]} as player {seat.player_number}."
            self._output.events.append(Notice(Level.INFO, text))
        self._heard(seat, now_s)
        number = seat.player_number
        self._send(address, "/welcome", device, self._engine_epoch, PROTOCOL_VERSION, number)
        seat.name_bundles()
        self._collect(seat, now_s)

    def _seat(self, device: int, address: Address) -> Seat:
        """A fresh seat: a device that says hello has forgotten everything, or is new."""
        old = self._seats.pop(device, None)
        if old is None and len(self._seats) >= self._settings.max_devices:
            away = [seat for seat in self._seats.values() if seat.away]
            if not away:
                raise TooManyDevices(f"{len(self._seats)} devices are linked already.")
            self._goodbye(away[0])
        settings = self._settings
        before = old.player.answers if old is not None else 0
        number = old.player_number if old is not None else self._ensemble.free_number()
        if number is None:
            raise TooManyDevices(f"There are {MAX_PLAYERS} players already.")
        if old is not None:
            self._output.requests.append(ForgetPlayer(background_player(device)))
        player = Player(
            device, settings.player, settings.horizon_beats, self._seeds, before, number
        )
        seat = Seat(device, address, settings, player, self._seeds)
        self._seats[device] = seat
        self._ensemble.join(seat)
        self._sync.begin(device)
        player.select_bundle(settings.player.bundle)
        return seat

    def _heartbeat(
        self, message: Message, seat: Seat | None, source: Address, now_s: float
    ) -> None:
        # An unknown device is answered too: the strange epoch makes it say hello at once.
        port = message.int_of("reply_port")
        if seat is not None:
            self._heard(seat, now_s)
        device = message.int_of("device")
        self._send((source[0], port), "/heartbeat", device, port, self._engine_epoch)

    def _goodbye(self, seat: Seat) -> None:
        del self._seats[seat.device]
        self._ensemble.leave(seat)
        self._sync.end(seat.device)
        numbers = seat.device, background_player(seat.device)
        self._output.requests += [ForgetPlayer(number) for number in numbers]
        self._output.events.append(Notice(Level.INFO, f"Device {seat.device} said goodbye."))

    def _heard(self, seat: Seat, now_s: float) -> None:
        seat.heard_s = now_s
        if seat.away:
            seat.away = False
            text = f"Device {seat.device} is back."
            self._output.events.append(Notice(Level.INFO, text))

    def _collect(self, seat: Seat, now_s: float) -> None:
        """Move what a seat has to say to the output."""
        box = seat.player.outbox
        for error in box.errors:
            self._complain(error, seat.address, now_s)
        if seat.sounded and not seat.audible:
            self._send(seat.address, "/flush")
        seat.sounded = seat.audible
        for message in box.messages:
            if message.address != "/n":
                self._output.datagrams.append((seat.address, message))
            elif seat.audible:
                self._output.datagrams.append((seat.address, message))
                self._sync.note_sent(seat.device, seat.clock, message, now_s)
        seat.voice.carry_out(box.messages, now_s)
        self._ensemble.relay(seat, box.messages, now_s)
        self._output.requests += box.requests
        self._output.events += box.events
        for part in (box.messages, box.requests, box.events, box.errors):
            part.clear()

    def _reply_address(self, raw: RawMessage, source: Address, default: Address) -> Address:
        """Where to send an error: a device's own port where its number can be made out."""
        _, values = raw
        seat = self._seats.get(int(values[0])) if values and type(values[0]) is int else None
        known = seat is not None and seat.address[0] == source[0]
        return seat.address if seat is not None and known else default

    def _complain(self, error: BridgeError, address: Address, now_s: float) -> None:
        reply, line = self.complaints.note(error, now_s)
        if reply:
            count = self.complaints.counts[error.code]
            self._send(address, "/error", error.wire_code, min(count, 2**31 - 1))
        if line is not None:
            self._output.events.append(Notice(Level.WARNING, line))

    def _send(self, address: Address, message: str, *values: int | float) -> None:
        self._output.datagrams.append((address, outgoing(message, *values)))
