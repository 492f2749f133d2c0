import math
import random
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.chord_chart import ChordChange
from bridge.core.encodings.catalog import encoding_for
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import ChordInvalid, NothingToAnswer, PrimerRejected
from bridge.models.bundle import parse_bundle
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.rnn import StackNetwork
from bridge.models.stack import stack_weights
from tests.fakes.bundle_writer import SHAPES, random_bundle
from tests.models.chord_cases import changes, conditions, random_symbols
from tests.models.plain_network import PlainNetwork, dense_inputs

IDS = tuple(SHAPES)
CHORD_IDS = ("basic_improv", "attention_improv", "chord_pitches_improv")
SYMBOLS = random_symbols(96, 1)
CHORDS = changes(SYMBOLS, 4, -32)
"""Eight beats of a call, then sixteen of its answer; models without chords hear none."""


def from_the_call(chords: tuple[ChordChange, ...], call_beats: float) -> tuple[ChordChange, ...]:
    return tuple(replace(c, start_beats=c.start_beats + call_beats) for c in chords)


@cache
def model(generator_id: str, era: str = "C") -> LoadedModel:
    bundle = parse_bundle(random_bundle(generator_id, era))
    weights = stack_weights(bundle)
    encoding = encoding_for(weights.input_width, weights.class_count)
    assert encoding is not None
    network = StackNetwork(weights, encoding.inputs.blocks)
    return LoadedModel(generator_id, encoding, network, bundle.facts.batch_size)


def performer(generator_id: str) -> RnnPerformer:
    return RnnPerformer(1, model(generator_id))


def random_call(seed: int, beats: float = 8.0) -> Phrase:
    choice = random.Random(seed)
    notes = [
        Note(choice.randrange(30, 90), 80, choice.uniform(-0.1, beats), choice.uniform(0, 2))
        for _ in range(choice.randrange(1, 20))
    ]
    return Phrase.of(notes, beats)


def start(
    call: Phrase, *, beats: float = 8.0, ready: float | None = None, seed: int = 5, **more: float
) -> StartAnswer:
    controls = AnswerControls(
        more.get("temperature", 1.0), seed, more.get("feel", 0.0), chords=CHORDS
    )
    return StartAnswer(1, 9, call, beats, controls, beats if ready is None else ready)


def whole(chunk: AnswerChunk) -> tuple[Note, ...]:
    assert chunk.done
    return chunk.notes


@pytest.mark.parametrize("generator_id", IDS)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.lists(st.floats(0.0, 9.0), max_size=6), st.floats(0.0, 1.0))
def test_an_answer_is_the_same_however_it_is_cut(
    generator_id: str, seed: int, cuts: list[float], feel: float
) -> None:
    call = random_call(seed)
    at_once = performer(generator_id).start(start(call, feel=feel))
    player = performer(generator_id)
    chunks = [player.start(start(call, ready=0.0, feel=feel))]
    felt = AnswerControls(feel=feel, chords=CHORDS)
    for ready in [*sorted(cuts), 8.0]:
        chunks.append(player.resume(ContinueAnswer(1, 9, ready, felt)))
        assert chunks[-1].ready_beats >= min(8.0, ready) - 1e-6 or chunks[-1].done
    notes = [note for chunk in chunks for note in chunk.notes]
    assert sorted(notes, key=str) == sorted(whole(at_once), key=str)
    assert chunks[-1].done
    assert chunks[-1].likelihood == at_once.likelihood
    ready = [chunk.ready_beats for chunk in chunks]
    assert ready == sorted(ready)
    for before, chunk in zip(ready, chunks[1:], strict=False):
        for note in chunk.notes:
            assert round(note.start_beats * 4) / 4 >= before - 0.25


