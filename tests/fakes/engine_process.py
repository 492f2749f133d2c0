"""The real engine as the user starts it: `magenta-bridge run`, in processes of its own."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_S = 30.0


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_until(what: str, condition: object, patience_s: float = PATIENCE_S) -> None:
    """Wait for a condition of another process; there is nothing to wait on but time."""
    end_s = time.monotonic() + patience_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end_s, f"waited {patience_s} s in vain: {what}"
        select.select([], [], [], 0.02)


class EngineProcess:
    """One run of the engine.

    Args:
        folder: Where its configuration is written.
        yaml: The configuration.
        port: Its port.
        options: More options of `run`.
    """

    def __init__(
        self, folder: Path, yaml: str, port: int | None = None, options: tuple[str, ...] = ()
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        config = folder / f"config_{self.port}.yaml"
        config.write_text(yaml)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BRIDGE_")}
        # Crash reports of an engine that a test kills are nobody's.
        environment["XDG_STATE_HOME"] = str(folder)
        self._log = (folder / f"engine_{self.port}_{time.monotonic_ns()}.log").open("w+b")
        command = [sys.executable, "-m", "bridge", "run"]
        command += ["--config", str(config), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command, stdout=self._log, stderr=subprocess.STDOUT, env=environment
        )

    def output(self) -> str:
        return Path(self._log.name).read_text(errors="replace")

    def wait_ready(self) -> None:
        wait_until("ready", lambda: "ready" in self.output() or self.process.poll() is not None)
        assert "ready" in self.output(), self.output()

    def children(self) -> list[int]:
        """Process numbers of the engine's descendants (Linux)."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                below = [int(word) for word in task.read_text().split()]
                found += below
                queue += below
        return found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log.close()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
