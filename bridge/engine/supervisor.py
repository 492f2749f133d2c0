"""Starts the engine's processes, passes on what they say, and ends them together."""

from __future__ import annotations

import contextlib
import queue
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.core.events import Level
from bridge.core.syncstats import SyncReport
from bridge.engine.report import EngineEvent
from bridge.engine.running import RunningEngine, Said
from bridge.errors import BridgeError, ModelFault

if TYPE_CHECKING:
    from bridge.config import EngineConfig

WAKE_S = 0.2
MOST_UNREAD = 1000
"""Lines that are kept while the console stands still (Ctrl-S, a selection on Windows)."""


def run_engine(
    config: EngineConfig,
    report: Callable[[EngineEvent], None],
    watch: Callable[[SyncReport], None] | None = None,
    record: Path | None = None,
) -> None:
    """Run the engine until Ctrl-C.

    Args:
        config: Its configuration.
        report: Is called with each line for the console; one of them starts with ``ready``.
        watch: Is called once a second with how well the beat is followed. A `KeyboardInterrupt`
            raised in it ends the engine as Ctrl-C does.
        record: Where the whole jam is recorded; None: it is not.

    Raises:
        PortInUse: The port is taken.
        RecordingFailed: The recording can't be written, or is there already.
        BridgeError: The engine can't start, or its timekeeper died.
    """
    attend(RunningEngine(config, sync_reports=watch is not None, record=record), report, watch)


def attend(
    engine: RunningEngine,
    report: Callable[[EngineEvent], None],
    watch: Callable[[SyncReport], None] | None = None,
) -> None:
    """Start an engine, stay with it until Ctrl-C, and end it.

    Args:
        engine: The engine, not started yet.
        report: As for `run_engine`.
        watch: As for `run_engine`.

    Raises:
        PortInUse: The port is taken.
        BridgeError: The engine can't start, or its timekeeper died.
    """
    said: queue.Queue[Said] = queue.Queue(MOST_UNREAD)
    engine.subscribe(lambda one: _keep(said, one))
    engine.start()
    try:
        _listen(said, report, watch)
    except KeyboardInterrupt:
        # An impatient second Ctrl-C must not cut the devices' silence short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        report(EngineEvent(Level.INFO, "The engine ends; the devices fall silent."))
    finally:
        engine.end()


def _listen(
    said: queue.Queue[Said],
    report: Callable[[EngineEvent], None],
    watch: Callable[[SyncReport], None] | None,
) -> None:
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
        elif isinstance(event, SyncReport) and watch is not None:
            watch(event)


def _keep(said: queue.Queue[Said], event: Said) -> None:
    """Keep what is for the console; of what it doesn't read the newest."""
    if not isinstance(event, EngineEvent | SyncReport | BridgeError | None):
        return
    while True:
        try:
            said.put_nowait(event)
            return
        except queue.Full:
            with contextlib.suppress(queue.Empty):
                said.get_nowait()
