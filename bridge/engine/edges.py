"""What the timekeeper needs of MIDI ports and of Link: the real ones, or a test's."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from bridge.core.linkclock import LinkState
from bridge.core.schedule import TimedMessage
from bridge.io.midi_ports import Arrival, PortChange


class LinkEdge(Protocol):
    """A Link session (`bridge.io.link.LinkSession`), or what a test puts in its place."""

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
    """MIDI ports (`bridge.io.midi_ports.MidiPorts`), or what a test puts in their place.

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

    def watch(self, now_s: float) -> list[PortChange]:
        """Ports that have vanished or come back."""
        ...

    def close(self) -> None:
        """Give all ports back."""
        ...
