"""What the timekeeper expects of the world: a socket, MIDI ports, a Link session.

The real ones are in `bridge.io`; a test, a recording or a replay puts others in their place.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from bridge.core.linkclock import LinkState
from bridge.core.protocol import Message
from bridge.core.schedule import TimedMessage
from bridge.core.seat import Address
from bridge.io.midi_ports import Arrival, PortChange
from bridge.io.osc_udp import Datagram


class DatagramEdge(Protocol):
    """A bound datagram socket (`bridge.io.osc_udp.UdpEdge`)."""

    @property
    def address(self) -> Address:
        """Where it listens."""
        ...

    def receive(self) -> list[Datagram]:
        """Everything that waits, oldest first."""
        ...

    def send(self, address: Address, message: Message) -> None:
        """Send a message."""
        ...

    def close(self) -> None:
        """Give the port back."""
        ...


class LinkEdge(Protocol):
    """A Link session (`bridge.io.link.LinkSession`)."""

    @property
    def peers(self) -> int:
        """How many others take part."""
        ...

    def state(self, at_s: float) -> LinkState:
        """The session at a moment."""
        ...

    def set_tempo(self, tempo_qpm: float, at_s: float | None = None) -> None:
        """Change the session's tempo."""
        ...

    def leave(self) -> None:
        """Take no part any more."""
        ...


class PortEdge(Protocol):
    """MIDI ports (`bridge.io.midi_ports.MidiPorts`).

    Attributes:
        lateness_s: How late the newest messages were when they had been sent.
    """

    lateness_s: deque[float]

    def receive(self) -> list[Arrival]:
        """Everything that waits, oldest first."""
        ...

    def send(self, name: str, message: TimedMessage) -> None:
        """Send a message on an output."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Send what is not measured: lights, not notes."""
        ...

    def watch(self, now_s: float) -> list[PortChange]:
        """Ports that have vanished or come back."""
        ...

    def close(self) -> None:
        """Give all ports back."""
        ...