@pytest.mark.parametrize("generator_id", IDS)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.lists(st.floats(-1.0, 9.0), max_size=12))
def test_priming_changes_nothing_but_the_time_it_takes(
    generator_id: str, seed: int, moments: list[float]
) -> None:
    call = random_call(seed)
    player = performer(generator_id)
    for moment in sorted(moments):
        heard = tuple(
            replace(note, duration_beats=min(note.duration_beats, moment - note.start_beats))
            for note in call.notes
            if note.start_beats <= moment
        )
        chords = from_the_call(CHORDS, 8.0)
        player.prime(PrimeCall(1, 1, Phrase(heard, moment), moment, chords))
    assert player.start(start(call)) == performer(generator_id).start(start(call))


@pytest.mark.parametrize("generator_id", IDS)
def test_another_call_after_one_that_was_primed(generator_id: str) -> None:
    player = performer(generator_id)
    for seed in range(4):
        player.prime(PrimeCall(1, seed, random_call(seed + 10), 6.0))
        call = random_call(seed)
        assert player.start(start(call)) == performer(generator_id).start(start(call))


def test_a_primed_call_leaves_only_its_end_to_do() -> None:
    """Every step of a call is heard once, however often the call is sent."""
    player = performer("drum_kit")
    call = Phrase.of([Note(36, 90, beat, 0.1) for beat in range(16)], 16.0)
    player.prime(PrimeCall(1, 1, call, 15.75))
    steps = count_steps(player)
    player.prime(PrimeCall(1, 1, call, 15.75))
    player.start(start(call, ready=0.25))
    assert steps[0] == 1


def count_steps(player: RnnPerformer) -> list[int]:
    loaded = player._model
    counted, network = [0], loaded.network

    class Counting:
        class_count = network.class_count

        def start(self) -> object:
            return network.start()

        def step(self, *args: object) -> object:
            counted[0] += 1
            return network.step(*args)

    other = replace(loaded, network=Counting())
    player._model = player._primer._model = other
    return counted


def test_again_changes_only_the_seed() -> None:
    player, call = performer("drum_kit"), random_call(3)
    first = whole(player.start(start(call, seed=1)))
    second = whole(player.start(start(call, seed=2)))
    assert first != second
    assert whole(player.start(start(call, seed=1))) == first


@pytest.mark.parametrize("generator_id", IDS)
def test_likelihood_is_that_of_a_plain_network(generator_id: str) -> None:
    call = random_call(1)
    chunk = performer(generator_id).start(start(call, temperature=0.7))
    loaded = model(generator_id)
    encoding = loaded.encoding
    weights = stack_weights(parse_bundle(random_bundle(generator_id)))
    steps = round(8 * encoding.steps_per_quarter)
    events = list(encoding.part.read(call.notes, encoding.steps_per_quarter, steps).events)
    if encoding.one_event_a_step:
        chords = conditions(encoding, SYMBOLS[33 - len(events) : 33])
    else:
        chords = None
    shares = PlainNetwork(weights).softmaxes(dense_inputs(encoding.inputs, events, chords))
    tracker, nats = encoding.inputs.tracker(), 0.0
    for i, event in enumerate(events):
        if i:
            nats += math.log(shares[i - 1][tracker.class_of(event)])
        tracker.push(event)
    assert chunk.likelihood.call_nats == pytest.approx(nats, abs=1e-3)
    assert chunk.likelihood.call_steps == len(events) - 1
    if encoding.one_event_a_step:
        assert chunk.likelihood.answer_steps == steps
    else:
        assert chunk.likelihood.answer_steps > steps
    assert chunk.likelihood.answer_nats < 0.0


@pytest.mark.parametrize("generator_id", IDS)
def test_an_empty_call_lets_the_model_begin(generator_id: str) -> None:
    player = performer(generator_id)
    player.prime(PrimeCall(1, 1, Phrase((), 4.0), 4.0))
    for length_beats in (0.0, 8.0):
        chunk = player.start(start(Phrase((), length_beats)))
        assert (chunk.done, chunk.likelihood.call_steps, chunk.likelihood.call_nats) == (True, 0, 0)
        assert chunk.notes


