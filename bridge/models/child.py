"""What runs in the model's process.

It lives exactly as long as the other end of its pipe: when that closes, however the parent ended,
it is gone at once, in the middle of a step if need be. This file imports nothing heavy, so that a
Ctrl-C finds the process deaf to it as early as can be.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bridge.models.desk import Inbox, ModelDesk


def serve(connection: Connection, folders: tuple[str, ...], *, use_kernel: bool = False) -> None:
    """Answer requests with the native engine until the parent is gone.

    Args:
        connection: This end of the pipe.
        folders: Where bundles are found.
        use_kernel: Whether to compile and use the kernel, once the first request is done.
    """

    def get_kernel() -> None:
        if use_kernel:
            # Not needed until here, and start-up waits for every import.
            from bridge.models.kernel.engage import engage_in_background

            engage_in_background()

    answer_requests(connection, lambda: _native_desk(folders), get_kernel)


def _native_desk(folders: tuple[str, ...]) -> ModelDesk:
    from pathlib import Path

    from bridge.models.desk import ModelDesk
    from bridge.models.library import BundleLibrary

    return ModelDesk(BundleLibrary(tuple(Path(folder) for folder in folders)), time.monotonic)


def answer_requests(
    connection: Connection,
    make_desk: Callable[[], ModelDesk],
    after_first: Callable[[], None] | None = None,
) -> None:
    """Answer requests until the parent is gone.

    Args:
        connection: This end of the pipe.
        make_desk: Makes whoever does them; what comes while it works waits.
        after_first: What to do once the first request is done.
    """
    # Ctrl-C in a terminal goes to all processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _take_ordinary_priority()
    from bridge.models.desk import Inbox, unfinished

    inbox = Inbox(time.monotonic)
    arrived = threading.Condition()
    # A thread of its own empties the pipe, so that the parent never waits to write.
    reader = threading.Thread(target=_read, args=(connection, inbox, arrived), daemon=True)
    reader.start()
    desk = make_desk()
    while True:
        with arrived:
            arrived.wait_for(lambda: len(inbox) > 0)
            request = inbox.take()
        replies = desk.handle(request)
        if unfinished(request, replies):
            with arrived:
                inbox.put_back(request)
        for reply in replies:
            try:
                connection.send(reply)
            except OSError:
                os._exit(0)
        if after_first is not None:
            after_first()
            after_first = None


def _take_ordinary_priority() -> None:
    """Give up real-time rights that the timekeeper has: they are there to come before this."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _read(connection: Connection, inbox: Inbox, arrived: threading.Condition) -> None:
    while True:
        try:
            request = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        with arrived:
            inbox.put(request)
            arrived.notify()
