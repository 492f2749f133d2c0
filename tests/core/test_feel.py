import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote
from bridge.core.feel import Feel
from bridge.core.notes import Note, Phrase

NOTES = st.builds(
    Note,
    pitch=st.integers(0, 127),
    velocity=st.integers(1, 127),
    start_beats=st.floats(-0.125, 8.0),
    duration_beats=st.floats(0.0, 9.0),
)
CALLS = st.lists(NOTES, max_size=12).map(lambda notes: Phrase.of(notes, 8.0))


def drum_call() -> Phrase:
    return Phrase.of(
        [
            Note(36, 120, 0.0, 0.05),
            Note(36, 80, 2.02, 0.05),
            Note(42, 60, 0.55, 0.1),
            Note(42, 40, 1.55, 0.1),
        ],
        4.0,
    )


def test_the_same_drum_at_the_same_place_of_the_bar_counts_first() -> None:
    feel = Feel.of(drum_call(), 4, drums=True)
    assert feel.played(GridNote(36, 16, 17), 1.0).velocity == 120
    assert feel.played(GridNote(36, 8, 9), 1.0).velocity == 80


def test_then_the_place_of_the_beat_then_the_drum_then_anything() -> None:
    feel = Feel.of(drum_call(), 4, drums=True)
    assert feel.played(GridNote(42, 10, 11), 1.0).velocity == 50
    assert feel.played(GridNote(36, 3, 4), 1.0).velocity == 100
    assert feel.played(GridNote(38, 2, 3), 1.0).velocity == 50
    assert feel.played(GridNote(38, 3, 4), 1.0).velocity == 75


def test_timing_and_drum_lengths_are_taken_over() -> None:
    feel = Feel.of(drum_call(), 4, drums=True)
    late = feel.played(GridNote(42, 10, 11), 1.0)
    assert late.start_beats == pytest.approx(2.55)
    assert late.duration_beats == pytest.approx(0.1)
    assert feel.played(GridNote(42, 10, 11), 0.5).start_beats == pytest.approx(2.525)


def test_a_melody_keeps_its_lengths_and_its_legato() -> None:
    call = Phrase.of([Note(60, 90, 0.05, 3.0), Note(62, 70, 1.05, 0.1)], 4.0)
    feel = Feel.of(call, 4, drums=False)
    first, second = (feel.played(GridNote(60, 4 * i, 4 * i + 4), 1.0) for i in (1, 2))
    assert first.start_beats == pytest.approx(1.05)
    assert first.end_beats == pytest.approx(second.start_beats)


@given(CALLS, st.booleans(), st.integers(0, 127), st.integers(0, 200), st.integers(1, 20))
def test_at_strength_zero_it_is_magentas_note(
    call: Phrase, drums: bool, pitch: int, start: int, length: int
) -> None:
    steps = 1 if drums else length
    note = Feel.of(call, 4, drums=drums).played(GridNote(pitch, start, start + steps), 0.0)
    assert note == Note(pitch, 100, start / 4, steps / 4)


@given(CALLS, st.booleans(), st.integers(0, 127), st.integers(0, 200), st.floats(0.0, 1.0))
def test_every_note_stays_playable(
    call: Phrase, drums: bool, pitch: int, start: int, strength: float
) -> None:
    note = Feel.of(call, 4, drums=drums).played(GridNote(pitch, start, start + 1), strength)
    assert 1 <= note.velocity <= 127
    assert note.start_beats >= 0.0
    assert abs(note.start_beats - start / 4) <= 0.125 + 1e-9
    assert note.duration_beats > 0.0


@given(CALLS, st.booleans(), st.floats(0.0, 1.0))
def test_the_downbeat_is_exact(call: Phrase, drums: bool, strength: float) -> None:
    feel = Feel.of(call, 4, drums=drums)
    assert feel.played(GridNote(36, 0, 1), strength).start_beats == 0.0


@given(CALLS, st.integers(0, 60), st.floats(0.0, 1.0))
def test_a_drum_is_over_when_it_may_be_struck_again(
    call: Phrase, start: int, strength: float
) -> None:
    feel = Feel.of(call, 4, drums=True)
    first, second = (feel.played(GridNote(36, s, s + 1), strength) for s in (start, start + 1))
    gap_beats = second.start_beats - first.start_beats
    assert first.duration_beats <= max(gap_beats, 1 / 64) + 1e-9


def test_moments_that_are_no_numbers_are_left_out() -> None:
    call = Phrase((Note(36, 90, float("nan"), 1.0), Note(36, 90, 0.0, float("inf"))), 4.0)
    assert Feel.of(call, 4, drums=True).manners == {}


def test_the_accent_of_a_waltz_stays_on_its_one() -> None:
    loud_ones = [Note(36, 120 if beat % 3 == 0 else 50, float(beat), 0.1) for beat in range(6)]
    feel = Feel.of(Phrase.of(loud_ones, 6.0), 4, drums=True, bar_beats=3.0)
    velocities = [
        feel.played(GridNote(36, 4 * beat, 4 * beat + 1), 1.0).velocity for beat in range(6)
    ]
    assert velocities == [120, 50, 50, 120, 50, 50]
