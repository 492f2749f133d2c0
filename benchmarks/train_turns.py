"""Two trainers in processes of their own, that work by turns so that both see the same machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from types import TracebackType

SAYS = "turn: "
"""Begins the lines that are meant for the benchmark; TensorFlow and Magenta print others."""
BUNDLE = "trained.mag"


class Turns:
    """A trainer's side: counts its updates and their time, and stops when its turn is over.

    Args:
        turn: Updates of a turn.
        updates: Updates in all.
    """

    def __init__(self, turn: int, updates: int) -> None:
        self._turn, self._updates = turn, updates
        self._done = self._labels = 0
        self._spent_s = self._worked_s = 0.0
        self.again()

    def begin(self) -> None:
        """Wait for the first turn."""
        self._wait()
        self.again()

    def again(self) -> None:
        """What was done since the last update, such as a validation, doesn't count."""
        self._began_s, self._began_cpu_s = time.perf_counter(), time.process_time()

    def updated(self, labels: Callable[[], int]) -> None:
        """An update is done.

        Args:
            labels: Says how many it learnt from; the asking doesn't count.
        """
        self._spent_s += time.perf_counter() - self._began_s
        self._worked_s += time.process_time() - self._began_cpu_s
        self._done += 1
        self._labels += labels()
        if self._done % self._turn == 0 or self._done == self._updates:
            left = self._updates - self._done
            told = [self._spent_s, self._worked_s, self._labels, left]
            print(SAYS + json.dumps(told), flush=True)
            self._spent_s, self._worked_s, self._labels = 0.0, 0.0, 0
            if left:
                self._wait()
        self.again()

    @staticmethod
    def _wait() -> None:
        if not sys.stdin.readline():
            sys.exit("The benchmark is gone.")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a trainer did in a turn.

    Attributes:
        spent_s: Wall time of its updates.
        worked_s: CPU time of all its threads meanwhile.
        labels: How many it learnt from.
    """

    spent_s: float
    worked_s: float
    labels: int


class Trainer:
    """The benchmark's side of one.

    Args:
        module: What it runs.
        folder: Where its task is, and its bundle will be.
    """

    def __init__(self, module: str, folder: Path) -> None:
        checkout = str(Path(__file__).resolve().parents[1])
        paths = os.pathsep.join(filter(None, (checkout, os.environ.get("PYTHONPATH"))))
        self._log = folder / f"{module}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, str(folder)],
                env={**os.environ, "PYTHONPATH": paths},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._turns: list[Turn] = []
        self.left = 1

    def __enter__(self) -> Trainer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def take_turn(self) -> None:
        """Let it work for a turn, if it isn't done.

        Raises:
            RuntimeError: It failed.
        """
        if not self.left:
            return
        assert self._process.stdin is not None and self._process.stdout is not None
        print("go", file=self._process.stdin, flush=True)
        for line in self._process.stdout:
            if line.startswith(SAYS):
                spent_s, worked_s, labels, self.left = json.loads(line.removeprefix(SAYS))
                self._turns.append(Turn(spent_s, worked_s, labels))
                return
        self._failed()

    def finish(self) -> None:
        """Wait until it has written its bundle.

        Raises:
            RuntimeError: It failed.
        """
        self._process.communicate()
        if self._process.returncode:
            self._failed()

    @property
    def labels_per_s(self) -> float:
        """Median of its turns but the first, in which it builds its graph."""
        return median(turn.labels / turn.spent_s for turn in self._turns[1:])

    @property
    def labels_per_cpu_s(self) -> float:
        """The same of CPU time: what it would be if no other program ran."""
        return median(turn.labels / turn.worked_s for turn in self._turns[1:])

    @property
    def labels(self) -> int:
        """Of all turns."""
        return sum(turn.labels for turn in self._turns)

    def _failed(self) -> None:
        told = self._log.read_text(encoding="utf-8", errors="replace")
        raise RuntimeError(f"{self._log.stem} failed: {told[-800:]}")
