"""What a conditioned performance model is told beside the music.

Three signals, each for a stretch of call and answer: how many notes a second there should be, how
much each pitch class should sound, and whether to leave these two open. A list of values is spread
evenly over call and answer together, as ``performance_sequence_generator`` does. Source: note-seq,
``performance_controls``.

The weights of pitch classes are any numbers, and an input must be a sum of a few rows: so they are
written as eight octal digits, one row each. That is exact to 2**-25, the rounding of float32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.inputs import DenseBlock, InputBlock, OneHotBlock
from bridge.errors import ControlsRejected

PITCH_CLASSES = 12
NOTES_PER_SECOND = 15.0
"""``DEFAULT_NOTE_DENSITY``."""
DENSITY_EDGES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Notes a second at which the next of the eight bins begins (``performance_model``)."""
MAX_STRETCHES = 64

_DIGITS, _BASE = 8, 8
_ONE = _BASE**_DIGITS
_ROWS_PER_CLASS = _DIGITS * (_BASE - 1) + 1
_EVEN = PITCH_CLASSES * _ROWS_PER_CLASS
"""Row of the even histogram, which is what most answers use."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The signals over call and answer.

    Args:
        notes_per_second: For each stretch, 0.0 or more.
        pitch_class_histogram: Twelve weights from C to B for each stretch, 0.0 or more; only their
            proportions count. None at all: even.
        disable: For each stretch whether both are left open; only models with optional conditions
            know this.
    """

    notes_per_second: tuple[float, ...] = (NOTES_PER_SECOND,)
    pitch_class_histogram: tuple[float, ...] = ()
    disable: tuple[bool, ...] = (False,)

    def check(self) -> None:
        """Refuse values that mean nothing.

        Raises:
            ControlsRejected: A list is empty or too long, or a value is none that is possible.
        """
        for name, values in (
            ("notes_per_second", self.notes_per_second),
            ("disable_conditioning", self.disable),
        ):
            if not 1 <= len(values) <= MAX_STRETCHES:
                raise ControlsRejected(
                    f"{name} has {len(values)} values; it must have 1 to {MAX_STRETCHES}."
                )
        weights = self.pitch_class_histogram
        if len(weights) % PITCH_CLASSES or len(weights) > PITCH_CLASSES * MAX_STRETCHES:
            raise ControlsRejected(
                f"pitch_class_histogram has {len(weights)} weights; it must have twelve, from C to"
                f" B, for each of up to {MAX_STRETCHES} stretches.",
            )
        for value in (*self.notes_per_second, *weights):
            if not (math.isfinite(value) and value >= 0.0):
                raise ControlsRejected(
                    f"{value} is neither a number of notes a second nor a weight of a pitch class."
                )

    @property
    def mean_notes_per_second(self) -> float:
        """Mean of the stretches."""
        return sum(self.notes_per_second) / len(self.notes_per_second)

    @property
    def histograms(self) -> tuple[tuple[float, ...], ...]:
        """The weights of each stretch, summing to 1."""
        weights = self.pitch_class_histogram or (1.0,) * PITCH_CLASSES
        stretches = (weights[i : i + PITCH_CLASSES] for i in range(0, len(weights), PITCH_CLASSES))
        return tuple(map(_normalised, stretches))


def density_bin(notes_per_second: float) -> int:
    """The bin of a note density, 0 to 7 (``NoteDensityOneHotEncoding``)."""
    return sum(notes_per_second >= edge for edge in DENSITY_EDGES)


