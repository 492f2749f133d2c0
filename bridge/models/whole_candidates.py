"""Best of N where answers can't go in step with each other: polyphony, pianoroll, performances.

Their steps have any number of events, so candidates are made one after the other, as many as the
time allows. Each is measured like an answer of one event a step (`bridge.models.ranking`), its
notes taken to the nearest sixteenth; the likelihood is that of an event, since an answer of more
notes has more events.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bridge.core.encodings.grid import GridNote
from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls, Choice
from bridge.models.candidates import MAX_CANDIDATES, candidate_seeds
from bridge.models.ranking import Habits, Onsets
from bridge.models.stream import Stretch

SIXTEENTHS_PER_BEAT = 4
MOST_BEATS = 128.0
"""Longer answers are judged by their beginning."""
SLICE_BEATS = 2.0
"""The clock is looked at after so much of a candidate."""


class Trial(Protocol):
    """An answer in the making."""

    @property
    def nats(self) -> float:
        """Sum of ln p of its events so far, at temperature 1."""
        ...

    @property
    def made_events(self) -> int:
        """How many events it has drawn."""
        ...

    def advance(self, to_step: int, controls: AnswerControls) -> Stretch:
        """Make it ready up to a step."""
        ...


@dataclass(frozen=True, slots=True)
class Contest:
    """What candidates are measured by.

    Args:
        call: The call.
        steps: Length of the answer in its own steps.
        steps_per_beat: Of those in a beat.
        bar_beats: Length of a bar.
    """

    call: Phrase
    steps: int
    steps_per_beat: float
    bar_beats: float


def choose_whole(
    contest: Contest,
    begin: Callable[[int], Trial],
    controls: AnswerControls,
    time_is_up: Callable[[], bool],
) -> Choice:
    """The best of the candidates, as far as they could be made.

    Args:
        contest: What they are measured by.
        begin: Begins the answer of a seed.
        controls: As the knobs stand; ``candidates`` says how many, at most `MAX_CANDIDATES`.
        time_is_up: Asked after each slice of a candidate.

    Returns:
        The choice; the first candidate, untried, where there was time for none.

    Raises:
        BundleInvalid: The network computes nothing that is a number.
    """
    per_beat = contest.steps_per_beat
    steps = min(contest.steps, round(MOST_BEATS * per_beat))
    best = Choice(controls.seed, 1, 0, 0.0)
    seeds = candidate_seeds(controls.seed, min(MAX_CANDIDATES, max(1, controls.candidates)))
    for tried, seed in enumerate(seeds, 1):
        trial = begin(seed)
        notes = _made(trial, steps, per_beat, controls, time_is_up)
        if notes is None:
            break
        score = _score(contest, trial, notes, steps, controls)
        ranked = max(1, round(steps / per_beat * SIXTEENTHS_PER_BEAT))
        if tried == 1 or score > best.score:
            best = Choice(seed, tried, ranked, score)
        else:
            best = Choice(best.seed, tried, ranked, best.score)
    return best


def _made(
    trial: Trial,
    steps: int,
    per_beat: float,
    controls: AnswerControls,
    time_is_up: Callable[[], bool],
) -> list[GridNote] | None:
    """The candidate's notes; None where the time is up before they are there."""
    notes: list[GridNote] = []
    reached = 0.0
    while reached < steps:
        if time_is_up():
            return None
        reached = min(steps, reached + SLICE_BEATS * per_beat)
        notes += trial.advance(math.ceil(reached), controls).notes
    return notes


def _score(
    contest: Contest, trial: Trial, notes: Sequence[GridNote], steps: int, controls: AnswerControls
) -> float:
    """Mean ln p an event less the penalties."""
    mean = trial.nats / max(1, trial.made_events)
    if not math.isfinite(mean):
        return mean
    per_sixteenth = contest.steps_per_beat / SIXTEENTHS_PER_BEAT
    made = [(round(note.start_step / per_sixteenth), note.pitch) for note in notes]
    called = [
        (round(note.start_beats * SIXTEENTHS_PER_BEAT), note.pitch) for note in contest.call.notes
    ]
    habits = Habits.between(
        Onsets.of(called, max(1, round(contest.call.length_beats * SIXTEENTHS_PER_BEAT))),
        Onsets.of(made, max(1, round(steps / per_sixteenth))),
        max(1, round(contest.bar_beats * SIXTEENTHS_PER_BEAT)),
    )
    return mean - habits.penalty_nats(density_turned=bool(controls.density))
