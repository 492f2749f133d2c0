"""Nats per step of a finished bundle, computed by stock Magenta's own graph.

The first step of a sequence is no input's answer in Magenta's encoding; it is scored by the
position baseline, so that networks and baselines count the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.training.baselines import Baseline
from bridge.training.bundle_writer import magenta_generator, prepare_tensorflow
from bridge.training.encode import (
    MELODY_EVENTS,
    MELODY_LOOKBACKS_STEPS,
    Encoded,
    Layout,
    Steps,
    shifted,
)

EventProbabilities = Callable[[NDArray[np.float32], Steps], NDArray[np.float64]]


class BundleGraph(AbstractContextManager["BundleGraph"]):
    """A bundle loaded by Magenta, asked for whole sequences of probabilities."""

    def __init__(self, path: Path) -> None:
        prepare_tensorflow()
        from magenta.models.shared import sequence_generator_bundle

        bundle = sequence_generator_bundle.read_bundle_file(str(path))
        self.generator_id = str(bundle.generator_details.id)
        self._generator = magenta_generator(self.generator_id, checkpoint=None, bundle=bundle)
        self._generator.initialize()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._generator.close()

    def probabilities(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax after each input vector from a state of zero, shape (steps, classes)."""
        session: Any = self._generator._model._session
        graph = session.graph
        (inputs,) = graph.get_collection("inputs")
        (temperature,) = graph.get_collection("temperature")
        (softmax,) = graph.get_collection("softmax")
        found: NDArray[np.float32] = session.run(
            softmax, {inputs: vectors[None], temperature: 1.0}
        )[0]
        return found


def drum_event_probabilities(softmax: NDArray[np.float32], steps: Steps) -> NDArray[np.float64]:
    """Probability of each drum set that came, from step 1 on."""
    return softmax[np.arange(len(steps) - 1), steps[1:]].astype(np.float64)


def melody_event_probabilities(softmax: NDArray[np.float32], steps: Steps) -> NDArray[np.float64]:
    """Probability of each melody event that came, from step 1 on, by whichever label.

    The labels "repeat 16 (or 32) steps back" stand for the event there, and for no event where the
    melody is not that old; generation adds them up, so the score does too.
    """
    now = np.arange(len(steps) - 1)
    total = softmax[now, steps[1:]].astype(np.float64)
    for index, lag in enumerate(MELODY_LOOKBACKS_STEPS):
        same = shifted(steps, lag, 0)[1:] == steps[1:]
        total += np.where(same, softmax[now, MELODY_EVENTS + index], 0.0)
    return total


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of bundle is scored."""

    layout: Layout
    encode: Callable[[Steps], Encoded]
    event_probabilities: EventProbabilities
    steps_per_bar: int = 16


def bundle_as_baseline(graph: BundleGraph, family: Family, first_step: Baseline) -> Baseline:
    """The bundle's probability of each event that came, like any baseline's."""

    def predict(steps: Steps) -> NDArray[np.float64]:
        softmax = graph.probabilities(family.encode(steps).vectors(family.layout))
        later = family.event_probabilities(softmax, steps)
        return np.concatenate([first_step(steps[:1]), later])

    return predict


def answer_nats(
    predict: Baseline, sequences: Sequence[Steps], call_bars: int, steps_per_bar: int
) -> tuple[float, int]:
    """Nats per step of answers as long as their calls, each call from a state of zero.

    Calls start every two call lengths, so that no step is an answer twice.

    Returns:
        The mean, and how many answers it is over.
    """
    call_steps = call_bars * steps_per_bar
    found = []
    for steps in sequences:
        for start in range(0, len(steps) - 2 * call_steps + 1, 2 * call_steps):
            window = predict(steps[start : start + 2 * call_steps])
            found.append(-np.log(window[call_steps:]))
    return float(np.mean(found)), len(found)
