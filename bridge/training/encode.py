"""Magenta's inputs and labels for whole sequences at once, as indices instead of dense vectors.

Magenta's look-back encoding of a step is a few one-hot parts, a binary counter of +1 and -1, and a
flag for each look-back. Only the rows that are hot and the few dense columns are kept here; the
one-hot columns come first, the dense ones last, as in note-seq's
``LookbackEventSequenceEncoderDecoder``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRUM_CLASSES = 512
MELODY_EVENTS = 38
MELODY_LOOKBACKS_STEPS = (16, 32)

Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Layout:
    """The widths of an encoding.

    Attributes:
        one_hot_rows: Columns that are parts of one-hot vectors.
        hot_per_step: How many of them are hot in every step.
        dense_columns: Columns with values: counter bits, then look-back flags.
        classes: Number of labels.
    """

    one_hot_rows: int
    hot_per_step: int
    dense_columns: int
    classes: int

    @property
    def input_size(self) -> int:
        """Width of Magenta's input vector."""
        return self.one_hot_rows + self.dense_columns


DRUM_LAYOUT = Layout(DRUM_CLASSES, 1, 6, DRUM_CLASSES)
MELODY_LAYOUT = Layout(
    MELODY_EVENTS * (1 + len(MELODY_LOOKBACKS_STEPS)),
    1 + len(MELODY_LOOKBACKS_STEPS),
    5 + len(MELODY_LOOKBACKS_STEPS),
    MELODY_EVENTS + len(MELODY_LOOKBACKS_STEPS),
)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Inputs 0 to n-2 and the labels 1 to n-1 of a sequence of n events.

    Attributes:
        hot: Indices of the hot columns, shape (n - 1, hot_per_step).
        dense: Values of the dense columns, shape (n - 1, dense_columns).
        labels: The class to predict at each input, shape (n - 1,).
    """

    hot: NDArray[np.int32]
    dense: NDArray[np.float32]
    labels: NDArray[np.int32]

    def vectors(self, layout: Layout) -> NDArray[np.float32]:
        """Magenta's dense input vectors, shape (n - 1, input_size)."""
        full = np.zeros((len(self.labels), layout.input_size), dtype=np.float32)
        np.put_along_axis(full, self.hot.astype(np.int64), 1.0, axis=1)
        full[:, layout.one_hot_rows :] = self.dense
        return full


def counter_bits(inputs: int, bits: int) -> NDArray[np.float32]:
    """The binary counter of the step after each input: +1 or -1, lowest bit first."""
    next_steps = np.arange(1, inputs + 1)[:, None]
    return np.where(next_steps >> np.arange(bits) & 1, 1.0, -1.0).astype(np.float32)


def encode_drums(steps: Steps) -> Encoded:
    """The ``drum_kit`` encoding: 512 one-hot columns, 6 counter bits, no look-backs."""
    return Encoded(
        steps[:-1, None].astype(np.int32),
        counter_bits(len(steps) - 1, DRUM_LAYOUT.dense_columns),
        steps[1:].astype(np.int32),
    )


def shifted(events: Steps, lag_steps: int, fill: int) -> Steps:
    """The events ``lag_steps`` earlier, with ``fill`` before the first."""
    head = np.full(min(lag_steps, len(events)), fill, dtype=np.int64)
    return np.concatenate([head, events[: max(0, len(events) - lag_steps)]])


def encode_melody(events: Steps) -> Encoded:
    """The ``lookback_rnn`` encoding of classes 0 (no event), 1 (note off) and 2 + pitch - 48."""
    inputs = len(events) - 1
    hot = [events[:-1]]
    flags = []
    labels = events.copy()
    for index, lag in enumerate(MELODY_LOOKBACKS_STEPS):
        before = shifted(events, lag, -1)
        labels[events == before] = MELODY_EVENTS + index
        flags.append((events == before)[:-1])
        hot.append(MELODY_EVENTS * (index + 1) + np.maximum(before[1:], 0))
    # Before the longest look-back is reached, Magenta writes "no event" as that look-back.
    early = np.arange(len(events)) < MELODY_LOOKBACKS_STEPS[-1]
    labels[early & (events == 0)] = MELODY_LAYOUT.classes - 1
    counter = counter_bits(inputs, MELODY_LAYOUT.dense_columns - len(flags))
    return Encoded(
        np.stack(hot, axis=1).astype(np.int32),
        np.concatenate([counter, np.stack(flags, axis=1).astype(np.float32)], axis=1),
        labels[1:].astype(np.int32),
    )


def drum_features() -> NDArray[np.float32]:
    """What the 512 drum sets share: their nine class bits and the 36 pairs of them, (512, 45)."""
    bits = (np.arange(DRUM_CLASSES)[:, None] >> np.arange(9) & 1).astype(np.float32)
    first, second = np.triu_indices(9, k=1)
    return np.concatenate([bits, bits[:, first] * bits[:, second]], axis=1)
