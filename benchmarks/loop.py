"""Two models that answer each other for an hour of virtual time: drums, and melodies.

`python -m benchmarks loop` prints the numbers, `python -m benchmarks.loop --picture FILE` draws the
same hour.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.loop_picture import picture
from benchmarks.loop_run import LoopResult, play_loop
from benchmarks.rows import Better, Row
from bridge.core.events import Guard

BUNDLES = ("groove_drums", "session_melody")
HOUR_S, QUICK_S = 3600.0, 120.0
MOST_SILENT_BARS = 6
"""Two quiet bars and one in which an answer is asked for; the same again where it is silent too."""
MOST_GROWTH_MB = (20.0, 5.0)


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    for bundle in BUNDLES:
        begin_s = time.monotonic()
        result = play_loop(bundle, QUICK_S if quick else HOUR_S)
        yield from _rows(result, time.monotonic() - begin_s)


def _rows(result: LoopResult, took_s: float) -> Iterator[Row]:
    name = f"{result.bundle} A <-> B, {result.seconds / 60:g} min of virtual time"
    speed = result.seconds / took_s
    yield Row(f"{name}: faster than real time", speed, "x", better=Better.HIGHER)
    yield Row(f"{name}: answers", len(result.steps), "", better=Better.HIGHER)
    yield Row(
        f"{name}: longest silence", result.longest_silence_bars, "bars", must=MOST_SILENT_BARS
    )
    most = result.most_in_a_beat
    yield Row(f"{name}: most notes of a player in a beat", most, "notes", must=result.limit)
    for guard in Guard:
        yield Row(f"{name}: guard against {guard.value} acted", result.acted[guard], "times")
    yield Row(f"{name}: notes without an end", result.hanging, "notes", must=0, moonshot=0)
    yield Row(f"{name}: mistakes and warnings", result.faults + len(result.warnings), "", must=0)
    must, moonshot = MOST_GROWTH_MB
    grown = (result.resident_bytes[-1] - result.resident_bytes[0]) / 2**20
    yield Row(f"{name}: memory grown since a tenth", grown, "MB", must=must, moonshot=moonshot)
    objects = result.objects[-1] - result.objects[0]
    yield Row(f"{name}: objects grown since a tenth", objects, "")
    values = np.array([step.nats_per_step for step in result.steps])
    sixth = max(1, len(values) // 6)
    for which, part in (("first", values[:sixth]), ("last", values[-sixth:])):
        label = f"{name}: nats a step, mean of the {which} sixth"
        yield Row(label, float(part.mean()), "nats", better=Better.HIGHER)
    total = sum(step.total_nats for step in result.steps)
    yield Row(f"{name}: running sum at the end", total, "nats", better=Better.HIGHER)


def main() -> int:
    """Play the hour and draw it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description=__doc__)
    parser.add_argument("--picture", type=Path, required=True, help="where the SVG goes")
    parser.add_argument("--minutes", type=float, default=HOUR_S / 60.0, help="of virtual time")
    arguments = parser.parse_args()
    results = [play_loop(bundle, arguments.minutes * 60.0) for bundle in BUNDLES]
    arguments.picture.write_text(picture(results), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
