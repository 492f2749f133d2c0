"""Segments for truncated back-propagation, cut from encoded sequences.

In use a call is one to eight bars and the state starts from zero, so lanes start anew often, at any
bar line; the rest of the time they carry their state on, as in a longer call and answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.training.encode import Encoded, Layout, Steps

Encoder = Callable[[Steps], Encoded]


@dataclass(slots=True)
class Segment:
    """One segment of every lane, time first.

    Attributes:
        hot: Hot input columns, shape (steps, lanes, hot_per_step).
        dense: Dense input columns, shape (steps, lanes, dense_columns).
        labels: Classes to predict, shape (steps, lanes).
        weights: 1 where there is a label, else 0, shape (steps, lanes).
        carried: 1 where the lane's state carries on, 0 where it starts anew, shape (lanes,).
    """

    hot: NDArray[np.int32]
    dense: NDArray[np.float32]
    labels: NDArray[np.int32]
    weights: NDArray[np.float32]
    carried: NDArray[np.float32]


def empty_segment(layout: Layout, steps: int, lanes: int) -> Segment:
    """A segment without labels, to be filled lane by lane."""
    return Segment(
        np.zeros((steps, lanes, layout.hot_per_step), np.int32),
        np.zeros((steps, lanes, layout.dense_columns), np.float32),
        np.zeros((steps, lanes), np.int32),
        np.zeros((steps, lanes), np.float32),
        np.zeros(lanes, np.float32),
    )


def fill_lane(segment: Segment, lane: int, encoded: Encoded, start: int) -> int:
    """Copy inputs from ``start`` on into a lane; returns where the next segment starts."""
    end = min(len(encoded.labels), start + len(segment.labels))
    size = end - start
    segment.hot[:size, lane] = encoded.hot[start:end]
    segment.dense[:size, lane] = encoded.dense[start:end]
    segment.labels[:size, lane] = encoded.labels[start:end]
    segment.weights[:size, lane] = 1.0
    segment.carried[lane] = float(start > 0)
    return end


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
    encode: Encoder,
    layout: Layout,
    options: SamplerOptions,
    random: np.random.Generator,
) -> Iterator[Segment]:
    """Segments without end; a sequence is drawn in proportion to its length."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.float64)
    shares = lengths / lengths.sum()

    def fresh() -> Encoded:
        sequence = sequences[random.choice(len(sequences), p=shares)]
        bars = max(1, len(sequence) // options.steps_per_bar - 1)
        return encode(sequence[int(random.integers(bars)) * options.steps_per_bar :])

    lanes: list[tuple[Encoded, int]] = [(fresh(), 0) for _ in range(options.lanes)]
    while True:
        segment = empty_segment(layout, options.steps, options.lanes)
        for lane, (encoded, start) in enumerate(lanes):
            end = fill_lane(segment, lane, encoded, start)
            over = end >= len(encoded.labels) or random.random() < options.restart_share
            lanes[lane] = (fresh(), 0) if over else (encoded, end)
        yield segment


def evaluation_segments(
    encoded: Sequence[Encoded], layout: Layout, steps: int, lanes: int
) -> Iterator[Segment]:
    """Every label of every sequence once, each sequence from a state of zero."""
    order = sorted(encoded, key=lambda one: len(one.labels))
    for first in range(0, len(order), lanes):
        group = order[first : first + lanes]
        for start in range(0, len(group[-1].labels), steps):
            segment = empty_segment(layout, steps, lanes)
            for lane, one in enumerate(group):
                if start < len(one.labels):
                    fill_lane(segment, lane, one, start)
            yield segment
