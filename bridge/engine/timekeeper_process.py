"""The timekeeper's process: nothing here but the wheel and its waiting.

It waits to the dot. A sleeping process is woken some 0.1 ms late, and later on a busy machine; so
it is woken `SPIN_S` before a MIDI note is due and watches the clock from there on. Devices get
their notes long before they sound and need none of this.

It ends when its supervisor does, however that happened: the pipe between them breaks. No answer
is ever left hanging in a device, because the devices are flushed on the way out, and because every
note carries its length.
"""

from __future__ import annotations

import contextlib
import gc
import math
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.core.bindings import Learnt
from bridge.core.commands import Command
from bridge.core.events import AnswerMade, Captured, CommandDone, GuardActed, Level, Notice
from bridge.core.requests import BundleReady, ModelFailed
from bridge.core.settings import JamSettings
from bridge.engine.captureline import CaptureLine
from bridge.engine.loadmeter import LoadMeter
from bridge.engine.push2 import device_ports
from bridge.engine.report import EngineEvent, describe
from bridge.engine.tapeline import TapeLine
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.engine.upline import Upline
from bridge.engine.waiting import wait_for
from bridge.errors import BridgeError, EngineMissing, TransportError
from bridge.io.clock import MonotonicClock
from bridge.io.link import LinkSession
from bridge.io.midi_ports import MidiPorts
from bridge.io.osc_udp import UdpEdge
from bridge.io.realtime import raise_priority
from bridge.models.library import BundleLibrary
from bridge.models.process import ModelProcess
from bridge.record.tape import Tape
from bridge.reference import require_magenta
from bridge.reference.child import serve as serve_magenta

if TYPE_CHECKING:
    from bridge.models.worker import InProcessModel

LONGEST_SLEEP_S = 0.25
SPIN_S = 0.0015
"""Longer than almost every late waking (measured: p99 0.3 ms idle, 1 ms beside a busy process)."""
IDLE_S = 0.004
"""Ports are looked over when nothing is due for this long: less than lies between two pulses of
beat clock, or between two looks at the hub (0.02 s), or it would never happen."""
SWITCH_S = 0.0005
"""While it watches the clock, a MIDI input's thread must still get its turn to stamp a note."""
SYNC_REPORT_S = 1.0
MOST_ORDERS = 32
"""Carried out in one go; then notes that are due have their turn."""


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way down the pipe.

    Args:
        ticket: The sender's number for it.
        command: The command.
    """

    ticket: int
    command: Command


@dataclass(frozen=True, slots=True)
class Wires:
    """What the wheel waits on, and what it says things on.

    Args:
        edge: The socket.
        model: The model port.
        supervisor: Pipe to the supervisor, to take orders from.
        upline: The same pipe, to say things on.
        tape: Where the tape goes.
        captures: Where what is captured goes.
        ports: The MIDI ports, if there are any.
    """

    edge: UdpEdge
    model: ModelProcess | InProcessModel
    supervisor: Connection
    upline: Upline
    tape: TapeLine
    captures: CaptureLine
    ports: MidiPorts | None


def serve(setup: EngineSetup, supervisor: Connection, recorder: Connection) -> None:
    """Run until the supervisor goes away or asks for the end.

    Args:
        setup: How to set up.
        supervisor: Pipe to the supervisor: takes `EngineEvent`, `BridgeError`, `CommandDone`, and
            if they are asked for `SyncReport`, `PlayerView` and `PlayerGone`; gives `Order`. None,
            or its end, says stop.
        recorder: Pipe to the supervisor that takes the tape.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if setup.model_engine == "magenta":
            require_magenta()
        edge = UdpEdge(setup.host, setup.port)
    except (TransportError, EngineMissing) as error:
        supervisor.send(error)
        return
    library = BundleLibrary(tuple(Path(folder) for folder in setup.bundle_folders))
    model = _model(setup, library)
    sys.setswitchinterval(SWITCH_S)
    # After the model's process was started, and before the ports' threads are: they inherit it.
    priority = raise_priority()
    ports, problems = open_ports(setup)
    link = open_link(setup, problems)
    tape = Tape()
    timekeeper = Timekeeper(setup, edge, model, ports, link, tape)
    line = TapeLine(tape, recorder)
    upline = Upline(supervisor)
    say = upline.say
    wires = Wires(edge, model, supervisor, upline, line, CaptureLine(upline), ports)
    try:
        missed = ports is not None and not priority.granted
        level = Level.WARNING if missed else Level.DEBUG
        say(EngineEvent(level, f"{priority.text} {priority.hint}".strip()))
        for problem in problems:
            say(EngineEvent(Level.WARNING, str(problem)))
        keep_time(timekeeper, wires, sync_reports=setup.sync_reports)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        # The end of this process: what led to it comes into the supervisor's report.
        tape.trace(error)
        raise
    finally:
        timekeeper.close()
        with contextlib.suppress(OSError):
            line.carry_all()


def _model(setup: EngineSetup, library: BundleLibrary) -> ModelProcess | InProcessModel:
    if setup.model_engine == "magenta":
        return ModelProcess(library, serve_magenta)
    if setup.model_process:
        return ModelProcess(library, use_kernel=setup.use_kernel)
    from bridge.models.worker import InProcessModel

    return InProcessModel(library, time.monotonic)