def stretch_at(step: int, total_steps: int, stretches: int) -> int:
    """Which of so many even stretches a step lies in (``_step_to_value``)."""
    return min(step * stretches // max(1, total_steps), stretches - 1)


def _normalised(weights: Sequence[float]) -> tuple[float, ...]:
    total = sum(weights)
    if total <= 0.0:
        return (1.0 / PITCH_CLASSES,) * PITCH_CLASSES
    return tuple(weight / total for weight in weights)


@dataclass(frozen=True)
class Signals:
    """Which of the signals a model takes. Its input begins with them.

    Args:
        density: Notes a second.
        pitches: Weights of pitch classes.
        optional: Whether they can be left open.
    """

    density: bool = False
    pitches: bool = False
    optional: bool = False

    @property
    def width(self) -> int:
        """Columns of the input that they take."""
        densities = len(DENSITY_EDGES) + 1
        return self.optional + densities * self.density + PITCH_CLASSES * self.pitches

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """Whether they are left open; bins of density; digits of the weights."""
        blocks: list[InputBlock] = []
        column = 0
        if self.optional:
            blocks.append(OneHotBlock(0, 1))
            column = 1
        if self.density:
            blocks.append(OneHotBlock(column, len(DENSITY_EDGES) + 1))
            column += len(DENSITY_EDGES) + 1
        if self.pitches:
            blocks.append(DenseBlock(column, _weight_rows()))
        return tuple(blocks)

    def over(self, conditions: Conditions, total_steps: int, first_row: int) -> SignalRows:
        """The rows of these signals' input during a call and its answer.

        Args:
            conditions: The values.
            total_steps: Length of call and answer together.
            first_row: Row of the table where `blocks` begin.
        """
        open_rows: tuple[int, ...] = ()
        at = first_row
        if self.optional:
            open_rows = (at,)
            at += 1
        densities: tuple[tuple[int, ...], ...] = ((),)
        if self.density:
            densities = tuple((at + density_bin(n),) for n in conditions.notes_per_second)
            at += len(DENSITY_EDGES) + 1
        weights: tuple[tuple[int, ...], ...] = ((),)
        if self.pitches:
            weights = tuple(
                tuple(at + row for row in _rows_of(histogram))
                for histogram in conditions.histograms
            )
        disabled = conditions.disable if self.optional else (False,)
        stretches = max(len(densities), len(weights), len(disabled))
        length = total_steps if stretches > 1 else 0
        return SignalRows(densities, weights, disabled, open_rows, length)


@dataclass(frozen=True, slots=True)
class SignalRows:
    """Rows of the signals' input, for every step of a call and its answer.

    Args:
        densities: Rows of the density, for each stretch.
        weights: Rows of the weights, for each stretch.
        disabled: For each stretch whether only ``open_rows`` count.
        open_rows: Rows that say that the others are left open.
        total_steps: Length of call and answer; 0 where nothing depends on it.
    """

    densities: tuple[tuple[int, ...], ...] = ((),)
    weights: tuple[tuple[int, ...], ...] = ((),)
    disabled: tuple[bool, ...] = (False,)
    open_rows: tuple[int, ...] = ()
    total_steps: int = 0

    def at(self, step: int) -> tuple[int, ...]:
        """Rows at a step, counted from the start of the call."""
        if self.disabled[stretch_at(step, self.total_steps, len(self.disabled))]:
            return self.open_rows
        density = stretch_at(step, self.total_steps, len(self.densities))
        weight = stretch_at(step, self.total_steps, len(self.weights))
        return self.densities[density] + self.weights[weight]


def _weight_rows() -> npt.NDArray[np.float64]:
    """For each pitch class its digits 1 to 7 in each place and the weight 1; then all even."""
    rows = np.zeros((_EVEN + 1, PITCH_CLASSES))
    for pitch_class in range(PITCH_CLASSES):
        for number in range(_ROWS_PER_CLASS - 1):
            place, digit = divmod(number, _BASE - 1)
            rows[pitch_class * _ROWS_PER_CLASS + number, pitch_class] = (digit + 1) / _BASE ** (
                place + 1
            )
        rows[pitch_class * _ROWS_PER_CLASS + _ROWS_PER_CLASS - 1, pitch_class] = 1.0
    rows[_EVEN] = 1.0 / PITCH_CLASSES
    return rows


def _rows_of(histogram: Sequence[float]) -> tuple[int, ...]:
    """Rows that add up to a histogram."""
    if len(set(histogram)) == 1:
        return (_EVEN,)
    rows = []
    for pitch_class, weight in enumerate(histogram):
        first = pitch_class * _ROWS_PER_CLASS
        left = round(weight * _ONE)
        if left == _ONE:
            rows.append(first + _ROWS_PER_CLASS - 1)
            continue
        for place in range(_DIGITS):
            digit = left // _BASE ** (_DIGITS - 1 - place) % _BASE
            if digit:
                rows.append(first + place * (_BASE - 1) + digit - 1)
    return tuple(rows)
