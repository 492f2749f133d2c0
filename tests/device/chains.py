"""The shipped patch without its script, to play on single chains of it by their buses."""

from __future__ import annotations

import math

from bridge.core.protocol import Direction, Message, check
from bridge.core.wire import parse_packet
from bridge.demo.transport import SimulatedTransport
from m4l_devices.magenta_jam import device as magenta_jam
from tests.device.maxpatch.atoms import Atom
from tests.device.maxpatch.atoms import Message as Atoms
from tests.device.maxpatch.patch import Patch, Spoke
from tests.device.maxpatch.timing import Metro

NOWHERE = "192.0.2.1"
"""An address for examples: nothing of a test goes to an engine that may run here."""
DEVICE, REPLY_PORT, EPOCH = 4711, 17701, 9


class NoScript:
    """A script that does nothing."""

    def load(self, file: str, arguments: Atoms, spoke: Spoke) -> tuple[int, int]:
        """It is there."""
        return 1, 2

    def message(self, inlet: int, message: Atoms, now_ms: float) -> None:
        """It does not listen."""

    def next_task_ms(self) -> float:
        """It has no Tasks."""
        return math.inf

    def run_tasks(self, now_ms: float) -> None:
        """It has no Tasks."""


class Chains:
    """The patch, linked, on a transport.

    Args:
        transport: Live's.
        clock: Whether its metros run; without them time passes faster here.

    Attributes:
        patch: It.
    """

    def __init__(self, transport: SimulatedTransport, *, clock: bool = True) -> None:
        self.patch = Patch(magenta_jam.patch(), transport, NoScript())
        self.patch.load()
        for metro in () if clock else self.patch.all(Metro):
            metro.receive(0, (0,))
        for word, value in (("host", NOWHERE), ("port", 17600)):
            self.bus("send_to", word, value)
        self.script_says("identity", DEVICE, REPLY_PORT, EPOCH)
        self.bus("linked", 1)

    def bus(self, name: str, *message: Atom, main_thread: bool = False) -> None:
        """Say something on a bus, as the script or a socket would."""
        sent = message or ("bang",)
        send = self.patch.send_named
        self.patch.queues.run(lambda: send(f"---{name}", sent), main_thread=main_thread)

    def script_says(self, *message: Atom) -> None:
        """What the script puts out on its right."""
        [said] = [
            each for each in self.patch.objects.values() if each.box.text.startswith("route status")
        ]
        self.patch.queues.run(lambda: said.receive(0, message), main_thread=True)

    def run(self, until_s: float) -> None:
        """Let time pass until a moment."""
        self.patch.queues.run_until(until_s * 1000.0)

    def sent(self, address: str) -> list[tuple[float, Message]]:
        """Moments in seconds and messages of an address, each checked against the address book."""
        found = []
        for at_ms, data, _ in self.patch.datagrams:
            for each, values in parse_packet(data):
                message = check(each, values, Direction.TO_ENGINE)
                if each == address:
                    found.append((at_ms / 1000.0, message))
        return found

    def close(self) -> None:
        """Free its sockets."""
        self.patch.free()
