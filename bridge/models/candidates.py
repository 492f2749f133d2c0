"""Best of N: several answers to a call at once, of which one is chosen before it sounds.

A candidate is nothing but a seed. All are made in one batch, as far as the time allows, and scored
(`bridge.models.ranking`); then the chosen seed's answer is made like any other. So what is played
is exactly the answer that this seed gives alone, a knob turned later is heard as always, and
nothing that sounds is ever changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bridge.core.requests import AnswerControls, Choice
from bridge.models.loading import LoadedModel
from bridge.models.lockstep import Lockstep
from bridge.models.primer import Listened
from bridge.models.ranking import Habits
from bridge.models.steering import Steering
from bridge.models.stream import Condition, unconditioned

MAX_CANDIDATES = 32
MAX_RANKED_STEPS = 512
"""Habits show in a few bars; longer answers are judged by their beginning."""

_LARGEST_SEED = 2**31


def candidate_seeds(seed: int, count: int) -> list[int]:
    """Seeds of the candidates: the answer's own, then others that follow from it.

    Args:
        seed: Seed of the answer.
        count: How many, 1 or more.

    Returns:
        ``count`` different numbers from 0 to 2**31 - 1, the first of them ``seed`` itself.
    """
    random = np.random.RandomState(seed % 2**32)
    seeds = [seed]
    while len(seeds) < count:
        drawn = int(random.randint(_LARGEST_SEED))
        if drawn not in seeds:
            seeds.append(drawn)
    return seeds


def choose(
    model: LoadedModel,
    heard: Listened,
    steering: Steering,
    call: Sequence[int],
    steps: int,
    controls: AnswerControls,
    bar_steps: int,
    time_is_up: Callable[[], bool],
    condition: Condition = unconditioned,
) -> Choice:
    """The best of the candidates, as far as they could be made.

    Args:
        model: The network; one event a step.
        heard: It after the call; left as it is.
        steering: The musical controls.
        call: The call's events, one for each step of it.
        steps: Length of the answer.
        controls: As the knobs stand; ``candidates`` says how many, at most `MAX_CANDIDATES`.
        bar_steps: Length of a bar.
        time_is_up: Asked before each step of all candidates.
        condition: Rows to add for what is known of a step before it is played.

    Returns:
        The choice. With less than a beat made in time it is the first candidate, untried.

    Raises:
        BundleInvalid: The network computes nothing that is a number.
    """
    seeds = candidate_seeds(controls.seed, min(MAX_CANDIDATES, max(1, controls.candidates)))
    numbers = [np.random.RandomState(seed % 2**32) for seed in seeds]
    tried = Lockstep.of(model, heard, steering, len(seeds), condition)
    wanted, made = min(steps, MAX_RANKED_STEPS), 0
    while made < wanted and not time_is_up():
        # Each draws as it would alone, what Magenta spends on padding included.
        uniforms = [one.random_sample(model.batch_size)[0] for one in numbers]
        tried.step(np.array(uniforms), controls)
        made += 1
    if made < min(wanted, model.encoding.steps_per_quarter):
        return Choice(controls.seed, 1, 0, 0.0)
    scores = [
        score(model, tracker.events[-made:], call, float(nats), controls, bar_steps)
        for tracker, nats in zip(tried.trackers, tried.nats, strict=True)
    ]
    best = max(range(len(seeds)), key=scores.__getitem__)
    return Choice(seeds[best], len(seeds), made, scores[best])


def score(
    model: LoadedModel,
    answer: Sequence[int],
    call: Sequence[int],
    nats: float,
    controls: AnswerControls,
    bar_steps: int,
) -> float:
    """Mean ln p a step less the penalties; models without meaning have no penalties."""
    mean = nats / len(answer)
    meaning = model.encoding.meaning
    if meaning is None or not math.isfinite(mean):
        return mean
    habits = Habits.of(meaning, call, answer, bar_steps)
    return mean - habits.penalty_nats(density_turned=bool(controls.density))
