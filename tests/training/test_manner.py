"""What phrases are like, in numbers that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.models.library import BundleLibrary
from bridge.training.continuations import ANSWER_BARS, continuations
from bridge.training.kinds import coding_of, encoding_of
from bridge.training.manner import Spread, divergence, manner, overlap

DRUMS = encoding_of("drum_kit")
MELODY = encoding_of("lookback_rnn")
KICK, SNARE = 1, 2


def bar(*hits: tuple[int, int]) -> list[int]:
    steps = [0] * 16
    for place, drums in hits:
        steps[place] |= drums
    return steps


def figures(*bars: list[int]) -> dict[str, float]:
    found = manner(DRUMS, [np.concatenate(bars)])
    return {name: float(values[0]) for name, values in found.figures.items()}


def test_a_beat_on_the_beats_is_dense_even_and_repeats_itself() -> None:
    four = bar(*((place, KICK) for place in (0, 4, 8, 12)))
    found = figures(four, four)
    assert found["density, notes a bar"] == 4
    assert found["syncopation a bar"] == 0
    assert found["bar repeated, share of steps"] == 1
    assert found["groove similarity of bars"] == 1
    assert found["empty bars, share"] == 0


def test_fills_are_seen_by_their_bar() -> None:
    plain, fill = bar((0, KICK), (8, SNARE)), bar((0, KICK), (8, SNARE), (12, SNARE), (14, SNARE))
    phrase = np.concatenate([plain, plain, plain, fill])
    [changes] = [
        spread
        for name, spread in manner(DRUMS, [phrase, phrase]).spreads.items()
        if name.startswith("where bars change")
    ]
    assert dict(zip(changes.names, changes.shares.tolist(), strict=True)) == {
        "2": 0.0,
        "3": 0.0,
        "4": 1.0,
    }


def test_a_bar_of_one_drum_has_eight_places() -> None:
    beats, off_beats = np.array([1, 0] * 4), np.array([1, 0, 0, 1, 0, 1, 0, 0])
    found = manner(encoding_of("one_drum"), [np.concatenate([beats, beats])])
    assert found.figures["density, notes a bar"].tolist() == [4.0]
    assert found.figures["syncopation a bar"].tolist() == [0.0]
    assert found.spreads["onsets by place in the bar"].shares.tolist() == [0.25, 0.0] * 4
    assert "drums" not in found.spreads
    pushed = manner(encoding_of("one_drum"), [off_beats])
    assert pushed.figures["syncopation a bar"][0] > 0.0


def test_silence_has_figures_too() -> None:
    found = figures(bar(), bar())
    assert found["density, notes a bar"] == found["syncopation a bar"] == 0
    assert found["empty bars, share"] == 1


def test_a_note_before_a_rest_on_a_stronger_place_is_syncopated() -> None:
    # The last sixteenth before beat three, which rests: weight -4 before one of -1.
    pushed = bar((0, KICK), (7, SNARE), (12, KICK))
    assert figures(pushed)["syncopation a bar"] == 3
    assert figures(bar((0, KICK), (7, SNARE), (8, KICK)))["syncopation a bar"] == 0


def test_empty_bars_and_other_bars_are_counted() -> None:
    one, other = bar((0, KICK), (8, SNARE)), bar((0, KICK), (4, SNARE))
    found = figures(one, bar(), other, other)
    assert found["empty bars, share"] == 0.25
    # From bar to bar 2, 2 and 0 of sixteen places change.
    assert found["groove similarity of bars"] == pytest.approx(1 - 4 / 48)
    assert found["bar repeated, share of steps"] == pytest.approx(44 / 48)


def test_drums_and_places_are_spread_as_they_were_struck() -> None:
    spreads = manner(DRUMS, [np.array(bar((0, KICK | SNARE), (4, KICK), (4, 4)))]).spreads
    assert spreads["drums"].shares.tolist() == [0.5, 0.25, 0.25, 0, 0, 0, 0, 0, 0]
    assert spreads["onsets by place in the bar"].shares[[0, 4]].tolist() == [0.5, 0.5]


def test_a_melody_has_pitch_classes_and_intervals() -> None:
    code = MELODY.meaning.plain_class
    steps = np.array([code(60), code(-2), code(67), code(-1), code(60), code(62)] + [0] * 10)
    spreads = manner(MELODY, [steps]).spreads
    classes, leaps = spreads["pitch classes"], spreads["intervals"]
    assert dict(zip(classes.names, classes.shares, strict=True))["C"] == 0.5
    by_name = dict(zip(leaps.names, leaps.shares, strict=True))
    assert [by_name[name] for name in ("+7", "-7", "+2")] == pytest.approx([1 / 3] * 3)


@given(st.lists(st.floats(0, 9), min_size=1, max_size=30), st.floats(20, 30))
def test_overlap_is_whole_with_itself_and_nothing_with_what_lies_elsewhere(
    values: list[float], far: float
) -> None:
    one = np.array(values)
    assert overlap(one, one) == pytest.approx(1.0)
    assert overlap(one, one * 0 + far) == 0.0


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4))
def test_divergence_is_none_with_itself_and_never_above_a_bit(weights: list[float]) -> None:
    names = ("a", "b", "c", "d")
    one = Spread(names, np.array(weights) / sum(weights))
    other = Spread(names, np.array([0.0, 0.0, 0.0, 1.0]))
    assert divergence(one, one) == pytest.approx(0.0, abs=1e-9)
    assert divergence(one, other) == pytest.approx(divergence(other, one))
    assert 0.0 <= divergence(one, other) <= 1.0
    first = Spread(names, np.array([1.0, 0.0, 0.0, 0.0]))
    assert divergence(first, other) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("bundle", "kind"), [("groove_drums", "drum_kit"), ("session_melody", "lookback_rnn")]
)
def test_a_model_answers_the_calls_that_people_went_on_from(bundle: str, kind: str) -> None:
    coding = coding_of(kind)
    phrase = np.array((bar((0, KICK), (4, SNARE), (8, KICK), (12, SNARE))) * 10)
    if kind == "lookback_rnn":
        phrase = np.where(phrase > 0, phrase + 12, 0)
    model = BundleLibrary.of().load(bundle)
    found = continuations(model, coding, [phrase, phrase[:80]], calls=5)
    assert len(found.people) == len(found.model) == 2
    assert np.array_equal(found.people[0], phrase[32:96])
    assert all(len(steps) == ANSWER_BARS * 16 and steps.max() > 0 for steps in found.model)
    again = continuations(model, coding, [phrase], calls=1)
    assert np.array_equal(again.model[0], found.model[0])
