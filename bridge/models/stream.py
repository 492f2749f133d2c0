"""An answer in the making: events drawn one by one, notes handed over when they are complete."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.encodings.catalog import AnswerWriter
from bridge.core.encodings.grid import GridNote
from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedModel
from bridge.models.primer import Listened
from bridge.models.sampling import Sampler


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


class AnswerStream:
    """Generates one answer. Cutting it into stretches anywhere gives the same notes.

    Args:
        model: The network.
        heard: It after the call; changed from here on.
        writer: Events to notes.
        sampler: The answer's random numbers.
        steps: Length of the answer in steps, 1 or more.
    """

    def __init__(
        self,
        model: LoadedModel,
        heard: Listened,
        writer: AnswerWriter,
        sampler: Sampler,
        steps: int,
    ) -> None:
        self._model, self._writer, self._sampler = model, writer, sampler
        self._tracker, self._state = heard.tracker, heard.state
        self._logits = heard.logits
        self._steps = steps
        self._made = 0
        self.nats = 0.0

    @property
    def made_steps(self) -> int:
        """How many events were drawn."""
        return self._made

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Generate up to a step, and on until the notes before it have their ends.

        Args:
            to_step: Every note that starts before this step is wanted.
            controls: As the knobs stand now; seed, feel and candidates are not looked at.
        """
        wanted = min(max(0, to_step), self._steps)
        notes: list[GridNote] = []
        while self._made < wanted or (self._made < self._steps and self._owes_before(wanted)):
            notes.extend(self._writer.push(self._draw(controls)))
            if self._made == self._steps:
                notes.extend(self._writer.finish())
        open_step = self._writer.open_step
        notes.sort(key=lambda note: (note.start_step, note.pitch))
        done = self._made == self._steps
        ready = self._made if done or open_step is None else open_step
        return Stretch(tuple(notes), ready, done)

    def _owes_before(self, step: int) -> bool:
        open_step = self._writer.open_step
        return open_step is not None and open_step < step

    def _draw(self, controls: AnswerControls) -> int:
        # The network's step for the last event waits until its prediction is needed.
        if self._made:
            rows = (self._tracker.rows(),)
            self._logits = self._model.network.step(self._state, rows)[0]
        class_index, nats = self._sampler.draw(self._logits, controls.temperature)
        self.nats += nats
        event = self._tracker.event_of(class_index)
        self._tracker.push(event)
        self._made += 1
        return event
