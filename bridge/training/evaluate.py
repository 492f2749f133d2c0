"""Nats per step of a finished bundle.

The first step of a sequence is no input's answer in these encodings; it is scored by the position
baseline, so that networks and baselines count the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.catalog import ModelEncoding
from bridge.models.loading import LoadedModel
from bridge.training.baselines import Baseline
from bridge.training.bundle_writer import magenta_generator, prepare_tensorflow
from bridge.training.cutting import GRID, Cut
from bridge.training.encode import Coding, Steps

Softmax = Callable[[Steps], NDArray[np.floating]]
"""Probabilities of all classes after each event but the last, shape (steps - 1, classes)."""


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


def magenta_softmax(graph: BundleGraph, coding: Coding) -> Softmax:
    """A bundle as stock Magenta's own graph computes it."""
    return lambda steps: graph.probabilities(coding.encode(steps).vectors(coding.table))


def native_softmax(model: LoadedModel, coding: Coding) -> Softmax:
    """A bundle as the engine plays it."""

    def probabilities(steps: Steps) -> NDArray[np.floating]:
        state, nothing = model.network.start(), coding.table.row_count
        found = []
        for rows in coding.encode(steps).rows:
            used = tuple(int(row) for row in rows if row != nothing)
            logits = model.network.step(state, (used,))[0].astype(np.float64)
            powers = np.exp(logits - logits.max())
            found.append(powers / powers.sum())
        return np.array(found)

    return probabilities


def event_probabilities(
    encoding: ModelEncoding, coding: Coding, softmax: NDArray[np.floating], steps: Steps
) -> NDArray[np.float64]:
    """Probability of each event that came, from the second on, by whichever class.

    Classes such as "repeat the event 16 steps back" stand for the event there; generation adds them
    up, so the score does too.

    Args:
        encoding: The model's encoding; it must say what its classes mean.
        coding: How the steps become its events.
        softmax: Probabilities of the classes, shape (steps - 1, classes).
        steps: The sequence.
    """
    meaning = encoding.meaning
    assert meaning is not None  # every recipe's encoding has one
    tracker = coding.inputs.tracker()
    found = np.zeros(len(softmax))
    for now, classes in enumerate(softmax):
        tracker.push(coding.event(int(steps[now])))
        wanted = meaning.plain_class(coding.event(int(steps[now + 1])))
        standing = meaning.standing_for(tracker)
        found[now] = classes[wanted] if standing is None else classes[standing == wanted].sum()
    return found


def as_baseline(
    softmax: Softmax, encoding: ModelEncoding, coding: Coding, first_step: Baseline
) -> Baseline:
    """A bundle's probability of each event that came, like any baseline's."""

    def predict(steps: Steps) -> NDArray[np.float64]:
        later = event_probabilities(encoding, coding, softmax(steps), steps)
        return np.concatenate([first_step(steps[:1]), later])

    return predict


def answer_nats(
    predict: Baseline,
    sequences: Sequence[Steps],
    call_bars: int,
    steps_per_bar: int,
    cut: Cut = GRID,
) -> tuple[float, int]:
    """Nats per step of answers as long as their calls, each call from a state of zero.

    Calls start every two call lengths, so that no step is an answer twice.

    Args:
        predict: What is measured.
        sequences: The music.
        call_bars: Length of calls and answers.
        steps_per_bar: Steps of a bar.
        cut: Where bars begin.

    Returns:
        The mean, and how many answers it is over; nan where no sequence is long enough for one.
    """
    total, answers = 0.0, 0
    for steps in sequences:
        lines = cut.bar_lines(steps, steps_per_bar)
        for first in range(0, len(lines) - 2 * call_bars, 2 * call_bars):
            window = cut.window(steps, int(lines[first]), int(lines[first + 2 * call_bars]))
            answer = int(cut.bar_lines(window, steps_per_bar)[call_bars])
            total -= float(np.log(predict(window)[answer:]).sum())
            answers += 1
    return (total / (answers * call_bars * steps_per_bar) if answers else np.nan), answers
