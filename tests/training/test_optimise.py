import numpy as np
import pytest

from bridge.training.batches import SamplerOptions, Segment, training_segments
from bridge.training.kinds import coding_of
from bridge.training.network import Dropout, Shape
from bridge.training.optimise import Learner, LearnerOptions

CODING = coding_of("drum_kit")
LANES = 4


def learner(dropout: Dropout, seed: int = 1) -> Learner:
    return Learner(Shape(CODING.table, (24,), 8), LearnerOptions(dropout), LANES, seed)


def segment() -> Segment:
    bars = [np.tile([1, 0, 4, 0, 3, 0, 4, 0], 8)]
    sampler = SamplerOptions(steps=8, lanes=LANES)
    return next(training_segments(bars, CODING, sampler, np.random.default_rng(1)))


def losses(one: Learner, updates: int) -> list[float]:
    """Losses of the same segment from a state of zero; at a rate of 0 nothing is learnt."""
    found = []
    for _ in range(updates):
        one.begin_epoch()
        found.append(one.train(segment(), 0.0))
    return found


@pytest.mark.magenta
@pytest.mark.parametrize(
    "dropout", [Dropout(0.3, 0.0, 0.0), Dropout(0.0, 0.3, 0.0), Dropout(0.0, 0.0, 0.3)]
)
def test_no_two_updates_drop_the_same_places(tensorflow, dropout):
    assert len(set(losses(learner(dropout), 4))) == 4


@pytest.mark.magenta
def test_what_is_dropped_follows_from_the_seed_and_the_number_of_the_update(tensorflow):
    dropout = Dropout(0.1, 0.1, 0.3)
    whole, other = learner(dropout), learner(dropout)
    expected = losses(whole, 2)
    assert losses(other, 1) == expected[:1]
    going_on = learner(dropout)
    going_on.restore(other.kept())
    assert losses(going_on, 1) == expected[1:]
    same_weights = learner(dropout, seed=2)
    same_weights.restore(learner(dropout).kept())
    assert losses(same_weights, 1) != expected[:1]
