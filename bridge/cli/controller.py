"""An OSC controller on the command line: asks a running engine things, and hears what it says."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.config import EngineConfig
from bridge.core.bindings import Binding
from bridge.core.controller_book import TOLD
from bridge.core.protocol import Direction, Message, check
from bridge.core.wire import parse_packet
from bridge.errors import BridgeError, EngineAway, all_errors
from bridge.io.osc_packet import encode

PATIENCE_S = 2.0
LARGEST = 65536


@dataclass(frozen=True, slots=True)
class Listed:
    """A player as the engine lists it.

    Args:
        message: Its ``/player/view``.
        name: What it is called.
    """

    message: Message
    name: str

    @property
    def number(self) -> int:
        """Its number."""
        return self.message.int_of("player")


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything that an engine lists.

    Args:
        bundles: Names on offer, in order.
        players: All players, in order.
    """

    bundles: tuple[str, ...]
    players: tuple[Listed, ...]


class Controller:
    """One socket to an engine.

    Args:
        config: Says where the engine listens, and its token.
    """

    def __init__(self, config: EngineConfig) -> None:
        host = "127.0.0.1" if config.host in ("0.0.0.0", "localhost") else config.host
        self._where = f"{host}:{config.port}"
        self._token = config.jam.token
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.connect((host, config.port))

    def __enter__(self) -> Controller:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, address: str, *values: int | float) -> None:
        """Send a message; what is wrong with it is heard with the next question.

        Raises:
            BridgeError: The address book does not allow it.
            EngineAway: Nobody listens there.
        """
        message = check(address, (self._token, *values), Direction.FROM_CONTROLLER)
        try:
            self._socket.send(encode(message))
        except OSError:
            raise self._away() from None

    def listing(self) -> Listing:
        """Ask for everything that there is.

        Raises:
            BridgeError: The engine refused something that was sent before.
            EngineAway: No engine answers.
        """
        self.send("/player/list", 0)
        bundles: dict[int, str] = {}
        players: dict[int, Listed] = {}
        for message in self._hear(PATIENCE_S):
            if message.address == "/player/bundle":
                bundles[message.int_of("bundle")] = _name(message)
            elif message.address == "/player/view":
                listed = Listed(message, _name(message))
                if listed.number:
                    players[listed.number] = listed
                if len(players) == message.int_of("count"):
                    names = tuple(bundles[place] for place in sorted(bundles))
                    return Listing(names, tuple(players[number] for number in sorted(players)))
        raise self._away()

    def parameters(self, player: int) -> dict[str, int | float]:
        """Ask for all parameters of a player.

        Raises:
            BridgeError: There is no such player.
            EngineAway: No engine answers.
        """
        self.send("/player/ask", player, 0)
        # What is asked next is answered next: then all of them are there.
        self.send("/player/list", 0)
        told: dict[str, int | float] = {}
        for message in self._hear(PATIENCE_S):
            if message.address.startswith(TOLD):
                told[message.address.removeprefix(TOLD)] = message.values[1]
            elif message.address == "/player/view":
                return told
        raise self._away()

    def learnt(self, role: str, patience_s: float) -> Binding | None:
        """Wait for what is learnt; None if nothing moved.

        Raises:
            BridgeError: The engine refused to learn.
        """
        for message in self._hear(patience_s):
            if message.address == "/player/learnt":
                controller, note = message.int_of("controller"), message.int_of("note")
                return Binding(
                    role,
                    message.int_of("player"),
                    controller=controller if controller >= 0 else None,
                    note=note if note >= 0 else None,
                    channel=message.int_of("channel"),
                    port=_name(message),
                )
        return None

    def _hear(self, patience_s: float) -> Iterator[Message]:
        """Whatever comes until the time is over.

        Raises:
            BridgeError: It is an error.
            EngineAway: Nobody listens there.
        """
        end_s = time.monotonic() + patience_s
        while (left_s := end_s - time.monotonic()) > 0.0:
            self._socket.settimeout(left_s)
            try:
                data = self._socket.recv(LARGEST)
            except TimeoutError:
                return
            except OSError:
                raise self._away() from None
            for message in _messages(data):
                if message.address == "/player/error":
                    raise _error(message.int_of("code"))
                yield message

    def _away(self) -> EngineAway:
        return EngineAway(f"No engine answers on {self._where}.")


def _messages(data: bytes) -> list[Message]:
    """What an engine says; anything else is passed over."""
    with contextlib.suppress(BridgeError):
        return [check(*raw, Direction.TO_CONTROLLER) for raw in parse_packet(data)]
    return []


def _name(message: Message) -> str:
    return "".join(chr(int(code)) for (code,) in message.groups())


def _error(wire_code: int) -> BridgeError:
    """The error that a number stands for, in the words of its class."""
    for kind in all_errors():
        if kind.wire_code == wire_code:
            return kind((kind.__doc__ or "").strip().splitlines()[0])
    return BridgeError(f"The engine refused that, with the number {wire_code}.")
