"""Some updates of a small network, in one piece or divided; runs in a process of its own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from bridge.training.batches import SamplerOptions, training_segments
from bridge.training.bundle_writer import prepare_tensorflow
from bridge.training.divided import DividedLearner, Division, division_of
from bridge.training.kinds import coding_of
from bridge.training.network import Dropout, Shape
from bridge.training.optimise import Learner, LearnerOptions

BAR = np.array([1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 2, 0, 4, 8])
SONGS = [np.tile(BAR, 6), np.tile(np.roll(BAR, 3), 4)]
CODING = coding_of("drum_kit")
SAMPLER = SamplerOptions(steps=8, lanes=8)
DROPOUT = Dropout(0.1, 0.1, 0.3)
SHAPE = Shape(CODING.table, (16, 12), 8)
SEED = 3


@dataclass(frozen=True, slots=True)
class Way:
    """How it is computed.

    Args:
        replicas: How many divide it; 1: nobody.
        workers: Addresses of the processes that divide it, one replica each; none: this one.
        number: Which of them this is.
    """

    replicas: int
    workers: tuple[str, ...] = ()
    number: int = 0


def updated(updates: int, way: Way) -> dict[str, Any]:
    """Everything after so many updates, and what was left to learn before each."""
    prepare_tensorflow(1)
    options = LearnerOptions(DROPOUT, mean_decay=0.9)
    if way.replicas == 1:
        learner = Learner(SHAPE, options, SAMPLER.lanes, SEED)
    else:
        learner = DividedLearner(_division(way), SHAPE, options, SAMPLER.lanes, SEED)
    segments = training_segments(SONGS, CODING, SAMPLER, np.random.default_rng(5))
    losses = []
    for _ in range(updates):
        losses.append(learner.train(next(segments), 0.01))
        learner.restore(learner.kept())  # as if it had been killed and went on
    return learner.kept() | {"losses": np.array(losses)}


def _division(way: Way) -> Division:
    if not way.workers:
        return division_of(way.replicas, SAMPLER.lanes)
    import tensorflow as tf

    task = {"type": "worker", "index": way.number}
    cluster = {"worker": list(way.workers)}
    os.environ["TF_CONFIG"] = json.dumps({"cluster": cluster, "task": task})
    return Division(tf.distribute.MultiWorkerMirroredStrategy())
