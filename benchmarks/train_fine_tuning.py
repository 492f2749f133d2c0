"""`magenta-bridge train` on the breaks of this repository, from the command to the verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rows import Row
from bridge.paths import data_folder

MUST_MIN, MOONSHOT_MIN = 10.0, 3.0
QUICK_EPOCHS = 2
VERDICTS = ("stopped improving", "still falling", "Nothing was gained")


def fine_tuning_rows(*, quick: bool) -> Iterator[Row]:
    """Minutes, held-out nats before and after, and at which epoch the verdict came.

    Args:
        quick: A few epochs only, which is no whole fine-tuning: its time meets no goal.
    """
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "breaks.mag"
        began_s = time.monotonic()
        told = _fine_tune(out, QUICK_EPOCHS if quick else 0)
        minutes = (time.monotonic() - began_s) / 60
        lines = (out.with_name(f"{out.name}.training") / "curve.jsonl").read_text().splitlines()
    epochs: list[dict[str, Any]] = [json.loads(line) for line in lines]
    nats = [float(epoch["validation_nats"]) for epoch in epochs]
    label = "fine-tune drum_kit on breaks.yaml" + (f", {QUICK_EPOCHS} epochs" if quick else "")
    must, moonshot = (None, None) if quick else (MUST_MIN, MOONSHOT_MIN)
    yield Row(f"{label}: the whole command", minutes, "min", must=must, moonshot=moonshot)
    [verdict] = [words for words in VERDICTS if words in told]
    yield Row(f'{label}: its verdict, "{verdict}", after', len(epochs) - 1, "epochs")
    yield Row(f"{label}: held-out nats a step before", nats[0], "nats")
    yield Row(f"{label}: held-out nats a step, best epoch", min(nats), "nats", must=nats[0])


def _fine_tune(out: Path, epochs: int) -> str:
    """Run the command; returns what it told, on one line.

    Raises:
        RuntimeError: It failed.
    """
    breaks = data_folder("bundles") / "data" / "breaks.yaml"
    words = ["train", str(breaks), "--model", "drum_kit", "--from", "groove_drums"]
    words += ["--out", str(out), "--epochs", str(epochs)] if epochs else ["--out", str(out)]
    checkout = str(Path(__file__).resolve().parents[1])
    paths = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"magenta-bridge train failed: {done.stderr[-800:]}")
    return " ".join(done.stdout.split())
