from math import log

import numpy as np
import pytest

from bridge.core.encodings.lookback import NO_EVENT
from bridge.models.library import BundleLibrary
from bridge.training.evaluate import (
    BundleGraph,
    answer_nats,
    event_probabilities,
    magenta_softmax,
    native_softmax,
)
from bridge.training.kinds import coding_of, encoding_of

DRUM_CODING, MELODY_CODING = coding_of("drum_kit"), coding_of("lookback_rnn")
NO_EVENT_CODE = encoding_of("lookback_rnn").meaning.plain_class(NO_EVENT)


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
    steps = np.array([1, 5, 7])
    found = event_probabilities(encoding_of("drum_kit"), DRUM_CODING, softmax, steps)
    assert found.tolist() == [0.25, 0.5]


def melody_probabilities(softmax: np.ndarray, steps: np.ndarray) -> np.ndarray:
    return event_probabilities(encoding_of("lookback_rnn"), MELODY_CODING, softmax, steps)


def test_a_repeated_melody_event_counts_under_each_of_its_labels():
    softmax = np.zeros((39, 40), np.float32)
    softmax[:, 9], softmax[:, 38], softmax[:, 39] = 0.25, 0.125, 0.5
    found = melody_probabilities(softmax, np.full(40, 9))
    # Step 1 repeats nothing, step 16 the bar before, step 32 both look-backs.
    assert found[[0, 15, 31]].tolist() == [0.25, 0.375, 0.875]


def test_early_silence_may_be_written_as_a_repeat():
    softmax = np.zeros((1, 40), np.float32)
    softmax[0, NO_EVENT_CODE], softmax[0, 39] = 0.25, 0.5
    assert melody_probabilities(softmax, np.array([9, NO_EVENT_CODE])).tolist() == [0.75]


@pytest.mark.magenta
@pytest.mark.parametrize(
    ("bundle", "coding", "classes"),
    [("groove_drums", DRUM_CODING, 512), ("session_melody", MELODY_CODING, 38)],
)
def test_the_engine_scores_a_bundle_as_magentas_own_graph_does(magenta, bundle, coding, classes):
    library = BundleLibrary.of()
    steps = np.random.default_rng(2).integers(0, classes, 80)
    ours = native_softmax(library.load(bundle), coding)(steps)
    with BundleGraph(library.find(bundle)) as graph:
        theirs = magenta_softmax(graph, coding)(steps)
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 2e-5
