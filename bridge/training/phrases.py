"""How people go on after a call, and how a bundle does: what the ranking of answers rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bridge.core.requests import AnswerControls, Choice
from bridge.errors import BundleInvalid
from bridge.models.candidates import candidate_seeds, choose
from bridge.models.loading import LoadedModel, PlayableModel
from bridge.models.primer import Listened, Primer
from bridge.models.ranking import Habits
from bridge.models.steering import Steering
from bridge.training.continuations import answer_steps, answered, call_pairs
from bridge.training.encode import Steps
from bridge.training.kinds import event_of_place

PERCENTILES = (1, 5, 50, 95, 99)
FIGURES = ("nats a step", "gap, bars", "loop share", "copy share", "density, octaves")

Figures = tuple[float, ...]
Pick = Callable[[Listened, Steering, list[int], int], int]


@dataclass(frozen=True, slots=True)
class Phrases:
    """What was measured.

    Args:
        name: Whose phrases.
        figures: One row a phrase, one column for each of `FIGURES`.
    """

    name: str
    figures: NDArray[np.float64]

    def lines(self) -> Iterator[str]:
        """The percentiles as lines of a table."""
        yield f"{self.name}, {len(self.figures)} phrases; percentiles {PERCENTILES}"
        for i, figure in enumerate(FIGURES):
            shown = " ".join(
                f"{value:7.2f}" for value in np.percentile(self.figures[:, i], PERCENTILES)
            )
            yield f"  {figure:<18}{shown}"


def measured(
    model: PlayableModel, sequences: Sequence[Steps], calls: int, candidates: int
) -> list[Phrases]:
    """People's phrases, the bundle's, and its best of some by likelihood alone and by the score.

    Args:
        model: A drums or melody bundle.
        sequences: Held-out music as the trainer reads it.
        calls: How many calls to answer.
        candidates: How many answers to choose from.

    Raises:
        BundleInvalid: The bundle's events are not one a step, so that there are none to compare,
            or it is told chords.
    """
    grid = isinstance(model, LoadedModel) and model.encoding.searchable
    if not (isinstance(model, LoadedModel) and grid and model.encoding.chord_rows is None):
        raise BundleInvalid(
            f"The bundle {model.name!r} plays {model.encoding.name}; these figures are of models"
            " with one event a step and without chords.",
            "Give a drums or melody bundle.",
        )
    pairs = list(_pairs(model, sequences))
    np.random.RandomState(1).shuffle(pairs)
    people: list[Figures] = []
    answers: dict[str, list[Figures]] = {}
    picks = _picks(model, candidates)
    for number, (call, following) in enumerate(pairs[:calls]):
        primer = Primer(model)
        primer.follow(call)
        heard, before = primer.listened(), primer.nats_from(0)
        primer.follow(call + following)
        people.append(_figures(model, call, following, primer.nats_from(0) - before))
        steering = Steering(model.encoding.meaning, call, 0, len(call))
        for name, pick in picks.items():
            made = answered(model, heard, steering, pick(heard, steering, call, number))
            events = made.trackers[0].events[-answer_steps(model) :]
            row = _figures(model, call, events, float(made.nats[0]))
            answers.setdefault(name, []).append(row)
    return [
        Phrases("people", np.array(people)),
        *(Phrases(name, np.array(rows)) for name, rows in answers.items()),
    ]


def _picks(model: LoadedModel, candidates: int) -> dict[str, Pick]:
    """Ways to come to the seed of an answer."""

    def first(heard: Listened, steering: Steering, call: list[int], seed: int) -> int:
        return seed

    def likeliest(heard: Listened, steering: Steering, call: list[int], seed: int) -> int:
        seeds = candidate_seeds(seed, candidates)
        nats = [float(answered(model, heard, steering, one).nats[0]) for one in seeds]
        return seeds[int(np.argmax(nats))]

    def best(heard: Listened, steering: Steering, call: list[int], seed: int) -> int:
        controls = replace(AnswerControls(seed=seed), candidates=candidates)
        steps, bar = answer_steps(model), model.encoding.bar_steps
        chosen: Choice = choose(model, heard, steering, call, steps, controls, bar, lambda: False)
        return chosen.seed

    return {
        "the bundle": first,
        f"likeliest of {candidates}": likeliest,
        f"best of {candidates}": best,
    }


def _figures(
    model: LoadedModel, call: Sequence[int], answer: Sequence[int], nats: float
) -> Figures:
    meaning = model.encoding.meaning
    assert meaning is not None
    habits = Habits.of(meaning, call, answer, model.encoding.bar_steps)
    return (
        nats / len(answer),
        habits.gap_bars,
        habits.loop_share,
        habits.copy_share,
        habits.density_octaves,
    )


def _pairs(model: LoadedModel, sequences: Sequence[Steps]) -> Iterator[tuple[list[int], list[int]]]:
    """Calls and what followed them, as the model's events."""
    event = event_of_place(model.encoding)
    for call, following in call_pairs(sequences, model.encoding.bar_steps):
        yield [event(int(step)) for step in call], [event(int(step)) for step in following]
