"""The input of a network as a sum of rows of a fixed table.

Magenta gives its networks wide vectors that are nearly all zeros, and works some of them out anew
from the whole history at every step. Here each encoding names its rows once, and then says at each
step which few of them add up to the input vector. A network multiplies the rows by its first
weights when it is loaded, so that a step needs neither the vector nor the multiplication.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating]

Rows = tuple[int, ...]
"""Rows of the table that add up to something."""


@dataclass(frozen=True, slots=True)
class OneHotBlock:
    """``count`` rows, row i with a single 1 in column ``column + i``."""

    column: int
    count: int

    def times(self, weights: FloatArray) -> FloatArray:
        """These rows times ``weights`` (input width, n): an array (count, n)."""
        return weights[self.column : self.column + self.count]


@dataclass(frozen=True, slots=True)
class DenseBlock:
    """Rows of any values in the columns from ``column`` on.

    Args:
        column: First column that they fill.
        rows: The values, shape (count, columns).
    """

    column: int
    rows: npt.NDArray[np.float64]

    @property
    def count(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def times(self, weights: FloatArray) -> FloatArray:
        """These rows times ``weights`` (input width, n): an array (count, n)."""
        columns = weights[self.column : self.column + self.rows.shape[1]]
        return np.asarray(self.rows @ columns)


InputBlock = OneHotBlock | DenseBlock


def first_rows(blocks: Sequence[InputBlock]) -> tuple[int, ...]:
    """Number of each block's first row when all blocks are stacked."""
    firsts, total = [], 0
    for block in blocks:
        firsts.append(total)
        total += block.count
    return tuple(firsts)


def folded(blocks: Sequence[InputBlock], weights: FloatArray, bias: FloatArray) -> FloatArray:
    """All rows times ``weights``, with ``bias`` added to the first block's.

    Every input has exactly one row of the first block, so the bias comes in exactly once.

    Args:
        blocks: The encoding's blocks.
        weights: Shape (input width, n).
        bias: Shape (n,).

    Returns:
        Array (all rows, n).
    """
    parts = [block.times(weights) for block in blocks]
    parts[0] = parts[0] + bias
    return np.concatenate(parts, axis=0)


def half_sets(half: int) -> npt.NDArray[np.float64]:
    """Row n holds the ``half`` bits of n, lowest first, as 1 and 0.

    A set is written as two such halves: two times 64 rows do for twelve bits, instead of 4096.
    """
    return (np.arange(1 << half)[:, None] >> np.arange(half) & 1).astype(np.float64)


def counter_rows(bits: int, bar_steps: int | None = None) -> npt.NDArray[np.float64]:
    """Magenta's binary counters: row n holds the bits of n, lowest first, as 1 and -1.

    Args:
        bits: Number of counters; there are ``2**bits`` rows.
        bar_steps: Adds a column that is 1 where n is a multiple of this, else 0.
    """
    numbers = np.arange(1 << bits)
    rows = np.where(numbers[:, None] >> np.arange(bits) & 1, 1.0, -1.0)
    if bar_steps is None:
        return rows
    return np.concatenate([rows, (numbers % bar_steps == 0)[:, None].astype(np.float64)], axis=1)


class EventTracker(Protocol):
    """Follows a sequence of events in constant time an event."""

    events: list[int]

    def push(self, event: int) -> None:
        """The next event happened."""
        ...

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the network's next input; needs one event at least."""
        ...

    def class_of(self, event: int) -> int:
        """The class that the network should have predicted if ``event`` comes next."""
        ...

    def event_of(self, class_index: int) -> int:
        """The event that a predicted class stands for."""
        ...

    def copy(self) -> EventTracker:
        """An independent tracker at the same place."""
        ...


class InputEncoding(Protocol):
    """How the events of one family of models become inputs and classes."""

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        ...

    @property
    def class_count(self) -> int:
        """Number of classes that the network predicts."""
        ...

    @property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The rows of the table; every input has exactly one row of the first block."""
        ...

    def tracker(self) -> EventTracker:
        """A tracker that has seen no event."""
        ...
