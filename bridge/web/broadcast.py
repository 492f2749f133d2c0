"""Tells every reader of the stream what the engine says, from whatever thread it comes."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable

from bridge.errors import TooManyReaders
from bridge.web.queues import MOST_READERS, Reader
from bridge.web.truth import Fields, Telling, Truth

SLOW = "This page did not keep up with the stream; it was cut off."


def event_text(name: str, fields: Fields) -> str:
    """One server-sent event."""
    data = json.dumps(fields, separators=(",", ":"), allow_nan=False)
    return f"event: {name}\ndata: {data}\n\n"


class Broadcast:
    """The truth, and those who read it.

    Args:
        truth: What a new reader is told first; nobody else may hold it.
    """

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._lock = threading.Lock()
        self._readers: list[Reader] = []

    def say(self, said: object) -> None:
        """Take what the engine says and pass it on; never waits for a reader."""
        with self._lock:
            self._tell(self._truth.take(said))

    def join(self, wake: Callable[[], None], drop: Callable[[], None]) -> tuple[Reader, str]:
        """Let somebody read.

        Args:
            wake: As of `Reader`.
            drop: As of `Reader`.

        Returns:
            Its queue, and what it is to be told before anything in it.

        Raises:
            TooManyReaders: There are as many as may be.
        """
        reader = Reader(wake, drop, secrets.token_hex(8))
        with self._lock:
            if len(self._readers) >= MOST_READERS:
                raise TooManyReaders(f"{MOST_READERS} pages read the stream already.")
            self._readers.append(reader)
            hello = self._truth.hello()
        return reader, event_text(hello.name, {**hello.fields, "page": reader.name})

    def leave(self, reader: Reader) -> None:
        """A reader is gone."""
        with self._lock:
            if reader in self._readers:
                self._readers.remove(reader)

    def end(self, reason: str, text: str) -> None:
        """Tell everybody that there will be no more."""
        with self._lock:
            readers, self._readers = self._readers, []
        for reader in readers:
            reader.end(event_text("gone", {"reason": reason, "text": text}))

    def settings_of(self, player: int) -> Fields | None:
        """A player's parameters as plain values; None if it is not there."""
        with self._lock:
            return self._truth.settings_of(player)

    @property
    def players(self) -> tuple[int, ...]:
        """Numbers of the players that are there."""
        with self._lock:
            return self._truth.players

    @property
    def readers(self) -> int:
        """How many read."""
        return len(self._readers)

    def _tell(self, tellings: tuple[Telling, ...]) -> None:
        if not self._readers:
            return
        for telling in tellings:
            text = event_text(telling.name, telling.fields)
            slow = [one for one in self._readers if not one.offer(text, telling.key)]
            for reader in slow:
                self._readers.remove(reader)
                reader.end(event_text("gone", {"reason": "slow", "text": SLOW}), slow=True)
