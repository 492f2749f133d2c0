"""The timekeeper's edges in a replay: they bring what was recorded, and send nowhere."""

from __future__ import annotations

from collections import deque

from bridge.core.linkclock import LinkState
from bridge.core.protocol import Message
from bridge.core.requests import ModelNotice, ModelReply, ModelRequest
from bridge.core.schedule import TimedMessage
from bridge.core.seat import Address
from bridge.io.midi_ports import Arrival, PortChange
from bridge.io.osc_udp import Datagram

NOWHERE: Address = ("127.0.0.1", 0)


class ReplayDatagrams:
    """A socket that hears what was heard."""

    address = NOWHERE

    def __init__(self) -> None:
        self.waiting: list[Datagram] = []

    def receive(self) -> list[Datagram]:
        """Everything that waits, oldest first."""
        received, self.waiting = self.waiting, []
        return received

    def send(self, address: Address, message: Message) -> None:
        """What is sent is on the tape already."""

    def close(self) -> None:
        """Nothing is open."""


class ReplayModel:
    """A model that says what was said."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[ModelReply | ModelNotice, ...]] = deque()

    def submit(self, request: ModelRequest) -> None:
        """What is asked is on the tape already."""

    def poll(self) -> list[ModelReply | ModelNotice]:
        """The replies that were there at once."""
        return list(self.waiting.popleft()) if self.waiting else []

    def close(self) -> None:
        """Nothing is open."""


class ReplayPorts:
    """MIDI ports on which comes what came."""

    def __init__(self) -> None:
        self.lateness_s: deque[float] = deque()
        self.waiting: list[Arrival] = []
        self.changes: list[PortChange] = []

    def receive(self) -> list[Arrival]:
        """Everything that waits, oldest first."""
        arrivals, self.waiting = self.waiting, []
        return arrivals

    def send(self, name: str, message: TimedMessage) -> None:
        """What is played is on the tape already."""

    def put(self, name: str, data: bytes) -> None:
        """Lights are not on the tape."""

    def watch(self, now_s: float) -> list[PortChange]:
        """Ports that had vanished or come back."""
        changes, self.changes = self.changes, []
        return changes

    def close(self) -> None:
        """Nothing is open."""


class ReplayLink:
    """A Link session that is where it was."""

    peers = 0

    def __init__(self) -> None:
        self.waiting: deque[LinkState] = deque()

    def state(self, at_s: float) -> LinkState:
        """The session at that moment; as it stood at the last one if it was not asked for then."""
        return self.waiting.popleft() if self.waiting else LinkState(at_s, 0.0, 120.0, peers=0)

    def set_tempo(self, tempo_qpm: float, at_s: float | None = None) -> None:
        """What is set is on the tape already."""

    def leave(self) -> None:
        """Nothing is open."""
