"""The timekeeper's edges with a tape running: each passes on what it is for, and takes it down."""

from __future__ import annotations

from collections import deque

from bridge.core.linkclock import LinkState
from bridge.core.protocol import Message
from bridge.core.requests import ModelNotice, ModelReply, ModelRequest
from bridge.core.schedule import TimedMessage
from bridge.core.seat import Address
from bridge.engine.edges import DatagramEdge, LinkEdge, PortEdge
from bridge.io.midi_ports import Arrival, PortChange
from bridge.io.osc_udp import Datagram
from bridge.models.base import ModelPort
from bridge.record.tape import Tape

Edges = tuple[DatagramEdge, ModelPort, PortEdge | None, LinkEdge | None]


def taped_edges(
    tape: Tape,
    edge: DatagramEdge,
    model: ModelPort,
    ports: PortEdge | None,
    link: LinkEdge | None,
) -> Edges:
    """The same edges with the tape running; what is there is the tape's first entry."""
    tape.note(("begin", ports is not None, link is not None))
    return (
        TapedDatagrams(tape, edge),
        TapedModel(tape, model),
        TapedPorts(tape, ports) if ports is not None else None,
        TapedLink(tape, link) if link is not None else None,
    )


class TapedDatagrams:
    """A socket with the tape running.

    Args:
        tape: The tape.
        edge: The socket.
    """

    def __init__(self, tape: Tape, edge: DatagramEdge) -> None:
        self._note, self.inner = tape.note, edge

    @property
    def address(self) -> Address:
        """Where it listens."""
        return self.inner.address

    def receive(self) -> list[Datagram]:
        """Everything that waits, oldest first."""
        received = self.inner.receive()
        for one in received:
            self._note(("heard", *one.source, one.age_s, one.data))
        return received

    def send(self, address: Address, message: Message) -> None:
        """Send a message."""
        self._note(("sent", *address, message.address, message.values))
        self.inner.send(address, message)

    def close(self) -> None:
        """Give the port back."""
        self.inner.close()


class TapedModel:
    """A model port with the tape running.

    Args:
        tape: The tape.
        model: The model port.
    """

    def __init__(self, tape: Tape, model: ModelPort) -> None:
        self._note, self._inner = tape.note, model

    def submit(self, request: ModelRequest) -> None:
        """Hand over a request."""
        self._note(("asked", request))
        self._inner.submit(request)

    def poll(self) -> list[ModelReply | ModelNotice]:
        """The replies and notices that have come."""
        replies = self._inner.poll()
        if replies:
            self._note(("replied", tuple(replies)))
        return replies

    def close(self) -> None:
        """Let the model go."""
        self._inner.close()


class TapedPorts:
    """MIDI ports with the tape running.

    Args:
        tape: The tape.
        ports: The ports.

    Attributes:
        lateness_s: Of the ports.
    """

    def __init__(self, tape: Tape, ports: PortEdge) -> None:
        self._note, self._inner = tape.note, ports
        self.lateness_s: deque[float] = ports.lateness_s

    def receive(self) -> list[Arrival]:
        """Everything that waits, oldest first."""
        arrivals = self._inner.receive()
        for one in arrivals:
            self._note(("midi", one.port, one.data, one.at_s))
        return arrivals

    def send(self, name: str, message: TimedMessage) -> None:
        """Send a message on an output, first of all."""
        self._inner.send(name, message)
        self._note(("played", name, message.data, message.due_s))

    def put(self, name: str, data: bytes) -> None:
        """Send what is not measured; lights are not taken down."""
        self._inner.put(name, data)

    def watch(self, now_s: float) -> list[PortChange]:
        """Ports that have vanished or come back."""
        self._note(("watch", now_s))
        changes = self._inner.watch(now_s)
        for change in changes:
            self._note(("port", change.port, change.output, change.there, change.text))
        return changes

    def close(self) -> None:
        """Give all ports back."""
        self._inner.close()


class TapedLink:
    """A Link session with the tape running.

    Args:
        tape: The tape.
        link: The session.
    """

    def __init__(self, tape: Tape, link: LinkEdge) -> None:
        self._note, self._inner = tape.note, link

    @property
    def peers(self) -> int:
        """How many others take part."""
        return self._inner.peers

    def state(self, at_s: float) -> LinkState:
        """The session at a moment."""
        state = self._inner.state(at_s)
        self._note(("link", state))
        return state

    def set_tempo(self, tempo_qpm: float, at_s: float | None = None) -> None:
        """Change the session's tempo."""
        self._note(("tempo", tempo_qpm))
        self._inner.set_tempo(tempo_qpm, at_s)

    def leave(self) -> None:
        """Take no part any more."""
        self._inner.leave()
