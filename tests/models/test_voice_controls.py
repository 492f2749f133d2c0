"""The musical knobs with models of many voices: each moves what it names, and nothing breaks."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from statistics import mean

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, ContinueAnswer, StartAnswer
from bridge.models.base import Performer
from bridge.models.bundle import parse_bundle
from bridge.models.candidates import candidate_seeds
from bridge.models.desk import performer_for
from bridge.models.loading import assembled, playable_encoding
from bridge.models.ranking import Habits, Onsets
from bridge.models.stack import stack_weights
from tests.fakes.bundle_writer import NADE_SHAPES, nade_bundle, random_bundle

NOTES = "performance_with_dynamics_and_note_encoding"
FAMILIES = ("polyphony", "rnn-nade", "performance", "performance_with_dynamics", NOTES)
SEARCHED = ("performance", "multiconditioned_performance_with_dynamics")
CALL = Phrase.of([Note(48 + 5 * i, 80, i * 0.5, 0.5) for i in range(8)], 4.0)
D_DORIAN = 0b101010110101
SEEDS = range(12)


@cache
def model(name: str):
    data = nade_bundle(name) if name in NADE_SHAPES else random_bundle(name, gain=1.5)
    bundle = parse_bundle(data)
    weights = stack_weights(bundle)
    return assembled(name, playable_encoding(bundle, weights), weights, 1)


def player(name: str, **clock: object) -> Performer:
    return performer_for(1, model(name), **clock)


def answer(name: str, seed: int = 1, **controls: object) -> AnswerChunk:
    knobs = AnswerControls(seed=seed, feel=0.0, **controls)
    return player(name).start(StartAnswer(1, 1, CALL, 8.0, knobs, 8.0))


def answers(name: str, **controls: object) -> list[AnswerChunk]:
    return [answer(name, seed, **controls) for seed in SEEDS]


def pitches(chunks: list[AnswerChunk]) -> list[int]:
    return [note.pitch for chunk in chunks for note in chunk.notes]


def nats_per_event(chunks: list[AnswerChunk]) -> float:
    return mean(chunk.likelihood.answer_nats_per_event for chunk in chunks)


@pytest.mark.parametrize("name", FAMILIES)
def test_density_makes_more_notes_or_fewer(name: str) -> None:
    fewer, own, more = (len(pitches(answers(name, density=d))) for d in (-1.0, 0.0, 1.0))
    assert fewer < own < more


@pytest.mark.parametrize("name", FAMILIES)
def test_register_moves_the_mean_pitch(name: str) -> None:
    lower, own, higher = (
        mean(pitches(answers(name, register_bias=bias))) for bias in (-1.0, 0.0, 1.0)
    )
    assert lower < own - 3 and own + 3 < higher


@pytest.mark.parametrize("name", ["polyphony", "performance"])
def test_register_leaves_the_density_as_it_is(name: str) -> None:
    own, higher = (len(pitches(answers(name, register_bias=bias))) for bias in (0.0, 1.0))
    assert higher == pytest.approx(own, rel=0.25)


@pytest.mark.parametrize("name", FAMILIES)
def test_nothing_starts_outside_the_scale(name: str) -> None:
    played = pitches(answers(name, scale=D_DORIAN))
    assert played
    assert all(D_DORIAN >> pitch % 12 & 1 for pitch in played)
    assert any(not D_DORIAN >> pitch % 12 & 1 for pitch in pitches(answers(name)))


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("knob", [{"top_p": 0.3}, {"temperature": 0.4}], ids=["top_p", "cooler"])
def test_a_narrow_choice_makes_likelier_answers(name: str, knob: dict[str, float]) -> None:
    assert nats_per_event(answers(name, **knob)) > nats_per_event(answers(name)) + 0.05


@pytest.mark.parametrize("name", FAMILIES)
def test_a_control_at_rest_changes_nothing(name: str) -> None:
    rest = {"density": 0.0, "register_bias": 0.0, "scale": 0, "top_p": 1.0, "lock": 0}
    assert answer(name, **rest) == answer(name)


@pytest.mark.parametrize("name", FAMILIES)
def test_an_answer_in_pieces_is_the_answer_in_one(name: str) -> None:
    knobs = AnswerControls(0.9, 5, 0.0, density=0.4, register_bias=-0.5, top_p=0.9, scale=D_DORIAN)
    whole = player(name).start(StartAnswer(1, 1, CALL, 8.0, knobs, 8.0))
    cut = player(name)
    notes = list(cut.start(StartAnswer(1, 1, CALL, 8.0, knobs, 0.5)).notes)
    for beats in (1.0, 3.7, 8.0):
        notes += cut.resume(ContinueAnswer(1, 1, beats, knobs)).notes
    assert sorted(notes, key=str) == sorted(whole.notes, key=str)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_best_of_some_is_the_answer_of_its_seed(name: str) -> None:
    chosen = answer(name, 3, candidates=5)
    choice = chosen.choice
    assert choice is not None and (choice.tried, choice.ranked_steps) == (5, 32)
    alone = answer(name, choice.seed)
    assert alone.notes == chosen.notes
    first = answer(name, 3, candidates=1)
    assert first.choice is None
    assert {answer(name, seed, candidates=5).choice.seed for seed in range(8)} != set(range(8))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_best_is_chosen_by_likelihood_less_habits(name: str) -> None:
    chosen = answer(name, 3, candidates=6).choice
    assert chosen is not None

    def onsets(notes: tuple[Note, ...], beats: float) -> Onsets:
        places = [(round(note.start_beats * 4), note.pitch) for note in notes]
        return Onsets.of(places, round(beats * 4))

    scores = {}
    for seed in candidate_seeds(3, 6):
        alone = answer(name, seed)
        habits = Habits.between(onsets(CALL.notes, 4.0), onsets(alone.notes, 8.0), 16)
        scores[seed] = alone.likelihood.answer_nats_per_event - habits.penalty_nats()
    assert chosen.seed == max(scores, key=scores.__getitem__)
    assert chosen.score == pytest.approx(scores[chosen.seed], abs=1e-6)


@pytest.mark.parametrize("name", FAMILIES)
def test_candidates_stop_when_the_time_is_up(name: str) -> None:
    looks = iter(range(10_000))

    def now_s() -> float:
        return float(next(looks))

    request = StartAnswer(
        1, 1, CALL, 8.0, AnswerControls(seed=3, feel=0.0, candidates=32), 8.0, time_s=20.0
    )
    chosen = player(name, now_s=now_s).start(request).choice
    assert chosen is not None and 1 <= chosen.tried < 32
    late = player(name, now_s=now_s).start(replace(request, time_s=0.0))
    assert late.choice is not None
    assert (late.choice.seed, late.choice.tried, late.choice.ranked_steps) == (3, 1, 0)
    assert late.notes == answer(name, 3).notes


@pytest.mark.parametrize("name", SEARCHED)
def test_beam_search_finds_likelier_performances(name: str) -> None:
    found = answers(name, beam_size=4, branch_factor=3)
    assert nats_per_event(found) > nats_per_event(answers(name)) + 0.05
    assert all(chunk.done and chunk.notes for chunk in found)
    assert answer(name, 2, beam_size=4, candidates=8).choice is None


def test_beam_search_is_no_matter_where_an_event_has_several_distributions() -> None:
    assert answer(NOTES, 2, beam_size=4) == answer(NOTES, 2)


def test_onsets_of_many_voices() -> None:
    found = Onsets.of([(0, 60), (0, 64), (2, 64), (2, 60), (3, 127), (9, 1), (-1, 1)], 4)
    assert found.counts.tolist() == [2, 0, 2, 1]
    assert found.sounds[1] == -1 and found.sounds[0] == found.sounds[2] != found.sounds[3]
