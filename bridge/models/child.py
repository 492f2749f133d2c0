"""What runs in the model's process.

This file imports nothing heavy: the process first decides how many threads BLAS may have, and only
then loads NumPy. It lives exactly as long as the other end of its pipe: when that closes, however
the parent ended, it is gone at once, in the middle of a step if need be.
"""

from __future__ import annotations

import os
import signal
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from bridge.models.threads import pin_blas_threads

if TYPE_CHECKING:
    from bridge.models.desk import Inbox


def serve(connection: Connection, folders: tuple[str, ...]) -> None:
    """Answer requests until the parent is gone.

    Args:
        connection: This end of the pipe.
        folders: Where bundles are found.
    """
    # Ctrl-C in a terminal goes to all processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pin_blas_threads()
    from pathlib import Path

    from bridge.models.desk import Inbox, ModelDesk
    from bridge.models.library import BundleLibrary

    desk = ModelDesk(BundleLibrary(tuple(Path(folder) for folder in folders)))
    inbox = Inbox()
    arrived = threading.Condition()
    # A thread of its own empties the pipe, so that the parent never waits to write.
    reader = threading.Thread(target=_read, args=(connection, inbox, arrived), daemon=True)
    reader.start()
    while True:
        with arrived:
            arrived.wait_for(lambda: len(inbox) > 0)
            request = inbox.take()
        for reply in desk.handle(request):
            try:
                connection.send(reply)
            except OSError:
                os._exit(0)


def _read(connection: Connection, inbox: Inbox, arrived: threading.Condition) -> None:
    while True:
        try:
            request = connection.recv()
        except (EOFError, OSError):
            os._exit(0)
        with arrived:
            inbox.put(request)
            arrived.notify()
