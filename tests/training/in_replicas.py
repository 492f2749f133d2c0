"""Some updates of a small network, in one piece or divided; runs in a process of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from bridge.training.batches import SamplerOptions, training_segments
from bridge.training.bundle_writer import prepare_tensorflow
from bridge.training.divided import DividedLearner, division_of
from bridge.training.kinds import coding_of
from bridge.training.network import Dropout, Shape
from bridge.training.optimise import Learner, LearnerOptions

BAR = np.array([1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 2, 0, 4, 8])
SONGS = [np.tile(BAR, 6), np.tile(np.roll(BAR, 3), 4)]
CODING = coding_of("drum_kit")
SAMPLER = SamplerOptions(steps=8, lanes=8)
DROPOUT = Dropout(0.1, 0.1, 0.3)


def updated(updates: int, replicas: int, attn_length_steps: int = 0) -> dict[str, Any]:
    """Everything after so many updates, and what was left to learn before each."""
    prepare_tensorflow(1)
    shape = Shape(CODING.table, (16, 12), 8, attn_length_steps)
    options = LearnerOptions(DROPOUT, mean_decay=0.9)
    if replicas == 1:
        learner = Learner(shape, options, SAMPLER.lanes, 3)
    else:
        division = division_of(replicas, SAMPLER.lanes)
        learner = DividedLearner(division, shape, options, SAMPLER.lanes, 3)
    segments = training_segments(SONGS, CODING, SAMPLER, np.random.default_rng(5))
    losses = [learner.train(next(segments), 0.01) for _ in range(updates)]
    return learner.kept() | {"losses": np.array(losses)}
