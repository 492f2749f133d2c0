from math import log

import numpy as np
import pytest

from bridge.training.evaluate import (
    answer_nats,
    drum_event_probabilities,
    melody_event_probabilities,
)


def test_answers_are_scored_after_their_call_and_never_twice():
    # The model gives the first half of a window certainty, the second half a coin.
    def predict(steps: np.ndarray) -> np.ndarray:
        half = len(steps) // 2
        return np.repeat([1.0, 0.5], [half, len(steps) - half])

    mean, answers = answer_nats(predict, [np.zeros(16 * 9), np.zeros(16 * 3)], 2, 16)
    assert mean == pytest.approx(log(2))
    assert answers == 2


def test_drum_probabilities_are_those_of_the_sets_that_came():
    softmax = np.zeros((2, 512), np.float32)
    softmax[0, 5], softmax[1, 7] = 0.25, 0.5
    assert drum_event_probabilities(softmax, np.array([1, 5, 7])).tolist() == [0.25, 0.5]


def test_a_repeated_melody_event_counts_under_each_of_its_labels():
    steps = np.full(40, 9)
    softmax = np.zeros((39, 40), np.float32)
    softmax[:, 9], softmax[:, 38], softmax[:, 39] = 0.25, 0.125, 0.5
    found = melody_event_probabilities(softmax, steps)
    # Step 1 repeats nothing, step 16 the bar before, step 32 both look-backs.
    assert found[[0, 15, 31]].tolist() == [0.25, 0.375, 0.875]


def test_early_silence_may_be_written_as_a_repeat():
    softmax = np.zeros((1, 40), np.float32)
    softmax[0, 0], softmax[0, 39] = 0.25, 0.5
    assert melody_event_probabilities(softmax, np.array([9, 0])).tolist() == [0.75]
