"""`run --web` and `demo --web`, as they are typed."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bridge.cli import demo_page
from bridge.config import load_config
from tests.fakes.engine_process import free_port, wait_until
from tests.fakes.page import PATIENCE_S, Events

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(sys.platform == "win32", reason="sends signals"),
]


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _typed(folder: Path, *words: str) -> tuple[subprocess.Popen[bytes], Path]:
    log = folder / "log.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BRIDGE_")}
    with log.open("wb") as out:
        command = [sys.executable, "-m", "bridge", *words]
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
    return process, log


@pytest.mark.parametrize("words", [("demo", "--web", "--no-open"), ("run",)])
def test_the_page_is_there_and_goes_with_the_engine(tmp_path: Path, words: tuple[str, ...]):
    port = _free_tcp_port()
    more = ("--port", str(free_port())) if words == ("run",) else ()
    process, log = _typed(tmp_path, *words, "--web-port", str(port), *more)
    try:
        wait_until("it is ready", lambda: "ready" in log.read_text())
        assert f"http://127.0.0.1:{port}" in log.read_text()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)) as line:
            line.request("GET", "/")
            page = line.getresponse()
            assert page.status == 200
            assert b"<html" in page.read().lower()
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        line.request("GET", "/api/stream")
        events = Events(line.getresponse())
        name, hello = events.next()
        assert name == "hello"
        if words[0] == "demo":
            found = [(one["name"], one["settings"]["bundle"]) for one in hello["players"]]
            assert found == [("Player 1", "groove_lookback"), ("Player 2", "session_melody")]
        process.send_signal(signal.SIGINT)
        assert events.wait_for("gone")["reason"] in ("engine", "server")
        assert events.ended()
        line.close()
        assert process.wait(PATIENCE_S) == 0
        assert "Traceback" not in log.read_text()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_a_taken_port_of_the_page_is_said_with_what_to_do(tmp_path: Path):
    with socket.socket() as blocker:
        blocker.bind(("127.0.0.1", 0))
        blocker.listen()
        port = blocker.getsockname()[1]
        process, log = _typed(tmp_path, "demo", "--web", "--no-open", "--web-port", str(port))
        assert process.wait(PATIENCE_S) == 2
    assert "--web-port" in log.read_text()


def test_the_demo_has_a_drummer_and_a_tune_and_sees_notes_a_bar_ahead():
    loaded = load_config(environment={}).engine
    config = demo_page.page_demo_config(loaded, loaded.jam.player)
    played = [one.settings.bundle for one in config.jam.players]
    assert played == ["groove_lookback", "session_melody"] == list(loaded.jam.bundles[:2])
    assert all(not one.inputs and not one.outputs for one in config.jam.players)
    assert config.jam.clock.order == ("internal",)
    assert config.jam.horizon_beats == 4.0


def test_no_browser_of_the_terminal_is_opened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not demo_page.has_desktop()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert demo_page.has_desktop()


def test_without_a_page_none_of_its_packages_is_loaded():
    code = (
        "import sys, bridge.cli.run, bridge.engine, bridge.engine.timekeeper_process\n"
        "print([name for name in ('starlette', 'uvicorn', 'bridge.web') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
