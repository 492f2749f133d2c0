"""What phrases are like: figures by which a model's phrases are set beside people's.

Everything is counted on the places of an encoding's table of plain classes, one a step of its
grid, so drums and melodies are measured alike. A figure has one value for each phrase, a spread is
a distribution over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.catalog import ModelEncoding
from bridge.core.encodings.drum_classes import PITCH_OF_CLASS
from bridge.core.encodings.meaning import PlainClasses
from bridge.training.encode import Steps

SIXTEENTHS = 16
DRUM_NAMES = ("kick", "snare", "hat", "open", "low", "mid", "high", "crash", "ride")
PITCH_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
LARGEST_LEAP = 12

METRIC_WEIGHTS = np.array([0, -4, -3, -4, -2, -4, -3, -4, -1, -4, -3, -4, -2, -4, -3, -4])
"""How strong each sixteenth of a 4/4 bar is (Longuet-Higgins and Lee, Music Perception 1984)."""

Figure = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution over a few things with names.

    Attributes:
        names: Of the things.
        shares: How often each came, summing to 1.0 (or all 0.0 where nothing came).
    """

    names: tuple[str, ...]
    shares: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Manner:
    """What some phrases are like.

    Attributes:
        figures: By name, one value for each phrase.
        spreads: By name.
    """

    figures: dict[str, Figure]
    spreads: dict[str, Spread]


def manner(encoding: ModelEncoding, phrases: Sequence[Steps]) -> Manner:
    """What phrases of whole bars are like.

    Args:
        encoding: Whose places they are made of; it must say what its classes mean.
        phrases: The phrases, each of a bar at least.
    """
    meaning = encoding.meaning
    assert meaning is not None  # every kind that is trained has one
    measures: dict[str, Callable[[_Phrase], float]] = {
        "density, notes a bar": _density,
        "syncopation a bar": _syncopation,
        "empty bars, share": _empty_bars,
        "bar repeated, share of steps": _repeated,
        "groove similarity of bars": _groove_similarity,
    }
    plain, bar_steps = meaning.plain, encoding.bar_steps
    told = [_Phrase(steps, plain.onsets[steps], bar_steps) for steps in phrases]
    figures = {
        name: np.array([measure(phrase) for phrase in told]) for name, measure in measures.items()
    }
    spreads = {
        "onsets by place in the bar": _places(told, bar_steps),
        "where bars change, by bar of the phrase": _changes(told),
    }
    if not encoding.drums:
        spreads |= {"pitch classes": _pitch_classes(phrases, plain)}
        spreads |= {"intervals": _intervals(phrases, plain)}
    elif len(plain.onsets) == 1 << len(PITCH_OF_CLASS):
        spreads["drums"] = _drums(phrases)
    return Manner(figures, spreads)


def overlap(one: Figure, other: Figure, bins: int = 20) -> float:
    """How much two figures' histograms have in common, 0.0 to 1.0 (overlapping area).

    Source: Yang and Lerch, "On the evaluation of generative models in music", 2018.
    """
    both = np.concatenate([one, other])
    low, high = float(both.min()), float(both.max())
    if high - low < 1e-9:
        return 1.0
    first, _ = np.histogram(one, bins, (low, high))
    second, _ = np.histogram(other, bins, (low, high))
    return float(np.minimum(first / len(one), second / len(other)).sum())


