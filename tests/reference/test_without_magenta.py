"""Where the real Magenta is not installed, asking for it is one clear error."""

from __future__ import annotations

import multiprocessing
import signal
from pathlib import Path

import pytest

from bridge import reference
from bridge.core.events import Level, Notice
from bridge.core.requests import ModelNotice
from bridge.core.settings import JamSettings
from bridge.engine.timekeeper import EngineSetup, Timekeeper
from bridge.engine.timekeeper_process import serve
from bridge.errors import EngineMissing
from bridge.generate.arguments import main
from bridge.io.osc_udp import UdpEdge
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "PARTS", ("tensorflow_that_nobody_has",))


def setup(model_engine: str) -> EngineSetup:
    return EngineSetup("127.0.0.1", 0, JamSettings(), (), 1, 1, model_engine=model_engine)


def test_run_says_how_to_install_it(absent: None) -> None:
    ours, theirs = multiprocessing.Pipe()
    # The timekeeper's process is deaf to Ctrl-C; this one must not stay so.
    heeded = signal.getsignal(signal.SIGINT)
    try:
        serve(setup("magenta"), theirs, theirs)
    finally:
        signal.signal(signal.SIGINT, heeded)
    error = ours.recv()
    assert isinstance(error, EngineMissing)
    assert "tensorflow_that_nobody_has can't be found" in error.message
    assert "docs/install.md" in error.hint


def test_generate_says_how_to_install_it(
    absent: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--engine", "magenta", "--out", str(tmp_path / "a.mid")]) == 2
    errors = capsys.readouterr().err
    assert "The real Magenta is not installed" in errors and "docs/install.md" in errors
    assert not (tmp_path / "a.mid").exists()


def test_generate_refuses_controls_that_magenta_lacks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "PARTS", ("numpy",))
    out = str(tmp_path / "a.mid")
    assert main(["--engine", "magenta", "--out", out, "--density", "1"]) == 2
    assert "knows nothing of density" in capsys.readouterr().err


def test_what_the_models_process_says_reaches_the_console() -> None:
    class Talking(InProcessModel):
        def poll(self):
            told, self.told = getattr(self, "told", [ModelNotice("Half way.")]), []
            return [*told, *super().poll()]

    edge = UdpEdge("127.0.0.1", 0)
    timekeeper = Timekeeper(setup("native"), edge, Talking(BundleLibrary.of()))
    try:
        timekeeper.turn(0.0, kernel_stamps=False)
        assert Notice(Level.INFO, "Half way.") in timekeeper.take_events()
    finally:
        timekeeper.close()
