"""The learner: AdamW with clipped gradients, and a running mean of the weights for evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.training.batches import Segment
from bridge.training.network import NO_DROPOUT, Dropout, Shape, forward, initial_weights, zero_state


@dataclass(frozen=True, slots=True)
class LearnerOptions:
    """What the optimiser needs to know.

    Attributes:
        dropout: Shares dropped in training.
        weight_decay: Decoupled decay of matrices per update, times the learning rate.
        clip_norm: Largest global norm of the gradient.
        mean_decay: Share of the running mean of the weights that each update keeps.
    """

    dropout: Dropout
    weight_decay: float = 0.02
    clip_norm: float = 1.0
    mean_decay: float = 0.998


class Learner:
    """A network in training: its weights, their running mean, and the lanes' state."""

    def __init__(
        self,
        shape: Shape,
        options: LearnerOptions,
        lanes: int,
        seed: int,
        start: Mapping[str, NDArray[np.float32]] | None = None,
    ) -> None:
        import tensorflow as tf

        self._seed = seed
        self._shape = shape
        self._options = options
        self._lanes = lanes
        values = start or initial_weights(shape, np.random.default_rng(seed))
        self._weights = {name: tf.Variable(value) for name, value in values.items()}
        self._means = {name: tf.Variable(value) for name, value in values.items()}
        self._first = {name: tf.Variable(np.zeros_like(value)) for name, value in values.items()}
        self._second = {name: tf.Variable(np.zeros_like(value)) for name, value in values.items()}
        self._updates = tf.Variable(0.0)
        self._state = [tf.constant(part) for part in zero_state(shape, lanes)]
        self._train = tf.function(self._train_step, reduce_retracing=True)
        self._score = tf.function(self._score_step, reduce_retracing=True)

    def train(self, segment: Segment, rate: float) -> float:
        """One update; returns the mean nats per step before it.

        What dropout leaves out follows from the seed and the number of the update, so a training
        that was broken off goes on as if it had not been.
        """
        import tensorflow as tf

        seed = tf.constant([self._seed, int(self._updates.numpy())], tf.int32)
        loss, self._state = self._train(
            *self._tensors(segment), list(self._state), tf.constant(rate, tf.float32), seed
        )
        return float(loss)

    def begin_epoch(self) -> None:
        """All lanes start anew."""
        import tensorflow as tf

        self._state = [tf.constant(part) for part in zero_state(self._shape, self._lanes)]

    def kept(self) -> dict[str, NDArray[np.float32]]:
        """Everything that it takes to go on after this epoch, by name."""
        arrays = {
            f"{group}/{name}": value.numpy()
            for group, variables in self._groups().items()
            for name, value in variables.items()
        }
        return arrays | {"updates": np.asarray(self._updates.numpy())}

    def restore(self, kept: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on from what `kept` gave."""
        for group, variables in self._groups().items():
            for name, variable in variables.items():
                variable.assign(kept[f"{group}/{name}"])
        self._updates.assign(kept["updates"])

    def _groups(self) -> dict[str, dict[str, Any]]:
        return {
            "weights": self._weights,
            "means": self._means,
            "first": self._first,
            "second": self._second,
        }

    def nats(self, segments: Any) -> tuple[float, int]:
        """Summed nats of all labels under the mean weights, and how many labels there were."""
        import tensorflow as tf

        total, count = 0.0, 0.0
        state = [tf.constant(part) for part in zero_state(self._shape, self._lanes)]
        for segment in segments:
            nats, state = self._score(*self._tensors(segment), list(state))
            total += float(nats)
            count += float(segment.weights.sum())
        return total, int(count)

    def mean_weights(self) -> dict[str, NDArray[np.float32]]:
        """The weights to keep."""
        return {name: value.numpy() for name, value in self._means.items()}

    def _tensors(self, segment: Segment) -> tuple[Any, ...]:
        import tensorflow as tf

        parts = (segment.rows, segment.labels, segment.weights, segment.carried)
        return tuple(tf.convert_to_tensor(part) for part in parts)

    def _carry(self, state: list[Any], carried: Any) -> list[Any]:
        import tensorflow as tf

        return [part * tf.reshape(carried, [-1] + [1] * (part.shape.rank - 1)) for part in state]

    def _train_step(
        self, rows: Any, labels: Any, mask: Any, carried: Any, state: Any, rate: Any, seed: Any
    ) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            start = self._carry(state, carried)
            logits, after = forward(
                self._weights, self._shape, rows, start, self._options.dropout, seed
            )
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits) * mask
            loss = tf.reduce_sum(losses) / tf.reduce_sum(mask)
        names = list(self._weights)
        gradients = tape.gradient(loss, [self._weights[name] for name in names])
        clipped, _ = tf.clip_by_global_norm(
            [tf.convert_to_tensor(gradient) for gradient in gradients], self._options.clip_norm
        )
        self._apply(dict(zip(names, clipped, strict=True)), rate)
        return loss, [tf.stop_gradient(part) for part in after]

    def _apply(self, gradients: dict[str, Any], rate: Any) -> None:
        import tensorflow as tf

        count = self._updates.assign_add(1.0)
        # The mean starts as a plain average, else it would remember the random start.
        keep = tf.minimum(self._options.mean_decay, count / (count + 9.0))
        for name, gradient in gradients.items():
            first = self._first[name].assign(0.9 * self._first[name] + 0.1 * gradient)
            second = self._second[name].assign(
                0.99 * self._second[name] + 0.01 * tf.square(gradient)
            )
            step = first / (1.0 - tf.pow(0.9, count))
            step /= tf.sqrt(second / (1.0 - tf.pow(0.99, count))) + 1e-8
            if len(gradient.shape) > 1:
                step += self._options.weight_decay * self._weights[name]
            new = self._weights[name].assign_sub(rate * step)
            self._means[name].assign(keep * self._means[name] + (1.0 - keep) * new)

    def _score_step(
        self, rows: Any, labels: Any, mask: Any, carried: Any, state: Any
    ) -> tuple[Any, list[Any]]:
        import tensorflow as tf

        logits, after = forward(
            self._means, self._shape, rows, self._carry(state, carried), NO_DROPOUT
        )
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        return tf.reduce_sum(losses * mask), after
