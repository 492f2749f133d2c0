"""Best of N: what is compared, what is chosen, and that time is kept."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.chord_chart import ChordChange
from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF
from bridge.core.encodings.meaning import drum_meaning, melody_meaning
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, ContinueAnswer, PrimeCall, StartAnswer
from bridge.models.candidates import candidate_seeds, score
from bridge.models.desk import Inbox
from bridge.models.library import BundleLibrary
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.ranking import Habits
from tests.models.test_controls import GROOVE, TUNE
from tests.models.test_performer import model as random_model

DRUMS, MELODY = "groove_drums", "session_melody"
BOTH = pytest.mark.parametrize("bundle", [DRUMS, MELODY])


@cache
def model(bundle: str) -> LoadedModel:
    return BundleLibrary.of().load(bundle)


class Watch:
    """A clock that moves on by the same time whenever it is looked at."""

    def __init__(self, tick_s: float) -> None:
        self.time_s, self.tick_s = 0.0, tick_s

    def __call__(self) -> float:
        self.time_s += self.tick_s
        return self.time_s


def ask(
    bundle: str,
    candidates: int,
    *,
    seed: int = 3,
    time_s: float = float("inf"),
    watch: Watch | None = None,
    ready: float = 8.0,
    **controls: float,
) -> AnswerChunk:
    wanted = AnswerControls(
        seed=seed,
        feel=0.0,
        candidates=candidates,
        **controls,  # type: ignore[arg-type]
    )
    call = GROOVE if bundle == DRUMS else TUNE
    request = StartAnswer(1, 1, call, 8.0, wanted, ready, 4.0, time_s)
    player = RnnPerformer(1, model(bundle), watch) if watch else RnnPerformer(1, model(bundle))
    return player.start(request)


@BOTH
def test_the_chosen_one_is_what_its_seed_gives_alone(bundle: str) -> None:
    for seed in range(4):
        best = ask(bundle, 6, seed=seed)
        assert best.choice is not None
        assert (best.choice.tried, best.choice.ranked_steps) == (6, 32)
        alone = ask(bundle, 1, seed=best.choice.seed)
        assert alone.choice is None
        assert (alone.notes, alone.likelihood) == (best.notes, best.likelihood)


@BOTH
def test_the_chosen_one_has_the_best_score_of_all(bundle: str) -> None:
    best = ask(bundle, 8, seed=5)
    assert best.choice is not None
    likelihoods = {
        seed: ask(bundle, 1, seed=seed).likelihood.answer_nats_per_step
        for seed in candidate_seeds(5, 8)
    }
    # A penalty only ever takes from the score.
    assert best.choice.score <= likelihoods[best.choice.seed] + 1e-4
    assert best.choice.score >= min(likelihoods.values()) - 10.0
    assert best.choice.seed in likelihoods


@BOTH
def test_more_candidates_better_answers(bundle: str) -> None:
    def mean_score(candidates: int) -> float:
        choices = [ask(bundle, candidates, seed=seed).choice for seed in range(6)]
        return fmean(choice.score for choice in choices if choice)

    assert mean_score(2) < mean_score(8) < mean_score(24)


@given(st.integers(0, 2**31 - 1), st.integers(1, 32))
def test_candidates_have_seeds_of_their_own_and_the_first_has_the_answers(
    seed: int, count: int
) -> None:
    seeds = candidate_seeds(seed, count)
    assert seeds[0] == seed
    assert len(set(seeds)) == count
    assert all(0 <= one < 2**31 for one in seeds)
    # More candidates are the same ones and some more.
    assert candidate_seeds(seed, count + 1)[:count] == seeds


@BOTH
def test_without_time_it_is_the_first_candidate(bundle: str) -> None:
    hurried = ask(bundle, 8, seed=3, time_s=0.0)
    assert hurried.choice is not None
    assert (hurried.choice.seed, hurried.choice.tried) == (3, 1)
    assert hurried.notes == ask(bundle, 1, seed=3).notes


@BOTH
def test_the_best_found_so_far_when_time_is_up(bundle: str) -> None:
    watch = Watch(0.001)
    chunk = ask(bundle, 8, time_s=0.04, watch=watch)
    assert chunk.choice is not None
    assert chunk.choice.tried == 8
    # Half of the time is the candidates', and each step looked at the clock once.
    assert 15 <= chunk.choice.ranked_steps <= 20
    assert watch.time_s <= 0.04


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 0.2), st.floats(0.0005, 0.02), st.integers(2, 32))
def test_what_was_asked_for_is_always_made_and_the_rest_in_time(
    time_s: float, tick_s: float, candidates: int
) -> None:
    watch = Watch(tick_s)
    chunk = ask(DRUMS, candidates, time_s=time_s, watch=watch, ready=1.0)
    assert chunk.ready_beats >= 1.0
    # One look at the clock at the beginning and one too late at most.
    assert watch.time_s <= time_s / 2 + 2 * tick_s + 1e-9


def test_a_knob_turned_after_the_choice_is_heard() -> None:
    """The preview that the choice was made from does not bind the answer."""

    def answer(density: float) -> tuple[tuple[Note, ...], tuple[Note, ...]]:
        wanted = AnswerControls(seed=3, feel=0.0, candidates=8)
        player = RnnPerformer(1, model(DRUMS))
        first = player.start(StartAnswer(1, 1, GROOVE, 16.0, wanted, 4.0))
        later = AnswerControls(feel=0.0, density=density)
        return first.notes, player.resume(ContinueAnswer(1, 1, 16.0, later)).notes

    (early, plain), (same, dense) = answer(0.0), answer(1.0)
    assert early == same
    assert len(dense) > 1.3 * len(plain)


def test_candidates_keep_the_locks_and_the_scale() -> None:
    chunk = ask(MELODY, 8, lock=1, scale=0b101010010101)
    assert [note.start_beats for note in chunk.notes] == [n.start_beats for n in TUNE.notes]
    assert all(0b101010010101 >> note.pitch % 12 & 1 for note in chunk.notes)


def test_priming_and_candidates_together_change_nothing() -> None:
    wanted = AnswerControls(seed=9, candidates=5)
    player = RnnPerformer(1, model(MELODY))
    player.prime(PrimeCall(1, 1, TUNE, 6.0))
    request = StartAnswer(1, 1, TUNE, 8.0, wanted, 2.0)
    assert player.start(request) == RnnPerformer(1, model(MELODY)).start(request)
    # Nor does a choice leave a trace in the next answer.
    assert player.start(request) == RnnPerformer(1, model(MELODY)).start(request)


def test_a_request_that_has_waited_has_less_time() -> None:
    watch = Watch(0.0)
    inbox = Inbox(watch)
    inbox.put(StartAnswer(1, 1, TUNE, 8.0, AnswerControls(), 2.0, time_s=0.1))
    inbox.put(StartAnswer(2, 1, TUNE, 8.0, AnswerControls(), 2.0))
    watch.time_s = 0.07
    first, second = inbox.take(), inbox.take()
    assert isinstance(first, StartAnswer)
    assert first.time_s == pytest.approx(0.03)
    assert isinstance(second, StartAnswer)
    assert second.time_s == float("inf")
    inbox.put(first)
    watch.time_s = 9.0
    late = inbox.take()
    assert isinstance(late, StartAnswer)
    assert late.time_s == 0.0


# --- habits -------------------------------------------------------------------------------------

KICK, HAT = 1, 4
BEAT = [KICK, 0, HAT, 0]
BAR = [*BEAT, *BEAT, KICK | 2, 0, HAT, 0, *BEAT]


def drum_habits(call: list[int], answer: list[int]) -> Habits:
    return Habits.of(drum_meaning(512), call, answer, 16)


def test_an_empty_bar_is_a_gap_and_a_bar_without_end_a_loop() -> None:
    assert drum_habits(BAR, [*BAR, *[0] * 32, *BAR]).gap_bars == pytest.approx(33 / 16)
    assert drum_habits(BAR, [0] * 32).gap_bars == 2.0
    assert drum_habits(BAR, BAR * 4).loop_share == 1.0
    assert drum_habits(BAR, BAR * 4).copy_share == 1.0
    half = [2, 0, 0, 0] * 4
    assert drum_habits(BAR, [*BAR, *half, *BAR, *half]).loop_share == 0.0
    assert drum_habits(BAR, half).copy_share == 0.0
    assert drum_habits(BAR, BAR).loop_share == 0.0


def test_density_is_beside_the_calls() -> None:
    twice = [event or HAT for event in BAR]
    assert 0.8 < drum_habits(BAR, twice).density_octaves < 1.1
    assert drum_habits(BAR, [KICK, *[0] * 15]).density_octaves < -2
    assert drum_habits([0] * 16, BAR).density_octaves == 0.0
    assert drum_habits([], BAR).copy_share == 0.0


def test_a_melodys_habits_count_pitches_and_not_rests() -> None:
    tune = [60, NO_EVENT, NOTE_OFF, NO_EVENT] * 4
    meaning = melody_meaning(48, 84)
    assert Habits.of(meaning, tune, tune * 2, 16).copy_share == 1.0
    other = [62, NO_EVENT, NO_EVENT, NO_EVENT] * 4
    assert Habits.of(meaning, tune, other * 2, 16).copy_share == 0.0
    assert Habits.of(meaning, tune, [NO_EVENT] * 32, 16).gap_bars == 2.0


def test_habits_of_people_cost_nothing_and_those_of_machines_do() -> None:
    assert Habits(0.9, 0.88, 0.7, 0.5).penalty_nats() == 0.0
    assert Habits(2.0, 0.0, 0.0, 0.0).penalty_nats() == pytest.approx(1.0)
    assert Habits(0.0, 1.0, 0.0, 0.0).penalty_nats() == pytest.approx(1.0)
    assert Habits(0.0, 0.0, 1.0, 0.0).penalty_nats() == pytest.approx(1.0)
    assert Habits(0.0, 0.0, 0.0, 1.9).penalty_nats() == pytest.approx(1.0)
    assert Habits(0.0, 0.0, 0.0, -1.6).penalty_nats() == pytest.approx(1.0)
    # Who turned the density knob wants just that.
    assert Habits(0.0, 0.0, 0.0, 1.9).penalty_nats(density_turned=True) == 0.0


@given(st.lists(st.integers(0, 511), max_size=40), st.lists(st.integers(0, 511), min_size=1))
def test_habits_of_anything_are_numbers(call: list[int], answer: list[int]) -> None:
    habits = drum_habits(call, answer)
    penalty = habits.penalty_nats()
    assert np.isfinite(penalty)
    assert penalty >= 0.0
    assert 0.0 <= habits.loop_share <= 1.0
    assert 0.0 <= habits.copy_share <= 1.0


def test_an_empty_call_has_candidates_too() -> None:
    player = RnnPerformer(1, model(DRUMS))
    wanted = AnswerControls(seed=1, candidates=4)
    chunk = player.start(StartAnswer(1, 1, Phrase((), 4.0), 8.0, wanted, 8.0))
    assert chunk.choice is not None
    assert chunk.choice.tried == 4
    assert chunk.notes


def test_candidates_hear_the_chords() -> None:
    """Random weights: what is compared is the very answer that is played over the chords."""
    loaded = random_model("chord_pitches_improv")
    chords = tuple(
        ChordChange(4.0 * bar, symbol) for bar, symbol in enumerate(("C", "Am7", "F", "G7"), -2)
    )
    for seed in range(3):
        wanted = AnswerControls(seed=seed, candidates=6, chords=chords)
        request = StartAnswer(1, 1, TUNE, 8.0, wanted, 8.0)
        best = RnnPerformer(1, loaded).start(request)
        assert best.choice is not None
        one = replace(wanted, seed=best.choice.seed, candidates=1)
        player = RnnPerformer(1, loaded)
        alone = player.start(replace(request, controls=one))
        assert alone.notes == best.notes
        events = player._answers.find(1).stream._tracker.events[-32:]  # type: ignore[attr-defined]
        call = loaded.encoding.part.read(TUNE.notes, 4, 32).events
        nats = alone.likelihood.answer_nats
        expected = score(loaded, events, call, nats, wanted, 16)
        assert best.choice.score == pytest.approx(expected, abs=1e-3)
