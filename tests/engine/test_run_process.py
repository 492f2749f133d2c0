"""The engine as a musician runs it: processes, real time, and an OSC peer that is not ours."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.core.protocol import PROTOCOL_VERSION
from tests.fakes import liblo
from tests.fakes.engine_process import (
    EngineProcess,
    free_port,
    is_alive,
    port_is_free,
    wait_until,
)
from tests.fakes.room import steady_drummer

pytestmark = pytest.mark.real_time

StartEngine = Callable[..., EngineProcess]

YAML = """
bundles:
  folders: ["{folder}"]
  offer: [steady_drummer]
engine:
  lookahead_ms: 250.0
player:
  bundle: steady_drummer
  call_bars: 1
  feel: 0.0
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def start_engine(tmp_path: Path) -> Iterator[StartEngine]:
    steady_drummer(tmp_path)
    engines: list[EngineProcess] = []

    def start(port: int | None = None) -> EngineProcess:
        engine = EngineProcess(tmp_path, YAML.format(folder=tmp_path), port)
        engines.append(engine)
        return engine

    yield start
    for engine in engines:
        engine.close()


class Live:
    """A host that plays in real time and speaks through liblo."""

    def __init__(self, engine_port: int, reply_port: int, tempo_qpm: float = 120.0) -> None:
        self.osc = liblo.Sender(engine_port)
        self.device, self.reply_port, self.tempo_qpm = 4242, reply_port, tempo_qpm
        self.seq = 0
        self.zero_s = 0.0

    def hello(self) -> None:
        self.osc.send("/hello", self.device, PROTOCOL_VERSION, self.reply_port, 0)

    def play(self, beats: float, keys: dict[int, tuple[int, int]]) -> None:
        """Play from the start of the song, striking keys ((pitch, velocity) by clock tick)."""
        self.zero_s = time.monotonic() + 0.05
        for tick in range(int(beats * 24)):
            due_s = self.zero_s + tick / 24 * 60.0 / self.tempo_qpm
            while (wait_s := due_s - time.monotonic()) > 0:
                time.sleep(wait_s)  # the metronome of a host that plays in real time
            self.clock(tick)
            if tick in keys:
                self.osc.send("/note/at", self.device, *keys[tick], 0, tick * 20)

    def clock(self, tick: int) -> None:
        sent_us = int(time.monotonic() * 1e6)
        self.osc.send(
            "/clock", self.device, 1, self.seq, tick * 20, 0, self.tempo_qpm,
            sent_us >> 24 & 0xFFFFFF, sent_us & 0xFFFFFF, 1 | 4, 0, 0, 4, 4, tick * 20 % 1920,
        )  # fmt: skip
        self.seq += 1


@pytest.mark.skipif(liblo.why_not() is not None, reason=str(liblo.why_not()))
def test_a_whole_call_and_answer_with_liblo_from_outside(
    start_engine: StartEngine, tmp_path: Path
) -> None:
    engine = start_engine()
    engine.wait_ready()
    reply_port = free_port()
    dump = liblo.Dump(reply_port, tmp_path / "dump.txt")
    try:
        wait_until("oscdump listens", lambda: not port_is_free(reply_port))
        live = Live(engine.port, reply_port)
        live.hello()
        wait_until("welcome", lambda: any(a == "/bundle" for a, _ in dump.messages()))
        strikes = {0: (36, 100), 3: (36, 0), 24: (38, 90), 27: (38, 0), 60: (42, 60), 63: (42, 0)}
        live.play(8.5, strikes)
        wait_until("the answer as a clip", lambda: "/clip/chunk" in dict(dump.messages()))
        live.osc.close()
    finally:
        dump.close()
    heard = dump.messages()
    notes = [values for address, values in heard if address == "/n"]
    # One bar of call, then the answer: the kick on each 16th of the second bar.
    assert [int(values[0]) for values in notes] == [1920 + 120 * step for step in range(16)]
    assert {int(values[1]) for values in notes} == {36}
    states = [int(values[0]) for address, values in heard if address == "/state"]
    assert [state for state in (1, 2, 3) if state in states] == [1, 2, 3]
    assert [address for address, _ in heard].count("/score") == 1


@linux_only
def test_killing_the_supervisor_takes_every_process_along_and_frees_the_port(
    start_engine: StartEngine,
) -> None:
    engine = start_engine()
    engine.wait_ready()
    children = engine.children()
    assert len(children) >= 2, "a timekeeper and a model process"
    os.kill(engine.process.pid, signal.SIGKILL)
    wait_until("the children end", lambda: not any(is_alive(pid) for pid in children), 10.0)
    assert port_is_free(engine.port)
    again = start_engine(engine.port)
    again.wait_ready()


@linux_only
def test_ctrl_c_ends_everything_in_peace(start_engine: StartEngine) -> None:
    engine = start_engine()
    engine.wait_ready()
    children = engine.children()
    engine.process.send_signal(signal.SIGINT)
    engine.process.wait(20.0)
    # Python's resource trackers see the end of their process a moment later.
    wait_until("all ended", lambda: not any(is_alive(pid) for pid in children))
    assert "fall silent" in engine.output()
    assert "Traceback" not in engine.output()


def test_a_second_engine_on_the_same_port_says_who_is_in_the_way(
    start_engine: StartEngine,
) -> None:
    first = start_engine()
    first.wait_ready()
    second = start_engine(first.port)
    second.process.wait(30.0)
    assert second.process.returncode == 2
    assert f"UDP port {first.port} is held by another program." in second.output()
    assert "--port" in second.output()
    assert "Traceback" not in second.output()
    assert first.process.poll() is None


def test_importing_the_package_loads_no_tensorflow() -> None:
    code = (
        "import sys, bridge, bridge.cli, bridge.engine, bridge.demo, bridge.training\n"
        "bad = {'tensorflow', 'magenta', 'note_seq', 'tf_keras'} & set(sys.modules)\n"
        "sys.exit(', '.join(bad) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
