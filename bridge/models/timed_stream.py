"""An answer in the making whose events pass time of their own: performances."""

from __future__ import annotations

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.timed import TimedWriter
from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedPerformance
from bridge.models.primer import Listened
from bridge.models.sampling import Sampler
from bridge.models.stream import Stretch


class TimedStream:
    """Generates one answer. Cutting it into stretches anywhere gives the same notes.

    Args:
        model: The network.
        heard: It after the call; changed from here on.
        writer: Events to notes; it knows the answer's length.
        sampler: The answer's random numbers.
        max_events: No more events are drawn: a model may pass no time at all.
    """

    def __init__(
        self,
        model: LoadedPerformance,
        heard: Listened,
        writer: TimedWriter,
        sampler: Sampler,
        max_events: int,
    ) -> None:
        self._model, self._writer, self._sampler = model, writer, sampler
        self._tracker, self._state = heard.tracker, heard.state
        self._logits = heard.logits
        self._max_events = max_events
        self._done = False
        self.events = 0
        self.nats = 0.0

    @property
    def step(self) -> int:
        """Where the answer has got to."""
        return self._writer.step

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Generate up to a step, and on until the notes before it have their ends.

        Args:
            to_step: Every note that starts before this step is wanted.
            controls: As the knobs stand now.
        """
        notes: list[GridNote] = []
        while not self._done and self._ready_step() < to_step:
            notes.extend(self._writer.push(self._draw(controls)))
            if self._writer.done or self.events == self._max_events:
                self._done = True
                notes.extend(self._writer.finish())
        notes.sort(key=lambda note: (note.start_step, note.pitch))
        return Stretch(tuple(notes), self._ready_step(), self._done)

    def _ready_step(self) -> int:
        """Every note that starts before this step is complete."""
        open_step = self._writer.open_step
        return self._writer.step if open_step is None else min(open_step, self._writer.step)

    def _draw(self, controls: AnswerControls) -> int:
        # The network's step for the last event waits until its prediction is needed.
        if self.events:
            rows = (self._tracker.rows(),)
            self._logits = self._model.network.step(self._state, rows)[0]
        class_index, nats = self._model.head.draw(self._sampler, self._logits, controls)
        self.nats += nats
        event = self._tracker.event_of(class_index)
        self._tracker.push(event)
        self.events += 1
        return event