def divergence(one: Spread, other: Spread) -> float:
    """How far two spreads are apart: Jensen-Shannon divergence in bits, 0.0 (alike) to 1.0."""
    middle = (one.shares + other.shares) / 2.0

    def bits(shares: NDArray[np.float64]) -> float:
        there = shares > 0
        return float((shares[there] * np.log2(shares[there] / middle[there])).sum())

    return (bits(one.shares) + bits(other.shares)) / 2.0


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One phrase: places of its events, how many notes start at each, and how long a bar is."""

    steps: Steps
    counts: NDArray[np.int64]
    bar_steps: int

    @property
    def onsets(self) -> NDArray[np.bool_]:
        """Whether anything starts at each step."""
        return np.asarray(self.counts > 0)

    @property
    def bars(self) -> NDArray[np.bool_]:
        """The onsets of its whole bars, shape (bars, bar_steps)."""
        whole = len(self.counts) // self.bar_steps * self.bar_steps
        return self.onsets[:whole].reshape(-1, self.bar_steps)


def _density(phrase: _Phrase) -> float:
    return float(phrase.counts.sum() * phrase.bar_steps / len(phrase.counts))


def _syncopation(phrase: _Phrase) -> float:
    """Longuet-Higgins and Lee: a note before a rest on a stronger place, by how much stronger."""
    count, bar = len(phrase.counts), phrase.bar_steps
    weights = METRIC_WEIGHTS[np.arange(count) % bar * (SIXTEENTHS // bar)]
    places = np.flatnonzero(phrase.onsets)
    if not len(places):
        return 0.0
    total = 0.0
    for place, after in zip(places, [*places[1:], count], strict=True):
        rest = weights[place + 1 : after]
        if len(rest):
            total += max(0.0, float(rest.max() - weights[place]))
    return total * bar / count


def _empty_bars(phrase: _Phrase) -> float:
    return float((~phrase.bars.any(axis=1)).mean())


def _repeated(phrase: _Phrase) -> float:
    """Share of the steps that hold what the bar before held there."""
    later = phrase.steps[phrase.bar_steps :]
    return float((later == phrase.steps[: len(later)]).mean()) if len(later) else 0.0


def _groove_similarity(phrase: _Phrase) -> float:
    """How alike the onsets of neighbouring bars are (Wu and Yang, "The Jazz Transformer", 2020)."""
    bars = phrase.bars
    if len(bars) < 2:
        return 1.0
    return float(1.0 - (bars[1:] ^ bars[:-1]).mean(axis=1).mean())


def _spread(names: tuple[str, ...], counts: NDArray[np.float64]) -> Spread:
    return Spread(names, counts / counts.sum() if counts.sum() else counts)


def _places(phrases: Sequence[_Phrase], bar_steps: int) -> Spread:
    counts = np.zeros(bar_steps)
    for phrase in phrases:
        np.add.at(counts, np.arange(len(phrase.counts)) % bar_steps, phrase.counts)
    return _spread(tuple(str(place + 1) for place in range(bar_steps)), counts)


def _changes(phrases: Sequence[_Phrase]) -> Spread:
    """How much each bar differs from the one before it: where the fills are."""
    bars = min(len(phrase.bars) for phrase in phrases)
    changed = np.zeros(max(0, bars - 1))
    for phrase in phrases:
        places = phrase.steps[: bars * phrase.bar_steps].reshape(bars, phrase.bar_steps)
        changed += (places[1:] != places[:-1]).sum(axis=1)
    return _spread(tuple(str(bar) for bar in range(2, bars + 1)), changed)


def _drums(phrases: Sequence[Steps]) -> Spread:
    bits = np.arange(len(PITCH_OF_CLASS))
    counts = sum((steps[:, None] >> bits & 1).sum(axis=0).astype(float) for steps in phrases)
    return _spread(DRUM_NAMES, np.asarray(counts, np.float64))


def _pitches(steps: Steps, plain: PlainClasses) -> NDArray[np.int64]:
    sounds = plain.sounds[steps]
    return np.asarray(sounds[sounds >= 0])


def _pitch_classes(phrases: Sequence[Steps], plain: PlainClasses) -> Spread:
    found = np.concatenate([_pitches(steps, plain) for steps in phrases])
    return _spread(PITCH_NAMES, np.bincount(found % 12, minlength=12).astype(float))


def _intervals(phrases: Sequence[Steps], plain: PlainClasses) -> Spread:
    leaps = np.concatenate([np.diff(_pitches(steps, plain)) for steps in phrases])
    clipped = np.clip(leaps, -LARGEST_LEAP, LARGEST_LEAP) + LARGEST_LEAP
    names = tuple(f"{leap:+d}" for leap in range(-LARGEST_LEAP, LARGEST_LEAP + 1))
    return _spread(names, np.bincount(clipped, minlength=len(names)).astype(float))
