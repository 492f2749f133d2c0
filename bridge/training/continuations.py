"""How people go on after a call, and how a model does after the same call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.requests import AnswerControls
from bridge.models.loading import LoadedModel
from bridge.models.lockstep import Lockstep
from bridge.models.primer import Listened, Primer
from bridge.models.steering import Steering
from bridge.models.stream import Condition, unconditioned
from bridge.training.chorded import played
from bridge.training.encode import Coding, Steps

CALL_BARS, ANSWER_BARS = 2, 4


@dataclass(frozen=True, slots=True)
class Continuations:
    """Phrases after the same calls.

    Attributes:
        people: What followed in the music, four bars after each call of two.
        model: What the model played instead.
    """

    people: list[Steps]
    model: list[Steps]


def continuations(
    model: LoadedModel,
    coding: Coding,
    sequences: Sequence[Steps],
    calls: int,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    temperature: float = 1.0,
) -> Continuations:
    """Let a model answer calls of held-out music.

    Args:
        model: The model.
        coding: Between the sequences and its events.
        sequences: The music, as places in its table of plain classes. Where none is long enough,
            it is taken for loops that go round.
        calls: How many calls at most; each answer's random numbers follow from its number.
        progress: Is called after each answer.
        temperature: Of the answers, 0.1 to 2.0.
    """
    bar_steps = model.encoding.bar_steps
    pairs = list(call_pairs(sequences, bar_steps))
    if not pairs:
        pairs = list(call_pairs(gone_round(sequences, bar_steps), bar_steps))
    np.random.RandomState(1).shuffle(pairs)
    chosen = pairs[:calls]
    found = Continuations([], [])
    for number, (call, following) in enumerate(chosen):
        found.people.append(played(following, coding))
        found.model.append(_answer(model, coding, call, following, number, temperature))
        progress(number + 1, len(chosen))
    return found


def call_pairs(sequences: Iterable[Steps], bar_steps: int) -> Iterator[tuple[Steps, Steps]]:
    """Calls and what followed them, which no other pair has as what followed."""
    call, answer = CALL_BARS * bar_steps, ANSWER_BARS * bar_steps
    whole = call + answer
    for steps in sequences:
        for start in range(0, len(steps) - whole + 1, answer):
            cut = start + call
            yield steps[start:cut], steps[cut : start + whole]


def gone_round(sequences: Iterable[Steps], bar_steps: int) -> Iterator[Steps]:
    """Loops long enough for a call and what follows it: played on from their beginning.

    Sequences of fewer than `ANSWER_BARS` are no phrases and are left out.
    """
    whole = (CALL_BARS + ANSWER_BARS) * bar_steps
    for steps in sequences:
        if len(steps) >= ANSWER_BARS * bar_steps:
            yield np.tile(steps, -(-whole // len(steps)))[:whole]


def _answer(
    model: LoadedModel,
    coding: Coding,
    call: Steps,
    following: Steps,
    seed: int,
    temperature: float,
) -> Steps:
    """An answer over the chords of what followed, where the model is told chords."""
    meaning = model.encoding.meaning
    assert meaning is not None  # every kind that is trained has one
    events = [coding.event(int(step)) for step in call]
    conditions = coding.conditions(np.concatenate([call, following]))
    primer = Primer(model)
    primer.follow(events, conditions[: len(events)] or None)
    steering = Steering(meaning, events, 0, len(events))
    answering = conditions[len(events) - 1 :]
    condition = answering.__getitem__ if conditions else unconditioned
    made = answered(model, primer.listened(), steering, seed, condition, temperature)
    answer = made.trackers[0].events[-answer_steps(model) :]
    return np.array([meaning.plain_class(event) for event in answer], np.int64)


def answer_steps(model: LoadedModel) -> int:
    """Steps of an answer of `ANSWER_BARS`."""
    return ANSWER_BARS * model.encoding.bar_steps


def answered(
    model: LoadedModel,
    heard: Listened,
    steering: Steering,
    seed: int,
    condition: Condition = unconditioned,
    temperature: float = 1.0,
) -> Lockstep:
    """An answer to what a model has heard, `ANSWER_BARS` long."""
    made = Lockstep.of(model, heard, steering, 1, condition)
    random = np.random.RandomState(seed)
    for _ in range(answer_steps(model)):
        made.step(random.random_sample(model.batch_size)[:1], AnswerControls(temperature))
    return made
