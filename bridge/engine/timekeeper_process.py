"""The timekeeper's process: nothing here but the wheel and its waiting.

It ends when its supervisor does, however that happened: the pipe between them breaks. No answer
is ever left hanging in a device, because the devices are flushed on the way out, and because every
note carries its length.
"""

from __future__ import annotations

import math
import signal
import socket
from multiprocessing.connection import Connection, wait
from pathlib import Path

from bridge.core.events import Level
from bridge.core.requests import BundleReady, ModelFailed
from bridge.engine.report import EngineEvent, describe
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.errors import BridgeError, TransportError
from bridge.io.clock import MonotonicClock
from bridge.io.osc_udp import UdpEdge
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel, ModelProcess

LONGEST_SLEEP_S = 0.25
SYNC_REPORT_S = 1.0


def serve(setup: EngineSetup, supervisor: Connection) -> None:
    """Run until the supervisor goes away or asks for the end.

    Args:
        setup: How to set up.
        supervisor: Pipe to the supervisor: takes `EngineEvent`, `BridgeError` and, if they are
            asked for, `SyncReport`; by closing it says stop.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        edge = UdpEdge(setup.host, setup.port)
    except TransportError as error:
        supervisor.send(error)
        return
    library = BundleLibrary(tuple(Path(folder) for folder in setup.bundle_folders))
    model = ModelProcess(library) if setup.model_process else InProcessModel(library)
    timekeeper = Timekeeper(setup, edge, model)
    try:
        _keep_time(timekeeper, model, supervisor, edge, setup.sync_reports)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    finally:
        timekeeper.close()


def _keep_time(
    timekeeper: Timekeeper,
    model: ModelProcess | InProcessModel,
    supervisor: Connection,
    edge: UdpEdge,
    sync_reports: bool,
) -> None:
    clock = MonotonicClock()
    said_ready = False
    report_s = clock.now_s() if sync_reports else math.inf
    while True:
        now_s = clock.now_s()
        timekeeper.turn(now_s, kernel_stamps=True)
        for event in timekeeper.take_events():
            supervisor.send(describe(event))
        if not said_ready and timekeeper.first_bundle is not None:
            said_ready = True
            supervisor.send(_ready(timekeeper.first_bundle, edge))
        if now_s >= report_s and said_ready:
            report_s = now_s + SYNC_REPORT_S
            supervisor.send(timekeeper.sync_report(now_s))
        due_s = timekeeper.jam.next_due_s(clock.now_s())
        sleep_s = min(max(0.0, due_s - clock.now_s()), LONGEST_SLEEP_S)
        ears: list[socket.socket | Connection] = [edge.socket, supervisor]
        if isinstance(model, ModelProcess):
            ears.append(model.connection)
        readable = wait(ears, sleep_s)
        if supervisor in readable:
            # The supervisor never speaks: readable means that it is gone or wants the end.
            supervisor.recv()
            return


def _ready(first: BundleReady | ModelFailed, edge: UdpEdge) -> EngineEvent | BridgeError:
    if isinstance(first, ModelFailed):
        return EngineEvent(Level.WARNING, f"{first.message} {first.hint}")
    host, port = edge.address
    return EngineEvent(Level.INFO, f"ready on {host}:{port} with {first.bundle}")
