"""Several answers to one call, a step of all of them at a time.

One pass of the network over a batch costs far less than as many passes over one sequence: the
weights are read once for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bridge.core.encodings.inputs import EventTracker
from bridge.core.requests import AnswerControls
from bridge.models.layout import StackState
from bridge.models.loading import PlayableModel
from bridge.models.primer import Listened
from bridge.models.sampling import softmax_rows
from bridge.models.steering import Steering, steers
from bridge.models.stream import Condition, unconditioned
from bridge.models.weights import FloatArray


class Lockstep:
    """Answers that are equally long at every moment.

    Args:
        model: The network.
        trackers: The events of each, the call's included.
        state: The network's state of all.
        logits: Its predictions of their next events, shape (answers, classes).
        steerings: The musical controls of each.
        condition: Rows to add for what is known of a step before it is played.
    """

    def __init__(
        self,
        model: PlayableModel,
        trackers: list[EventTracker],
        state: StackState,
        logits: FloatArray,
        steerings: list[Steering],
        condition: Condition = unconditioned,
    ) -> None:
        self._model = model
        self.trackers = trackers
        self._state, self._logits, self._steerings = state, logits, steerings
        self._condition = condition
        self._made = 0
        self._predicted = True
        count = len(trackers)
        self.drawn_nats: FloatArray = np.zeros(count, np.float32)
        """Sum of ln of the shares that were drawn from, as Magenta's beam search has it."""
        self.nats: npt.NDArray[np.float64] = np.zeros(count)
        """Sum of ln p at temperature 1."""

    @staticmethod
    def of(
        model: PlayableModel,
        heard: Listened,
        steering: Steering,
        count: int,
        condition: Condition = unconditioned,
    ) -> Lockstep:
        """``count`` answers that all begin here.

        Args:
            model: The network.
            heard: It after the call; left as it is.
            steering: The musical controls, with the call that they refer to.
            count: How many answers.
            condition: Rows to add for what is known of a step before it is played.
        """
        return Lockstep(
            model,
            [heard.tracker.copy() for _ in range(count)],
            heard.state.taken([0] * count),
            np.repeat(heard.logits[None], count, axis=0),
            [steering.copy() for _ in range(count)],
            condition,
        )

    def __len__(self) -> int:
        return len(self.trackers)

    def taken(self, indices: Sequence[int]) -> Lockstep:
        """Independent answers at the places of these ones; repeats are allowed."""
        chosen = list(indices)
        other = Lockstep(
            self._model,
            [self.trackers[i].copy() for i in chosen],
            self._state.taken(chosen),
            self._logits[chosen],
            [self._steerings[i].copy() for i in chosen],
            self._condition,
        )
        other._predicted, other._made = self._predicted, self._made
        other.drawn_nats, other.nats = self.drawn_nats[chosen], self.nats[chosen]
        return other

    def step(self, uniforms: npt.NDArray[np.float64], controls: AnswerControls) -> None:
        """Draw one more event of each.

        Args:
            uniforms: One random number for each, at least 0 and below 1.
            controls: Of all of them.

        Raises:
            BundleInvalid: The network computes nothing that is a number.
        """
        if not self._predicted:
            condition = self._condition(self._made)
            rows = [tracker.rows() + condition for tracker in self.trackers]
            self._logits = self._model.network.step(self._state, rows)
        self._predicted = False
        self._made += 1
        shares = self._shares(controls)
        cumulative = shares.cumsum(axis=1, dtype=np.float64)
        cumulative /= cumulative[:, -1:]
        # The first class whose share of the cumulative sum lies above the number.
        classes = (cumulative <= uniforms[:, None]).sum(axis=1)
        everyone = np.arange(len(classes))
        self.drawn_nats += np.log(shares[everyone, classes])
        wide = self._logits.astype(np.float64)
        wide -= np.maximum.reduce(wide, axis=1, keepdims=True)
        totals = np.log(np.add.reduce(np.exp(wide), axis=1))
        self.nats += np.minimum(0.0, wide[everyone, classes] - totals)
        for tracker, class_index in zip(self.trackers, classes.tolist(), strict=True):
            tracker.push(tracker.event_of(class_index))

    def _shares(self, controls: AnswerControls) -> FloatArray:
        """The distributions to draw from, shape (answers, classes)."""
        if not steers(controls):
            return softmax_rows(self._logits, controls.temperature)
        each = zip(self._steerings, self._logits, self.trackers, strict=True)
        return np.stack([one.shares(logits, controls, tracker) for one, logits, tracker in each])
