"""Sixteen players that answer at once: how late their notes are, and whether any is lost.

All play the shipped drum model in mode *continuous*: at every bar line all sixteen begin a new
answer, while the call of the next one is heard. The engine runs as in `magenta-bridge run`:
timekeeper and model in a process each. Players of MIDI ports play over JACK's dummy driver into
this process; players of devices play into sixteen simulated devices, which run here too and send
the clock that Live's would.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.rows import Row
from benchmarks.timekeeping import keep_time_and_tell
from bridge.core.events import AnswerMade
from bridge.core.modes import Mode
from bridge.core.schedule import TimedMessage
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.core.units import TICKS_PER_BEAT
from bridge.core.wire import parse_packet
from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport
from bridge.io.midi_ports import MidiPorts
from bridge.paths import data_folder
from tests.fakes.jack import NoJack, jack_server

PLAYERS = 16
BUNDLE = "groove_drums"
BEAT_S = 0.5
BAR_S = 4 * BEAT_S
KEY_S = 0.25
GROOVE = (36, 42, 38, 42, 36, 36, 38, 42)
"""A bar of eighths, from bar to bar."""
IN = "bench_in"
OUTS = tuple(f"bench_out_{number}" for number in range(1, PLAYERS + 1))
QUANTILES = {50.0: "p50", 99.0: "p99", 100.0: "max"}
START_S = 1.5
LATE_MS = (5.0, 0.5)
SETTINGS = PlayerSettings(bundle=BUNDLE, mode=Mode.CONTINUOUS, call_bars=1, answer_bars=1, feel=0.0)


@dataclass(slots=True)
class _Heard:
    """What came of it.

    Args:
        late_s: How much later than planned each note left, or reached its device.
        after_s: For devices: how long after the moment at which it was to sound; below 0 before.
        answers: How many answers were made.
        notes: Notes that were heard.
        warnings: What the engine warned of.
    """

    late_s: list[float] = field(default_factory=list)
    after_s: list[float] = field(default_factory=list)
    answers: int = 0
    notes: int = 0
    warnings: list[str] = field(default_factory=list)


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    bars = 8 if quick else 60
    if hasattr(os, "getloadavg"):
        # Late notes on a machine that is busy with something else say little about the engine.
        yield Row("the machine: processes that wanted to run before this", os.getloadavg()[0], "")
    ports = _Heard()
    try:
        with jack_server(128, waits=False):
            ports = _with_ports(bars)
    except NoJack:
        ports.warnings.append("no JACK here")
    name = f"{PLAYERS} players of MIDI ports, {bars} bars"
    yield from _lateness(f"{name}: message leaves late", ports.late_s, LATE_MS)
    yield from _counts(name, ports, bars)
    devices = _with_devices(bars)
    name = f"{PLAYERS} players of devices, {bars} bars"
    yield from _lateness(f"{name}: note arrives later than planned", devices.late_s, None)
    worst = max(devices.after_s, default=None)
    row = f"{name}: latest arrival, after the moment at which it sounds"
    yield Row(row, worst * 1e3 if worst is not None else None, "ms", must=0.0)
    late = sum(after_s > 0.0 for after_s in devices.after_s)
    yield Row(f"{name}: notes that arrive too late", late, "notes", must=0, moonshot=0)
    yield from _counts(name, devices, bars)


def _lateness(name: str, late_s: list[float], goals: tuple[float, float] | None) -> Iterator[Row]:
    for quantile, label in QUANTILES.items():
        value = float(np.percentile(late_s, quantile)) * 1e3 if late_s else None
        must, moonshot = goals if goals is not None and quantile == 100.0 else (None, None)
        yield Row(f"{name}, {label} of {len(late_s)}", value, "ms", must=must, moonshot=moonshot)


def _counts(name: str, heard: _Heard, bars: int) -> Iterator[Row]:
    missing = max(0, PLAYERS * bars - heard.answers) if heard.answers else None
    row = f"{name}: answers of {PLAYERS * bars} that were not complete in time"
    yield Row(row, missing, "", must=0, moonshot=0)
    yield Row(f"{name}: warnings", len(heard.warnings), "", must=0)


# --- players of MIDI ports ----------------------------------------------------------------------


def _with_ports(bars: int) -> _Heard:
    heard = _Heard()
    engine, pipe = _start(_keep_time_for_ports)
    _wait_until_ready(pipe)
    ear = MidiPorts(OUTS, [IN])
    begin_s = time.monotonic()
    for place in range(int(bars * BAR_S / KEY_S)):
        time.sleep(max(0.0, begin_s + place * KEY_S - time.monotonic()))
        for data in (
            bytes((0x90, 36 + 2 * (place % 4), 100)),
            bytes((0x80, 36 + 2 * (place % 4), 64)),
        ):
            ear.send(IN, TimedMessage(data, time.monotonic()))
        heard.notes += _note_ons(ear)
        _take(pipe, heard)
    # The hands rest: the last answers come to their end.
    end_s = time.monotonic() + 3 * BAR_S
    while time.monotonic() < end_s:
        time.sleep(0.05)
        heard.notes += _note_ons(ear)
        _take(pipe, heard)
    pipe.send(None)
    while not isinstance(last := pipe.recv(), list):
        _count(last, heard)
    heard.notes += _note_ons(ear)
    heard.late_s = last
    ear.close()
    engine.join()
    return heard


def _note_ons(ear: MidiPorts) -> int:
    return sum(a.data[0] & 0xF0 == 0x90 and a.data[2] > 0 for a in ear.receive())


def _keep_time_for_ports(pipe: Connection) -> None:
    jam = JamSettings(
        bundles=(BUNDLE,),
        player=SETTINGS,
        clock=ClockSettings(("internal",), 60.0 / BEAT_S),
        players=tuple(PlayerSetup(name, SETTINGS, (IN,), (name,)) for name in OUTS),
    )
    keep_time_and_tell(pipe, jam, data_folder("bundles"), realtime=True, use_kernel=True)


# --- players of devices -------------------------------------------------------------------------


def _with_devices(bars: int) -> _Heard:
    heard = _Heard()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    engine, pipe = _start(_keep_time_for_devices, port)
    _wait_until_ready(pipe)
    band = _Band(port, bars, heard)
    band.play(lambda: _take(pipe, heard))
    pipe.send(None)
    while not isinstance(last := pipe.recv(), list):
        _count(last, heard)
    engine.join()
    band.close()
    return heard


def _keep_time_for_devices(pipe: Connection, port: int) -> None:
    jam = JamSettings(bundles=(BUNDLE,), player=SETTINGS, max_devices=PLAYERS)
    folder = data_folder("bundles")
    keep_time_and_tell(pipe, jam, folder, port=port, realtime=True, use_kernel=True)


class _Band:
    """Sixteen simulated devices in real time, on one simulated Live."""

    def __init__(self, engine_port: int, bars: int, heard: _Heard) -> None:
        self._engine = "127.0.0.1", engine_port
        self._heard = heard
        self._begin_s = time.monotonic() + START_S
        self._end_s = self._begin_s + (bars + 3) * BAR_S
        transport = SimulatedTransport(tempo_qpm=60.0 / BEAT_S)
        transport.play(self._begin_s)
        self._members: dict[socket.socket, SimulatedDevice] = {}
        for number in range(PLAYERS):
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            ear.bind(("127.0.0.1", 0))
            ear.setblocking(False)
            device = SimulatedDevice(100 + number, int(ear.getsockname()[1]), transport)
            device.parameters.update(call_bars=1, answer_bars=1, feel=0.0)
            for place in range(int(bars * BAR_S / KEY_S)):
                at_s = self._begin_s + place * KEY_S
                device.key(at_s, GROOVE[place % len(GROOVE)], 100)
                device.key(at_s + 0.05, GROOVE[place % len(GROOVE)], 0)
            self._members[ear] = device

    def play(self, between: Callable[[], None]) -> None:
        """Play to the end."""
        while (now_s := time.monotonic()) < self._end_s:
            for ear, device in self._members.items():
                for data in device.due(now_s):
                    ear.sendto(data, self._engine)
            between()
            due_s = min(device.next_due_s(now_s) for device in self._members.values())
            wait_s = max(0.0, min(due_s, self._end_s) - time.monotonic())
            for ear in select.select([*self._members], [], [], wait_s)[0]:
                self._receive(ear)

    def _receive(self, ear: socket.socket) -> None:
        device = self._members[ear]
        while True:
            try:
                data = ear.recv(65536)
            except BlockingIOError:
                return
            now_s = time.monotonic()
            for address, values in parse_packet(data):
                if address == "/n":
                    self._heard.notes += 1
                    sounds_s = self._begin_s + values[0] / TICKS_PER_BEAT * BEAT_S
                    self._heard.after_s.append(now_s - sounds_s)
                    planned_s = sounds_s - JamSettings().lookahead_ms / 1e3
                    self._heard.late_s.append(now_s - planned_s)
            device.receive(data, now_s)

    def close(self) -> None:
        """Give the sockets back."""
        for ear in self._members:
            ear.close()


# --- both ---------------------------------------------------------------------------------------


def _start(
    target: Callable[..., None], *arguments: object
) -> tuple[multiprocessing.context.SpawnProcess, Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments))
    process.start()
    theirs.close()
    return process, ours


def _wait_until_ready(pipe: Connection) -> None:
    while "ready" not in getattr(pipe.recv(), "text", ""):
        pass


def _take(pipe: Connection, heard: _Heard) -> None:
    while pipe.poll():
        _count(pipe.recv(), heard)


def _count(event: object, heard: _Heard) -> None:
    answer = getattr(event, "answer", None)
    if isinstance(answer, AnswerMade):
        heard.answers += 1
    elif getattr(getattr(event, "level", None), "value", "") == "warning":
        heard.warnings.append(str(getattr(event, "text", "")))
