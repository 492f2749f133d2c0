"""MIDI ports, over RtMidi: python-rtmidi up to Python 3.12, supriya-midi from 3.13.

A port is *made* under its name where the system can make ports (macOS, Linux), unless somebody
else has one of that name: then that one is used, as it must be on Windows. A device's own port is
only *found*, by whichever of its names the system gives it. A used port may vanish and come back;
`MidiPorts.watch` sees both.

RtMidi's callback runs in a thread of its own. It stamps the arrival, puts the bytes on a queue and
rings a bell, and nothing else.
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.core.schedule import TimedMessage
from bridge.errors import DeviceNotFound, TransportError
from bridge.io.midi_backend import Backend, InPort, OutPort, open_backend

WATCH_EVERY_S = 1.0
_MOST_WAITING = 10_000
"""A port that floods a busy engine loses the oldest messages, not memory."""
_LAST_WORDS_S = 0.05
"""JACK fetches what is sent once a period; a port closed earlier takes its note-offs with it."""
_KEPT = 100_000
_SUFFIX = re.compile(r" \d+:\d+$" if sys.platform.startswith("linux") else r" \d+$")


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came on an input port.

    Args:
        port: Its name as it was asked for.
        data: The bytes.
        at_s: When, by the engine's clock.
    """

    port: str
    data: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class PortChange:
    """A port vanished, or is there again.

    Args:
        port: Its name as it was asked for.
        output: Whether it is an output.
        there: Whether it is there now.
        text: The same for people.
    """

    port: str
    output: bool
    there: bool
    text: str


class _Port:
    """A port that is asked for, whether it is there or not."""

    def __init__(self, name: str, others: Sequence[str] | None, *, output: bool) -> None:
        self.name = name
        self.names = (name, *(others or ()))
        self.only_found = others is not None
        self.output = output
        self.open: InPort | OutPort | None = None
        self.made = False

    @property
    def what(self) -> str:
        """For people."""
        return f"MIDI {'output' if self.output else 'input'} {self.name!r}"


