"""What a training tells those who watch it, in two small files beside the bundle.

``curve.jsonl`` has a line for each epoch, ``progress.json`` how far the training is and, at its
end, the verdict. Who watches may be another process, the page of a running engine for instance
(`bridge.web.curve`), and finds the folder by a note that `announce` leaves in the user's own.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from bridge.paths import user_training_note
from bridge.training.train import Epoch

CURVE = "curve.jsonl"
PROGRESS = "progress.json"
EVERY_S = 1.0
"""How far it is is told at most so often."""


class Diary:
    """Keeps both files while a training runs; used as a context, so that its end is told too.

    A file that can't be written is passed over: the training is worth more than what is told of
    it, and its state, which must be kept, lies on the same disk and says what is wrong with it.

    Args:
        folder: Where the files are kept.
        name: What is being trained, for people.
        most_epochs: How many epochs the plan allows.
        now_s: A clock.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        most_epochs: int,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._name = name
        self._most_epochs = most_epochs
        self._now_s = now_s
        self._told_epochs = 0
        self._epochs = 0
        self._share = 0.0
        self._begun: tuple[float, float] | None = None
        self._told_s = -EVERY_S
        self._verdict = ""

    def __enter__(self) -> Diary:
        """Begin; the curve of an earlier training stays until this one learns."""
        self._tell("running")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _value: object, _trace: TracebackType | None
    ) -> None:
        """Tell whether it came to its end."""
        self._tell("finished" if kind is None else "stopped")

    def step(self, done: int, every: int) -> None:
        """One more update: how many of the epoch's are done, and how many there are."""
        self._share = min(1.0, (self._epochs + done / every) / self._most_epochs)
        if self._begun is None:
            self._begun = self._now_s(), self._share
            if not self._told_epochs:
                self._write(CURVE, "")
        if self._now_s() - self._told_s >= EVERY_S:
            self._tell("running")

    def epoch(self, epoch: Epoch) -> None:
        """One more epoch; of a training that goes on, each of its earlier ones first."""
        numbers = {name: value if value == value else None for name, value in asdict(epoch).items()}
        # Line by line, so that whoever reads it meanwhile finds all that were there before.
        self._write(CURVE, json.dumps(numbers) + "\n", "a" if self._told_epochs else "w")
        self._told_epochs += 1
        self._epochs = epoch.number
        self._share = min(1.0, self._epochs / self._most_epochs)
        self._tell("running")

    def end(self, verdict: str) -> None:
        """What is to be said of the whole training; told when the context is left."""
        self._verdict = verdict

    def _left_s(self) -> float | None:
        """Seconds until the plan's last epoch at the pace so far; None: not known yet."""
        if self._begun is None:
            return None
        begun_s, begun_share = self._begun
        gained = self._share - begun_share
        if gained <= 0.0:
            return None
        return (self._now_s() - begun_s) / gained * (1.0 - self._share)

    def _tell(self, state: str) -> None:
        self._told_s = self._now_s()
        told = {
            "name": self._name,
            "state": state,
            "epoch": self._epochs,
            "most_epochs": self._most_epochs,
            "share": self._share,
            "left_s": self._left_s() if state == "running" else None,
            "verdict": self._verdict,
        }
        self._write(PROGRESS, json.dumps(told) + "\n")

    def _write(self, name: str, text: str, mode: str = "w") -> None:
        # Not put in place of the old one: on Windows that fails while somebody reads it.
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            with (self._folder / name).open(mode, encoding="utf-8") as file:
                file.write(text)


def announce(folder: Path) -> None:
    """Leave a note for this user's other programs: the training begun last is kept here."""
    note = user_training_note()
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(f"{folder.resolve()}\n", encoding="utf-8")