def test_the_calls_downbeat_is_heard() -> None:
    """Magenta's defect 1: the first step of the call is dropped."""
    player = performer("drum_kit")
    player.start(start(Phrase.of([Note(36, 90, 0.0, 0.1)], 4.0)))
    assert player._primer.listened().tracker.events[0] == 1


def test_the_answers_first_step_is_played() -> None:
    """Magenta's defect 2: the first sixteenth of the answer is often left out."""
    notes = [
        note
        for seed in range(8)
        for note in whole(performer("drum_kit").start(start(random_call(1), seed=seed)))
    ]
    assert any(note.start_beats == 0.0 for note in notes)
    assert any(note.start_beats == 7.75 for note in notes)


def test_a_note_held_over_the_bar_line_is_no_trouble() -> None:
    call = Phrase.of([Note(60, 90, 3.0, 40.0)], 4.0)
    assert performer("basic_rnn").start(start(call)).done


@pytest.mark.parametrize("feel", [0.0, 1.0])
@pytest.mark.parametrize("generator_id", IDS)
def test_notes_stay_within_the_answer(generator_id: str, feel: float) -> None:
    for seed in range(10):
        request = start(random_call(seed), seed=seed, feel=feel)
        for note in whole(performer(generator_id).start(request)):
            assert 0 <= note.pitch <= 127
            assert note.start_beats >= 0.0
            assert note.duration_beats > 0.0
            assert note.end_beats <= 8.0 + 1e-9


def test_velocity_and_timing_come_from_the_call() -> None:
    call = Phrase.of([Note(36, 30, beat + 0.03, 0.1) for beat in range(4)], 4.0)
    notes = whole(performer("drum_kit").start(start(call, feel=1.0)))
    assert {note.velocity for note in notes} == {30}
    assert all(
        note.start_beats == 0.0 or note.start_beats % 0.25 == pytest.approx(0.03) for note in notes
    )


def test_a_temperature_turned_on_the_way_is_heard_from_there() -> None:
    def answer(later: float) -> list[Note]:
        player = performer("drum_kit")
        notes = list(player.start(start(random_call(2), ready=4.0)).notes)
        return notes + list(
            player.resume(ContinueAnswer(1, 9, 8.0, AnswerControls(later, feel=0.0))).notes
        )

    cold, warm = answer(0.1), answer(1.0)
    assert [n for n in cold if n.start_beats < 4] == [n for n in warm if n.start_beats < 4]
    assert cold != warm


@pytest.mark.parametrize("generator_id", CHORD_IDS)
def test_chords_changed_on_the_way_are_heard_from_there(generator_id: str) -> None:
    def answer(seed: int, later: str | None) -> list[Note]:
        player = performer(generator_id)
        chords = CHORDS if later is None else (ChordChange(0.0, later),)
        notes = list(player.start(start(random_call(2), ready=4.0, seed=seed)).notes)
        controls = AnswerControls(feel=0.0, chords=chords)
        return notes + list(player.resume(ContinueAnswer(1, 9, 8.0, controls)).notes)

    pairs = [(answer(seed, None), answer(seed, "F#")) for seed in range(8)]
    for kept, moved in pairs:
        # The note that is open when the chords change may end elsewhere.
        early = [(n.start_beats, n.pitch) for n in kept if n.start_beats < 4]
        assert early == [(n.start_beats, n.pitch) for n in moved if n.start_beats < 4]
    assert any(kept != moved for kept, moved in pairs)
    with pytest.raises(ChordInvalid):
        answer(1, "H")


@pytest.mark.parametrize("generator_id", CHORD_IDS)
def test_no_chords_are_the_chord_of_nothing(generator_id: str) -> None:
    def answer(chords: tuple[ChordChange, ...]) -> AnswerChunk:
        controls = AnswerControls(1.0, 3, 0.0, chords=chords)
        return performer(generator_id).start(StartAnswer(1, 9, random_call(1), 8.0, controls, 8.0))

    assert answer(()) == answer((ChordChange(-8.0, "N.C."),))
    assert answer(()) != answer((ChordChange(-8.0, "C"),))


