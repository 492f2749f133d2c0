"""A training as the page shows it: its curve and how far it is, from the two files it keeps.

Which training: the one that the configuration names, else the one that this user began last, which
leaves a note of its folder (`bridge.paths.user_training_note`).
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bridge.paths import user_training_note

EVERY_S = 1.0
SILENT_S = 120.0
"""A training that runs tells something more often than this."""
MOST_BYTES = 1 << 22
MOST_NOTE_BYTES = 4096
MOST_EPOCHS = 2000
"""The newest are told."""
CURVE = "curve.jsonl"
PROGRESS = "progress.json"
STATES = ("running", "finished", "stopped")
SILENT = "silent"

_NUMBERS = ("number", "training_nats", "validation_nats", "old_nats", "spent_s")

Epoch = dict[str, float | None]
_Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrainingCurve:
    """How a training goes.

    Args:
        epochs: One object for each epoch, oldest first (`bridge.training.train.Epoch`); what is
            not known is None.
        name: What is trained; empty: not known.
        state: ``running``, ``finished``, ``stopped`` (by Ctrl-C or an error), ``silent`` (it
            should run, and nothing was heard of it for `SILENT_S`); empty: not known.
        most_epochs: How many there may be; it may end sooner. 0: not known.
        share: How much of them is done, 0 to 1; None: not known.
        left_s: Seconds until all of them are done, at the pace so far; None: not known.
        verdict: What came of it; empty until it is finished.
    """

    epochs: tuple[Epoch, ...]
    name: str = ""
    state: str = ""
    most_epochs: int = 0
    share: float | None = None
    left_s: float | None = None
    verdict: str = ""


def read_curve(text: str, progress: str = "", *, silent: bool = False) -> TrainingCurve:
    """A training from the text of its two files; what makes no sense is passed over.

    Args:
        text: Of its curve.
        progress: Of how far it is.
        silent: Whether nothing was heard of it for long.
    """
    found = [epoch for line in text.splitlines() if (epoch := _epoch(line)) is not None]
    epochs = tuple(found[-MOST_EPOCHS:])
    told = _object(progress)
    if told is None:
        return TrainingCurve(epochs)
    state = told.get("state")
    state = state if state in STATES else ""
    most = _number(told.get("most_epochs"))
    return TrainingCurve(
        epochs,
        _text(told.get("name")),
        SILENT if silent and state == "running" else state,
        int(most) if most is not None and 0 < most < 1e9 else 0,
        _number(told.get("share")),
        _number(told.get("left_s")),
        _text(told.get("verdict")),
    )


class CurveWatch:
    """Looks at the files once a second, in a thread of its own, and tells what is new.

    Args:
        named: The training's folder or its curve; it may come and go. None: the training that was
            begun last, if it was heard of since shortly before now.
        tell: Is called with each new curve.
        now_s: Seconds of the clock that files are stamped with.
    """

    def __init__(
        self,
        named: Path | None,
        tell: Callable[[TrainingCurve], None],
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._named = named
        self._tell = tell
        self._now_s = now_s
        self._since_s = now_s() - SILENT_S
        self._seen: object = None
        self._progress: dict[Path, str] = {}
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
        """Tell the training if something of it has changed since the last look."""
        path = self._curve()
        if path is None:
            return
        progress = path.with_name(PROGRESS)
        seen = _stamp(path), _stamp(progress)
        heard_s = max((stamp[0] / 1e9 for stamp in seen if stamp is not None), default=0.0)
        if heard_s == 0.0 or (self._named is None and heard_s < self._since_s):
            return
        silent = self._now_s() - heard_s > SILENT_S
        if (path, seen, silent) == self._seen:
            return
        self._seen = path, seen, silent
        told = _content(progress)
        # Just being written, it is half of itself: what was read before holds.
        self._progress[path] = told if _object(told) is not None else self._progress.get(path, "")
        self._tell(read_curve(_content(path), self._progress[path], silent=silent))

    def _curve(self) -> Path | None:
        if self._named is None:
            folder = _noted()
            return folder / CURVE if folder is not None else None
        return self._named / CURVE if self._named.is_dir() else self._named

    def _run(self) -> None:
        self.look()
        while not self._ended.wait(EVERY_S):
            self.look()


def _noted() -> Path | None:
    """Folder of the training that was begun last, if there is one."""
    text = _content(user_training_note(), MOST_NOTE_BYTES).strip()
    # A note that somebody else wrote may hold anything; a path with a zero in it is none.
    return Path(text) if text and "\0" not in text else None


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _content(path: Path, most_bytes: int = MOST_BYTES) -> str:
    """A file's text; empty where there is none, or too much of it."""
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError:
        return ""
    return data.decode(errors="replace") if len(data) <= most_bytes else ""


def _object(line: str) -> dict[str, object] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _epoch(line: str) -> Epoch | None:
    found = _object(line)
    if found is None or not isinstance(found.get("number"), int):
        return None
    return {name: _number(found.get(name)) for name in _NUMBERS}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 1e300 and math.isfinite(value) else None


def _text(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""
