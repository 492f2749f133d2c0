"""A bundle beside baselines, another bundle, and people: everything that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bridge.errors import ConfigError, CorpusEmpty
from bridge.models.loading import LoadedModel, PlayableModel
from bridge.training.baselines import Baseline
from bridge.training.chorded import played
from bridge.training.continuations import continuations
from bridge.training.corpus.collect import Corpus
from bridge.training.encode import Steps
from bridge.training.evaluate import as_baseline, native_softmax
from bridge.training.kinds import KINDS, ModelKind
from bridge.training.manner import Manner, divergence, manner, overlap
from bridge.training.table import baselines_of, first_step

PEOPLE = "people"
UNMEASURED = (
    "How its phrases are beside people's is not measured: these figures are of models with one "
    "event a step, and its steps have any number."
)


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
        manners: What phrases are like, by whose they are; people's first. None where that can't
            be measured.
        likenesses: For each bundle.
        temperature: Of the phrases.
        unmeasured: What was not measured, and why, in a sentence; "" where everything was.
    """

    bundle: str
    encoding: str
    steps: int
    notes: int
    predicted: tuple[Predicted, ...]
    manners: dict[str, Manner]
    likenesses: dict[str, tuple[Likeness, ...]]
    unmeasured: str = ""
    temperature: float = 1.0


def appraised(
    models: Sequence[PlayableModel],
    corpus: Corpus,
    calls: int,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    temperature: float = 1.0,
) -> Appraisal:
    """Set bundles beside baselines and people.

    Args:
        models: The bundle, and perhaps others to compare it with: of the same kind, or of one whose
            events are numbered alike (``drum_kit`` and ``drum_kit_lookback``).
        corpus: The music: baselines learn from its training side, everything is measured on the
            other two.
        calls: How many calls to answer at most.
        progress: Is called after each answer of each model.
        temperature: Of the answers; what is predicted is always measured at 1.

    Raises:
        ConfigError: A bundle is of a kind that can't be measured so, or of another than the first.
        CorpusEmpty: No held-out piece is long enough for a call and what follows it.
    """
    first, *_ = playable = [_known_model(model) for model in models]
    kind = KINDS[first.encoding.name]
    for model in playable:
        if not _numbered_alike(KINDS[model.encoding.name], kind):
            raise ConfigError(
                f"{model.name} plays {model.encoding.name}, {first.name} {first.encoding.name}.",
                "Compare bundles of the same kind.",
            )
    held_out = corpus.validation + corpus.test
    steps = sum(map(kind.coding().cut.steps_in, held_out))
    notes = sum(_onsets(one, kind) for one in held_out)
    scorers = baselines_of(kind, corpus.train)
    for model in playable:
        own, start = KINDS[model.encoding.name], first_step(kind, corpus.train)
        softmax = native_softmax(model, own.coding())
        scorers[model.name] = as_baseline(softmax, own.encoding, own.coding(), start)
    manners = _manners(playable, kind, held_out, calls, progress, temperature)
    return Appraisal(
        first.name,
        first.encoding.name,
        steps,
        notes,
        tuple(_predicted(name, one, held_out, steps, notes) for name, one in scorers.items()),
        manners,
        {model.name: _likenesses(manners, model.name) for model in playable},
        "" if manners else UNMEASURED,
        temperature,
    )


def _numbered_alike(one: ModelKind, other: ModelKind) -> bool:
    """Whether the same music is the same sequence for both."""
    first, second = one.encoding, other.encoding
    if first.meaning is None or second.meaning is None:
        return False
    return (
        first.part == second.part
        and first.steps_per_quarter == second.steps_per_quarter
        and (first.chord_rows is None) == (second.chord_rows is None)
        and np.array_equal(first.meaning.plain.sounds, second.meaning.plain.sounds)
    )


def _onsets(steps: Steps, kind: ModelKind) -> int:
    """How many notes start in a sequence."""
    meaning = kind.encoding.meaning
    assert meaning is not None  # every kind that is trained has one
    return int(meaning.plain.onsets[played(steps, kind.coding())].sum())


def _manners(
    models: Sequence[LoadedModel],
    kind: ModelKind,
    held_out: Sequence[Steps],
    calls: int,
    progress: Callable[[int, int], None],
    temperature: float,
) -> dict[str, Manner]:
    """What the phrases of people and of bundles are like; none where steps have several events."""
    manners: dict[str, Manner] = {}
    if not kind.encoding.one_event_a_step:
        return manners
    for number, model in enumerate(models):
        told = partial(_overall, progress, number, len(models))
        coding = KINDS[model.encoding.name].coding()
        found = continuations(model, coding, held_out, calls, told, temperature)
        if not found.people:
            raise CorpusEmpty(
                "No held-out piece has six bars, two of a call and four that follow, or is a loop"
                " of four.",
                "Give longer pieces.",
            )
        manners[PEOPLE] = manner(kind.encoding, found.people)
        manners[model.name] = manner(kind.encoding, found.model)
    return manners


def _overall(
    progress: Callable[[int, int], None], before: int, models: int, done: int, every: int
) -> None:
    """How far all models are, when one of them is so far."""
    progress(before * every + done, every * models)


def _known_model(model: PlayableModel) -> LoadedModel:
    if not isinstance(model, LoadedModel) or model.encoding.name not in KINDS:
        raise ConfigError(
            f"{model.name} plays {model.encoding.name}, which can't be measured so.",
            f"Give a bundle of one of these kinds: {', '.join(KINDS)}.",
        )
    return model


def _predicted(
    name: str, scorer: Baseline, sequences: list[Steps], steps: int, notes: int
) -> Predicted:
    total = sum(-float(np.log(scorer(one)).sum()) for one in sequences)
    return Predicted(name, total / steps, total / max(1, notes))


def _likenesses(manners: dict[str, Manner], name: str) -> tuple[Likeness, ...]:
    if not manners:
        return ()
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
