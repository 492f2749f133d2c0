"""Phrases of many voices as events and back."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.polyphony import (
    CONTINUED_NOTE,
    END,
    MAX_STEP_EVENTS,
    NEW_NOTE,
    START,
    STEP_END,
    PolyphonyPart,
    PolyphonyWriter,
    polyphonic_events,
)

STEPS = 12


def new(pitch: int) -> int:
    return NEW_NOTE + pitch


def on(pitch: int) -> int:
    return CONTINUED_NOTE + pitch


def written(events: list[int], heard: tuple[int, ...] = ()) -> list[GridNote]:
    writer = PolyphonyWriter(heard)
    notes = [note for event in events for note in writer.push(event)]
    return notes + writer.finish()


def test_a_chord_starts_from_the_top_and_goes_on_until_it_is_left_out() -> None:
    events = polyphonic_events([GridNote(60, 0, 2), GridNote(64, 0, 1)], 3)
    assert events == [START, new(64), new(60), STEP_END, on(60), STEP_END, STEP_END]


@given(st.sets(st.tuples(st.integers(0, 127), st.integers(0, STEPS - 1)), max_size=20))
def test_what_is_read_is_written_again(starts: set[tuple[int, int]]) -> None:
    notes = []
    for pitch, start in starts:
        later = [s for p, s in starts if p == pitch and s > start]
        notes.append(GridNote(pitch, start, min([*later, start + 3, STEPS])))
    key = lambda note: (note.start_step, note.pitch)  # noqa: E731
    assert sorted(written(polyphonic_events(notes, STEPS)), key=key) == sorted(notes, key=key)


@given(st.lists(st.integers(0, 258), max_size=80))
def test_any_events_are_notes(events: list[int]) -> None:
    steps = events.count(STEP_END)
    for note in written([*events, STEP_END]):
        assert 0 <= note.start_step < note.end_step <= steps + 1


def test_a_note_of_the_call_goes_on_in_silence() -> None:
    heard = (START, new(60), STEP_END)
    assert written([on(60), new(64), STEP_END], heard) == [GridNote(64, 0, 1)]


def test_end_and_start_on_the_way_are_ignored() -> None:
    assert written([END, new(60), START, STEP_END]) == [GridNote(60, 0, 1)]


def test_a_call_sounds_along_step_by_step() -> None:
    call = polyphonic_events([GridNote(60, 0, 2)], 3)
    writer = PolyphonyWriter((START,), call)
    assert writer.given() == (new(60),)
    writer.push(new(60))
    assert writer.given() == ()
    writer.push(STEP_END)
    assert writer.given() == (on(60),)
    writer.push(on(60))
    writer.push(STEP_END)
    assert writer.given() == ()


def test_a_step_without_end_is_ended() -> None:
    writer = PolyphonyWriter()
    for _ in range(MAX_STEP_EVENTS):
        assert writer.given() == ()
        writer.push(new(60))
    assert writer.given() == (STEP_END,)


def test_the_certain_part_of_a_call_ends_with_a_step() -> None:
    events = polyphonic_events([GridNote(60, 0, 2)], 3)
    part = PolyphonyPart()
    assert [part.before_last(events, steps) for steps in range(5)] == [6, 5, 3, 0, 0]
