"""`magenta-bridge train` is killed in the middle of an epoch, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PATTERNS = """
pieces:
  - {name: a, kick: "X...X...X...X...", hat: "x.x.x.x.x.x.x.x."}
  - {name: b, kick: "X.....x.X.......", snare: "....X.......X..."}
  - {name: c, kick: "X.x.....X.x.....", snare: "....X..o....X..o"}
"""
EPOCHS = 3
UPDATES = 20
"""Of an epoch: the fewest that there are, for so few bars."""

KILLED_AFTER = """
import os, signal, sys
from bridge.__main__ import main
from bridge.training.optimise import Learner

whole, done = Learner.train, 0

def train(*words):
    global done
    if done == {updates}:
        os.kill(os.getpid(), signal.SIGKILL)
    done += 1
    return whole(*words)

Learner.train = train
main()
"""
"""The command, which gets the signal as an update begins: no handler, no clean-up, no flush."""


def command(folder: Path, name: str) -> list[str]:
    words = ["train", str(folder / "mine.yaml"), "--model", "drum_kit_lookback"]
    return [*words, "--layers", "8,8", "--epochs", str(EPOCHS), "--out", str(folder / name)]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, env=os.environ
    )


@pytest.mark.magenta
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_command_killed_in_an_epoch_goes_on_to_the_same_weights(
    tensorflow: object, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(PATTERNS)
    whole = run("-m", "bridge", *command(tmp_path, "whole.mag"))
    assert whole.returncode == 0, whole.stderr

    cut = command(tmp_path, "cut.mag")
    killed = run("-c", KILLED_AFTER.format(updates=UPDATES + UPDATES // 2), *cut)
    assert killed.returncode == -signal.SIGKILL
    curve = tmp_path / "cut.mag.training" / "curve.jsonl"
    assert len(curve.read_text().splitlines()) == 1
    assert not (tmp_path / "cut.mag").exists()

    again = run("-m", "bridge", *cut)
    assert again.returncode == 0, again.stderr
    assert len(curve.read_text().splitlines()) == EPOCHS
    assert (tmp_path / "cut.mag").read_bytes() == (tmp_path / "whole.mag").read_bytes()
