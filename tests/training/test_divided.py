"""An update that two replicas divide is the update of one."""

from __future__ import annotations

import socket
from typing import Any

import numpy as np
import pytest

from bridge.errors import ConfigError, TrainingError
from bridge.training.divided import division_of
from bridge.training.network import LaneWindow, maybe_drop
from bridge.training.work.processes import Processes
from tests.training.in_replicas import Way, updated

pytestmark = pytest.mark.magenta
UPDATES = 5
TOLERANCE = 1e-6
"""Of weights up to 0.7 after five updates of 0.01 each; they differ by rounding alone."""


@pytest.fixture(scope="module")
def undivided(tensorflow: Any) -> dict[str, Any]:
    """Everything after some updates of one learner."""
    return dict(Processes(1, fresh=True).each(updated, UPDATES, [Way(1)]))[0]


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    assert one.keys() == other.keys()
    return {name: float(np.abs(value - other[name]).max()) for name, value in one.items()}


def test_two_replicas_of_one_process_learn_what_one_learns(undivided: dict[str, Any]) -> None:
    [(_, found)] = Processes(1, fresh=True).each(updated, UPDATES, [Way(2)])
    assert max(differences(undivided, found).values()) < TOLERANCE
    assert undivided["losses"][-1] < undivided["losses"][0]


def test_two_workers_on_loopback_learn_what_one_learns(undivided: dict[str, Any]) -> None:
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        workers = tuple(f"127.0.0.1:{free.getsockname()[1]}" for free in (one, other))
    ways = [Way(2, workers, number) for number in range(2)]
    found = dict(Processes(2, fresh=True).each(updated, UPDATES, ways))
    assert max(differences(undivided, found[0]).values()) < TOLERANCE
    assert max(differences(found[0], found[1]).values()) == 0.0


def test_the_same_is_left_out_of_a_lane_however_lanes_are_divided(tensorflow: Any) -> None:
    values = np.random.default_rng(1).normal(size=(3, 8, 5)).astype(np.float32)
    seed = tensorflow.constant([4, 7])
    whole = maybe_drop(values, 0.3, seed).numpy()
    for first, last in ((0, 4), (4, 8), (2, 3)):
        part = maybe_drop(values[:, first:last], 0.3, seed, LaneWindow(first, 8)).numpy()
        assert np.array_equal(part, whole[:, first:last])
    assert np.any(whole == 0.0)


def test_what_cannot_be_divided_is_said(tensorflow: Any) -> None:
    tensorflow.zeros(1)  # TensorFlow runs
    with pytest.raises(ConfigError, match="can't divide 8 lanes evenly"):
        division_of(3, 8)
    with pytest.raises(TrainingError, match="runs already"):
        division_of(4, 8)
