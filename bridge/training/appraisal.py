"""A bundle beside baselines, another bundle, and people: everything that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bridge.errors import ConfigError, CorpusEmpty
from bridge.models.loading import LoadedModel, PlayableModel
from bridge.training.baselines import Baseline, all_baselines, count_classes, position
from bridge.training.continuations import continuations
from bridge.training.corpus.collect import Corpus
from bridge.training.encode import Steps
from bridge.training.evaluate import as_baseline, native_softmax
from bridge.training.kinds import coding_of
from bridge.training.manner import Manner, divergence, manner, overlap

PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class Predicted:
    """How well held-out music is predicted.

    Attributes:
        name: By what.
        nats_per_step: Over every step.
        nats_per_note: The same sum over the number of notes that start: what a note costs.
    """

    name: str
    nats_per_step: float
    nats_per_note: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a model's phrases and people's are in one respect.

    Attributes:
        name: The respect.
        alike: 1.0 for the same, 0.0 for nothing in common: overlap of figures, or one less the
            divergence of spreads.
        people: Mean of people's figures; nan for spreads.
        model: The same of the model's.
    """

    name: str
    alike: float
    people: float
    model: float


@dataclass(frozen=True, slots=True)
class Appraisal:
    """Everything about a bundle on some music.

    Attributes:
        bundle: Its name.
        encoding: Name of its encoding.
        steps: Held-out steps that were predicted.
        notes: Notes that start in them.
        predicted: Baselines first, bundles last.
        manners: What phrases are like, by whose they are; people's first.
        likenesses: For each bundle.
    """

    bundle: str
    encoding: str
    steps: int
    notes: int
    predicted: tuple[Predicted, ...]
    manners: dict[str, Manner]
    likenesses: dict[str, tuple[Likeness, ...]]


def appraised(
    models: Sequence[PlayableModel],
    corpus: Corpus,
    calls: int,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Appraisal:
    """Set bundles beside baselines and people.

    Args:
        models: The bundle, and perhaps others of the same encoding to compare it with.
        corpus: The music: baselines learn from its training side, everything is measured on the
            other two.
        calls: How many calls to answer at most.
        progress: Is called after each answer of each model.

    Raises:
        ConfigError: A bundle is of a kind that can't be measured so, or of another than the first.
        CorpusEmpty: No held-out piece is long enough for a call and what follows it.
    """
    first, *_ = playable = [_grid_model(model) for model in models]
    for model in playable:
        if model.encoding.name != first.encoding.name:
            raise ConfigError(
                f"{model.name} plays {model.encoding.name}, {first.name} {first.encoding.name}.",
                "Compare bundles of the same kind.",
            )
    coding, meaning = coding_of(first.encoding.name), first.encoding.meaning
    assert meaning is not None  # `_grid_model` looks
    held_out = corpus.validation + corpus.test
    classes = len(meaning.plain.onsets)
    bar_steps = first.encoding.bar_steps
    scorers = all_baselines(corpus.train, classes, bar_steps)
    by_place = position(count_classes(corpus.train, classes, bar_steps))
    for model in playable:
        softmax = native_softmax(model, coding)
        scorers[model.name] = as_baseline(softmax, model.encoding, coding, by_place)
    notes = int(sum(meaning.plain.onsets[steps].sum() for steps in held_out))
    manners: dict[str, Manner] = {}
    for number, model in enumerate(playable):
        found = continuations(
            model,
            coding,
            held_out,
            calls,
            partial(_overall, progress, number, len(playable)),
        )
        if not found.people:
            raise CorpusEmpty(
                "No held-out piece has six bars: two of a call and four that follow.",
                "Give longer pieces.",
            )
        manners[PEOPLE] = manner(model.encoding, found.people)
        manners[model.name] = manner(model.encoding, found.model)
    return Appraisal(
        first.name,
        first.encoding.name,
        sum(map(len, held_out)),
        notes,
        tuple(_predicted(name, scorer, held_out, notes) for name, scorer in scorers.items()),
        manners,
        {model.name: _likenesses(manners, model.name) for model in playable},
    )


def _overall(
    progress: Callable[[int, int], None], before: int, models: int, done: int, every: int
) -> None:
    """How far all models are, when one of them is so far."""
    progress(before * every + done, every * models)


def _grid_model(model: PlayableModel) -> LoadedModel:
    fits = isinstance(model, LoadedModel) and model.encoding.searchable
    if not isinstance(model, LoadedModel) or not fits or model.encoding.meaning is None:
        raise ConfigError(
            f"{model.name} plays {model.encoding.name}, which is not one event a step.",
            "Drums and melody bundles can be measured.",
        )
    return model


def _predicted(name: str, scorer: Baseline, sequences: list[Steps], notes: int) -> Predicted:
    total = sum(-float(np.log(scorer(steps)).sum()) for steps in sequences)
    return Predicted(name, total / sum(map(len, sequences)), total / max(1, notes))


def _likenesses(manners: dict[str, Manner], name: str) -> tuple[Likeness, ...]:
    people, model = manners[PEOPLE], manners[name]
    figures = tuple(
        Likeness(
            one,
            overlap(values, model.figures[one]),
            float(values.mean()),
            float(model.figures[one].mean()),
        )
        for one, values in people.figures.items()
    )
    spreads = tuple(
        Likeness(one, 1.0 - divergence(spread, model.spreads[one]), np.nan, np.nan)
        for one, spread in people.spreads.items()
    )
    return figures + spreads
