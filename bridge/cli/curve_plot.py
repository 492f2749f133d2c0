"""A training's curve as lines of text."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from bridge.training.train import Epoch

ROWS = 8
COLUMNS = 60
"""With more epochs than this, each column stands for several."""
LEAST_SPAN_NATS = 0.05
"""What differs by less than this is no drama."""


@dataclass(frozen=True, slots=True)
class CurveSigns:
    """What a curve is drawn with.

    Attributes:
        held_out: A validation figure.
        best: The lowest of them.
        learnt: A training figure.
        corner: The lower end of the axis.
        edge: The axis.
        floor: The line below.
    """

    held_out: str = "●"
    best: str = "◆"
    learnt: str = "·"
    corner: str = "└"
    edge: str = "│"
    floor: str = "─"


ASCII = CurveSigns("o", "#", ".", "+", "|", "-")
"""For terminals that can't show the others."""


def curve_signs(encoding: str) -> CurveSigns:
    """The signs that a terminal of this encoding can show."""
    return CurveSigns() if encoding.lower().replace("-", "").startswith("utf") else ASCII


def curve_plot(epochs: Sequence[Epoch], signs: CurveSigns) -> Text:
    """The curve so far: validation and training in nats a step, epochs from left to right.

    Args:
        epochs: All of them, in order; an empty text without any.
        signs: What to draw with.
    """
    if not epochs:
        return Text()
    held = _columns([epoch.validation_nats for epoch in epochs])
    learnt = _columns([epoch.training_nats for epoch in epochs])
    known = [value for value in (*held, *learnt) if not math.isnan(value)]
    low = min(known, default=0.0)
    span = max(max(known, default=0.0) - low, LEAST_SPAN_NATS)
    best = min(epochs, key=_rank)
    grid = [[" "] * len(held) for _ in range(ROWS)]
    for sign, values in ((signs.learnt, learnt), (signs.held_out, held)):
        for column, value in enumerate(values):
            if not math.isnan(value):
                grid[_row(value, low, span)][column] = sign
    if not math.isnan(best.validation_nats):
        column = list(epochs).index(best) * len(held) // len(epochs)
        for row in grid:
            row[column] = " " if row[column] == signs.held_out else row[column]
        grid[_row(best.validation_nats, low, span)][column] = signs.best
    return _framed(grid, epochs, best, (low + span, low), signs)


def _framed(
    grid: list[list[str]],
    epochs: Sequence[Epoch],
    best: Epoch,
    ends: tuple[float, float],
    signs: CurveSigns,
) -> Text:
    text = Text()
    labels = {0: f"{ends[0]:.3f}", ROWS - 1: f"{ends[1]:.3f}"}
    for number, row in enumerate(grid):
        text.append(f"{labels.get(number, ''):>8} {signs.edge}", "dim")
        for sign in row:
            text.append(sign, "cyan" if sign == signs.learnt else "yellow")
        text.append("\n")
    reach = f"epoch {epochs[0].number} to {epochs[-1].number}"
    text.append(f"{'':>8} {signs.corner}{signs.floor * max(len(grid[0]), len(reach))}\n", "dim")
    text.append(f"{'':>10}{reach}\n", "dim")
    text.append(
        f"{'':>10}{signs.held_out} held out, now {epochs[-1].validation_nats:.3f}", "yellow"
    )
    text.append(
        f"   {signs.best} lowest {best.validation_nats:.3f} at epoch {best.number}", "yellow"
    )
    text.append(f"   {signs.learnt} learnt", "cyan")
    return text


def _rank(epoch: Epoch) -> float:
    return math.inf if math.isnan(epoch.validation_nats) else epoch.validation_nats


def _row(value: float, low: float, span: float) -> int:
    """Counted from the top."""
    return ROWS - 1 - round((value - low) / span * (ROWS - 1))


def _columns(values: list[float]) -> list[float]:
    """The values, or means of neighbours where there is no room for all."""
    if len(values) <= COLUMNS:
        return values
    edges = [column * len(values) // COLUMNS for column in range(COLUMNS + 1)]
    parts = [values[start:end] for start, end in itertools.pairwise(edges)]
    return [_mean([value for value in part if not math.isnan(value)]) for part in parts]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else math.nan
