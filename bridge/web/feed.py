"""Sends the show to a program that makes pictures, as OSC over UDP.

A thread of its own in the supervisor's process: what the engine says is put into a queue and never
waited for, and what can't be sent is lost, as with every datagram.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Protocol

from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.config.web import FeedSettings
from bridge.web.show import Show, ShowMessage

MOST_WAITING = 4096
LONGEST_SLEEP_S = 0.5
END_S = 2.0

_KINDS = {int: "i", float: "f", str: "s"}
_log = logging.getLogger(__name__)


class Engine(Protocol):
    """A running engine (`bridge.engine.running.RunningEngine`)."""

    def subscribe(
        self, take: Callable[[object], None], *, watch: bool = False
    ) -> Callable[[], None]:
        """Hear all that comes up; returns what to call to hear no more."""
        ...


class Feed:
    """Sends what happens to one address.

    Args:
        engine: The engine.
        settings: Where to send.
    """

    def __init__(self, engine: Engine, settings: FeedSettings) -> None:
        self._engine = engine
        self._to = (settings.host, settings.port)
        self._said: queue.Queue[object] = queue.Queue(MOST_WAITING)
        self._show = Show()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="magenta-bridge-feed", daemon=True)
        self._leave: Callable[[], None] | None = None
        self._failed = False

    def start(self) -> None:
        """Hear the engine and send."""
        self._leave = self._engine.subscribe(self._take, watch=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more."""
        if self._leave is not None:
            self._leave()
            self._leave = None
        self._take(None)
        if self._thread.is_alive():
            self._thread.join(END_S)
        self._socket.close()

    def _take(self, said: object) -> None:
        """Keep what is said, and of what is too much the newest."""
        while True:
            try:
                self._said.put_nowait(said)
                return
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._said.get_nowait()

    def _run(self) -> None:
        while True:
            now_s = time.monotonic()
            self._send(self._show.due(now_s))
            sleep_s = min(LONGEST_SLEEP_S, max(0.0, self._show.next_due_s() - time.monotonic()))
            try:
                said = self._said.get(timeout=sleep_s) if sleep_s else self._said.get_nowait()
            except queue.Empty:
                continue
            if said is None:  # The engine is gone, or `stop` was called.
                return
            self._send(self._show.take(said, time.monotonic()))

    def _send(self, messages: list[ShowMessage]) -> None:
        for message in messages:
            try:
                self._socket.sendto(encoded(message), self._to)
            except OSError as error:
                if not self._failed:
                    self._failed = True
                    _log.warning("The feed to %s:%d fails: %s", *self._to, error)


def encoded(message: ShowMessage) -> bytes:
    """A message as the bytes of one datagram. What is no number is sent as 0."""
    builder = OscMessageBuilder(address=message.address)
    for value in message.values:
        kind = _KINDS[type(value)]
        number = 0.0 if isinstance(value, float) and not math.isfinite(value) else value
        builder.add_arg(number, kind)
    return bytes(builder.build().dgram)
