import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote, on_grid, phrase_steps, silent_lead_steps
from bridge.core.notes import Note, Phrase


def note(start_beats: float, duration_beats: float = 0.25, pitch: int = 60) -> Note:
    return Note(pitch, 90, start_beats, duration_beats)


@pytest.mark.parametrize(
    ("start_beats", "step"),
    [(0.0, 0), (0.124, 0), (0.125, 1), (-0.124, 0), (-0.125, 0), (3.874, 15)],
)
def test_starts_go_to_the_nearest_step(start_beats: float, step: int) -> None:
    assert on_grid([note(start_beats)], 4, 16)[0].start_step == step


def test_a_note_that_rounds_past_the_call_stays_at_its_last_step() -> None:
    assert on_grid([note(3.9)], 4, 16) == [GridNote(60, 15, 17)]
    assert on_grid([note(3.95, 0.01)], 4, 16) == [GridNote(60, 15, 16)]


def test_notes_of_another_bar_are_left_out() -> None:
    assert on_grid([note(-0.126), note(4.2), note(-3.0)], 4, 16) == []


def test_no_note_is_shorter_than_a_step() -> None:
    assert on_grid([note(1.0, 0.0)], 4, 16) == [GridNote(60, 4, 5)]
    assert on_grid([note(1.0, -3.0)], 4, 16) == [GridNote(60, 4, 5)]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_moments_that_are_no_numbers_are_left_out(odd: float) -> None:
    assert on_grid([note(odd), note(1.0, odd)], 4, 16) == []
    assert phrase_steps(Phrase((), odd), 4) == 0


def test_notes_without_velocity_or_pitch_are_left_out() -> None:
    assert on_grid([Note(60, 0, 0.0, 1.0), Note(128, 90, 0.0, 1.0)], 4, 16) == []
    assert on_grid([note(0.0)], 4, 0) == []


def test_the_highest_of_a_chord_comes_first() -> None:
    placed = on_grid([note(1.0, pitch=60), note(1.01, pitch=67), note(0.0)], 4, 16)
    assert [(n.start_step, n.pitch) for n in placed] == [(0, 60), (4, 67), (4, 60)]


@pytest.mark.parametrize(("first", "lead"), [(0, 0), (15, 0), (16, 16), (40, 32)])
def test_silent_bars_in_front_are_counted(first: int, lead: int) -> None:
    assert silent_lead_steps(first, 4) == lead


@given(st.floats(allow_nan=True), st.floats(allow_nan=True), st.integers(1, 24))
def test_whatever_comes_the_note_is_inside_or_left_out(
    start: float, duration: float, per_quarter: int
) -> None:
    for placed in on_grid([note(start, duration)], per_quarter, 32):
        assert 0 <= placed.start_step < 32
        assert placed.end_step > placed.start_step
