"""The table of a bundle beside its baselines, on the held-out splits of a recipe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bridge.training.baselines import Baseline, all_baselines, count_classes, position
from bridge.training.chord_baselines import chord_baselines
from bridge.training.chorded import places_of
from bridge.training.cutting import Cut
from bridge.training.encode import Steps
from bridge.training.evaluate import Softmax, answer_nats, as_baseline
from bridge.training.kinds import ModelKind
from bridge.training.sources import Splits
from bridge.training.voice_baselines import voice_baselines

CALL_BARS = (2, 4)


def table_lines(name: str, softmax: Softmax, kind: ModelKind, splits: Splits) -> Iterator[str]:
    """Every step of the held-out splits, then answers after short calls.

    Args:
        name: Of the bundle.
        softmax: What it predicts.
        kind: What it is.
        splits: The music; the baselines learn from its training side.
    """
    models = baselines_of(kind, splits.train)
    models[name] = as_baseline(
        softmax, kind.encoding, kind.coding(), first_step(kind, splits.train)
    )
    for title, sequences in (("validation", splits.validation), ("test", splits.test)):
        yield _heading(title, kind, sequences)
        for label, model in models.items():
            yield f"  {label}: {_figures(model, sequences, kind)}"


def baselines_of(kind: ModelKind, training: Sequence[Steps]) -> dict[str, Baseline]:
    """The baselines that a kind of model has to beat, by the names that the table uses."""
    encoding, classes = kind.encoding, kind.event_classes
    if not encoding.one_event_a_step:
        return voice_baselines(training)
    if encoding.chord_rows is not None:
        return chord_baselines(training, classes, encoding.bar_steps)
    return all_baselines(training, classes, encoding.bar_steps)


def first_step(kind: ModelKind, training: Sequence[Steps]) -> Baseline:
    """What scores a sequence's first event, which no network predicts.

    Where a mark comes first, it is given; elsewhere it is told by its place in the bar.
    """
    if not kind.encoding.one_event_a_step:
        return lambda steps: np.ones(len(steps))
    over_chords = kind.encoding.chord_rows is not None
    places = [places_of(steps) for steps in training] if over_chords else training
    by_place = position(count_classes(places, kind.event_classes, kind.encoding.bar_steps))
    return (lambda steps: by_place(places_of(steps))) if over_chords else by_place


def _heading(title: str, kind: ModelKind, sequences: Sequence[Steps]) -> str:
    steps = sum(map(kind.coding().cut.steps_in, sequences))
    if kind.encoding.one_event_a_step:
        return f"{title}: {steps} steps, nats per step"
    events = _events(sequences)
    return f"{title}: {steps} steps, {events} events, nats per step (and per event)"


def _figures(model: Baseline, sequences: Sequence[Steps], kind: ModelKind) -> str:
    cut, bar = kind.coding().cut, kind.encoding.bar_steps
    total = sum(-float(np.log(model(steps)).sum()) for steps in sequences)
    figures = [f"{total / sum(map(cut.steps_in, sequences)):.3f}"]
    if not kind.encoding.one_event_a_step:
        figures[0] += f" ({total / _events(sequences):.3f})"
    figures += [_after_calls(model, sequences, bars, bar, cut) for bars in CALL_BARS]
    return ", ".join(figures)


def _events(sequences: Sequence[Steps]) -> int:
    """How many events are predicted where a mark comes first."""
    return sum(len(steps) - 1 for steps in sequences)


def _after_calls(
    model: Baseline, sequences: Sequence[Steps], bars: int, bar_steps: int, cut: Cut
) -> str:
    mean, answers = answer_nats(model, sequences, bars, bar_steps, cut)
    return f"{mean:.3f} in {answers} answers after {bars}-bar calls"
