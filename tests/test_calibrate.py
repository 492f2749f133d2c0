"""The command that measures a MIDI loop, on ports that are a loop, or none."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import app, calibrate
from bridge.errors import TransportError
from bridge.io.midi_ports import Arrival


class Loop:
    """Ports whose output leads to their input, as if with a cable of 8 ms."""

    problems = ()

    def __init__(self, inputs: list[str], outputs: list[str], connected: bool = True) -> None:
        self.bell, self._ring = socket.socketpair()
        self.bell.setblocking(False)
        self._connected = connected
        self._waiting: list[Arrival] = []

    def send(self, name: str, message) -> None:
        if self._connected:
            self._waiting.append(Arrival("in", message.data, message.due_s + 0.008))
            self._ring.send(b"\0")

    def receive(self) -> list[Arrival]:
        with contextlib.suppress(BlockingIOError):
            self.bell.recv(100)
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self) -> None:
        self.bell.close()
        self._ring.close()


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(calibrate, "EVERY_S", 0.002)
    monkeypatch.setattr(calibrate, "CONNECT_S", 0.01)


def _run(folder: Path, yaml: str):
    config = folder / "config.yaml"
    config.write_text(yaml)
    return CliRunner().invoke(app, ["sync", "--calibrate", "--config", str(config)])


def test_a_loop_is_measured_and_an_offset_suggested(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(calibrate, "MidiPorts", Loop)
    done = _run(tmp_path, "players: [{input: in, output: out}]")
    assert done.exit_code == 0, done.output
    assert "There and back takes 8.00 ms" in done.output
    assert "midi.latency_offset_ms to -4.0" in done.output


def test_without_a_loop_it_says_what_to_connect() -> None:
    ports = Loop([], [], connected=False)
    ports.receive = lambda: []
    with pytest.raises(TransportError, match="no loop"):
        calibrate.measure(ports, "out", connect_s=0.01)
    ports.close()


def test_without_ports_it_says_which_keys_to_set(tmp_path: Path) -> None:
    done = _run(tmp_path, "players: [{input: in}]")
    assert done.exit_code == 2
    assert "an input and an output in players" in done.output
