"""How good an answer is beside other answers to the same call.

The score is the mean of ln p per step at temperature 1 less a penalty for each habit that people
do not have: what a network does when it is stuck or lost. Likelihood alone would choose just that,
since nothing is likelier than the same bar for ever, or silence. Where a habit begins was measured
on held-out phrases of people, four bars after a call of two, and on the answers of the shipped
bundles to the same calls; docs/jamming.md has the table, ``python -m bridge.training phrases``
prints it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.meaning import ClassMeaning, IntArray

GAP_BARS = 1.0
"""Longest time without an onset: people stay below it in 99 phrases of 100."""

SAME_SHARE = 0.9
"""Of the onsets, how many may be those of the bar before, or those of the call at the same place:
19 phrases of 20 stay below it."""

THINNER_OCTAVES, DENSER_OCTAVES = -0.6, 0.9
"""Density of the answer beside the call's: 98 phrases of 100 lie between."""

SAME_NATS = 10.0
"""Penalty for each share of 1 above `SAME_SHARE`; the same bar throughout costs 1 nat a step."""

_LEAST_DENSITY = 1 / 32
_NUMBERS = 2**62 - 1


@dataclass(frozen=True, slots=True)
class Onsets:
    """What starts, step by step; one element for each step.

    Args:
        sounds: A number of its own for each set of pitches; -1 where nothing starts.
        counts: How many notes start.
    """

    sounds: IntArray
    counts: IntArray

    @staticmethod
    def of(notes: Iterable[tuple[int, int]], steps: int) -> Onsets:
        """The onsets of notes of many voices.

        Args:
            notes: For each its step and its pitch, 0 to 127; those beyond the steps are left out.
            steps: How many steps.
        """
        struck = np.zeros((steps, 2), np.uint64)
        counts = np.zeros(steps, np.int64)
        for step, pitch in notes:
            if 0 <= step < steps:
                struck[step, pitch // 64] |= np.uint64(1 << pitch % 64)
                counts[step] += 1
        sounds = [hash((int(low), int(high))) & _NUMBERS for low, high in struck]
        return Onsets(np.where(counts > 0, np.array(sounds, np.int64), -1), counts)


@dataclass(frozen=True, slots=True)
class Habits:
    """What an answer is like, beside its call.

    Args:
        gap_bars: Longest time without an onset, in bars.
        loop_share: Of the places of onsets, how many have what the bar before had there, 0.0 to
            1.0; 0.0 in an answer of less than two bars.
        copy_share: The same beside the call, which is gone through as often as needed.
        density_octaves: log2 of onsets a step beside the call's; 0.0 after a call of nothing.
    """

    gap_bars: float
    loop_share: float
    copy_share: float
    density_octaves: float

    @staticmethod
    def of(
        meaning: ClassMeaning, call: Sequence[int], answer: Sequence[int], bar_steps: int
    ) -> Habits:
        """Measure an answer of one event a step.

        Args:
            meaning: What its events mean.
            call: The call's events.
            answer: The answer's, one event or more.
            bar_steps: Length of a bar.
        """
        plain = meaning.plain
        heard = np.array([meaning.plain_class(event) for event in call], np.int64)
        made = np.array([meaning.plain_class(event) for event in answer], np.int64)
        return Habits.between(
            Onsets(plain.sounds[heard], plain.onsets[heard]),
            Onsets(plain.sounds[made], plain.onsets[made]),
            bar_steps,
        )

    @staticmethod
    def between(call: Onsets, answer: Onsets, bar_steps: int) -> Habits:
        """Measure an answer beside its call.

        Args:
            call: What starts in the call.
            answer: What starts in the answer, of one step or more.
            bar_steps: Length of a bar.
        """
        sounds, octaves, copied, looped = answer.sounds, 0.0, 0.0, 0.0
        if (call.sounds >= 0).any():
            copied = _shared(sounds, np.resize(call.sounds, len(sounds)))
            density = float(answer.counts.mean()) + _LEAST_DENSITY
            octaves = math.log2(density / (float(call.counts.mean()) + _LEAST_DENSITY))
        if len(sounds) >= 2 * bar_steps:
            looped = _shared(sounds[bar_steps:], sounds[:-bar_steps])
        return Habits(_longest_gap(sounds) / bar_steps, looped, copied, octaves)

    def penalty_nats(self, *, density_turned: bool = False) -> float:
        """What is taken from the score, in nats a step, 0.0 or more.

        Args:
            density_turned: Whether the density knob asks for another density than the call's.
        """
        penalty = max(0.0, self.gap_bars - GAP_BARS)
        penalty += SAME_NATS * max(0.0, self.loop_share - SAME_SHARE)
        penalty += SAME_NATS * max(0.0, self.copy_share - SAME_SHARE)
        if not density_turned:
            penalty += max(0.0, self.density_octaves - DENSER_OCTAVES)
            penalty += max(0.0, THINNER_OCTAVES - self.density_octaves)
        return penalty


def _longest_gap(sounds: IntArray) -> int:
    """Most steps in a row on which nothing starts."""
    struck = np.flatnonzero(sounds >= 0)
    edges = np.concatenate([[-1], struck, [len(sounds)]])
    return int(np.diff(edges).max()) - 1


def _shared(ours: IntArray, theirs: IntArray) -> float:
    """Of the places where either starts something, how many start the same."""
    either = (ours >= 0) | (theirs >= 0)
    count = int(either.sum())
    return float((either & (ours == theirs)).sum()) / count if count else 0.0
