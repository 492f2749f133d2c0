"""What the timekeeper tells its supervisor, without ever waiting for it.

A terminal that stands still, or a page's server that is busy, must not hold up the beat: what the
pipe can't take waits here, and of that the newest is kept.
"""

from __future__ import annotations

import select
import socket
import sys
from collections import deque
from multiprocessing.connection import Connection

MOST_UNSAID = 2000
ROOM_BYTES = 1 << 18
"""The pipe's buffer: macOS gives 8 KiB by itself, less than one long answer takes."""


class Upline:
    """The timekeeper's end of the pipe to its supervisor.

    Args:
        pipe: The pipe; on Windows it can't be asked whether it has room, and is taken at its word.
    """

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._unsaid: deque[object] = deque(maxlen=MOST_UNSAID)
        self._lost = False
        self._room: select.poll | None = None
        if sys.platform != "win32":
            self._room = select.poll()
            self._room.register(pipe.fileno(), select.POLLOUT)
            with socket.fromfd(pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM_BYTES)

    @property
    def silent(self) -> bool:
        """Whether all that was said is on its way."""
        return not self._unsaid

    def say(self, said: object) -> None:
        """Send something as soon as the pipe has room for it.

        Raises:
            BrokenPipeError: The supervisor is gone.
        """
        self._lost = self._lost or len(self._unsaid) == MOST_UNSAID
        self._unsaid.append(said)
        self.catch_up()

    def catch_up(self) -> bool:
        """Send what waits; returns whether all is said now although something was lost before.

        Raises:
            BrokenPipeError: The supervisor is gone.
        """
        while self._unsaid and (self._room is None or self._room.poll(0)):
            self._pipe.send(self._unsaid.popleft())
        recovered = self._lost and not self._unsaid
        self._lost = self._lost and not recovered
        return recovered
