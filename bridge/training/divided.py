"""Data-parallel learning by ``tf.distribute``: each replica computes some of an update's lanes.

The gradients are of sums over labels, are added over all replicas, and only then divided by the
number of all labels, clipped and applied. What dropout leaves out of a lane follows from the seed,
the update and the lane's number. So an update is that of one device but for the order in which
numbers are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.errors import ConfigError, TrainingError
from bridge.training.batches import Segment
from bridge.training.network import LaneWindow, Shape, forward, zero_state
from bridge.training.optimise import Learner, LearnerOptions


@dataclass(frozen=True, slots=True)
class Division:
    """Who divides the lanes.

    Attributes:
        strategy: A ``tf.distribute.Strategy``: mirrored, on this machine or on several.
    """

    strategy: Any

    @property
    def count(self) -> int:
        """How many replicas there are."""
        return int(self.strategy.num_replicas_in_sync)


def division_of(replicas: int, lanes: int) -> Division:
    """Replicas on this machine: on its GPUs if it has as many, else on its CPU.

    Args:
        replicas: How many.
        lanes: How many lanes they divide.

    Raises:
        ConfigError: The lanes can't be divided so.
        TrainingError: TensorFlow was used before, and has fewer devices.
    """
    import tensorflow as tf

    if lanes % replicas:
        raise ConfigError(
            f"--replicas {replicas} can't divide {lanes} lanes evenly.",
            "Give 2, 4 or 8.",
        )
    if len(tf.config.list_physical_devices("GPU")) >= replicas:
        return Division(tf.distribute.MirroredStrategy([f"GPU:{n}" for n in range(replicas)]))
    [cpu] = tf.config.list_physical_devices("CPU")
    try:
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * replicas
        )
    except RuntimeError as error:
        raise TrainingError(
            "TensorFlow runs already, with one CPU.", "Begin in a new process."
        ) from error
    return Division(tf.distribute.MirroredStrategy([f"CPU:{n}" for n in range(replicas)]))


class DividedLearner(Learner):
    """A learner whose updates are divided.

    Args:
        division: Who divides them.
        shape: The network.
        options: What the optimiser needs to know.
        lanes: Of a segment; a multiple of the number of replicas.
        seed: Of weights and dropout.
        start: Weights to begin with; None: random ones.
    """

    def __init__(
        self,
        division: Division,
        shape: Shape,
        options: LearnerOptions,
        lanes: int,
        seed: int,
        start: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        self._division = division
        with division.strategy.scope():
            super().__init__(shape, options, lanes, seed, start)
        self._own_lanes = lanes // division.count
        self._first_lanes = self._each(lambda first: np.int32(first))
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """All lanes start anew."""
        self._state = [
            self._each(lambda _first, part=part: part)
            for part in zero_state(self._shape, self._own_lanes)
        ]

    def _each(self, value: Any) -> Any:
        """A value for each replica, from the number of its first lane."""
        import tensorflow as tf

        return self._division.strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(value(context.replica_id_in_sync_group * self._own_lanes))
        )

    def _training_tensors(self, segment: Segment) -> tuple[Any, ...]:
        own = self._own_lanes
        return (
            self._each(lambda first: segment.rows[:, first : first + own]),
            self._each(lambda first: segment.labels[:, first : first + own]),
            self._each(lambda first: segment.weights[:, first : first + own]),
            self._each(lambda first: segment.carried[first : first + own]),
        )

    def _train_step(
        self, rows: Any, labels: Any, mask: Any, carried: Any, state: Any, rate: Any, seed: Any
    ) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        strategy = self._division.strategy
        own = strategy.run(
            self._own_part,
            args=(self._first_lanes, rows, labels, mask, carried, state, seed),
        )
        *sums, after = own
        gradients, nats, count = tf.nest.map_structure(
            lambda part: strategy.reduce("SUM", part, axis=None), tuple(sums)
        )
        self._update([gradient / count for gradient in gradients], rate)
        return nats / count, after

    def _own_part(
        self,
        first_lane: Any,
        rows: Any,
        labels: Any,
        mask: Any,
        carried: Any,
        state: Any,
        seed: Any,
    ) -> tuple[list[Any], Any, Any, list[Any]]:
        """A replica's gradients, nats and number of labels, all of them sums; its lanes' state."""
        import tensorflow as tf

        window = LaneWindow(first_lane, self._lanes)
        with tf.GradientTape() as tape:
            start = self._carry(state, carried)
            logits, after = forward(
                self._weights, self._shape, rows, start, self._options.dropout, seed, window
            )
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits) * mask
            nats = tf.reduce_sum(losses)
        gradients = tape.gradient(nats, list(self._weights.values()))
        dense = [tf.convert_to_tensor(gradient) for gradient in gradients]
        return dense, nats, tf.reduce_sum(mask), [tf.stop_gradient(part) for part in after]
