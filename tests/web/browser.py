"""The engine with its page as users start both, for a real browser."""

from __future__ import annotations

import http.client
import json
import os
import socket
from pathlib import Path
from typing import Any

from tests.fakes.engine_process import EngineProcess, wait_until
from tests.fakes.room import steady_drummer

REQUIRE_BROWSER = os.environ.get("BRIDGE_REQUIRE_BROWSER", "") not in ("", "0")
TEMPO_QPM = 120.0


def steady_jam(folder: Path, players: str) -> str:
    """The configuration of a jam on the engine's clock with a drummer who never rests.

    Args:
        folder: Where the drummer's bundle is written.
        players: The section ``players``, as YAML.
    """
    bundle = steady_drummer(folder)
    return (
        f"bundles: {{offer: [{bundle}, session_melody], folders: ['{folder}']}}\n"
        f"player: {{bundle: {bundle}, call_bars: 1}}\n"
        # So early that a page late by some frames still draws the first note above the line.
        "engine: {horizon_beats: 2.0, lookahead_ms: 500}\n"
        f"clock: {{order: [internal], internal_tempo_qpm: {TEMPO_QPM}}}\n"
        f"players: {players}"
    )


def free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PageEngine:
    """The engine with its page, as `magenta-bridge run` starts both; it may be started again.

    Args:
        folder: Where its files are written.
        yaml: Its configuration, but for the section ``web``.
        token: What a browser must know; empty: nothing.
    """

    def __init__(self, folder: Path, yaml: str, token: str = "") -> None:
        self.folder = folder
        self.web_port = free_tcp_port()
        web = f"enabled: true, port: {self.web_port}, token: '{token}'"
        self.yaml = f"{yaml}\nweb: {{{web}}}\n"
        self._engine: EngineProcess | None = None
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.web_port}/"

    def start(self) -> None:
        self._engine = EngineProcess(self.folder, self.yaml)
        self._engine.wait_ready()

    def stop(self) -> None:
        if self._engine is not None:
            children = self._engine.children()
            self._engine.close()
            self._engine = None
            wait_until("the engine's processes end", lambda: not any(map(_runs, children)))

    def hello(self) -> dict[str, Any]:
        """The first event of a stream of our own: the engine as it stands, told past the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        try:
            connection.request("GET", "/api/stream")
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    told: dict[str, Any] = json.loads(line[6:])
                    return told
        finally:
            connection.close()
        raise AssertionError("the stream ended before it said hello")

    def settings(self, player: int) -> dict[str, Any]:
        """A player's parameters, as the engine has them."""
        found = [one for one in self.hello()["players"] if one["number"] == player]
        assert found, f"player {player} is not there"
        settings: dict[str, Any] = found[0]["settings"]
        return settings


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
