"""Waits for sockets and pipes together, on every system."""

from __future__ import annotations

import select
import socket
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait

WINDOWS_SLICE_S = 0.002
"""On Windows pipes can't be waited on beside sockets; they are asked this often."""


def wait_for(
    sockets: Sequence[socket.socket], pipes: Sequence[Connection], sleep_s: float
) -> list[Connection]:
    """Sleep until something can be read, or until the time is over.

    Args:
        sockets: Datagram sockets may be among them.
        pipes: Pipes to other processes.
        sleep_s: Longest sleep in seconds.

    Returns:
        The pipes that can be read.
    """
    if sys.platform == "win32":
        return _wait_in_slices(sockets, pipes, sleep_s)
    ready = wait([*sockets, *pipes], sleep_s)
    return [pipe for pipe in pipes if pipe in ready]


def _wait_in_slices(
    sockets: Sequence[socket.socket], pipes: Sequence[Connection], sleep_s: float
) -> list[Connection]:
    # `multiprocessing.connection.wait` starts an overlapped read of no bytes on each object there.
    # A datagram socket answers that read with the datagram, which is lost.
    end_s = time.monotonic() + sleep_s
    while True:
        readable = [pipe for pipe in pipes if _has_something(pipe)]
        left_s = end_s - time.monotonic()
        if readable or left_s <= 0.0:
            return readable
        if select.select(sockets, [], [], min(left_s, WINDOWS_SLICE_S))[0]:
            return [pipe for pipe in pipes if _has_something(pipe)]


def _has_something(pipe: Connection) -> bool:
    try:
        return pipe.poll(0)
    except OSError:
        return True  # broken: reading it tells
