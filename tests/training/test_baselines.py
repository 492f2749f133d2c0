from math import log

import numpy as np
import pytest

from bridge.training import baselines
from bridge.training.baselines import (
    Counts,
    all_baselines,
    bar_repeat,
    count_classes,
    nats_per_step,
    ngram,
    position,
    unigram,
)

# Two classes, bars of two steps: class 0 is certain on the first step, a coin on the second.
COUNTS = Counts(np.array([0.75, 0.25]), np.array([[1.0, 0.0], [0.5, 0.5]]))
STEPS = np.array([0, 1, 0, 1, 0, 0])


def test_unigram_by_hand():
    expected = -(4 * log(0.75) + 2 * log(0.25)) / 6
    assert nats_per_step(unigram(COUNTS), [STEPS]) == pytest.approx(expected)


def test_position_by_hand():
    assert nats_per_step(position(COUNTS), [STEPS]) == pytest.approx(3 * log(2) / 6)


def test_bar_repeat_by_hand():
    # Bar one by position: 1, 1/2. Bar two repeats: 1, 3/4. Bar three repeats half: 1, 1/4.
    expected = -(log(0.5) + log(0.75) + log(0.25)) / 6
    assert nats_per_step(bar_repeat(COUNTS), [STEPS]) == pytest.approx(expected)


def test_every_step_of_every_sequence_counts_the_same():
    short, long = STEPS[:2], np.tile(STEPS, 3)
    one = nats_per_step(unigram(COUNTS), [short, long])
    assert one == pytest.approx(nats_per_step(unigram(COUNTS), [np.concatenate([short, long])]))


def test_counts_are_frequencies(monkeypatch):
    monkeypatch.setattr(baselines, "SMOOTHING", 0.0)
    counts = count_classes([STEPS], classes=2, steps_per_bar=2)
    assert counts.overall.tolist() == pytest.approx([4 / 6, 2 / 6])
    assert counts.by_position[0].tolist() == pytest.approx([1.0, 0.0])
    assert counts.by_position[1].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_ngram_backs_off_by_witten_and_bell():
    # Context (second step, after a 0) saw 1, 1, 0: three times, two kinds.
    chained = ngram([STEPS], COUNTS, order=2, repeat_share=0.0)(np.array([0, 1]))
    assert chained.tolist() == pytest.approx([1.0, (2 + 2 * 0.5) / (3 + 2)])


def test_probabilities_sum_to_one():
    random = np.random.default_rng(3)
    training = [random.integers(0, 4, 64) for _ in range(3)]
    past = random.integers(0, 4, 40)
    for name, model in all_baselines(training, classes=4, steps_per_bar=16).items():
        total = sum(model(np.append(past, event))[-1] for event in range(4))
        assert total == pytest.approx(1.0), name
