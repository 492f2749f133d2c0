"""What it costs to have it and to start it: size of the default install, help, start to ready."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from statistics import median

from packaging.requirements import Requirement

from benchmarks.rows import Row

DISTRIBUTION = "magenta-bridge"
_PATIENCE_S = 60.0


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    times = 3 if quick else 9
    yield Row(
        f"magenta-bridge --help, median of {times}",
        median(_help_s() for _ in range(times)),
        "s",
        must=0.5,
    )
    yield Row(
        f"start to ready, default bundle loaded, median of {times}",
        median(_ready_s() for _ in range(times)),
        "s",
        must=1.5,
        moonshot=0.5,
    )
    yield Row("default install on disk", _installed_mb(), "MB", must=300.0, moonshot=150.0)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "bridge", *words]


def _help_s() -> float:
    begin = time.perf_counter()
    subprocess.run(_command("--help"), stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def _ready_s() -> float:
    """Seconds from the command to its line ``ready``, on a port of its own."""
    with tempfile.TemporaryFile() as unused:
        begin = time.perf_counter()
        engine = subprocess.Popen(
            _command("run", "--port", str(20_000 + os.getpid() % 20_000)),
            stdout=subprocess.PIPE,
            stderr=unused,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert engine.stdout is not None
        took_s = float("nan")
        for line in engine.stdout:
            if "ready" in line:
                took_s = time.perf_counter() - begin
                break
        engine.send_signal(signal.SIGINT)
        engine.communicate(timeout=_PATIENCE_S)
    return took_s


def _installed_mb() -> float | None:
    """Everything that a plain install brings, in MB; None where it is not installed."""
    seen: set[str] = set()
    queue = [DISTRIBUTION]
    total = 0
    while queue:
        name = queue.pop().lower().replace("_", "-")
        if name in seen:
            continue
        seen.add(name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            if name == DISTRIBUTION:
                return None
            continue  # wanted on another system or Python only
        total += sum(_size(Path(str(found.locate_file(file)))) for file in found.files or ())
        for line in found.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                queue.append(requirement.name)
    return total / 1e6


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
