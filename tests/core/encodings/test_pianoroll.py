"""What pianoroll models hear of a phrase, and what becomes of what they play."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.pianoroll import LOWEST_PITCH, PianorollPart, PianorollWriter, keys_of
from bridge.core.notes import Note

PART = PianorollPart()
EVENTS = st.lists(st.integers(0, (1 << 88) - 1), min_size=1, max_size=12)


def pitches(*notes: Note, steps: int = 4) -> list[tuple[int, ...]]:
    """What is heard at each sixteenth."""
    events = PART.read(notes, 4, steps).events
    return [tuple(LOWEST_PITCH + key for key in keys_of(event)) for event in events]


def written(events: list[int]) -> list[GridNote]:
    writer = PianorollWriter()
    notes = [note for event in events for note in writer.push(event)]
    return notes + writer.finish()


def test_a_chord_sounds_through_its_steps() -> None:
    chord = [Note(60, 90, 0.0, 0.5), Note(64, 90, 0.0, 0.5), Note(67, 90, 0.25, 0.75)]
    assert pitches(*chord) == [(60, 64), (60, 64, 67), (67,), (67,)]


def test_a_key_struck_again_leaves_the_step_before_empty() -> None:
    assert pitches(Note(60, 90, 0.0, 0.5), Note(60, 90, 0.5, 0.5)) == [(60,), (), (60,), (60,)]


def test_a_note_on_the_first_step_clears_nothing() -> None:
    held = Note(60, 90, 0.0, 1.0)
    assert pitches(held) == [(60,)] * 4


def test_silent_bars_are_heard() -> None:
    assert pitches(Note(60, 90, 4.0, 0.25), steps=18)[:16] == [()] * 16


def test_keys_beyond_the_piano_are_not_heard() -> None:
    ends = [Note(21, 90, 0.0, 0.25), Note(108, 90, 0.0, 0.25)]
    assert pitches(*ends, Note(20, 90, 0.0, 1.0), Note(109, 90, 0.0, 1.0))[0] == (21, 108)
    assert pitches(Note(20, 90, 0.0, 1.0)) == []


def test_steps_in_a_row_are_one_note() -> None:
    c, e = 1 << 39, 1 << 43
    assert sorted(written([c, c | e, e, 0, c]), key=lambda n: (n.start_step, n.pitch)) == [
        GridNote(60, 0, 2),
        GridNote(64, 1, 3),
        GridNote(60, 4, 5),
    ]


def test_a_note_is_known_once_its_key_is_silent() -> None:
    writer = PianorollWriter()
    assert writer.push(1 << 39) == []
    assert writer.open_step == 0
    assert writer.push(0) == [GridNote(60, 0, 1)]
    assert writer.open_step is None


@given(EVENTS)
def test_what_is_written_is_what_was_played(events: list[int]) -> None:
    rolled = [0] * len(events)
    for note in written(events):
        for step in range(note.start_step, note.end_step):
            rolled[step] |= 1 << note.pitch - LOWEST_PITCH
    assert rolled == events


@given(EVENTS)
def test_what_is_written_is_read_back(events: list[int]) -> None:
    notes = [
        Note(n.pitch, 90, n.start_step / 4, (n.end_step - n.start_step) / 4)
        for n in written(events)
    ]
    assert list(PART.read(notes, 4, len(events)).events) == (events if any(events) else [])
