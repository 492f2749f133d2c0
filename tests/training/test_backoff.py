"""Contexts that lean on shorter ones, and the baselines that are made of them."""

from math import log

import numpy as np
import pytest

from bridge.core.chord_symbols import parse_chord
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.polyphony import (
    CLASS_COUNT,
    CONTINUED_NOTE,
    NEW_NOTE,
    START,
    STEP_END,
    polyphonic_events,
)
from bridge.training import backoff
from bridge.training.backoff import Backoff
from bridge.training.chord_baselines import chord_baselines
from bridge.training.chorded import chorded
from bridge.training.voice_baselines import (
    going_on,
    one_bar_earlier,
    step_numbers,
    voice_baselines,
)

HYMN = [GridNote(60 + step % 3, step, step + 2) for step in range(0, 40, 2)]
HYMN += [GridNote(48, bar * 16, bar * 16 + 12) for bar in range(2)]
SONG = np.array(polyphonic_events(HYMN, 40))


def test_a_rare_context_leans_on_a_shorter_one_by_witten_and_bell(monkeypatch):
    monkeypatch.setattr(backoff, "SMOOTHING", 0.0)
    events, contexts = np.array([0, 0, 1, 1]), np.array([7, 7, 7, 9])
    counts = Backoff(events, [contexts], 2)
    # Context 7 saw 0, 0, 1: three times, two kinds; context 8 was never seen.
    shares = counts.shares(np.array([0, 1, 1]), [np.array([7, 7, 8])])
    assert shares.tolist() == pytest.approx([(2 + 2 * 0.5) / 5, (1 + 2 * 0.5) / 5, 0.5])


def test_a_bar_that_comes_again_is_guessed_from_the_bar_before():
    twice = [GridNote(60, 0, 4), GridNote(64, 4, 8), GridNote(60, 16, 20), GridNote(64, 20, 24)]
    steps = np.array(polyphonic_events(twice, 32))
    guesses = one_bar_earlier(steps)
    second = int(np.flatnonzero(step_numbers(steps) == 16)[0])
    assert (guesses[:second] == -1).all()
    assert guesses[second:].tolist() == steps[second:].tolist()


def test_a_step_with_more_voices_than_a_bar_before_is_guessed_to_be_over():
    steps = np.array(polyphonic_events([GridNote(60, 16, 17)], 17))
    guesses = one_bar_earlier(steps)
    assert steps[-2:].tolist() == [NEW_NOTE + 60, STEP_END]
    assert guesses[-2:].tolist() == [STEP_END, STEP_END]


def test_what_sounds_is_guessed_to_go_on_from_the_highest_voice_down():
    chord = [GridNote(60, 0, 2), GridNote(64, 0, 2)]
    steps = np.array(polyphonic_events(chord, 2))
    held = [CONTINUED_NOTE + 64, CONTINUED_NOTE + 60, STEP_END]
    assert steps[4:].tolist() == held
    assert going_on(steps)[4:].tolist() == held


def test_the_mark_at_the_beginning_is_given_and_all_else_sums_to_one():
    baselines = voice_baselines([SONG, SONG[:50]])
    assert len(baselines) == 5
    for name, model in baselines.items():
        assert model(SONG)[0] == 1.0, name
        for length in (1, 7, 60):
            past = SONG[:length]
            total = sum(model(np.append(past, event))[-1] for event in range(CLASS_COUNT))
            assert total == pytest.approx(1.0), (name, length)


def test_longer_contexts_predict_a_hymn_better():
    baselines = list(voice_baselines([SONG]).values())
    nats = [-float(np.log(model(SONG)).mean()) for model in baselines]
    assert nats[-1] < nats[1] < nats[0] < log(CLASS_COUNT)
    assert SONG[0] == START


def test_melodies_over_chords_are_predicted_with_and_without_the_chords():
    places = np.tile([7, 0, 9, 0, 11, 0, 0, 1], 8)
    chords = [parse_chord("C" if step // 8 % 2 else "Dm7") for step in range(len(places))]
    steps = chorded(places, chords)
    baselines = chord_baselines([steps], 38, 16)
    assert len(baselines) == 5
    for name, model in baselines.items():
        total = sum(
            model(np.append(steps[:20], chorded(np.array([event]), [chords[20]])))[-1]
            for event in range(38)
        )
        assert total == pytest.approx(1.0), name
