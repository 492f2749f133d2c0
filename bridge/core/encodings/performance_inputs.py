"""The input of a performance model: the last event, and the conditions of the next.

Events are one-hot, or with modulo encoding a few points on circles: the pitch on a circle of twelve
octaves and on one of twelve semitones, times and velocities on circles of their own (note-seq,
``PerformanceModuloEncoding``). Conditions fill the first columns
(``ConditionalEventSequenceEncoderDecoder``); they are those of the moment at which the next event
happens.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.conditions import Conditions, SignalRows, Signals
from bridge.core.encodings.inputs import (
    DenseBlock,
    EventTracker,
    InputBlock,
    OneHotBlock,
    first_rows,
)
from bridge.core.encodings.performance import (
    MAX_SHIFT_STEPS,
    NOTE_OFF,
    NOTE_ON,
    TIME_SHIFT,
    VELOCITY,
    shift_of,
)

_PITCHES = 128
_PITCH_CIRCLE = 144
_PITCH_WIDTH, _POINT_WIDTH = 5, 3


@dataclass(frozen=True)
class PerformanceEncoding:
    """Events of a performance, with or without conditions.

    Args:
        velocity_bins: Number of velocity bins, 0 for none.
        modulo: Whether events come as points on circles.
        signals: The conditions.
    """

    velocity_bins: int = 0
    modulo: bool = False
    signals: Signals = field(default_factory=Signals)

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        if not self.modulo:
            return self.signals.width + self.class_count
        points = 2 if self.velocity_bins else 1
        return self.signals.width + 2 * _PITCH_WIDTH + points * _POINT_WIDTH

    @property
    def class_count(self) -> int:
        """One class for each event."""
        return VELOCITY + self.velocity_bins

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The events; then the conditions."""
        column = self.signals.width
        events: InputBlock = OneHotBlock(column, self.class_count)
        if self.modulo:
            events = DenseBlock(column, _circles(self.velocity_bins))
        return (events, *self.signals.blocks)

    def tracker(self) -> PerformanceTracker:
        """A tracker that has seen no event, under Magenta's default conditions."""
        return self.conditioned(Conditions(), 0)

    def conditioned(self, conditions: Conditions, total_steps: int) -> PerformanceTracker:
        """A tracker that has seen no event.

        Args:
            conditions: What the model is told; ignored as far as it takes no conditions.
            total_steps: Length of call and answer together.
        """
        first = first_rows(self.blocks)[1] if self.signals.blocks else 0
        return PerformanceTracker(self.signals.over(conditions, total_steps, first))


class PerformanceTracker(EventTracker):
    """Follows the events of a `PerformanceEncoding`."""

    __slots__ = ("_step", "events", "signals")

    def __init__(self, signals: SignalRows) -> None:
        self.signals = signals
        self.events: list[int] = []
        self._step = 0

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)
        self._step += shift_of(event)

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the input after the last event."""
        return (self.events[-1], *self.signals.at(self._step))

    def class_of(self, event: int) -> int:
        """The class that stands for ``event``: itself."""
        return event

    def event_of(self, class_index: int) -> int:
        """The event that a class stands for: itself."""
        return class_index

    def copy(self) -> PerformanceTracker:
        """An independent tracker at the same place."""
        other = PerformanceTracker(self.signals)
        other.events = self.events.copy()
        other._step = self._step
        return other


def _circles(velocity_bins: int) -> npt.NDArray[np.float64]:
    """A row for each event: a 1 for its kind, then its cosines and sines."""
    kinds = [
        (NOTE_ON, _PITCHES, _PITCH_WIDTH),
        (NOTE_OFF, _PITCHES, _PITCH_WIDTH),
        (TIME_SHIFT, MAX_SHIFT_STEPS, _POINT_WIDTH),
        (VELOCITY, velocity_bins, _POINT_WIDTH),
    ]
    width = sum(width for _, count, width in kinds if count)
    rows = np.zeros((VELOCITY + velocity_bins, width))
    column = 0
    for first, count, columns in kinds:
        values = np.arange(count)
        part = rows[first : first + count, column : column + columns]
        part[:, 0] = 1.0
        if columns == _PITCH_WIDTH:
            part[:, 1:3] = _points(values, _PITCH_CIRCLE)
            part[:, 3:5] = _points(values % 12, 12)
        elif count:
            part[:, 1:3] = _points(values, count)
        column += columns
    return rows


def _points(values: npt.NDArray[np.int_], count: int) -> npt.NDArray[np.float64]:
    """Cosine and sine of places on a circle of ``count`` places."""
    angles = values * (2.0 * np.pi / count)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)
