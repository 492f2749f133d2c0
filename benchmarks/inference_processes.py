"""Whole processes: from the command to the MIDI file, and how much memory it takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.rows import Row

STEPS = 32
MUST_FASTER, MOONSHOT_FASTER = 20.0, 40.0
MUST_LESS, MOONSHOT_LESS = 15.0, 20.0
_PATIENCE_S = 120.0

_TELL_PEAK = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
finally:
    if sys.platform == "linux":
        # ru_maxrss would tell the peak of the process that started this one, if that was larger.
        lines = open("/proc/self/status").read().splitlines()
        peak = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    else:
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("peak", peak, file=sys.stderr)
"""
"""Runs a module as a command and tells the most memory that the process ever held."""


def process_rows(bundle: Path, *, peer: bool, quick: bool) -> Iterator[Row]:
    """Cold start to a drum track of two bars, and the peak of memory, beside Magenta's command.

    Args:
        bundle: A drum_kit bundle.
        peer: Whether the real Magenta is installed.
        quick: One run each instead of three.
    """
    if sys.platform == "win32":
        yield Row("cold: a drum track of 2 bars, whole process", None, "s", peer="Magenta")
        return
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    for _ in range(1 if quick else 3):
        ours.append(_run(_our_command(bundle)))
        if peer:
            theirs.append(_run(_their_command(bundle)))
    took_s, peak_mb = (median(column) for column in zip(*ours, strict=True))
    their_s, their_mb = (
        (median(column) for column in zip(*theirs, strict=True)) if theirs else (None, None)
    )
    yield Row(
        "cold: a drum track of 2 bars, whole process",
        took_s,
        "s",
        "drums_rnn_generate",
        their_s,
        must=their_s / MUST_FASTER if their_s else None,
        moonshot=their_s / MOONSHOT_FASTER if their_s else None,
    )
    yield Row(
        "peak memory of that process",
        peak_mb,
        "MB",
        "drums_rnn_generate",
        their_mb,
        must=their_mb / MUST_LESS if their_mb else None,
        moonshot=their_mb / MOONSHOT_LESS if their_mb else None,
    )


def _our_command(bundle: Path) -> list[str]:
    return ["bridge", "generate", "-b", str(bundle), "--bars", "2", "--seed", "1", "-o", "out"]


def _their_command(bundle: Path) -> list[str]:
    return [
        "magenta.models.drums_rnn.drums_rnn_generate",
        "--config=drum_kit",
        f"--bundle_file={bundle}",
        "--output_dir=out",
        "--num_outputs=1",
        # It counts the primer's step as well.
        f"--num_steps={STEPS + 1}",
        "--primer_drums=[(36,)]",
    ]


def _run(words: list[str]) -> tuple[float, float]:
    """Seconds from the command to its end, and its peak in MB.

    Raises:
        RuntimeError: It failed, or made no MIDI file.
    """
    checkout = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join(filter(None, (str(checkout), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "PYTHONPATH": paths}
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _TELL_PEAK, *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        took_s = time.perf_counter() - begin
        peaks = [line for line in done.stderr.splitlines() if line.startswith("peak ")]
        if not list(Path(folder).rglob("*.mid")) or not peaks:
            raise RuntimeError(f"{words[0]} made no MIDI file: {done.stderr[-500:]}")
    return took_s, int(peaks[-1].split()[1]) / 1e6
