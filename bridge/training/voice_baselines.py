"""What can be predicted of many voices without a network, event by event.

Sequences are those of `bridge.core.encodings.polyphony`. The mark at a sequence's beginning is
given and not predicted: its probability is 1. Two of the baselines guess one event, and are mixed
with the place in the bar and the last event:

* the event that stood one bar earlier, in the same step and as the how-manieth of it; where that
  step was over already, the step's end;
* what sounds goes on: the next lower pitch of the step before, else the step's end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.polyphony import (
    CLASS_COUNT,
    CONTINUED_NOTE,
    NEW_NOTE,
    START,
    STEP_END,
)
from bridge.training.backoff import Backoff
from bridge.training.baselines import Baseline
from bridge.training.encode import Steps

BAR_STEPS = 16
ORDER = 6
REPEAT_SHARE = 0.1
HELD_SHARE = 0.7

Guess = Callable[[Steps], Steps]
Contexts = Callable[[Steps], list[Steps]]


def voice_baselines(training: Sequence[Steps]) -> dict[str, Baseline]:
    """The baselines by the names that the tables use."""
    last = _counted(training, _last_event)
    return {
        "unigram": _counted(training, lambda _steps: []),
        "place in the bar and last event": last,
        f"event one bar earlier, mixed with that ({REPEAT_SHARE})": _mixed(
            last, one_bar_earlier, REPEAT_SHARE
        ),
        f"what sounds goes on, mixed with that ({HELD_SHARE})": _mixed(last, going_on, HELD_SHARE),
        f"{ORDER}-gram by place in the bar": _counted(training, partial(_runs, order=ORDER)),
    }


def step_numbers(steps: Steps) -> Steps:
    """For each event the number of the step that it belongs to."""
    ends = np.asarray(steps == STEP_END, np.int64)
    return np.cumsum(ends) - ends


def one_bar_earlier(steps: Steps) -> Steps:
    """For each event the one that stood a bar earlier at its place; -1 in the first bar."""
    numbers = step_numbers(steps)
    ends = np.flatnonzero(steps == STEP_END)
    # The mark at the beginning is no part of the first step.
    firsts = np.concatenate([[1], ends + 1])
    guesses = np.full(len(steps), -1)
    for place in range(1, len(steps)):
        before = numbers[place] - BAR_STEPS
        if before >= 0:
            at = firsts[before] + place - firsts[numbers[place]]
            guesses[place] = steps[at] if at <= ends[before] else STEP_END
    return guesses


def going_on(steps: Steps) -> Steps:
    """For each event what would come if all that sounded in the step before went on; -1 at first.

    Voices go from the highest down, so the next is the highest below the last one of this step.
    """
    guesses = np.full(len(steps), -1)
    before: list[int] = []
    now: list[int] = []
    for place in range(1, len(steps)):
        lower = [pitch for pitch in before if not now or pitch < now[-1]]
        guesses[place] = CONTINUED_NOTE + lower[0] if lower else STEP_END
        event = int(steps[place])
        if event == STEP_END:
            before, now = now, []
        elif event >= NEW_NOTE:
            now.append((event - NEW_NOTE) % (CONTINUED_NOTE - NEW_NOTE))
    return guesses


def _last_event(steps: Steps) -> list[Steps]:
    """The place in the bar, and with it the last event."""
    return _runs(steps, 2)


def _runs(steps: Steps, order: int) -> list[Steps]:
    """The place in the bar; with it the last event; the last two, and so on."""
    context = step_numbers(steps)[1:] % BAR_STEPS
    contexts = [context]
    for back in range(1, order):
        # Before the beginning there is nothing but the mark.
        earlier = np.concatenate([np.full(back - 1, START), steps])[: len(steps) - 1]
        context = context * CLASS_COUNT + earlier
        contexts.append(context)
    return contexts


def _counted(training: Sequence[Steps], contexts: Contexts) -> Baseline:
    """Frequencies in contexts that a function gives for every event but the first."""
    events = np.concatenate([steps[1:] for steps in training])
    each = [contexts(steps) for steps in training]
    levels = [np.concatenate(level) for level in zip(*each, strict=True)]
    counts = Backoff(events, levels, CLASS_COUNT)

    def predict(steps: Steps) -> NDArray[np.float64]:
        return np.concatenate([[1.0], counts.shares(steps[1:], contexts(steps))])

    return predict


def _mixed(baseline: Baseline, guess: Guess, share: float) -> Baseline:
    """A guess with so much confidence, else the baseline; where there is none, the baseline."""

    def predict(steps: Steps) -> NDArray[np.float64]:
        plain, guesses = baseline(steps), guess(steps)
        mixed = (1 - share) * plain + share * (guesses == steps)
        return np.where(guesses < 0, plain, mixed)

    return predict
