"""Sequences of events as what a network hears and should say: rows of the input table, and classes.

The encodings of the engine (`bridge.core.encodings`) are used as they are, so a network is trained
on exactly what it will hear when it plays. Each step's input is a sum of a few rows of a fixed
table; rows are numbered here, and steps with fewer rows than others are filled up with a row of
zeros at the table's end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.inputs import EventTracker, InputBlock, InputEncoding, Rows
from bridge.training.cutting import GRID, Cut

Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The input table of an encoding.

    Attributes:
        blocks: Its rows, as the encoding names them.
        input_size: Width of the encoding's input vector.
        classes: Number of classes to predict.
        rows_per_step: Most rows that a step adds up.
    """

    blocks: tuple[InputBlock, ...]
    input_size: int
    classes: int
    rows_per_step: int

    @staticmethod
    def of(inputs: InputEncoding, rows_per_step: int) -> Table:
        """The table of an encoding."""
        return Table(inputs.blocks, inputs.input_width, inputs.class_count, rows_per_step)

    @property
    def row_count(self) -> int:
        """Number of its rows; the row of zeros comes after them."""
        return sum(block.count for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Inputs 0 to n-2 and the classes 1 to n-1 of a sequence of n events.

    Attributes:
        rows: Rows of the table, shape (n - 1, rows_per_step).
        labels: The class to predict at each input, shape (n - 1,).
    """

    rows: NDArray[np.int32]
    labels: NDArray[np.int32]

    def vectors(self, table: Table) -> NDArray[np.float32]:
        """The encoding's dense input vectors, shape (n - 1, input_size)."""
        identity = np.eye(table.input_size, dtype=np.float32)
        dense = [block.times(identity) for block in table.blocks]
        rows = np.concatenate([*dense, np.zeros((1, table.input_size), np.float32)])
        return np.asarray(rows[self.rows].sum(axis=1), np.float32)


class Reader:
    """Encodes a sequence bit by bit.

    Args:
        inputs: The encoding.
        table: Its table.
        events: The events, in the encoding's own numbers.
        conditions: For each of them, rows to add for what is known of the event after it, such as
            its chord; empty: none.
    """

    def __init__(
        self,
        inputs: InputEncoding,
        table: Table,
        events: Sequence[int],
        conditions: Sequence[Rows] = (),
    ) -> None:
        self._events, self._conditions, self._table = events, conditions, table
        self._tracker: EventTracker = inputs.tracker()
        self.place = 0

    @property
    def ended(self) -> bool:
        """Whether every label was given."""
        return self.place >= len(self._events) - 1

    def take(self, count: int) -> Encoded:
        """The next inputs and labels, ``count`` of them or as many as are left."""
        end = min(len(self._events) - 1, self.place + count)
        size = max(0, end - self.place)
        rows = np.full((size, self._table.rows_per_step), self._table.row_count, np.int32)
        labels = np.zeros(size, np.int32)
        for number in range(size):
            now = self.place + number
            self._tracker.push(self._events[now])
            found = self._tracker.rows() + (self._conditions[now] if self._conditions else ())
            rows[number, : len(found)] = found
            labels[number] = self._tracker.class_of(self._events[now + 1])
        self.place += size
        return Encoded(rows, labels)


def row_shares(table: Table, blocks: Sequence[int], share: float) -> NDArray[np.float32]:
    """For each row, the row of zeros too, with which probability training leaves it out.

    Args:
        table: The table.
        blocks: Numbers of the blocks whose rows may be left out.
        share: The probability.
    """
    shares = [
        np.full(block.count, share if number in blocks else 0.0)
        for number, block in enumerate(table.blocks)
    ]
    return np.concatenate([*shares, [0.0]]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Coding:
    """How sequences of a family of models are learnt.

    Attributes:
        inputs: The encoding.
        table: Its table.
        event: The encoding's event of a number in a sequence.
        condition: Rows to add for what is known of a number in a sequence before it comes, such as
            its chord; None: nothing is.
        cut: Where its bars begin.
    """

    inputs: InputEncoding
    table: Table
    event: Callable[[int], int] = int
    condition: Callable[[int], Rows] | None = None
    cut: Cut = GRID

    def reader(self, steps: Steps) -> Reader:
        """A reader of a sequence."""
        numbers = steps.tolist()
        events = [self.event(number) for number in numbers]
        return Reader(self.inputs, self.table, events, self.conditions(steps))

    def conditions(self, steps: Steps) -> list[Rows]:
        """For each step of a sequence the rows for the step after it; none after the last."""
        if self.condition is None:
            return []
        return [self.condition(number) for number in steps[1:].tolist()] + [()]

    def encode(self, steps: Steps) -> Encoded:
        """A whole sequence."""
        return self.reader(steps).take(len(steps))
