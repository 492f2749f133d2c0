"""The UDP socket of the engine."""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import sys
import time
from dataclasses import dataclass

from bridge.core.protocol import MAX_DATAGRAM_BYTES, Message
from bridge.core.seat import Address
from bridge.errors import PortInUse, TransportError
from bridge.io.osc_packet import encode

RECEIVE_BUFFER_BYTES = 4 * 2**20
"""Linux's default holds 256 small datagrams, which is 13 ms of a burst."""
MOST_AT_ONCE = 2000
_STAMP_OPTION = 35 if sys.platform.startswith("linux") else None
"""SO_TIMESTAMPNS: the kernel's own arrival stamp, which no busy interpreter can delay."""
_LONGEST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class Datagram:
    """A datagram that came.

    Args:
        data: Its bytes; one byte more than allowed if it was too long.
        source: Where it came from.
        age_s: How long ago it arrived, by the kernel's stamp; 0.0 where the system has none.
    """

    data: bytes
    source: Address
    age_s: float


class UdpEdge:
    """A bound, non-blocking UDP socket.

    Args:
        host: Address to bind to; loopback unless the user wants the network.
        port: Port; 0 for any free one.

    Raises:
        PortInUse: Another program holds the port.
        TransportError: The address can't be used.
    """

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self._stamped = self._ask_for_stamps()
        self.unsendable = 0
        self.unreadable = 0
        try:
            self.socket.bind((host, port))
        except OSError as error:
            self.socket.close()
            raise _bind_error(host, port, error) from error
        self.address: Address = self.socket.getsockname()

    def receive(self) -> list[Datagram]:
        """Everything that waits, oldest first, `MOST_AT_ONCE` at most."""
        received: list[Datagram] = []
        while len(received) < MOST_AT_ONCE:
            try:
                received.append(self._receive_one())
            except BlockingIOError:
                break
            except ConnectionError:
                # Windows reports here that an earlier datagram found no listener.
                continue
            except OSError:
                # Windows: a datagram longer than the buffer, a network that went away. Nothing of
                # it can be answered, and nothing of it may end the engine.
                self.unreadable += 1
                break
        return received

    def send(self, address: Address, message: Message) -> None:
        """Send a message; a peer that isn't there is no error, its heartbeat will tell."""
        try:
            self.socket.sendto(encode(message), address)
        except OSError:
            # A full buffer or an unreachable network: what is lost is sent again by whoever
            # needs it (clips by their acknowledgements, the link by its heartbeats).
            self.unsendable += 1

    def close(self) -> None:
        """Give the port back."""
        self.socket.close()

    def _ask_for_stamps(self) -> bool:
        if _STAMP_OPTION is None:
            return False
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _STAMP_OPTION, 1)
        except OSError:
            return False
        return True

    def _receive_one(self) -> Datagram:
        if not self._stamped:
            data, source = self.socket.recvfrom(MAX_DATAGRAM_BYTES + 1)
            return Datagram(data, source, 0.0)
        data, ancillary, _, source = self.socket.recvmsg(MAX_DATAGRAM_BYTES + 1, 64)
        return Datagram(data, source, self._age_s(ancillary))

    def _age_s(self, ancillary: list[tuple[int, int, bytes]]) -> float:
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _STAMP_OPTION and len(data) >= 16:
                seconds, nanoseconds = struct.unpack_from("@qq", data)
                age_s = time.time() - (seconds + nanoseconds * 1e-9)
                # The wall clock may be set in between; a nonsense age counts as none.
                return age_s if 0.0 <= age_s <= _LONGEST_WAIT_S else 0.0
        return 0.0


def _bind_error(host: str, port: int, error: OSError) -> TransportError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(f"UDP port {port} is held by another program.")
    return TransportError(
        f"The engine can't listen on {host}:{port} ({error.strerror}).",
        "Use --host 127.0.0.1, or an address of this machine.",
    )
