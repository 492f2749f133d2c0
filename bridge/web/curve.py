"""A training's curve for the page: the lines of JSON that `magenta-bridge train` keeps."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

EVERY_S = 1.0
MOST_BYTES = 1 << 20
MOST_EPOCHS = 2000
"""The newest are told."""

_NUMBERS = ("number", "training_nats", "validation_nats", "old_nats", "spent_s")

Epoch = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class TrainingCurve:
    """How a training goes.

    Args:
        epochs: One object for each epoch, oldest first (`bridge.training.train.Epoch`); what is
            not known is None.
    """

    epochs: tuple[Epoch, ...]


def read_curve(text: str) -> TrainingCurve:
    """A curve from its file's text; lines that are none are passed over."""
    epochs = [epoch for line in text.splitlines() if (epoch := _epoch(line)) is not None]
    return TrainingCurve(tuple(epochs[-MOST_EPOCHS:]))


class CurveWatch:
    """Looks at the file once a second, in a thread of its own, and tells what is new.

    Args:
        path: The file; it may come and go.
        tell: Is called with each new curve.
    """

    def __init__(self, path: Path, tell: Callable[[TrainingCurve], None]) -> None:
        self._path = path
        self._tell = tell
        self._seen: tuple[int, int] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="magenta-bridge-curve", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Tell the curve if the file has changed since the last look."""
        try:
            found = self._path.stat()
            seen = found.st_mtime_ns, found.st_size
            if seen == self._seen or found.st_size > MOST_BYTES:
                return
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return  # Not there, or just being written anew.
        self._seen = seen
        self._tell(read_curve(text))

    def _run(self) -> None:
        while not self._ended.wait(EVERY_S):
            self.look()


def _epoch(line: str) -> Epoch | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("number"), int):
        return None
    return {name: _number(found.get(name)) for name in _NUMBERS}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e300 and math.isfinite(value) else None