class MidiPorts:
    """All MIDI ports of the engine.

    Args:
        inputs: Names of the ports to listen on.
        outputs: Names of the ports to play on.
        found: Those of them that are devices' own, so that they are never made, and what else
            each may be called; what they say in system exclusive is taken too.

    Attributes:
        bell: Readable when something has come.
        problems: Ports that could not be opened at the start.
        lateness_s: How late the newest messages were when they had been sent.
        unsendable: Messages that were lost because their port was.

    Raises:
        TransportError: This machine has no MIDI system, or RtMidi is not installed.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        outputs: Sequence[str],
        found: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._backend: Backend = open_backend()
        self._queue: deque[Arrival] = deque(maxlen=_MOST_WAITING)
        self.bell, self._ring = socket.socketpair()
        for end in (self.bell, self._ring):
            end.setblocking(False)
        self.problems: list[DeviceNotFound] = []
        self.lateness_s: deque[float] = deque(maxlen=_KEPT)
        self.unsendable = 0
        self._broken: list[_Port] = []
        self._watched_s = time.monotonic()
        names = dict.fromkeys((n, False) for n in inputs) | dict.fromkeys(
            (n, True) for n in outputs
        )
        devices = found or {}
        self._ports = [_Port(name, devices.get(name), output=output) for name, output in names]
        # Looked up before any is made, so that no port of ours is taken for somebody else's and
        # no player is wired to itself.
        there = {output: self._backend.names(output=output) for output in (False, True)}
        for port in self._ports:
            self._open_first(port, there[port.output])
        self._outputs = {port.name: port for port in self._ports if port.output}

    def receive(self) -> list[Arrival]:
        """Everything that waits, oldest first."""
        with contextlib.suppress(BlockingIOError):
            while self.bell.recv(4096):
                pass
        arrivals: list[Arrival] = []
        while self._queue:
            arrivals.append(self._queue.popleft())
        return arrivals

    def send(self, name: str, message: TimedMessage) -> None:
        """Send a message on an output; one that isn't there loses it."""
        port = self._outputs[name]
        if not isinstance(port.open, OutPort):
            self.unsendable += 1
            return
        try:
            port.open.send(message.data)
            self.lateness_s.append(time.monotonic() - message.due_s)
        except TransportError:
            self.unsendable += 1
            self._broken.append(port)

    def put(self, name: str, data: bytes) -> None:
        """Send what is not measured: lights, not notes; on an output that isn't there nothing."""
        port = self._outputs[name]
        if not isinstance(port.open, OutPort):
            return
        try:
            port.open.send(data)
        except TransportError:
            self._broken.append(port)

    def watch(self, now_s: float) -> list[PortChange]:
        """Look, once a second, which ports have vanished or come back. May take a millisecond."""
        if now_s - self._watched_s < WATCH_EVERY_S and not self._broken:
            return []
        self._watched_s = now_s
        changes = [self._lost(port) for port in dict.fromkeys(self._broken)]
        self._broken.clear()
        watched = [port for port in self._ports if not port.made]
        for output in sorted({port.output for port in watched}):
            there = self._backend.names(output=output)
            for port in watched:
                if port.output is output:
                    changes += self._compare(port, there)
        return changes

    def close(self) -> None:
        """Give all ports back, after what was sent last has left."""
        if self.lateness_s:
            time.sleep(_LAST_WORDS_S)
        for port in self._ports:
            self._close(port)
        self._backend.close()
        self.bell.close()
        self._ring.close()

    def _open_first(self, port: _Port, there: list[str]) -> None:
        if self._open_existing(port, there):
            return
        listed = ", ".join(repr(name) for name in there) or "none"
        missing = f"There is no {port.what}; there are: {listed}."
        if port.only_found:
            hint = "Connect the device, or name its port; it is used as soon as it is there."
            self.problems.append(DeviceNotFound(missing, hint))
            return
        if self._backend.makes_ports:
            try:
                self._make(port)
            except TransportError as error:
                self.problems.append(DeviceNotFound(f"{port.what}: {error.message}", error.hint))
            return
        self.problems.append(
            DeviceNotFound(
                missing,
                "Windows can't make MIDI ports: make one of that name with loopMIDI, or name an"
                " existing one. The engine uses it as soon as it is there.",
            )
        )

    def _compare(self, port: _Port, there: list[str]) -> list[PortChange]:
        is_there = _find(port.names, there) is not None
        if port.open is not None and not is_there:
            return [self._lost(port)]
        if port.open is None and is_there and self._open_existing(port, there):
            return [PortChange(port.name, port.output, True, f"The {port.what} is there.")]
        return []

    def _lost(self, port: _Port) -> PortChange:
        self._close(port)
        # Whatever it was, it is looked for by its name from now on.
        port.made = False
        text = f"The {port.what} is gone; it is used again as soon as it is back."
        return PortChange(port.name, port.output, False, text)

    def _open_existing(self, port: _Port, there: list[str]) -> bool:
        index = _find(port.names, there)
        if index is None:
            return False
        try:
            port.open = (
                self._backend.open_output(port.name, index)
                if port.output
                else self._backend.open_input(
                    port.name, index, self._callback(port.name), sysex=port.only_found
                )
            )
        except TransportError:
            return False
        return True

    def _make(self, port: _Port) -> None:
        port.open = (
            self._backend.open_output(port.name, None)
            if port.output
            else self._backend.open_input(port.name, None, self._callback(port.name))
        )
        port.made = True

    def _callback(self, name: str) -> _Callback:
        return _Callback(name, self._queue, self._ring)

    def _close(self, port: _Port) -> None:
        if port.open is not None:
            port.open.close()
            port.open = None


class _Callback:
    """Called by RtMidi's thread with each message."""

    def __init__(self, name: str, queue: deque[Arrival], ring: socket.socket) -> None:
        self._name, self._queue, self._ring = name, queue, ring

    def __call__(self, data: Sequence[int]) -> None:
        """Stamp, keep, ring."""
        at_s = time.monotonic()
        self._queue.append(Arrival(self._name, bytes(data), at_s))
        # A full bell rings already; a closed one has nobody to wake.
        with contextlib.suppress(OSError):
            self._ring.send(b"\0")


def _find(names: Sequence[str], there: Sequence[str]) -> int | None:
    """Which of the system's ports is meant: by its whole name, or without what RtMidi adds.

    ALSA and JACK put the program's name and a colon before a port's own, ALSA and Windows a number
    behind it.
    """
    for index, full in enumerate(there):
        _, _, own = full.partition(":")
        if any(name in names for name in (full, own, _SUFFIX.sub("", full), _SUFFIX.sub("", own))):
            return index
    return None
