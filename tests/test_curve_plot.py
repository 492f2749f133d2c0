"""The curve of a training on the terminal."""

from __future__ import annotations

import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bridge.cli.curve_plot import ASCII, COLUMNS, ROWS, CurveSigns, curve_plot, curve_signs
from bridge.cli.train_screen import TrainScreen
from bridge.training.train import Epoch

NAN = math.nan


def epochs(*validation: float) -> list[Epoch]:
    return [Epoch(number, NAN, nats, NAN, 0.0) for number, nats in enumerate(validation, 1)]


def test_a_falling_curve_falls_and_its_lowest_point_is_marked() -> None:
    lines = curve_plot(epochs(3.0, 2.0, 1.0, 1.5), ASCII).plain.splitlines()
    drawn = [line.partition("|")[2] for line in lines[:ROWS]]
    rows = [next(row for row in range(ROWS) if drawn[row][at] != " ") for at in range(4)]
    assert rows[0] < rows[1] < rows[3] < rows[2]
    assert drawn[rows[2]][2] == ASCII.best
    assert lines[0].split("|")[0].strip() == "3.000"
    assert "lowest 1.000 at epoch 3" in lines[-1]
    assert "held out, now 1.500" in lines[-1]


@given(
    nats=st.lists(st.floats(0.0, 20.0) | st.just(NAN), min_size=1, max_size=300),
    learnt=st.floats(0.0, 20.0) | st.just(NAN),
)
def test_any_curve_fits_the_room(nats: list[float], learnt: float) -> None:
    told = [Epoch(number, learnt, one, NAN, 0.0) for number, one in enumerate(nats)]
    lines = curve_plot(told, ASCII).plain.splitlines()
    assert len(lines) == ROWS + 3
    assert all(len(line) <= COLUMNS + 11 for line in lines[:ROWS])
    assert all(line.isascii() for line in lines)
    marked = [line for line in lines[:ROWS] if ASCII.best in line]
    assert len(marked) == (0 if all(map(math.isnan, nats)) else 1)


def test_without_an_epoch_nothing_is_drawn() -> None:
    assert curve_plot([], ASCII).plain == ""
    assert curve_signs("cp1252") == ASCII
    assert curve_signs("UTF-8") == CurveSigns()


def screen_on(out: io.StringIO, *, terminal: bool) -> TrainScreen:
    console = Console(file=out, force_terminal=terminal, width=100, _environ={"TERM": "xterm"})
    return TrainScreen(console, 4)


def test_on_a_terminal_the_curve_and_the_time_left_are_seen_while_it_runs() -> None:
    out = io.StringIO()
    with screen_on(out, terminal=True) as screen:
        for epoch in epochs(2.0, 1.5):
            screen.step(1, 10)
            screen.step(10, 10)
            screen.epoch(epoch)
        screen.refresh()
        told = out.getvalue()
    assert "epoch 3 of 4" in told
    assert "at most" in told and "left" in told
    assert "lowest 1.500 at epoch 2" in told
    assert screen.tasks[0].completed / screen.tasks[0].total == pytest.approx(0.5)


def test_where_there_is_no_terminal_each_epoch_is_one_line() -> None:
    out = io.StringIO()
    with screen_on(out, terminal=False) as screen:
        for epoch in epochs(2.0, 1.5):
            screen.step(10, 10)
            screen.epoch(epoch)
    assert out.getvalue().split("\n")[:2] == [epoch.line() for epoch in epochs(2.0, 1.5)]
