"""Starts the engine's processes, passes on what they say, and ends them together."""

from __future__ import annotations

import contextlib
import multiprocessing
import queue
import secrets
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from bridge.core.events import Level
from bridge.core.syncstats import SyncReport
from bridge.engine.report import EngineEvent
from bridge.engine.timekeeper import EngineSetup
from bridge.engine.timekeeper_process import serve
from bridge.errors import BridgeError, ModelFault

if TYPE_CHECKING:
    # The timekeeper's process imports this package too, and has no use for what checks YAML.
    from bridge.config import EngineConfig

EXIT_S = 3.0
WAKE_S = 0.2
MOST_UNREAD = 1000
"""Lines that are kept while the console stands still (Ctrl-S, a selection on Windows)."""

Said = EngineEvent | SyncReport | BridgeError | None


def run_engine(
    config: EngineConfig,
    report: Callable[[EngineEvent], None],
    watch: Callable[[SyncReport], None] | None = None,
) -> None:
    """Run the engine until Ctrl-C.

    Args:
        config: Its configuration.
        report: Is called with each line for the console; one of them starts with ``ready``.
        watch: Is called once a second with how well the beat is followed. A `KeyboardInterrupt`
            raised in it ends the engine as Ctrl-C does.

    Raises:
        PortInUse: The port is taken.
        BridgeError: The engine can't start, or its timekeeper died.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(
        target=serve,
        args=(_setup(config, sync_reports=watch is not None), theirs),
        name="magenta-bridge-timekeeper",
    )
    process.start()
    # While this end were open here too, the child's death could not be seen.
    theirs.close()
    try:
        _listen(ours, report, watch)
    except KeyboardInterrupt:
        # An impatient second Ctrl-C must not cut the devices' silence short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        report(EngineEvent(Level.INFO, "The engine ends; the devices fall silent."))
    finally:
        _end(process, ours)


def _listen(
    pipe: Connection,
    report: Callable[[EngineEvent], None],
    watch: Callable[[SyncReport], None] | None,
) -> None:
    """Pass on what comes up the pipe.

    A console that stands still must not fill the pipe: the timekeeper would then stand still too.
    """
    said: queue.Queue[Said] = queue.Queue(MOST_UNREAD)
    threading.Thread(target=_drain, args=(pipe, said), daemon=True).start()
    while True:
        try:
            event = said.get(timeout=WAKE_S)  # a wait without end can't be interrupted on Windows
        except queue.Empty:
            continue
        if event is None:
            raise ModelFault("The timekeeper ended unexpectedly.", "Start the engine again.")
        if isinstance(event, BridgeError):
            raise event
        if isinstance(event, EngineEvent):
            report(event)
        elif watch is not None:
            watch(event)


def _drain(pipe: Connection, said: queue.Queue[Said]) -> None:
    """Empty the pipe at once, whatever becomes of the lines; the newest are kept."""
    event: Said
    while True:
        try:
            event = pipe.recv()
        except (EOFError, OSError):
            event = None
        while True:
            try:
                said.put_nowait(event)
                break
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    said.get_nowait()
        if event is None:
            return


def _end(process: BaseProcess, pipe: Connection) -> None:
    # Closing would not do: the thread that reads the pipe keeps it open.
    with contextlib.suppress(OSError):
        pipe.send(None)
    process.join(EXIT_S)
    if process.is_alive():
        process.kill()
        process.join()
    pipe.close()


def _setup(config: EngineConfig, *, sync_reports: bool) -> EngineSetup:
    return EngineSetup(
        host=config.host,
        port=config.port,
        jam=config.jam,
        bundle_folders=tuple(str(folder) for folder in config.bundle_folders),
        engine_epoch=1 + secrets.randbelow(2**31 - 1),
        seed=secrets.randbits(31),
        model_process=config.model_process,
        use_kernel=config.kernel == "auto",
        model_engine=config.model_engine,
        sync_reports=sync_reports,
    )
