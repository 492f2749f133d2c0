"""The demo with the real Magenta as its player."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from bridge.demo.jam import JamOptions, run_jam
from bridge.errors import EngineMissing
from bridge.reference import PARTS


def demo(folder: Path, *options: str) -> str:
    """The demo as a user starts it, in a process of its own: Magenta changes the one it is in."""
    command = [sys.executable, "-m", "bridge", "demo", "--bars", "4", "--no-audio"]
    command += ["--bundle", "groove_drums"]
    folder.mkdir()
    done = subprocess.run(
        [*command, "--out", str(folder), *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.magenta
def test_the_real_magenta_plays_the_same_jam_in_virtual_time(tmp_path: Path) -> None:
    missing = [part for part in PARTS if importlib.util.find_spec(part) is None]
    if missing:
        pytest.skip(f"needs Magenta itself (docs/install.md); absent: {', '.join(missing)}")
    told = demo(tmp_path / "magenta", "--engine", "magenta")
    assert "Magenta opens groove_drums.mag." in told
    demo(tmp_path / "native")
    magenta, native = (tmp_path / name / "demo.mid" for name in ("magenta", "native"))
    assert magenta.read_bytes() == native.read_bytes()


@pytest.mark.parametrize("realtime", [False, True])
def test_without_magenta_one_error_says_so(monkeypatch: pytest.MonkeyPatch, realtime: bool) -> None:
    monkeypatch.setattr("bridge.reference.PARTS", ("a_package_that_is_not_there",))
    options = JamOptions(bars=4, realtime=realtime, model_engine="magenta")
    with pytest.raises(EngineMissing, match="a_package_that_is_not_there"):
        run_jam(EngineConfig(), options, lambda turn: None)