def open_ports(setup: EngineSetup) -> tuple[MidiPorts | None, list[TransportError]]:
    """The MIDI ports that the settings ask for, and what is wrong with them.

    Without a MIDI system, or without a port, the engine goes on.
    """
    jam, midi, push2 = setup.jam, setup.jam.midi, setup.jam.push2
    inputs = [*jam.input_ports, *(name for name in (midi.clock_input, push2.input) if name)]
    outputs = [*jam.output_ports, *(name for name in (midi.clock_output, push2.output) if name)]
    controls = jam.controls
    inputs += [name for name in controls.inputs if name not in inputs]
    outputs += [name for name in controls.outputs if name not in outputs]
    if not inputs and not outputs:
        return None, []
    try:
        ports = MidiPorts(inputs, outputs, device_ports(push2))
    except TransportError as error:
        keys = ", ".join(keys_of_ports(jam))
        return None, [TransportError(f"{error.message} No use without it: {keys}.", error.hint)]
    return ports, [*ports.problems]


def keys_of_ports(jam: JamSettings) -> list[str]:
    """The keys of the configuration that ask for MIDI ports: players.1.input and so on."""
    keys = [
        f"players.{number}.{way}"
        for number, one in enumerate(jam.players, 1)
        for way, names in (("input", one.inputs), ("output", one.outputs))
        if names
    ]
    own = ("more_inputs", "more_outputs", "clock_input", "clock_output")
    keys += [f"midi.{name}" for name in own if getattr(jam.midi, name)]
    if jam.controls.inputs or jam.controls.outputs:
        keys.append("controls")
    if jam.push2.input or jam.push2.output:
        keys.append("push2")
    return keys


def open_link(setup: EngineSetup, problems: list[TransportError]) -> LinkSession | None:
    """Join the Link session that the settings ask for; without the package the engine goes on.

    Args:
        setup: The settings; their tempo is proposed if nobody else is there.
        problems: Takes what is wrong.
    """
    if not setup.jam.clock.link:
        return None
    try:
        session = LinkSession(setup.jam.clock.internal_tempo_qpm)
    except TransportError as error:
        problems.append(error)
        return None
    session.join()
    return session


def keep_time(timekeeper: Timekeeper, wires: Wires, *, sync_reports: bool) -> None:
    """Turn the wheel until the supervisor goes away or asks for the end.

    Args:
        timekeeper: The wheel.
        wires: What it waits on.
        sync_reports: Whether to report once a second how well the beat is followed, and how busy
            the timekeeper is.
    """
    clock = MonotonicClock()
    said_ready = False
    report_s = clock.now_s() if sync_reports else math.inf
    meter = LoadMeter(clock.now_s())
    while True:
        begun_s = now_s = clock.now_s()
        timekeeper.turn(now_s, kernel_stamps=True)
        _tell(timekeeper, wires)
        if not said_ready and timekeeper.first_bundle is not None:
            said_ready = True
            wires.upline.say(_ready(timekeeper.first_bundle, wires.edge))
            # What is there by now stays: the collector needn't walk through it again.
            gc.collect()
            gc.freeze()
        if now_s >= report_s and said_ready:
            report_s = now_s + SYNC_REPORT_S
            wires.upline.say(timekeeper.sync_report(now_s))
            wires.upline.say(meter.report(now_s))
        note_s = timekeeper.next_note_s()
        now_s = clock.now_s()
        meter.turned(now_s - begun_s)
        if note_s - now_s <= SPIN_S:
            _watch_clock(clock, note_s)
            continue
        sleep_s = min(timekeeper.next_due_s(now_s), note_s - SPIN_S) - now_s
        if sleep_s > IDLE_S:
            timekeeper.watch_ports(now_s)
        wires.tape.carry(now_s, sleep_s)
        sleep_s = min(sleep_s, wires.captures.carry(now_s, sleep_s))
        if not _sleep(timekeeper, wires, clock, now_s + sleep_s):
            return


def _sleep(timekeeper: Timekeeper, wires: Wires, clock: MonotonicClock, until_s: float) -> bool:
    """Wait until something comes or is due; returns whether the engine goes on."""
    sockets = [wires.edge.socket]
    if wires.ports is not None:
        sockets.append(wires.ports.bell)
    pipes = [wires.supervisor]
    if isinstance(wires.model, ModelProcess):
        pipes.append(wires.model.connection)
    sleep_s = min(max(0.0, until_s - clock.now_s()), LONGEST_SLEEP_S)
    if wires.supervisor not in wait_for(sockets, pipes, sleep_s):
        return True
    return _obey(wires.supervisor, timekeeper, clock.now_s())


def _tell(timekeeper: Timekeeper, wires: Wires) -> None:
    """Say what has happened; views and the stage only if somebody watches."""
    upline = wires.upline
    for event in timekeeper.take_events():
        if isinstance(event, Notice | AnswerMade | GuardActed):
            upline.say(describe(event))
        elif isinstance(event, Captured):
            wires.captures.add(event)
        elif timekeeper.watched or isinstance(event, CommandDone | Learnt):
            upline.say(event)
    if upline.catch_up():
        timekeeper.show_anew()


def _obey(supervisor: Connection, timekeeper: Timekeeper, now_s: float) -> bool:
    """Carry out what the supervisor orders; returns whether the engine goes on."""
    for _ in range(MOST_ORDERS):
        order: Order | None = supervisor.recv()
        if order is None:
            return False
        timekeeper.obey(order.ticket, order.command, now_s)
        if not supervisor.poll():
            break
    return True


def _watch_clock(clock: MonotonicClock, until_s: float) -> None:
    while clock.now_s() < until_s:
        pass


def _ready(first: BundleReady | ModelFailed, edge: UdpEdge) -> EngineEvent | BridgeError:
    if isinstance(first, ModelFailed):
        return EngineEvent(Level.WARNING, f"{first.message} {first.hint}")
    host, port = edge.address
    return EngineEvent(Level.INFO, f"ready on {host}:{port} with {first.bundle}")
