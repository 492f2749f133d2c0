"""The recording as a musician makes it: real processes, real UDP, an engine that is killed."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from bridge.config import EngineConfig
from bridge.core.protocol import PROTOCOL_VERSION, Direction, check
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.demo.packets import packet
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.running import Said
from bridge.errors import ModelFault
from bridge.io.osc_packet import encode
from bridge.record.file import Recording, RecordingWriter
from bridge.replay import replay
from tests.fakes.engine_process import EngineProcess, free_port, is_alive, wait_until
from tests.fakes.room import steady_drummer
from tests.record.test_recorder import head

pytestmark = pytest.mark.real_time

YAML = """
bundles:
  folders: ["{folder}"]
  offer: [steady_drummer]
player:
  bundle: steady_drummer
"""


@pytest.fixture
def device() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(30.0)
        yield ear


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_jam_whose_engine_is_killed_can_be_replayed_up_to_there(
    tmp_path: Path, device: socket.socket
) -> None:
    steady_drummer(tmp_path)
    file = tmp_path / "jam.jsonl.gz"
    yaml = YAML.format(folder=tmp_path)
    engine = EngineProcess(tmp_path, yaml, options=("--record", str(file)))
    try:
        engine.wait_ready()
        device.connect(("127.0.0.1", engine.port))
        port = device.getsockname()[1]
        device.send(packet("/hello", 4242, PROTOCOL_VERSION, port, 0))
        assert device.recv(2000).startswith(b"/welcome")
        device.send(packet("/param/temperature", 4242, 1.25))
        wait_until("it is in the file", lambda: "/param/temperature" in text(file))
        children = engine.children()
        os.kill(engine.process.pid, signal.SIGKILL)
        wait_until("all ended", lambda: not any(is_alive(pid) for pid in children))
    finally:
        engine.close()
    outcome = replay(Recording(file))
    assert outcome.difference is None
    assert outcome.ended == ""
    assert outcome.decisions > 2
    command = [sys.executable, "-m", "bridge", "replay", str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"all {outcome.decisions} decisions are the same" in told
    assert "breaks off" in told


CAPTURE_YAML = (
    YAML
    + """
players:
  - name: Ann
"""
)


def test_capture_asks_the_running_engine(
    tmp_path: Path, device: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady_drummer(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_MUSIC_DIR", str(tmp_path / "music"))
    engine = EngineProcess(tmp_path, CAPTURE_YAML.format(folder=tmp_path))
    command = [sys.executable, "-m", "bridge", "capture", "--port", str(engine.port)]
    try:
        engine.wait_ready()
        early = subprocess.run(command, capture_output=True, text=True)
        assert early.returncode == 2
        assert "no notes in the stretch" in early.stderr
        device.connect(("127.0.0.1", engine.port))
        for velocity in (90, 0):
            key = check("/player/key", (0, 1, 36, velocity, 9), Direction.FROM_CONTROLLER)
            device.send(encode(key))
        target = tmp_path / "that was good.mid"
        done = subprocess.run([*command, str(target)], capture_output=True, text=True)
        again = subprocess.run([*command, str(target)], capture_output=True, text=True)
    finally:
        engine.close()
    assert done.returncode == 0, done.stderr + engine.output()
    assert "that was good.mid" in done.stdout
    call = mido.MidiFile(target).tracks[1]
    assert call.name == "1 Ann: call"
    assert again.returncode == 2
    assert "is there already" in again.stderr
    away = subprocess.run(command, capture_output=True, text=True)
    assert away.returncode == 2
    assert "No engine answers" in away.stderr


def text(file: Path) -> str:
    return "\n".join(line.text for line in Recording(file).lines())


def test_an_engine_that_dies_leaves_its_last_minute(tmp_path: Path, device: socket.socket) -> None:
    bundle = steady_drummer(tmp_path)
    jam = JamSettings(bundles=(bundle,), player=PlayerSettings(bundle=bundle))
    config = EngineConfig(
        port=free_port(), jam=jam, bundle_folders=(tmp_path,), model_process=False
    )
    engine = RunningEngine(config, reports=tmp_path / "reports")
    said: queue.Queue[Said] = queue.Queue()
    engine.subscribe(said.put)
    engine.start()
    try:
        wait_for(said, lambda one: isinstance(one, EngineEvent) and one.text.startswith("ready"))
        device.connect(("127.0.0.1", config.port))
        device.send(packet("/hello", 77, PROTOCOL_VERSION, device.getsockname()[1], 0))
        wait_for(said, lambda one: isinstance(one, EngineEvent) and "Device 77" in one.text)
        engine._process.kill()
        death = wait_for(said, lambda one: isinstance(one, ModelFault))
    finally:
        engine.end()
    (report,) = (tmp_path / "reports").iterdir()
    assert str(report) in str(death)
    recording = Recording(report)
    assert recording.header.seed == json.loads(report.read_text().splitlines()[0])["seed"]
    assert recording.header.bundles[0][0] == bundle
    assert len(recording.header.bundles[0][1]) == 64
    assert replay(recording).difference is None


def wait_for(said: queue.Queue[Said], wanted: object) -> Said:
    while True:
        one = said.get(timeout=30.0)
        assert one is not None, "the engine ended"
        if wanted(one):  # type: ignore[operator]
            return one


def test_a_recording_that_differs_is_told_by_its_line(tmp_path: Path) -> None:
    file = tmp_path / "jam.jsonl"
    writer = RecordingWriter(file, head())
    writer.write(
        [("begin", False, False), ("sent", "127.0.0.1", 5, "/flush", ()), ("turn", 1.0, 1)]
    )
    writer.close("The engine ended.")
    lines = file.read_text().replace('"engine":"0.1.0"', '"engine":"0.0.3"')
    file.write_text(lines)
    command = [sys.executable, "-m", "bridge", "replay", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "it may decide otherwise than 0.0.3 did" in done.stdout
    assert "The first difference is in line 3" in done.stdout
    assert 'recorded: ["sent","127.0.0.1",5,"/flush",[]]' in done.stdout
    assert 'replayed: ["asked",{"SelectBundle":' in done.stdout
    file.write_text("nonsense\n")
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "line 1: it is no JSON from character 1 on." in done.stderr
    assert "Traceback" not in done.stderr
