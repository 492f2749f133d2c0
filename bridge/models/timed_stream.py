"""An answer in the making whose events pass time of their own: performances."""

from __future__ import annotations

from typing import Protocol

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.timed import TimedWriter
from bridge.core.requests import AnswerControls
from bridge.models.beam import beam_search
from bridge.models.loading import LoadedPerformance
from bridge.models.primer import Listened
from bridge.models.sampling import Sampler, log_probability
from bridge.models.steering import Steering, steers
from bridge.models.stream import Stretch


class TimedSource(Protocol):
    """Makes one answer."""

    @property
    def nats(self) -> float:
        """Sum of ln p of its events so far, at temperature 1."""
        ...

    @property
    def events(self) -> int:
        """How many events it has made."""
        ...

    @property
    def step(self) -> int:
        """Where the answer has got to."""
        ...

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Make it ready up to a step; see `TimedStream.advance`."""
        ...


class TimedBeam:
    """An answer by Magenta's beam search: all of it is there as soon as any of it is asked for.

    Magenta searches through as many events as it reckons with, those beyond the answer's end too.

    Args:
        model: The network, of one distribution.
        heard: It after the call.
        writer: Events to notes; it knows the answer's length.
        max_events: How many events are searched through.
        steering: The musical controls.
    """

    def __init__(
        self,
        model: LoadedPerformance,
        heard: Listened,
        writer: TimedWriter,
        max_events: int,
        steering: Steering,
    ) -> None:
        self._model, self._heard, self._writer = model, heard, writer
        self._max_events, self._steering = max_events, steering
        self.events = 0
        self.nats = 0.0

    @property
    def step(self) -> int:
        """Where the answer has got to."""
        return self._writer.step

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """All notes the first time, none afterwards; ``to_step`` does not matter.

        Raises:
            BundleInvalid: The network computes nothing that is a number.
        """
        del to_step
        if self.events:
            return Stretch((), self._writer.step, done=True)
        found = beam_search(self._model, self._heard, self._max_events, controls, self._steering)
        notes: list[GridNote] = []
        for event in found.events:
            if self._writer.done:
                break
            notes += self._writer.push(event)
        notes += self._writer.finish()
        notes.sort(key=lambda note: (note.start_step, note.pitch))
        self.events, self.nats = len(found.events), found.nats
        return Stretch(tuple(notes), self._writer.step, done=True)


class TimedStream:
    """Generates one answer. Cutting it into stretches anywhere gives the same notes.

    Args:
        model: The network.
        heard: It after the call; changed from here on.
        writer: Events to notes; it knows the answer's length.
        sampler: The answer's random numbers.
        max_events: No more events are drawn: a model may pass no time at all.
        steering: The musical controls.
    """

    def __init__(
        self,
        model: LoadedPerformance,
        heard: Listened,
        writer: TimedWriter,
        sampler: Sampler,
        max_events: int,
        steering: Steering,
    ) -> None:
        self._steering = steering
        self._model, self._writer, self._sampler = model, writer, sampler
        self._tracker, self._state = heard.tracker, heard.state
        self._logits = heard.logits
        self._max_events = max_events
        self._done = False
        self.events = 0
        self.nats = 0.0

    @property
    def made_events(self) -> int:
        """How many events it has drawn."""
        return self.events

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
        if steers(controls) and not self._model.encoding.sizes:
            shares = self._steering.shares(self._logits, controls, self._tracker)
            class_index = self._sampler.choose(shares)
            nats = log_probability(self._logits, class_index)
        else:
            class_index, nats = self._model.head.draw(self._sampler, self._logits, controls)
        self.nats += nats
        event = self._tracker.event_of(class_index)
        self._tracker.push(event)
        self.events += 1
        return event
