"""Drives one engine and one simulated device over real UDP sockets on this machine.

Virtual or real time, the code is the same: ask both sides when they have something to do next, let
the clock come to that moment, let the datagrams through, again. In virtual time nothing sleeps:
after each send the engine is pumped until it has counted every datagram.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from bridge.core.events import JamEvent
from bridge.core.protocol import MAX_DATAGRAM_BYTES
from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport
from bridge.engine import LocalEngine
from bridge.errors import PeerLost, TransportError
from bridge.types import Clock

_HOST = "127.0.0.1"
_LOOPBACK_LIMIT_S = 5.0
DEVICE_NUMBER = 2017


class SteeredClock(Clock, Protocol):
    """A clock that can be made to reach a moment.

    Attributes:
        longest_wait_s: Nobody should wait longer for a reply that comes unannounced.
    """

    longest_wait_s: float

    def wait_until(self, at_s: float) -> None:
        """Return when the clock shows ``at_s`` or later."""
        ...


class VirtualClock:
    """Time that passes only when told to; nothing comes unannounced."""

    longest_wait_s = math.inf

    def __init__(self) -> None:
        self._now_s = 0.0

    def now_s(self) -> float:
        """The virtual moment in seconds."""
        return self._now_s

    def wait_until(self, at_s: float) -> None:
        """Be there."""
        self._now_s = max(self._now_s, at_s)


class RealClock:
    """The machine's clock, from 0 at its making."""

    longest_wait_s = 0.002

    def __init__(self) -> None:
        self._zero_s = time.monotonic()

    def now_s(self) -> float:
        """Seconds since this clock was made."""
        return time.monotonic() - self._zero_s

    def wait_until(self, at_s: float) -> None:
        """Sleep until then."""
        while (left_s := at_s - self.now_s()) > 0.0:
            time.sleep(left_s)


class Driver:
    """One engine, one device, and the sockets between them.

    Args:
        engine: Pumped by this object; must use the same clock.
        clock: Virtual or real.
        transport: The simulated Live's.

    Attributes:
        device: The simulated device.
        events: What the engine has told so far.
    """

    def __init__(
        self, engine: LocalEngine, clock: SteeredClock, transport: SimulatedTransport
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sent = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((_HOST, 0))
        except OSError as error:
            self._socket.close()
            raise TransportError(
                f"No UDP socket can be opened on {_HOST}: {error.strerror}.",
                "Allow local network connections for this program.",
            ) from error
        self._socket.setblocking(False)
        port = int(self._socket.getsockname()[1])
        self.device = SimulatedDevice(DEVICE_NUMBER, port, transport)
        self.events: list[JamEvent] = []

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def now_s(self) -> float:
        """The present moment."""
        return self._clock.now_s()

    def run_until(self, until_s: float) -> None:
        """Let everything happen that is due up to a moment."""
        self.run_while(lambda: True, until_s)

    def run_while(self, wanted: Callable[[], bool], until_s: float) -> None:
        """Let time pass as long as ``wanted()``, at most until a moment."""
        self._exchange()
        while wanted():
            now_s = self._clock.now_s()
            due_s = min(
                self.device.next_due_s(now_s),
                self._engine.next_due_s(),
                now_s + self._clock.longest_wait_s,
            )
            if due_s > until_s:
                self._clock.wait_until(until_s)
                self._exchange()
                return
            self._clock.wait_until(due_s)
            self._exchange()

    def _exchange(self) -> None:
        """Let through what both sides have to say now."""
        now_s = self._clock.now_s()
        for datagram in self.device.due(now_s):
            self._socket.sendto(datagram, (_HOST, self._engine.port))
            self._sent += 1
        give_up_s = time.monotonic() + _LOOPBACK_LIMIT_S
        self._engine.pump(now_s)
        while self._engine.datagrams_received < self._sent:
            if time.monotonic() > give_up_s:
                raise PeerLost(
                    f"Of {self._sent} datagrams on {_HOST},"
                    f" {self._engine.datagrams_received} arrived.",
                    "A firewall may be in the way; allow local connections for this program.",
                )
            self._engine.pump(now_s)
        self.events += self._engine.take_events()
        self._receive()

    def _receive(self) -> None:
        while True:
            try:
                datagram = self._socket.recv(MAX_DATAGRAM_BYTES + 1)
            except BlockingIOError:
                return
            self.device.receive(datagram, self._clock.now_s())
