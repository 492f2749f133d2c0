"""Notes on a real MIDI port while the model works: how late they leave, and how late they arrive.

The engine's timekeeper runs as it does in `magenta-bridge run`, over JACK's dummy driver, and loops
an answer; next to it a process generates with the shipped drum model without pause, on one thread.
The peer is a thread that sleeps until each note (`time.sleep`), in the process that generates: how
a program is written that has no process of its own for time. The three take turns, so that whatever
else the machine does meets them all. A virtual machine is itself put aside now and then, and no
program in it can be on time meanwhile: how long, a row of its own tells.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from benchmarks.rows import Row
from benchmarks.timekeeping import keep_time_and_tell
from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls, SelectBundle, StartAnswer
from bridge.core.schedule import TimedMessage
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.io.midi_ports import MidiPorts
from bridge.io.realtime import raise_priority
from bridge.models.library import BundleLibrary
from bridge.models.threads import children_with_one_blas_thread
from bridge.models.worker import InProcessModel
from bridge.paths import data_folder
from tests.fakes.jack import NoJack, jack_server
from tests.fakes.room import steady_drummer

PERIOD = 128
IN, OUT = "bench_in", "bench_out"
TEMPO_QPM = 240.0
STEP_S = 60.0 / TEMPO_QPM / 4.0
BUNDLE = "groove_drums"
WATCH_S = 1.0
GAP_S = 0.0005
QUANTILES = (50.0, 99.0, 100.0)
REALTIME, ORDINARY = "real-time priority", "ordinary priority"
GOALS = {99.0: (1.0, 0.1), 100.0: (5.0, 0.5)}


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    rounds, seconds = (4, 4.0) if quick else (8, 12.0)
    gaps: list[float] = []
    plain: list[float] = []
    runs = {name: _Heard() for name in (REALTIME, ORDINARY)}
    try:
        with jack_server(PERIOD, waits=False):
            for _ in range(rounds):
                gaps += _in_process(_watch_gaps, WATCH_S)
                plain += _in_process(_plain_thread, seconds)
                for name, heard in runs.items():
                    late, gaps = _jam(seconds, realtime=name == REALTIME)
                    heard.late += late
                    heard.gaps += gaps
    except NoJack:
        plain = []
    if gaps:
        name = f"the machine: longest time taken from a real-time thread in {rounds * WATCH_S:g} s"
        yield Row(name, max(gaps) * 1e3, "ms")
        name = "the machine: time taken from it in gaps of 0.5 ms and more"
        yield Row(name, sum(gap for gap in gaps if gap >= GAP_S) * 1e3 / (rounds * WATCH_S), "ms/s")
    for name, heard in runs.items():
        for quantile in QUANTILES:
            row = f"note leaves late, model running, {name}"
            yield _row(row, quantile, heard.late, plain, goals=True)
        for quantile in QUANTILES:
            row = f"note-on to note-on at the other end, model running, {name}"
            yield _row(row, quantile, heard.gaps, plain, goals=False)


@dataclass(slots=True)
class _Heard:
    late: list[float] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)


def _row(
    name: str, quantile: float, values: list[float], plain: list[float], *, goals: bool
) -> Row:
    must, moonshot = GOALS.get(quantile, (None, None)) if goals else (None, None)
    label = {50.0: "p50", 99.0: "p99", 100.0: "max"}[quantile]
    return Row(
        f"{name}, {label} of {len(values)}",
        float(np.percentile(values, quantile)) * 1e3 if len(values) else None,
        "ms",
        peer="time.sleep thread" if goals else "",
        peer_value=float(np.percentile(plain, quantile)) * 1e3 if goals and len(plain) else None,
        must=must,
        moonshot=moonshot,
    )


def _in_process(target: object, *arguments: object) -> list[float]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(theirs, *arguments))  # type: ignore[arg-type]
    with children_with_one_blas_thread():
        process.start()
    theirs.close()
    result: list[float] = ours.recv()
    process.join()
    return result


def _watch_gaps(pipe: Connection, seconds: float) -> None:
    """Watch the clock with the highest priority there is, and note when it has jumped."""
    raise_priority()
    gaps = [0.0]
    before_s = time.monotonic()
    end_s = before_s + seconds
    while before_s < end_s:
        now_s = time.monotonic()
        if now_s - before_s > GAP_S / 10.0:
            gaps.append(now_s - before_s)
        before_s = now_s
    pipe.send(gaps)


def _plain_thread(pipe: Connection, seconds: float) -> None:
    late: list[float] = []

    def play() -> None:
        begin_s = time.monotonic() + 0.5
        for note in range(int(seconds / 0.0625)):
            due_s = begin_s + note * 0.0625
            time.sleep(max(0.0, due_s - time.monotonic()))
            late.append(time.monotonic() - due_s)

    thread = threading.Thread(target=play)
    thread.start()
    _generate(thread.is_alive)
    pipe.send(late)


def _load(pipe: Connection) -> None:
    """Generate until the other end of the pipe is closed."""
    pipe.send(True)
    _generate(lambda: not pipe.poll())


def _generate(go_on: object) -> None:
    model = InProcessModel(BundleLibrary((data_folder("bundles"),)))
    model.submit(SelectBundle(1, BUNDLE))
    model.poll()
    answer = 0
    while go_on():  # type: ignore[operator]
        answer += 1
        controls = AnswerControls(seed=answer)
        model.submit(StartAnswer(1, answer, Phrase((), 4.0), 16.0, controls, 16.0))
        model.poll()


def _jam(seconds: float, *, realtime: bool) -> tuple[list[float], list[float]]:
    """Lateness at the scheduler, and the error of the intervals at the other end, in seconds."""
    context = multiprocessing.get_context("spawn")
    load_ours, load_theirs = context.Pipe()
    load = context.Process(target=_load, args=(load_theirs,))
    # Two BLAS threads would take the core that is to be free.
    with children_with_one_blas_thread():
        load.start()
    load_theirs.close()
    ours, theirs = context.Pipe()
    engine = context.Process(target=_timekeeper, args=(theirs, realtime))
    engine.start()
    theirs.close()
    load_ours.recv()
    while "ready" not in getattr(ours.recv(), "text", ""):
        pass
    ear = MidiPorts([OUT], [IN])
    for data in (bytes((0x90, 36, 100)), bytes((0x80, 36, 64))):
        ear.send(IN, TimedMessage(data, time.monotonic()))
    time.sleep(seconds)
    ons = [a.at_s for a in ear.receive() if a.data[0] & 0xF0 == 0x90]
    ear.close()
    ours.send(None)
    while not isinstance(late := ours.recv(), list):
        pass
    load_ours.close()
    for process in (engine, load):
        process.join()
    gaps = np.diff(ons)
    steps = np.round(gaps / STEP_S)
    return late, list(np.abs(gaps - steps * STEP_S)[steps > 0])


def _timekeeper(pipe: Connection, realtime: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _keep_time_in(Path(folder), pipe, realtime)


def _keep_time_in(folder: Path, pipe: Connection, realtime: bool) -> None:
    # A note on every step: as many as can be measured.
    bundle = steady_drummer(folder)
    player = PlayerSettings(bundle=bundle, call_bars=1, feel=0.0, loop=True, seed=1)
    jam = JamSettings(
        bundles=(bundle,),
        player=player,
        clock=ClockSettings(("internal",), TEMPO_QPM),
        players=(PlayerSetup("drummer", player, (IN,), (OUT,)),),
    )
    keep_time_and_tell(pipe, jam, folder, realtime=realtime)
