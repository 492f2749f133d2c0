"""Bundles to measure: made by Magenta itself where it is installed, played by all who can."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Generic, TypeVar

import numpy as np

from benchmarks.rows import Row
from bridge.models.kernel.choice import engage
from bridge.models.kernel.library import KernelLibrary
from bridge.models.loading import PlayableModel, load_model
from tests.fakes.bundle_writer import (
    NADE_SHAPES,
    PERFORMANCE_SHAPES,
    SHAPES,
    Shape,
    nade_bundle,
    random_bundle,
)

UNITS = {
    "drum_kit": ((256, 256, 256), 32),
    "attention_rnn": ((128, 128), 40),
    "basic_improv": ((64, 64), 0),
    "attention_improv": ((128, 128, 128), 40),
    "chord_pitches_improv": ((256, 256, 256), 0),
    "polyphony": ((256, 256, 256), 0),
    **dict.fromkeys(PERFORMANCE_SHAPES, ((512, 512, 512), 0)),
}
"""Magenta's own sizes, for random networks; all others are (128, 128) without attention."""

TURN_S = 0.03
Play = Callable[[], object]
Model = TypeVar("Model", bound=PlayableModel)


@dataclass(frozen=True, slots=True)
class Subject(Generic[Model]):
    """One bundle, played by all.

    Args:
        name: What it is called in the rows.
        path: The file.
        numpy: Played by NumPy.
        kernel: Played by the kernel; None where there is none.
    """

    name: str
    path: Path
    numpy: Model
    kernel: Model | None

    @property
    def players(self) -> list[tuple[Model, str]]:
        """Who plays it, the fastest first, and what they are called."""
        found = [(self.numpy, "NumPy")]
        return [(self.kernel, "kernel"), *found] if self.kernel else found


def has_magenta() -> bool:
    """Whether the peer is installed."""
    return all(importlib.util.find_spec(name) for name in ("magenta", "tensorflow"))


def write(name: str, path: Path, *, batch: int = 1, units: tuple[int, ...] = ()) -> None:
    """Make a bundle of a configuration.

    Args:
        name: Magenta's name of it.
        path: Where it goes.
        batch: Batch size that it is saved with.
        units: Widths of the layers; empty: the configuration's own.
    """
    if name in NADE_SHAPES:
        # Magenta's own size; its fresh weights would have half of all keys sound at once.
        quiet = np.random.RandomState(1).randn(88, 128, 1).astype(np.float32) / 8
        size = Shape(88, 128 + 88, (128, 128, 128))
        path.write_bytes(nade_bundle(name, shape=size, nade__w_dec_t=quiet))
        return
    if has_magenta():
        from tests.models.magenta_oracle import build_bundle

        build_bundle(name, path, batch=batch, gain=1.0, units=units)
        return
    sizes = {**SHAPES, **PERFORMANCE_SHAPES}[name]
    own, attention = UNITS.get(name, ((128, 128), 0))
    shape = Shape(sizes.inputs, sizes.classes, units or own, attention)
    path.write_bytes(random_bundle(name, shape=shape, gain=0.5))


def subject_of(
    name: str, path: Path, kernel: KernelLibrary | None, kind: type[Model]
) -> Subject[Model]:
    """A bundle with all its players, loaded."""
    engage(kernel)
    compiled = load_model(name, path) if kernel else None
    # A kernel that is engaged takes over the networks there are, so NumPy's comes after it.
    engage(None)
    plain = load_model(name, path)
    assert isinstance(plain, kind) and (compiled is None or isinstance(compiled, kind))
    return Subject(name, path, plain, compiled)


def ratio_row(metric: str, value: float, peer: float | None, goals: tuple[float, float]) -> Row:
    """A row in microseconds beside Magenta's; goals as times faster."""
    must, moonshot = (peer / goal if peer else None for goal in goals)
    return Row(metric, value, "µs", "Magenta", peer, must=must, moonshot=moonshot)


def seconds_each(plays: list[Play], repeats: int) -> list[float]:
    """Medians of each, taken in turns so that all see the same machine; one round warms up.

    A play of a millisecond beside one of a second would be measured at its worst moment only, with
    whatever the long one left behind: so each turn has at least `TURN_S` of each.
    """
    times: list[list[float]] = [[] for _ in plays]
    for turn in range(repeats + 1):
        for play, found in zip(plays, times, strict=True):
            began = time.perf_counter()
            while True:
                begin = time.perf_counter()
                play()
                now = time.perf_counter()
                if turn:
                    found.append(now - begin)
                if now - began >= TURN_S:
                    break
    return [median(found) for found in times]
