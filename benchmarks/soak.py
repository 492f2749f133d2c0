"""Ten minutes of two models in a loop in real time: the whole engine, over real MIDI ports.

`magenta-bridge run --config configs/model_loop.yaml` is started as anybody would start it, over
JACK's dummy driver, and this program listens at both outputs. The engine is judged by what it sent,
from its own recording; what the cable lost or heard twice has a row of its own.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.loop import MOST_GROWTH_MB, MOST_SILENT_BARS
from benchmarks.loop_run import (
    BAR_S,
    BEAT_S,
    PLACES,
    PRESET,
    longest_run,
    loop_config,
    resident_bytes,
)
from benchmarks.rows import Better, Row
from bridge.core.midibytes import key_of
from bridge.io.midi_ports import Arrival, MidiPorts
from bridge.paths import data_folder
from tests.fakes.jack import NoJack, jack_server
from tests.fakes.take import Sent, Take

LONG_S, QUICK_S = 600.0, 60.0
READY_S = 60.0
SETTLE_S = 20.0
END_S = 30.0
LOOK_S = 0.05
PORTS = ("magenta_out 1", "magenta_out 2")


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    seconds = QUICK_S if quick else LONG_S
    name = f"A <-> B over MIDI ports, {seconds:g} s of real time"
    try:
        with jack_server(), tempfile.TemporaryDirectory() as folder:
            yield from _soak(name, seconds, Path(folder) / "soak.jsonl")
    except NoJack:
        yield Row(f"{name}: no JACK here", None, "")


def _soak(name: str, seconds: float, record: Path) -> Iterator[Row]:
    engine, lines = _start_engine(record)
    try:
        ready = _wait_for("ready", lines)
        ear = MidiPorts(PORTS, [])
        heard: list[Arrival] = []
        begin_s = time.monotonic()
        before = 0
        while (now_s := time.monotonic()) < begin_s + seconds:
            heard += ear.receive()
            if not before and now_s >= begin_s + SETTLE_S:
                before = _resident(engine.pid)
            time.sleep(LOOK_S)
        after = _resident(engine.pid)
        engine.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            engine.wait(END_S)
        time.sleep(0.2)
        heard += ear.receive()
        ear.close()
    finally:
        if engine.poll() is None:
            engine.kill()
            engine.wait()
    said = [*ready, *_rest(lines)]
    yield Row(f"{name}: answers", _count("Answer ", said), "", better=Better.HIGHER)
    yield from _sent_rows(name, Take.of(record), heard)
    must, moonshot = MOST_GROWTH_MB
    grown = (after - before) / 2**20 if before else None
    row = f"{name}: memory of all processes, grown since {SETTLE_S:g} s"
    yield Row(row, grown, "MB", must=must, moonshot=moonshot)
    yield Row(f"{name}: left out or not in time", _count("not made in time", said), "", must=0)
    # One that does not end by itself is killed, and its status is below 0 then.
    yield Row(f"{name}: exit status", abs(engine.returncode), "", must=0)


def _sent_rows(name: str, take: Take, heard: Sequence[Arrival]) -> Iterator[Row]:
    """What the engine sent, and what became of it on its way."""
    onsets = _Onsets(take.sent)
    yield Row(f"{name}: notes", onsets.notes, "", better=Better.HIGHER)
    silence = onsets.longest_silence_bars()
    yield Row(f"{name}: longest silence", silence, "bars", must=MOST_SILENT_BARS)
    most = max(onsets.in_a_beat.values(), default=0)
    limit = loop_config("groove_drums").jam.player.max_notes_per_beat
    yield Row(f"{name}: most notes of a player in a beat", most, "notes", must=limit)
    unpaired = len(take.unpaired())
    yield Row(f"{name}: notes without an end", unpaired, "", must=0, moonshot=0)
    sent, came = (Counter((one.port, one.data) for one in some) for some in (take.sent, heard))
    astray = (sent - came).total() + (came - sent).total()
    yield Row(f"{name}: messages that JACK lost or repeated", astray, "")


class _Onsets:
    """The notes that were struck, each at the moment for which it was meant.

    Args:
        sent: All that was sent, in order.
    """

    def __init__(self, sent: Sequence[Sent]) -> None:
        self.notes = 0
        self.in_a_beat: Counter[tuple[str, int]] = Counter()
        self._bars: set[int] = set()
        self._zero_s: float | None = None
        for one in sent:
            key = key_of(one.data)
            if key is not None and key.velocity:
                self._strike(one.port, one.due_s)

    def longest_silence_bars(self) -> int:
        """Whole bars without an onset, in a row."""
        last = max(self._bars, default=-1)
        return longest_run(bytes(int(bar in self._bars) for bar in range(last + 1)))

    def _strike(self, port: str, at_s: float) -> None:
        self.notes += 1
        if self._zero_s is None:
            # From nothing the first answer is on the grid: its first note is a sixteenth's start.
            self._zero_s = at_s
        place = int((at_s - self._zero_s) / BEAT_S * PLACES + 0.5)
        self._bars.add(int((at_s - self._zero_s) / BAR_S + 0.5 / 16))
        self.in_a_beat[port, place // PLACES] += 1


def _start_engine(record: Path) -> tuple[subprocess.Popen[str], queue.SimpleQueue[str]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # What a shell runs in the background ignores this signal, and would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config = data_folder("configs") / PRESET
    command = [sys.executable, "-m", "bridge", "run", "--config", str(config)]
    command += ["--record", str(record)]
    engine = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "BRIDGE_OSC_PORT": str(port), "NO_COLOR": "1", "COLUMNS": "200"},
    )
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        assert engine.stdout is not None
        for line in engine.stdout:
            lines.put(line)

    threading.Thread(target=read, daemon=True).start()
    return engine, lines


def _wait_for(word: str, lines: queue.SimpleQueue[str]) -> list[str]:
    said: list[str] = []
    end_s = time.monotonic() + READY_S
    while not said or word not in said[-1]:
        try:
            said.append(lines.get(timeout=max(0.1, end_s - time.monotonic())))
        except queue.Empty:
            raise TimeoutError(f"the engine is not ready: {''.join(said)}") from None
    return said


def _rest(lines: queue.SimpleQueue[str]) -> list[str]:
    said = []
    while not lines.empty():
        said.append(lines.get())
    return said


def _count(text: str, said: Sequence[str]) -> int:
    return sum(text in line for line in said)


def _resident(process: int) -> int:
    """Memory in use by a process and all that it has started, in bytes."""
    children = Path(f"/proc/{process}/task/{process}/children")
    started = children.read_text().split() if children.exists() else []
    return resident_bytes(str(process)) + sum(_resident(int(child)) for child in started)
