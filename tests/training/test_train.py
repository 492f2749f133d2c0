import numpy as np
import pytest

from bridge.training.batches import SamplerOptions
from bridge.training.network import NO_DROPOUT, Shape
from bridge.training.optimise import LearnerOptions
from bridge.training.recipes import DRUM_CODING
from bridge.training.train import Outcome, Plan, learning_rate, train


def test_the_rate_rises_shortly_then_falls():
    plan = Plan(epochs=10, rate=1.0)
    rates = [learning_rate(plan, share, 1000) for share in (0.0, 0.5, 1.0)]
    assert rates == pytest.approx([1.0, 0.51, 0.02])
    assert learning_rate(plan, 0.0, 0) == pytest.approx(0.02)


def test_the_verdict_says_whether_a_minimum_was_reached():
    reached = Outcome({}, 1.25, epoch=7, epochs_run=15, duration_s=120.0).verdict()
    assert "minimum at epoch 7 of 15" in reached
    assert "1.2500 nats" in reached
    assert "still falling" in Outcome({}, 1.25, 15, 15, 120.0).verdict()


@pytest.mark.magenta
@pytest.mark.parametrize("attn_length_steps", [0, 4])
def test_a_repeated_bar_is_learnt_and_the_seed_decides(tensorflow, attn_length_steps):
    bar = np.array([1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 2, 0, 4, 8])
    songs = [np.tile(bar, 6)]
    shape = Shape(DRUM_CODING.table, (24,), 8, attn_length_steps)

    def run(epochs: int, lines: list[str]) -> Outcome:
        return train(
            shape,
            DRUM_CODING,
            songs * 20,
            songs,
            Plan(epochs=epochs, rate=0.03),
            LearnerOptions(NO_DROPOUT, mean_decay=0.9),
            SamplerOptions(steps=8, lanes=4),
            lines.append,
        )

    first, again = [], []
    outcome = run(4, first)
    assert outcome.validation_nats < 1.0
    assert len(first) == 4
    if not attn_length_steps:
        run(4, again)
        assert [line.rsplit(",", 1)[0] for line in again] == [
            line.rsplit(",", 1)[0] for line in first
        ]
