"""`magenta-bridge sync` as a musician runs it: processes, real time, and a simulated device."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bridge.demo.live import SimulatedDevice
from bridge.demo.transport import SimulatedTransport
from tests.fakes.engine_process import PATIENCE_S, free_port
from tests.fakes.room import steady_drummer

pytestmark = pytest.mark.real_time

YAML = """
bundles: {{folders: ["{folder}"], offer: [steady_drummer]}}
player: {{bundle: steady_drummer, call_bars: 1}}
"""
DEVICE = 77


class SyncProcess:
    """A run of the command, its two outputs apart."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        steady_drummer(folder)
        config = folder / "config.yaml"
        config.write_text(YAML.format(folder=folder))
        self.port = free_port()
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        command = [sys.executable, "-m", "bridge", "sync", "--config", str(config)]
        command += ["--port", str(self.port), *arguments]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BRIDGE_")}
        environment |= {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err, env=environment)

    def output(self) -> str:
        return self._out.read_text(encoding="utf-8")

    def errors(self) -> str:
        return self._err.read_text(encoding="utf-8")

    def reports(self) -> list[dict[str, Any]]:
        whole, _, _ = self.output().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., SyncProcess]]:
    started: list[SyncProcess] = []

    def begin(*arguments: str) -> SyncProcess:
        started.append(SyncProcess(tmp_path, *arguments))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


def play_until(enough: Callable[[], bool], sync: SyncProcess) -> None:
    """A simulated Live and a drummer play in real time until it is enough.

    The drummer goes on, since an engine on a busy machine may not be there for the first bars.
    """
    transport = SimulatedTransport(tempo_qpm=137.0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.setblocking(False)
        device = SimulatedDevice(DEVICE, ear.getsockname()[1], transport)
        device.parameters.update(call_bars=1)
        began_s = time.monotonic()
        transport.play(began_s + 2.0)
        for beat in range(int(PATIENCE_S * 137.0 / 60.0)):
            device.key(began_s + 2.0 + beat * 60.0 / 137.0, 36, 90)
            device.key(began_s + 2.1 + beat * 60.0 / 137.0, 36, 0)
        while not enough():
            now_s = time.monotonic()
            assert now_s - began_s < PATIENCE_S, sync.errors() + sync.output()
            assert sync.process.poll() is None, sync.errors()
            for data in device.due(now_s):
                ear.sendto(data, ("127.0.0.1", sync.port))
            wait_s = max(0.0, min(0.05, device.next_due_s(now_s) - time.monotonic()))
            if select.select([ear], [], [], wait_s)[0]:
                device.receive(ear.recv(65536), time.monotonic())


def test_json_tells_how_a_real_device_is_followed(start) -> None:
    sync = start("--json")

    def enough() -> bool:
        reports = sync.reports()
        return bool(reports) and reports[-1]["playing"] and reports[-1]["notes"] > 0

    play_until(enough, sync)
    sync.process.send_signal(signal.SIGINT)
    assert sync.process.wait(20.0) == 0, sync.errors()
    last = sync.reports()[-1]
    assert last["source"] == f"device {DEVICE}"
    assert last["locked"] and last["tempo_qpm"] == pytest.approx(137.0, abs=0.01)
    assert last["messages"] > 0 and last["messages_per_s"] > 0.0
    assert last["jitter"]["p50_ms"] <= last["jitter"]["p99_ms"] <= last["jitter"]["max_ms"]
    assert last["breaks"]["start"] == 1
    assert sum(last["lateness"]["counts"]) == last["notes"]
    assert "ready" in sync.errors(), "what is no report goes to the error stream"


def test_the_view_shows_the_device_and_ends_by_itself(start) -> None:
    sync = start("--seconds", "1")
    assert sync.process.wait(PATIENCE_S) == 0, sync.errors()
    assert "ready" in sync.output() and "press Play in Live" in sync.output()


def test_a_port_in_use_is_told_and_nothing_is_on_standard_output(tmp_path: Path, start) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as blocker:
        blocker.bind(("127.0.0.1", 0))
        sync = start("--json", "--port", str(blocker.getsockname()[1]))
        assert sync.process.wait(PATIENCE_S) == 2
    assert sync.output() == ""
    assert "is held by another program" in sync.errors()