def test_a_chord_of_the_call_matters_only_to_models_that_know_chords() -> None:
    for generator_id in IDS:
        plain = StartAnswer(1, 9, random_call(1), 8.0, AnswerControls(1.0, 3, 0.0), 8.0)
        chord = replace(plain, controls=replace(plain.controls, chords=(ChordChange(-8.0, "E"),)))
        same = performer(generator_id).start(plain) == performer(generator_id).start(chord)
        assert same == (generator_id not in CHORD_IDS)


def test_a_call_over_chords_is_heard_once() -> None:
    player = performer("attention_improv")
    call = Phrase.of([Note(60, 90, beat, 0.5) for beat in range(8)], 8.0)
    chords = from_the_call(CHORDS, 8.0)
    player.prime(PrimeCall(1, 1, call, 7.75, chords))
    steps = count_steps(player)
    player.prime(PrimeCall(1, 1, call, 7.75, chords))
    player.start(start(call, ready=0.0))
    assert steps[0] == 1
    other = (*chords[:-4], ChordChange(5.0, "Abm"))
    player.prime(PrimeCall(1, 2, call, 7.75, other))
    assert 1 < steps[0] < 32


def test_other_answers_are_not_continued() -> None:
    player = performer("drum_kit")
    with pytest.raises(NothingToAnswer):
        player.resume(ContinueAnswer(1, 9, 8.0, AnswerControls()))
    player.start(start(random_call(1)))
    with pytest.raises(NothingToAnswer):
        player.resume(ContinueAnswer(1, 8, 8.0, AnswerControls()))


@pytest.mark.parametrize("length", [math.nan, math.inf, 1e9])
def test_lengths_that_are_none_are_refused(length: float) -> None:
    player = performer("drum_kit")
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), length)))
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), 4.0), beats=length))
    with pytest.raises(PrimerRejected):
        player.start(start(Phrase((), 1e5)))
    player.prime(PrimeCall(1, 1, Phrase((), length), length))


ANY = st.floats(allow_nan=True, allow_infinity=True)
ANY_NOTE = st.builds(Note, st.integers(-5, 200), st.integers(-5, 200), ANY, ANY, st.integers(0, 15))


@pytest.mark.parametrize("generator_id", ["drum_kit", "attention_rnn"])
@settings(max_examples=60, deadline=None)
@given(st.lists(ANY_NOTE, max_size=6), ANY, ANY, ANY, st.integers())
def test_odd_music_never_raises(
    generator_id: str, notes: list[Note], feel: float, temperature: float, ready: float, seed: int
) -> None:
    player, call = performer(generator_id), Phrase(tuple(notes), 4.0)
    player.prime(PrimeCall(1, 1, call, ready))
    chunk = player.start(
        StartAnswer(1, 9, call, 2.0, AnswerControls(temperature, seed, feel), ready)
    )
    chunk = player.resume(ContinueAnswer(1, 9, 2.0, AnswerControls(temperature)))
    assert chunk.done
    for note in chunk.notes:
        assert 1 <= note.velocity <= 127
        assert np.isfinite(note.start_beats)
        assert np.isfinite(note.duration_beats)


def test_feel_turned_on_the_way_is_heard_from_there() -> None:
    call = Phrase.of([Note(36, 30, beat + 0.03, 0.1) for beat in range(4)], 4.0)
    player = performer("drum_kit")
    flat = player.start(start(call, ready=4.0, feel=0.0)).notes
    felt = player.resume(ContinueAnswer(1, 9, 8.0, AnswerControls(feel=1.0))).notes
    assert {note.velocity for note in flat} == {100}
    assert {note.velocity for note in felt} == {30}
