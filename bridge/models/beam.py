"""Magenta's beam search, all branches in one batch.

Source: ``magenta/common/beam_search.py`` and ``events_rnn_model.EventSequenceRnnModel``. Each
iteration copies every kept answer ``branch_factor`` times, lets each copy go on by
``steps_per_iteration`` drawn events, and keeps the ``beam_size`` likeliest of them. Branches are
drawn, not enumerated; likelihood is that of the tempered distribution. Random numbers are spent in
Magenta's order, padding of the bundle's batch included, so the same seed gives the same notes.

A beam search knows its answer only at the end: it is for answers that may take their time.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.catalog import AnswerWriter
from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedModel, PlayableModel
from bridge.models.lockstep import Lockstep
from bridge.models.primer import Listened
from bridge.models.steering import Steering
from bridge.models.stream import Condition, Stretch, unconditioned


@dataclass(frozen=True, slots=True)
class Beam:
    """What a beam search found.

    Args:
        events: The answer's events.
        nats: Sum of their ln p at temperature 1.
        drawn_nats: Sum of ln of the shares that they were drawn with.
    """

    events: tuple[int, ...]
    nats: float
    drawn_nats: float


def beam_search(
    model: PlayableModel,
    heard: Listened,
    steps: int,
    controls: AnswerControls,
    steering: Steering | None = None,
    condition: Condition = unconditioned,
) -> Beam:
    """The likeliest answer that the search comes upon.

    Args:
        model: The network.
        heard: It after the call; left as it is.
        steps: Length of the answer in events, 1 or more.
        controls: Temperature, seed, ``beam_size``, ``branch_factor``, ``steps_per_iteration``; the
            musical knobs too, which Magenta has not.
        steering: The call that the musical knobs refer to.
        condition: Rows to add for what is known of a step before it is played.

    Raises:
        BundleInvalid: The network computes nothing that is a number.
    """
    heard_count = len(heard.tracker.events)
    steering = steering or Steering(model.encoding.meaning, (), 0, heard_count)
    beam_size, branch_factor = max(1, controls.beam_size), max(1, controls.branch_factor)
    per_iteration = max(1, controls.steps_per_iteration)
    random = np.random.RandomState(controls.seed % 2**32)
    branches = beam_size * branch_factor
    padding = -branches % model.batch_size
    beam = Lockstep.of(model, heard, steering, branches, condition)
    # The first iteration takes what is left over, so that all others are equally long.
    left, stretch = steps, (steps - 1) % per_iteration + 1
    while True:
        for _ in range(stretch):
            beam.step(random.random_sample(branches + padding)[:branches], controls)
        left -= stretch
        if left == 0:
            break
        beam = beam.taken(_likeliest(beam, beam_size) * branch_factor)
        stretch = per_iteration
    (best,) = _likeliest(beam, 1)
    return Beam(
        tuple(beam.trackers[best].events[heard_count:]),
        float(beam.nats[best]),
        float(beam.drawn_nats[best]),
    )


def _likeliest(beam: Lockstep, count: int) -> list[int]:
    """The likeliest answers, best first; of equal ones the first comes first."""
    return heapq.nlargest(count, range(len(beam)), key=lambda i: float(beam.drawn_nats[i]))


class BeamStream:
    """An answer by beam search: all of it is there as soon as any of it is asked for.

    Args:
        model: The network.
        heard: It after the call.
        writer: Events to notes.
        steps: Length of the answer in steps, 1 or more.
        steering: The musical controls, with the call that they refer to.
        condition: Rows to add for what is known of a step before it is played.
    """

    def __init__(
        self,
        model: LoadedModel,
        heard: Listened,
        writer: AnswerWriter,
        steps: int,
        steering: Steering,
        condition: Condition = unconditioned,
    ) -> None:
        self._model, self._heard, self._writer = model, heard, writer
        self._steps, self._steering = steps, steering
        self.made_steps = 0
        self.nats = 0.0
        self.condition = condition

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """All notes the first time, none afterwards; ``to_step`` does not matter.

        Raises:
            BundleInvalid: The network computes nothing that is a number.
        """
        del to_step
        if self.made_steps:
            return Stretch((), self._steps, done=True)
        found = beam_search(
            self._model, self._heard, self._steps, controls, self._steering, self.condition
        )
        self.made_steps, self.nats = len(found.events), found.nats
        notes = [note for event in found.events for note in self._writer.push(event)]
        notes += self._writer.finish()
        notes.sort(key=lambda note: (note.start_step, note.pitch))
        return Stretch(tuple(notes), self._steps, done=True)
