"""Segments for truncated back-propagation, cut from encoded sequences.

In use a call is one to eight bars and the state starts from zero, so lanes start anew often, at any
bar line; the rest of the time they carry their state on, as in a longer call and answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.training.encode import Coding, Reader, Steps, Table


@dataclass(slots=True)
class Segment:
    """One segment of every lane, time first.

    Attributes:
        rows: Rows of the input table, shape (steps, lanes, rows_per_step).
        labels: Classes to predict, shape (steps, lanes).
        weights: 1 where there is a label, else 0, shape (steps, lanes).
        carried: 1 where the lane's state carries on, 0 where it starts anew, shape (lanes,).
    """

    rows: NDArray[np.int32]
    labels: NDArray[np.int32]
    weights: NDArray[np.float32]
    carried: NDArray[np.float32]


def empty_segment(table: Table, steps: int, lanes: int) -> Segment:
    """A segment without labels, to be filled lane by lane."""
    return Segment(
        np.full((steps, lanes, table.rows_per_step), table.row_count, np.int32),
        np.zeros((steps, lanes), np.int32),
        np.zeros((steps, lanes), np.float32),
        np.zeros(lanes, np.float32),
    )


def fill_lane(segment: Segment, lane: int, reader: Reader) -> None:
    """Read the next inputs and labels into a lane, as many as are left and fit."""
    segment.carried[lane] = float(reader.place > 0)
    encoded = reader.take(len(segment.labels))
    size = len(encoded.labels)
    segment.rows[:size, lane] = encoded.rows
    segment.labels[:size, lane] = encoded.labels
    segment.weights[:size, lane] = 1.0


@dataclass(frozen=True, slots=True)
class SamplerOptions:
    """How training segments are drawn.

    Attributes:
        steps: Steps of a segment.
        lanes: Sequences side by side.
        steps_per_bar: Starts are multiples of it.
        restart_share: Probability that a lane starts anew although its sequence goes on.
    """

    steps: int = 64
    lanes: int = 64
    steps_per_bar: int = 16
    restart_share: float = 0.3


def training_segments(
    sequences: Sequence[Steps],
    coding: Coding,
    options: SamplerOptions,
    random: np.random.Generator,
) -> Iterator[Segment]:
    """Segments without end; a sequence is drawn in proportion to its length."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.float64)
    shares = lengths / lengths.sum()

    def fresh() -> Reader:
        sequence = sequences[random.choice(len(sequences), p=shares)]
        lines = coding.cut.bar_lines(sequence, options.steps_per_bar)
        line = int(lines[random.integers(max(1, len(lines) - 2))])
        return coding.reader(coding.cut.window(sequence, line, len(sequence)))

    lanes = [fresh() for _ in range(options.lanes)]
    while True:
        segment = empty_segment(coding.table, options.steps, options.lanes)
        for lane, reader in enumerate(lanes):
            fill_lane(segment, lane, reader)
            if reader.ended or random.random() < options.restart_share:
                lanes[lane] = fresh()
        yield segment


def evaluation_segments(
    sequences: Sequence[Steps], coding: Coding, steps: int, lanes: int
) -> Iterator[Segment]:
    """Every label of every sequence once, each sequence from a state of zero."""
    order = sorted(sequences, key=len)
    for first in range(0, len(order), lanes):
        readers = [coding.reader(sequence) for sequence in order[first : first + lanes]]
        while not readers[-1].ended:
            segment = empty_segment(coding.table, steps, lanes)
            for lane, reader in enumerate(readers):
                fill_lane(segment, lane, reader)
            yield segment
