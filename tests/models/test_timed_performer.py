"""Performance models played for a jam, on bundles written byte by byte."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.conditions import Conditions
from bridge.core.encodings.timed import steps_per_beat
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import ControlsRejected, NothingToAnswer, PrimerRejected
from bridge.models.bundle import parse_bundle
from bridge.models.heads import SeveralDistributions
from bridge.models.loading import LoadedPerformance, assembled, playable_encoding
from bridge.models.sampling import Sampler
from bridge.models.stack import stack_weights
from bridge.models.timed_performer import TimedPerformer
from tests.fakes.bundle_writer import PERFORMANCE_SHAPES, random_bundle
from tests.models.performance_oracle import random_call
from tests.models.plain_network import PlainNetwork, dense_inputs

NAMES = tuple(PERFORMANCE_SHAPES)
DYNAMICS = "performance_with_dynamics"
OPTIONAL = "optional_multiconditioned_performance_with_dynamics"
NOTE_ENCODING = "performance_with_dynamics_and_note_encoding"
FLAT = AnswerControls(1.0, 5, 0.0)


@cache
def model(name: str, era: str = "C") -> LoadedPerformance:
    bundle = parse_bundle(random_bundle(name, era))
    weights = stack_weights(bundle)
    encoding = playable_encoding(bundle, weights)
    assert encoding.name == name
    loaded = assembled(name, encoding, weights, bundle.facts.batch_size)
    assert isinstance(loaded, LoadedPerformance)
    return loaded


def performer(name: str) -> TimedPerformer:
    return TimedPerformer(1, model(name))


def start(
    call: Phrase,
    *,
    beats: float = 8.0,
    ready: float | None = None,
    tempo_qpm: float = 120.0,
    controls: AnswerControls | None = None,
) -> StartAnswer:
    told = controls or FLAT
    ready = beats if ready is None else ready
    return StartAnswer(1, 9, call, beats, told, ready, 4.0, tempo_qpm=tempo_qpm)


def as_set(notes: tuple[Note, ...]) -> list[str]:
    return sorted(map(str, notes))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.lists(st.floats(0.0, 9.0), max_size=6))
def test_an_answer_is_the_same_however_it_is_cut(name: str, seed: int, cuts: list[float]) -> None:
    call = random_call(seed, 8.0)
    at_once = performer(name).start(start(call))
    player = performer(name)
    chunks = [player.start(start(call, ready=0.0))]
    for ready in [*sorted(cuts), 8.0]:
        chunks.append(player.resume(ContinueAnswer(1, 9, ready, FLAT)))
        assert chunks[-1].ready_beats >= min(8.0, ready) - 1e-6 or chunks[-1].done
    notes = tuple(note for chunk in chunks for note in chunk.notes)
    assert as_set(notes) == as_set(at_once.notes)
    assert chunks[-1].done
    assert chunks[-1].likelihood == at_once.likelihood
    ready_beats = [chunk.ready_beats for chunk in chunks]
    assert ready_beats == sorted(ready_beats)
    for before, chunk in zip(ready_beats, chunks[1:], strict=False):
        assert all(note.start_beats >= before - 1e-9 for note in chunk.notes)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000), st.lists(st.floats(-1.0, 9.0), max_size=8), st.floats(60.0, 200.0))
def test_priming_changes_nothing_but_the_time_it_takes(
    name: str, seed: int, moments: list[float], tempo_qpm: float
) -> None:
    call = random_call(seed, 8.0)
    player = performer(name)
    for moment in sorted(moments):
        heard = tuple(
            replace(note, duration_beats=min(note.duration_beats, moment - note.start_beats))
            for note in call.notes
            if note.start_beats <= moment
        )
        player.prime(PrimeCall(1, 1, Phrase(heard, moment), moment, tempo_qpm=tempo_qpm))
    request = start(call, tempo_qpm=tempo_qpm)
    assert player.start(request) == performer(name).start(request)


@pytest.mark.parametrize("name", [DYNAMICS, NOTE_ENCODING])
def test_a_primed_call_leaves_little_to_hear(name: str) -> None:
    player, heard = performer(name), []
    call = Phrase.of([Note(60 + i, 90, i / 4, 0.2) for i in range(32)], 8.0)
    player.prime(PrimeCall(1, 1, call, 8.0))
    network = player._model.network

    class Counting:
        def start(self) -> object:
            return network.start()

        def step(self, *args: object) -> object:
            heard.append(1)
            return network.step(*args)

    player._primer._model = replace(player._model, network=Counting())
    player.start(start(call, ready=0.0))
    assert len(heard) <= 8


@pytest.mark.parametrize("era", ["A", "B", "C"])
def test_every_era_is_read(era: str) -> None:
    """The family began in era C; names of the others were in use with it for some weeks."""
    chunk = TimedPerformer(1, model(DYNAMICS, era)).start(start(random_call(1, 8.0)))
    assert chunk.done


@pytest.mark.parametrize("name", NAMES)
def test_likelihood_is_that_of_a_plain_network(name: str) -> None:
    call = random_call(1, 8.0)
    told = AnswerControls(0.7, 3, 0.0)
    chunk = performer(name).start(start(call, controls=told))
    loaded = model(name)
    events = list(loaded.encoding.part.read(call.notes, 50.0, 400))
    weights = stack_weights(parse_bundle(random_bundle(name)))
    network, tracker, nats = PlainNetwork(weights), loaded.encoding.inputs.tracker(), 0.0
    for vector, event, following in zip(
        dense_inputs(loaded.encoding.inputs, events), events, [*events[1:], None], strict=True
    ):
        logits = network.step(vector)
        tracker.push(event)
        if following is not None:
            nats += plain_log_probability(logits, following, loaded)
    assert chunk.likelihood.call_nats == pytest.approx(nats, abs=1e-3)
    assert chunk.likelihood.call_events == len(events) - 1
    assert chunk.likelihood.call_nats_per_event == pytest.approx(nats / (len(events) - 1), abs=1e-4)
    # A step is a sixteenth of the jam's grid, whatever happens in it.
    assert (chunk.likelihood.call_steps, chunk.likelihood.answer_steps) == (32, 32)
    assert chunk.likelihood.answer_nats < 0.0
    assert chunk.likelihood.answer_events > 0


def plain_log_probability(logits: np.ndarray, event: int, loaded: LoadedPerformance) -> float:
    sizes = loaded.encoding.sizes or (len(logits),)
    numbers = []
    for size in reversed(sizes):
        event, number = divmod(event, size)
        numbers.insert(0, number)
    nats, first = 0.0, 0
    for number, size in zip(numbers, sizes, strict=True):
        part = logits[first : first + size]
        nats += part[number] - part.max() - math.log(np.exp(part - part.max()).sum())
        first += size
    return nats


def test_several_numbers_are_drawn_one_after_the_other() -> None:
    """As Magenta does: all of one sequence of the batch, then all of the next."""
    head, sizes = SeveralDistributions((3, 2)), (3, 2)
    logits = np.log(np.array([0.2, 0.3, 0.5, 0.6, 0.4], np.float32))
    random, sampler = np.random.RandomState(4), Sampler(4, 2)
    for _ in range(50):
        numbers = [random.choice(3, p=[0.2, 0.3, 0.5]), random.choice(2, p=[0.6, 0.4])]
        random.choice(3, p=[0.2, 0.3, 0.5]), random.choice(2, p=[0.6, 0.4])
        drawn, nats = head.draw(sampler, logits, AnswerControls())
        assert drawn == numbers[0] * sizes[1] + numbers[1]
        assert nats == pytest.approx(logits[numbers[0]] + logits[3 + numbers[1]], abs=1e-6)


@pytest.mark.parametrize("tempo_qpm", [60.0, 97.3, 240.0])
def test_the_same_seconds_at_another_tempo(tempo_qpm: float) -> None:
    """What the model hears and plays are seconds; the tempo only says where the beats are."""
    slower = tempo_qpm / 120.0
    call = random_call(4, 8.0)
    moved = Phrase.of(
        [
            replace(n, start_beats=n.start_beats * slower, duration_beats=n.duration_beats * slower)
            for n in call.notes
        ],
        8.0 * slower,
    )
    usual = performer(DYNAMICS).start(start(call)).notes
    other = performer(DYNAMICS).start(start(moved, beats=8.0 * slower, tempo_qpm=tempo_qpm)).notes
    scale = steps_per_beat(tempo_qpm) / 50.0
    assert [(n.pitch, n.velocity, round(n.start_beats * scale * 50)) for n in other] == [
        (n.pitch, n.velocity, round(n.start_beats * 50)) for n in usual
    ]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tempo_qpm", [40.0, 133.7, 300.0])
def test_notes_stay_within_the_answer(name: str, tempo_qpm: float) -> None:
    for seed in range(3):
        told = AnswerControls(1.0, seed, 1.0)
        request = start(random_call(seed, 8.0), tempo_qpm=tempo_qpm, controls=told)
        for note in performer(name).start(request).notes:
            assert 0 <= note.pitch <= 127
            assert 1 <= note.velocity <= 127
            assert note.start_beats >= 0.0
            assert note.duration_beats > 0.0
            assert note.end_beats <= 8.0 + 1e-9


def test_feel_leaves_the_models_velocities_alone() -> None:
    call = random_call(3, 8.0)
    stiff, free = (
        performer(DYNAMICS).start(start(call, controls=AnswerControls(1.0, 5, feel))).notes
        for feel in (0.0, 1.0)
    )
    assert stiff == free
    assert len({note.velocity for note in stiff}) > 1


def test_without_velocities_of_its_own_feel_takes_the_calls() -> None:
    call = Phrase.of([Note(60, 30, beat, 0.5) for beat in range(8)], 8.0)
    for feel, velocity in ((0.0, 100), (0.5, 65), (1.0, 30)):
        notes = performer("performance").start(start(call, controls=AnswerControls(1.0, 5, feel)))
        assert {note.velocity for note in notes.notes} == {velocity}


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_call_lets_the_model_begin(name: str) -> None:
    player = performer(name)
    player.prime(PrimeCall(1, 1, Phrase((), 4.0), 4.0))
    for length_beats in (0.0, 8.0):
        chunk = player.start(start(Phrase((), length_beats)))
        likelihood = chunk.likelihood
        assert (likelihood.call_steps, likelihood.call_events, likelihood.call_nats) == (0, 0, 0)
        assert chunk.done


def told(**conditions: tuple[float, ...] | tuple[bool, ...]) -> AnswerControls:
    return replace(FLAT, **conditions)


def answer(name: str, controls: AnswerControls) -> AnswerChunk:
    return performer(name).start(start(random_call(2, 8.0), controls=controls))


def test_each_condition_is_heard_by_the_models_that_take_it() -> None:
    usual = FLAT
    dense = told(notes_per_second=(1.5,))
    pitched = told(pitch_class_histogram=(1.0,) + (0.0,) * 11)
    open_ = told(disable_conditioning=(True,))
    takes = {
        "density_conditioned_performance_with_dynamics": (True, False, False),
        "pitch_conditioned_performance_with_dynamics": (False, True, False),
        "multiconditioned_performance_with_dynamics": (True, True, False),
        OPTIONAL: (True, True, True),
        DYNAMICS: (False, False, False),
    }
    for name, expected in takes.items():
        first = answer(name, usual).likelihood.call_nats
        changed = tuple(
            answer(name, one).likelihood.call_nats != first for one in (dense, pitched, open_)
        )
        assert changed == expected


def test_what_is_left_open_makes_no_difference() -> None:
    closed = told(disable_conditioning=(True,), notes_per_second=(1.0, 3.0))
    other = told(disable_conditioning=(True,), pitch_class_histogram=(1.0,) + (0.0,) * 11)
    assert answer(OPTIONAL, closed).likelihood.call_nats == pytest.approx(
        answer(OPTIONAL, other).likelihood.call_nats
    )


def test_conditions_of_the_last_answer_prime_the_next_call() -> None:
    player, controls = performer(OPTIONAL), told(notes_per_second=(2.0,))
    request = start(random_call(2, 8.0), controls=controls)
    first = player.start(request)
    player.prime(PrimeCall(1, 2, request.call, 8.0))
    assert player.start(request) == first


def test_a_second_list_of_conditions_is_heard_anew() -> None:
    player = performer(OPTIONAL)
    call = random_call(2, 8.0)
    for controls in (told(notes_per_second=(2.0, 30.0)), told(), told(notes_per_second=(40.0,))):
        request = start(call, controls=controls)
        assert player.start(request) == performer(OPTIONAL).start(request)


def test_conditions_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ControlsRejected, match="pitch_class_histogram has 3 weights"):
        performer(DYNAMICS).start(
            start(random_call(1, 8.0), controls=told(pitch_class_histogram=(1.0, 2.0, 3.0)))
        )


def test_expecting_fewer_notes_bounds_the_events() -> None:
    """Magenta reckons with four events a note: 8 beats are four seconds."""
    name = "density_conditioned_performance_with_dynamics"
    cold = replace(told(notes_per_second=(0.5,)), temperature=1.0)
    assert answer(name, cold).likelihood.answer_events <= 16
    assert Conditions().mean_notes_per_second == 15.0


def test_other_answers_are_not_continued() -> None:
    player = performer(DYNAMICS)
    with pytest.raises(NothingToAnswer):
        player.resume(ContinueAnswer(1, 9, 8.0, AnswerControls()))
    player.start(start(random_call(1, 8.0)))
    with pytest.raises(NothingToAnswer):
        player.resume(ContinueAnswer(1, 8, 8.0, AnswerControls()))


@pytest.mark.parametrize("length", [math.nan, math.inf, 1e9])
def test_lengths_that_are_none_are_refused(length: float) -> None:
    player = performer(DYNAMICS)
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), length)))
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), 4.0), beats=length))
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), 4.0), tempo_qpm=-length))
    player.prime(PrimeCall(1, 1, Phrase((), length), length, tempo_qpm=length))


ANY = st.floats(allow_nan=True, allow_infinity=True)
ANY_NOTE = st.builds(Note, st.integers(-5, 200), st.integers(-5, 200), ANY, ANY, st.integers(0, 15))


@pytest.mark.parametrize("name", [DYNAMICS, NOTE_ENCODING])
@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_NOTE, max_size=6), ANY, ANY, ANY, st.integers())
def test_odd_music_never_raises(
    name: str, notes: list[Note], feel: float, temperature: float, ready: float, seed: int
) -> None:
    player, call = performer(name), Phrase(tuple(notes), 4.0)
    player.prime(PrimeCall(1, 1, call, ready))
    controls = AnswerControls(temperature, seed, feel)
    player.start(StartAnswer(1, 9, call, 2.0, controls, ready))
    chunk = player.resume(ContinueAnswer(1, 9, 2.0, controls))
    assert chunk.done
    for note in chunk.notes:
        assert 1 <= note.velocity <= 127
        assert np.isfinite(note.start_beats)
        assert np.isfinite(note.duration_beats)


@pytest.mark.parametrize("name", [DYNAMICS, NOTE_ENCODING])
def test_what_was_played_before_the_call_is_heard_and_not_counted(name: str) -> None:
    memory, call = random_call(7, 4.0), random_call(1, 8.0)
    alone = performer(name).start(start(call))
    after = performer(name).start(replace(start(call), memory=memory))
    assert after.notes != alone.notes
    assert after.likelihood.call_steps == alone.likelihood.call_steps == 32
    events = model(name).encoding.part.read(call.notes, 50.0, 400)
    assert abs(after.likelihood.call_events - len(events)) <= 2
