"""A real training beside a real engine, seen on the page in a real browser."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.chromium import open_tab
from tests.fakes.engine_process import wait_until
from tests.web.browser import PageEngine, steady_jam

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PATTERNS = """
pieces:
  - {name: a, kick: "X...X...X...X...", hat: "x.x.x.x.x.x.x.x."}
  - {name: b, kick: "X.....x.X.......", snare: "....X.......X..."}
  - {name: c, kick: "X.x.....X.x.....", snare: "....X..o....X..."}
"""
EPOCHS = 12
PATIENCE_S = 240.0
"""TensorFlow alone takes its time to start."""


@contextmanager
def training(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`magenta-bridge train` as a user starts it, by the user whose engine runs."""
    (folder / "mine.yaml").write_text(PATTERNS)
    command = [sys.executable, "-m", "bridge", "train", "mine.yaml", "--model", "drum_kit_lookback"]
    command += ["--layers", "8,8", "--epochs", str(EPOCHS), "--patience", "100"]
    with (folder / "train.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--out", "my_breaks.mag"],
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"XDG_STATE_HOME": str(folder)},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.magenta
def test_a_training_is_seen_as_it_goes_and_its_verdict_at_the_end(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("needs the [magenta] extra: TensorFlow is absent")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_MUSIC_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    engine = PageEngine(tmp_path, steady_jam(tmp_path, "[{name: drums}]"))
    try:
        tab = open_tab(browser, engine.address)
        box = tab.page.locator("#training")
        assert not box.is_visible()
        tab.run(
            "(globalThis.told = [], Object.defineProperty(bridge.jam, 'training', {"
            " get: () => globalThis.told.at(-1) ?? null,"
            " set: (told) => globalThis.told.push(told) }), true)"
        )
        with training(tmp_path) as process:

            def ended() -> bool:
                return process.poll() is not None

            wait_until(
                "it is seen to run",
                lambda: box.locator("progress").count() > 0 or ended(),
                PATIENCE_S,
            )
            assert not ended(), (tmp_path / "train.log").read_text()
            assert "my_breaks" in box.inner_text()
            assert f"of {EPOCHS}" in box.inner_text()
            wait_until("it ends", ended, PATIENCE_S)
            log = (tmp_path / "train.log").read_text()
            assert process.returncode == 0, log
        tab.wait("bridge.jam.training.state === 'finished'")
        told = tab.run("globalThis.told")
        assert told[-1]["verdict"] in " ".join(log.split())
        tab.wait(
            "document.getElementById('training').innerText"
            ".includes(bridge.jam.training.verdict.slice(0, 40))"
        )
        running = [one for one in told if one["state"] == "running"]
        lengths = [len(one["epochs"]) for one in told]
        assert lengths == sorted(lengths), "the curve only grows"
        assert any(0 < len(one["epochs"]) < EPOCHS for one in running), lengths
        assert any(one["left_s"] is not None for one in running)
        assert [one["number"] for one in told[-1]["epochs"]] == list(range(1, EPOCHS + 1))
        assert box.locator("svg").is_visible()
        assert box.locator("progress").count() == 0
        assert tab.complaints == []
        tab.close()
    finally:
        engine.stop()
