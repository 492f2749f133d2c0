"""udpsend and udpreceive, on real sockets of this machine."""

from __future__ import annotations

import socket

from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket, ParseError

from tests.device.maxpatch.atoms import Atom, Message, PatchError, as_int
from tests.device.maxpatch.objects import MaxObject, max_class

_PACKET_BYTES = 5096
_HOST = "127.0.0.1"


@max_class("udpsend")
class UdpSend(MaxObject):
    """Messages as OSC packets, from a port of its own."""

    outlets = 0
    known_attributes = ("maxpacketsize", "maxqueuesize")

    def set_up(self) -> None:
        self.host, self.port = str(self.arguments[0]), as_int(self.arguments[1])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def freed(self) -> None:
        self.socket.close()

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector == "host":
            self.host = str(rest[0])
        elif selector == "port":
            self.port = as_int(rest[0])
        elif not selector.startswith("/"):
            self.refuse(inlet, (selector, *rest))
        else:
            self._post(self.packet(selector, rest))

    def packet(self, address: str, values: Message) -> bytes:
        """The message on the wire: ints, floats and symbols as they are."""
        builder = OscMessageBuilder(address=address)
        for value in values:
            builder.add_arg(value, self._tag(value))
        return bytes(builder.build().dgram)

    def _post(self, data: bytes) -> None:
        if len(data) > _PACKET_BYTES:
            raise PatchError(f"{self}: a packet of {len(data)} bytes; Max sends {_PACKET_BYTES}.")
        arrives = self.host == _HOST and not self.patch.loses()
        self.patch.datagram_left(data, self.port, arrives=arrives)
        if arrives:
            self.socket.sendto(data, (_HOST, self.port))

    def _tag(self, value: Atom) -> str:
        if isinstance(value, str):
            return "s"
        if isinstance(value, float):
            return "f"
        if not -(2**31) <= value < 2**31:
            raise PatchError(f"{self}: {value} does not fit 32 bits.")
        return "i"


@max_class("udpreceive")
class UdpReceive(MaxObject):
    """OSC packets as messages, in the scheduler; a port that is taken gives nothing, silently."""

    known_attributes = ("quiet", "defer")

    def set_up(self) -> None:
        self.socket: socket.socket | None = None
        if self.attribute("defer", 0):
            raise PatchError(f"{self}: @defer is not modelled.")
        self._open(as_int(self.arguments[0]) if self.arguments else 0)

    def loaded(self) -> None:
        self.patch.ears.append(self)

    def freed(self) -> None:
        self._close()

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "port":
            self.refuse(inlet, (selector, *rest))
        self._open(as_int(rest[0]))

    def waiting(self) -> list[bytes]:
        """Packets that have arrived."""
        found: list[bytes] = []
        while self.socket is not None:
            try:
                found.append(self.socket.recv(65536))
            except BlockingIOError:
                break
        return found

    def hear(self, data: bytes) -> None:
        """Put a packet's messages out."""
        try:
            messages = OscPacket(data).messages
        except ParseError:
            return
        for timed in messages:
            self.out(0, timed.message.address, *timed.message.params)

    def _open(self, port: int) -> None:
        self._close()
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)
        try:
            made.bind((_HOST, port))
        except OSError:
            made.close()
            return
        self.socket = made

    def _close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None
