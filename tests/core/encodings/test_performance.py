"""Phrases as the events of performance models, and back."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings import note_performance, performance
from bridge.core.encodings.conditions import (
    DENSITY_EDGES,
    Conditions,
    density_bin,
    stretch_at,
)
from bridge.core.encodings.note_performance import NotePerformancePart, packed, unpacked
from bridge.core.encodings.performance import (
    MAX_NOTE_STEPS,
    NOTE_OFF,
    TIME_SHIFT,
    VELOCITY,
    PerformancePart,
    bin_velocity,
    placed,
    shift_of,
    velocity_bin,
)
from bridge.core.encodings.performance_inputs import PerformanceEncoding
from bridge.core.encodings.timed import PERFORMANCES, TimedEncoding, TimedPart, steps_per_beat
from bridge.core.notes import Note, Phrase
from bridge.errors import ControlsRejected

DYNAMIC = PerformancePart(32)
STEPS = 400
PARTS: list[TimedPart] = [PerformancePart(), DYNAMIC, NotePerformancePart()]

notes = st.builds(
    Note,
    st.integers(0, 127),
    st.integers(1, 127),
    st.floats(-0.2, 7.99),
    st.floats(0.0, 12.0),
)
phrases = st.lists(notes, max_size=16).map(lambda found: Phrase.of(found, 8.0))


def length_of(events: tuple[int, ...]) -> int:
    return sum(map(shift_of, events))


def test_a_chord_in_its_events() -> None:
    call = [Note(60, 127, 0.0, 1.0), Note(64, 1, 0.0, 0.5), Note(67, 1, 1.0, 0.0)]
    on = [VELOCITY + 31, 60, VELOCITY, 64, TIME_SHIFT + 24, NOTE_OFF + 64, TIME_SHIFT + 24]
    rest = [NOTE_OFF + 60, 67, TIME_SHIFT, NOTE_OFF + 67, TIME_SHIFT + 48]
    assert DYNAMIC.read(call, 50.0, 100) == (*on, *rest)


def test_a_long_silence_is_several_shifts() -> None:
    events = PerformancePart().read([Note(60, 90, 0.0, 0.02)], 50.0, 251)
    assert events == (60, TIME_SHIFT, NOTE_OFF + 60, TIME_SHIFT + 99, TIME_SHIFT + 99, 305)


@given(phrases)
def test_a_call_lasts_as_long_as_it_is(call: Phrase) -> None:
    for bins in (0, 32):
        events = PerformancePart(bins).read(call.notes, 50.0, STEPS)
        assert length_of(events) == (STEPS if call.notes else 0)
        assert all(0 <= event < VELOCITY + bins for event in events)


@given(phrases)
def test_what_was_read_is_written_again(call: Phrase) -> None:
    """But for what no performance knows: velocities within a bin, and which of two notes ends."""
    events = DYNAMIC.read(call.notes, 50.0, STEPS)
    writer = DYNAMIC.writer((), 0, STEPS + 1)
    written = [note for event in events for note in writer.push(event)] + writer.finish()
    read = placed(call.notes, 50.0, STEPS)
    rounded = [bin_velocity(velocity_bin(note.velocity, 32), 32) for note in read]
    starts = sorted((n.pitch, n.start_step, v) for n, v in zip(read, rounded, strict=True))
    assert sorted((n.pitch, n.start_step, n.velocity) for n in written) == starts
    ends = sorted(
        (n.pitch, n.end_step) for n in read if n.end_step - n.start_step <= MAX_NOTE_STEPS
    )
    assert sorted((n.pitch, n.end_step) for n in written) == ends


@given(phrases)
def test_notes_come_back_from_the_note_encoding(call: Phrase) -> None:
    part = NotePerformancePart()
    writer = part.writer((), 0, STEPS)
    written = [note for event in part.read(call.notes, 50.0, STEPS) for note in writer.push(event)]
    read = placed(call.notes, 50.0, STEPS)
    assert [(n.pitch, n.start_step, n.end_step) for n in written] == [
        (n.pitch, n.start_step, n.end_step) for n in read
    ]


@pytest.mark.parametrize("part", PARTS, ids=["plain", "dynamics", "notes"])
@given(call=phrases, moment=st.floats(0.5, 8.0))
def test_what_is_certain_never_changes(part: TimedPart, call: Phrase, moment: float) -> None:
    """While it is played, a note that is held has the length that it has reached."""
    so_far = [
        Note(n.pitch, n.velocity, n.start_beats, min(n.duration_beats, moment - n.start_beats))
        for n in call.notes
        if n.start_beats <= moment
    ]
    certain = part.certain(so_far, 50.0, math.floor((moment - 0.25) * 50.0))
    assert certain == part.read(call.notes, 50.0, STEPS)[: len(certain)]


@given(st.lists(st.integers(0, 387), max_size=200), st.integers(1, 900))
def test_any_events_make_notes_within_the_answer(events: list[int], steps: int) -> None:
    writer = DYNAMIC.writer((), 0, steps)
    written = []
    for event in events:
        if writer.done:
            break
        opened = writer.open_step
        assert opened is None or opened <= writer.step
        written += writer.push(event)
    written += writer.finish()
    for note in written:
        assert 0 <= note.start_step < note.end_step <= steps
        assert note.end_step - note.start_step <= MAX_NOTE_STEPS
        assert 1 <= note.velocity <= 127


def test_a_pitch_that_sounds_twice_ends_in_the_order_of_its_starts() -> None:
    writer = PerformancePart().writer((), 0, 100)
    events = [60, TIME_SHIFT + 9, 60, TIME_SHIFT + 9, NOTE_OFF + 60, TIME_SHIFT, NOTE_OFF + 60]
    notes = [note for event in events for note in writer.push(event)]
    assert [(note.start_step, note.end_step) for note in notes] == [(0, 20), (10, 21)]


def test_a_forgotten_note_is_handed_over_after_five_seconds_and_once() -> None:
    writer = PerformancePart().writer((), 0, 900)
    events = [60, *[TIME_SHIFT + 99] * 4]
    assert [note for event in events for note in writer.push(event)] == []
    [note] = writer.push(TIME_SHIFT + 99)
    assert (note.start_step, note.end_step) == (0, 500)
    assert writer.push(NOTE_OFF + 60) == writer.finish() == []


def test_the_calls_last_velocity_goes_on() -> None:
    writer = DYNAMIC.writer((VELOCITY + 31, 60, VELOCITY + 3, 62), 100, 100)
    writer.push(60)
    assert [note.velocity for note in writer.finish()] == [13]


@given(st.integers(1, 127))
def test_velocities_stay_in_their_bin(velocity: int) -> None:
    number = velocity_bin(velocity, 32)
    assert 1 <= number <= 32
    assert bin_velocity(number, 32) <= velocity < bin_velocity(number + 1, 32)


@given(st.floats(20.0, 999.0), st.floats(0.0, 64.0))
def test_beats_become_seconds_and_beats_again(tempo_qpm: float, beats: float) -> None:
    steps = beats * steps_per_beat(tempo_qpm)
    assert steps == pytest.approx(beats * 60.0 / tempo_qpm * 100.0)
    assert steps / steps_per_beat(tempo_qpm) == pytest.approx(beats)


@given(st.lists(st.integers(0, 10**6), min_size=6, max_size=6))
def test_six_numbers_are_one_and_six_again(numbers: list[int]) -> None:
    fit = tuple(n % size for n, size in zip(numbers, note_performance.SIZES, strict=True))
    assert unpacked(packed(fit)) == fit


@cache
def table(encoding: PerformanceEncoding) -> np.ndarray:
    return np.concatenate([block.times(np.eye(encoding.input_width)) for block in encoding.blocks])


CONDITIONED = [e for e in PERFORMANCES if e.signals.pitches]
weights = st.lists(st.floats(0.0, 1e6), min_size=12, max_size=12)


@pytest.mark.parametrize("encoding", CONDITIONED, ids=lambda e: e.name)
@given(weights=weights)
def test_the_rows_of_a_histogram_add_up_to_it(
    encoding: TimedEncoding, weights: list[float]
) -> None:
    inputs = encoding.inputs
    assert isinstance(inputs, PerformanceEncoding)
    conditions = Conditions(pitch_class_histogram=tuple(weights))
    conditions.check()
    tracker = inputs.conditioned(conditions, 100)
    tracker.push(60)
    vector = sum(table(inputs)[row] for row in tracker.rows())
    width = inputs.signals.width
    total = sum(weights)
    expected = [w / total for w in weights] if total > 0.0 else [1 / 12] * 12
    assert vector[width - 12 : width] == pytest.approx(expected, abs=2.0**-25)


def test_conditions_change_with_the_music_not_with_the_events() -> None:
    [encoding] = [e for e in PERFORMANCES if e.name.startswith("optional")]
    inputs = encoding.inputs
    assert isinstance(inputs, PerformanceEncoding)
    tracker = inputs.conditioned(Conditions((0.0, 20.0), (), (False, False, False, True)), 400)
    seen = []
    for event in [60, TIME_SHIFT + 99, 61, 62, TIME_SHIFT + 99, 63, TIME_SHIFT + 99]:
        tracker.push(event)
        vector = sum(table(inputs)[row] for row in tracker.rows())
        seen.append((vector[0], vector[1:9].argmax() if vector[1:9].any() else None))
    assert seen == [(0, 0), (0, 0), (0, 0), (0, 0), (0, 5), (0, 5), (1, None)]


@given(st.floats(0.0, 100.0))
def test_densities_lie_within_their_bin(density: float) -> None:
    edges = (0.0, *DENSITY_EDGES, math.inf)
    number = density_bin(density)
    assert edges[number] <= density < edges[number + 1]


@given(st.integers(1, 5000), st.integers(1, 64))
def test_stretches_follow_each_other(total: int, count: int) -> None:
    stretches = [stretch_at(step, total, count) for step in range(0, total + 50, 7)]
    assert stretches == sorted(stretches)
    assert stretches[0] == 0
    assert stretch_at(total, total, count) == count - 1


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(()),
        Conditions((math.nan,)),
        Conditions((-1.0,)),
        Conditions((1.0,) * 65),
        Conditions((1.0,), (1.0,) * 11),
        Conditions((1.0,), (-1.0,) * 12),
        Conditions((1.0,), (1.0,) * 12 * 65),
        Conditions((1.0,), (), ()),
    ],
)
def test_conditions_that_mean_nothing_are_refused(conditions: Conditions) -> None:
    with pytest.raises(ControlsRejected):
        conditions.check()


def test_no_two_encodings_share_their_sizes() -> None:
    sizes = {(e.inputs.input_width, e.inputs.class_count) for e in PERFORMANCES}
    assert len(sizes) == len(PERFORMANCES) == 8


def test_no_event_is_lost_between_the_kinds() -> None:
    assert (performance.NOTE_ON, NOTE_OFF, TIME_SHIFT, VELOCITY) == (0, 128, 256, 356)
