"""Where bars begin in sequences of one event a step, and of any number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.polyphony import (
    CONTINUED_NOTE,
    NEW_NOTE,
    START,
    STEP_END,
    polyphonic_events,
)
from bridge.training.cutting import GRID, VoicesCut

VOICES = VoicesCut()
notes = st.builds(
    lambda pitch, start, length: GridNote(pitch, start, start + length),
    st.integers(40, 80),
    st.integers(0, 47),
    st.integers(1, 20),
)


def test_bars_of_one_event_a_step_are_equally_long():
    steps = np.arange(40)
    assert GRID.bar_lines(steps, 16).tolist() == [0, 16, 32]
    assert GRID.window(steps, 16, 32).tolist() == list(range(16, 32))
    assert GRID.steps_in(steps) == 40


def test_a_chord_held_over_the_bar_line_starts_with_the_call_that_begins_there():
    held = [GridNote(60, 0, 4), GridNote(64, 1, 3)]
    steps = np.array(polyphonic_events(held, 4))
    lines = VOICES.bar_lines(steps, 2)
    assert VOICES.steps_in(steps) == 4
    second = VOICES.window(steps, lines[1], lines[2])
    assert second.tolist() == [
        *(START, NEW_NOTE + 64, NEW_NOTE + 60, STEP_END),
        *(CONTINUED_NOTE + 60, STEP_END),
    ]


@given(st.lists(notes, max_size=30), st.integers(0, 2))
def test_a_window_is_what_the_engine_reads_of_the_same_bars(found, bar):
    steps = np.array(polyphonic_events(found, 48))
    lines = VOICES.bar_lines(steps, 16)
    assert len(lines) == 4
    window = VOICES.window(steps, int(lines[bar]), int(lines[bar + 1]))
    first = 16 * bar
    there = [
        GridNote(note.pitch, max(0, note.start_step - first), note.end_step - first)
        for note in found
        if note.start_step < first + 16 and note.end_step > first
    ]
    # Of one pitch that is held and struck again both start here, so their order says nothing.
    assert window.tolist() == polyphonic_events(there, 16)
