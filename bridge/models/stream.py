"""An answer in the making: events drawn one by one, notes handed over when they are complete."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Protocol

from bridge.core.encodings.catalog import AnswerWriter
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.inputs import Rows
from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedModel
from bridge.models.primer import Listened
from bridge.models.sampling import Sampler, log_probability
from bridge.models.steering import Steering, steers

Condition = Callable[[int], Rows]
"""Rows to add to the input before a step of the answer."""


def unconditioned(step: int) -> Rows:
    """No rows at any step."""
    del step
    return ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of an answer.

    Args:
        notes: Notes that became complete, in order of start, then pitch.
        ready_steps: Every note that starts before this step has been handed over.
        done: Whether the answer is complete.
    """

    notes: tuple[GridNote, ...]
    ready_steps: int
    done: bool


class AnswerSource(Protocol):
    """Makes one answer.

    Attributes:
        condition: Rows to add for what is known of a step before it is played, such as its chord;
            it may be changed between two stretches.
    """

    condition: Condition

    @property
    def nats(self) -> float:
        """Sum of ln p of its events so far, at temperature 1."""
        ...

    @property
    def made_steps(self) -> int:
        """How many events it has made."""
        ...

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Make it ready up to a step; see `AnswerStream.advance`."""
        ...


class AnswerStream:
    """Generates one answer. Cutting it into stretches anywhere gives the same notes.

    Args:
        model: The network.
        heard: It after the call; changed from here on.
        writer: Events to notes.
        sampler: The answer's random numbers.
        steps: Length of the answer in steps, 1 or more.
        steering: The musical controls, with the call that they refer to; None: those of a call of
            no events.
        condition: Rows to add for what is known of a step before it is played, such as its chord;
            it may be changed between two stretches.
    """

    def __init__(
        self,
        model: LoadedModel,
        heard: Listened,
        writer: AnswerWriter,
        sampler: Sampler,
        steps: int,
        steering: Steering | None = None,
        condition: Condition = unconditioned,
    ) -> None:
        self._model, self._writer, self._sampler = model, writer, sampler
        self._tracker, self._state = heard.tracker, heard.state
        self._logits = heard.logits
        self._steps = steps
        self._steering = steering or Steering(
            model.encoding.meaning, (), 0, len(heard.tracker.events)
        )
        self._made = 0
        self._given: list[int] = []
        self._unheard = False
        self.nats = 0.0
        self.condition = condition

    @property
    def made_steps(self) -> int:
        """How many events were drawn."""
        return self._made

    @property
    def made_events(self) -> int:
        """The same: not every event is a step."""
        return self._made

    def snapshot(self) -> AnswerStream:
        """An independent stream at the same place: it goes on as this one would.

        Keep one to come back to: take the answer from there with other controls, or again.
        """
        other = AnswerStream(
            self._model,
            Listened(self._tracker, self._state, self._logits).copy(),
            deepcopy(self._writer),
            self._sampler.copy(),
            self._steps,
            self._steering.copy(),
            self.condition,
        )
        other._made, other.nats = self._made, self.nats
        other._given, other._unheard = self._given.copy(), self._unheard
        return other

    def reseed(self, seed: int) -> None:
        """Draw with other random numbers from here on.

        Args:
            seed: 0 to 2**32 - 1.
        """
        self._sampler = Sampler(seed, self._model.batch_size)

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Generate up to a step, and on until the notes before it have their ends.

        Args:
            to_step: Every note that starts before this step is wanted.
            controls: As the knobs stand now; seed, feel and candidates are not looked at.

        Raises:
            BundleInvalid: The network computes nothing that is a number.
        """
        steered = steers(controls) and self._model.encoding.one_distribution
        wanted = min(max(0, to_step), self._steps)
        notes: list[GridNote] = []
        writer = self._writer
        while writer.step < wanted or (writer.step < self._steps and self._owes_before(wanted)):
            notes.extend(writer.push(self._next(controls, steered=steered)))
            if writer.step == self._steps:
                notes.extend(writer.finish())
        open_step = writer.open_step
        notes.sort(key=lambda note: (note.start_step, note.pitch))
        done = writer.step == self._steps
        ready = writer.step if done or open_step is None else open_step
        return Stretch(tuple(notes), ready, done)

    def _owes_before(self, step: int) -> bool:
        open_step = self._writer.open_step
        return open_step is not None and open_step < step

    def _next(self, controls: AnswerControls, *, steered: bool) -> int:
        """The next event: one that is given, else one that is drawn."""
        if not self._given:
            self._given = list(self._writer.given())
        # The network's step for the last event waits until it is needed.
        if self._unheard:
            rows = self._tracker.rows() + self.condition(self._writer.step)
            self._logits = self._model.network.step(self._state, (rows,))[0]
        event = self._given.pop(0) if self._given else self._draw(controls, steered=steered)
        self._tracker.push(event)
        self._unheard = True
        return event

    def _draw(self, controls: AnswerControls, *, steered: bool) -> int:
        if steered:
            shares = self._steering.shares(self._logits, controls, self._tracker)
            class_index = self._sampler.choose(shares)
            nats = log_probability(self._logits, class_index)
        else:
            class_index, nats = self._model.head.draw(self._sampler, self._logits, controls)
        self.nats += nats
        self._made += 1
        return self._tracker.event_of(class_index)
