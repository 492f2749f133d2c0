"""A network that has heard a call, kept up to date while the call grows.

Each step of the call costs one step of the network, once. When the events change under way (a
melody's transposition is guessed anew, a note is merged) the network goes back to the last place
that it remembers before the change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.encodings.inputs import EventTracker, Rows
from bridge.models.layout import StackState
from bridge.models.loading import PlayableModel
from bridge.models.weights import FloatArray

MARK_EVERY_STEPS = 8
"""Distance of the remembered places: 64 kB each for the largest drum model."""

MAX_MARKS = 64


@dataclass(frozen=True, slots=True)
class Listened:
    """A network after some events.

    Args:
        tracker: The events.
        state: The network's state after the last of them.
        logits: Its prediction of the next, shape (classes,).
    """

    tracker: EventTracker
    state: StackState
    logits: FloatArray

    def copy(self) -> Listened:
        """An independent copy to go on from."""
        return Listened(self.tracker.copy(), self.state.copy(), self.logits)


class Primer:
    """Follows one call.

    Args:
        model: The network.
    """

    def __init__(self, model: PlayableModel) -> None:
        self._model = model
        self._fresh: EventTracker = model.encoding.inputs.tracker()
        self.forget()

    def forget(self) -> None:
        """Back to the state before any event."""
        self._now: Listened | None = None
        self._marks: list[tuple[int, Listened]] = []
        self._nats: list[float] = []
        self._conditions: list[Rows] = []

    def begin_with(self, tracker: EventTracker) -> None:
        """Hear every call with a copy of this tracker from now on; what was heard is forgotten.

        Args:
            tracker: One that has seen no event.
        """
        self._fresh = tracker
        self.forget()

    def nats_from(self, event: int) -> float:
        """Sum of ln p over all events from this place on, but the first, which none predicts."""
        return sum(self._nats[max(0, event - 1) :])

    @property
    def event_count(self) -> int:
        """How many events the network has heard."""
        return len(self._now.tracker.events) if self._now else 0

    def follow(self, events: Sequence[int], conditions: Sequence[Rows] | None = None) -> None:
        """Make the network have heard exactly these events.

        Args:
            events: The events.
            conditions: For each of them, rows to add for what is known of the event after it, such
                as its chord.
        """
        rows = [()] * len(events) if conditions is None else conditions
        kept = self._keep(events, rows)
        for event, condition in zip(events[kept:], rows[kept:], strict=True):
            self._hear(event, condition)

    def listened(self) -> Listened:
        """A copy of the network as it is now, to answer from.

        Raises:
            ValueError: It has heard nothing; `follow` at least one event first.
        """
        if self._now is None:
            raise ValueError("nothing was heard")
        return self._now.copy()

    def _keep(self, events: Sequence[int], conditions: Sequence[Rows]) -> int:
        """Go back to before the first event that differs; returns how many events are kept."""
        heard = self._now.tracker.events if self._now else []
        same = 0
        pairs = zip(heard, self._conditions, strict=True)
        for ours, theirs in zip(pairs, zip(events, conditions, strict=True), strict=False):
            if ours != theirs:
                break
            same += 1
        if same == len(heard):
            return same
        while self._marks and self._marks[-1][0] > same:
            self._marks.pop()
        if not self._marks:
            self.forget()
            return 0
        count, place = self._marks[-1]
        self._now = place.copy()
        del self._nats[count - 1 :], self._conditions[count:]
        return count

    def _hear(self, event: int, condition: Rows) -> None:
        if self._now is None:
            tracker = self._fresh.copy()
            state = self._model.network.start()
        else:
            tracker, state = self._now.tracker, self._now.state
            head, logits = self._model.head, self._now.logits
            self._nats.append(head.log_probability(logits, tracker.class_of(event)))
        tracker.push(event)
        self._conditions.append(condition)
        logits = self._model.network.step(state, (tracker.rows() + condition,))[0]
        self._now = Listened(tracker, state, logits)
        count = len(tracker.events)
        if count % MARK_EVERY_STEPS == 0 and len(self._marks) < MAX_MARKS:
            self._marks.append((count, self._now.copy()))
