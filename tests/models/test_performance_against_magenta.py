"""Bundles of performance_rnn that Magenta's own graph builder writes, played by both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from bridge.core.encodings.conditions import Conditions
from bridge.core.encodings.performance_inputs import PerformanceEncoding
from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.models.bundle import read_bundle
from bridge.models.loading import LoadedPerformance, load_model
from bridge.models.sampling import Sampler, softmax
from bridge.models.stack import stack_weights
from bridge.models.timed_performer import TimedPerformer
from tests.models.magenta_oracle import build_bundle
from tests.models.parity import MAX_SOFTMAX_DIFFERENCE, ROUNDING
from tests.models.performance_oracle import (
    COMPACT,
    CONDITIONS,
    NAMES,
    NOTE_ENCODING,
    UNITS,
    Heard,
    PerformancePlayer,
    random_call,
    their_events,
)
from tests.models.plain_network import PlainNetwork

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

STEPS = 300
GAIN, NOTE_GAIN = 4.0, 2.0
"""Of these small layers; the distributions are then as uneven as those of trained models. Six
rows a step would make the note encoding chaotic at that."""
TOTAL_STEPS = 6000


@pytest.fixture(scope="module", params=NAMES)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LoadedPerformance, Path, PerformancePlayer, str]]:
    path = tmp_path_factory.mktemp("magenta") / f"{request.param}.mag"
    gain = NOTE_GAIN if request.param == NOTE_ENCODING else GAIN
    build_bundle(request.param, path, units=UNITS, gain=gain)
    player = PerformancePlayer(path, request.param)
    model = load_model(request.param, path)
    assert isinstance(model, LoadedPerformance)
    yield model, path, player, request.param
    player.close()


def conditions_of(model: LoadedPerformance) -> tuple[Conditions, ...]:
    return CONDITIONS if model.encoding.signals.width else CONDITIONS[:1]


def new_tracker(model: LoadedPerformance, conditions: Conditions):
    inputs = model.encoding.inputs
    if isinstance(inputs, PerformanceEncoding):
        return inputs.conditioned(conditions, TOTAL_STEPS)
    return inputs.tracker()


def split_softmax(logits: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    parts = np.split(logits, np.cumsum(sizes)[:-1]) if sizes else [logits]
    return np.concatenate([softmax(part) for part in parts])


def test_the_encoding_is_found_by_the_sizes(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, _, _, name = played
    # The compact variant has the same weights; its graph makes the one-hot input itself.
    assert model.encoding.name == name.removesuffix("_compact")


def test_softmax_after_300_events(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, path, player, name = played
    pairs = []
    for seed, conditions in enumerate((conditions_of(model) * 3)[:3]):
        tracker, state = new_tracker(model, conditions), model.network.start()
        sampler, ours = Sampler(seed, 1), []
        tracker.push(model.encoding.part.silence)
        for _ in range(STEPS):
            logits = model.network.step(state, (tracker.rows(),))[0]
            ours.append(split_softmax(logits, model.encoding.sizes))
            tracker.push(model.head.draw(sampler, logits, AnswerControls())[0])
        events = their_events(model.encoding, name, tracker.events[:STEPS])
        inputs = player.inputs(events, conditions, TOTAL_STEPS)
        theirs = player.softmaxes(inputs)
        if name == COMPACT:
            inputs = np.eye(model.encoding.inputs.input_width)[inputs[:, 0].astype(int)]
        network = PlainNetwork(stack_weights(read_bundle(path)))
        exact = np.array([exact_softmax(network.step(x), model.encoding.sizes) for x in inputs])
        pairs.append((np.abs(ours - theirs).max(), np.abs(theirs - exact).max()))
        print(f"{name}: ours - TensorFlow {pairs[-1][0]:.1e}, - float64 {pairs[-1][1]:.1e}")
    # The median, since random weights are chaotic in TensorFlow too (tests/models/parity.py).
    distance = median(o for o, _ in pairs)
    assert distance <= MAX_SOFTMAX_DIFFERENCE
    assert distance <= max(3 * median(t for _, t in pairs), ROUNDING)


def exact_softmax(logits: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    parts = np.split(logits, np.cumsum(sizes)[:-1]) if sizes else [logits]
    shares = [np.exp(part - part.max()) for part in parts]
    return np.concatenate([share / share.sum() for share in shares])


def our_answer(
    model: LoadedPerformance,
    call: Phrase,
    beats: float,
    *,
    seed: int,
    temperature: float = 1.0,
    conditions: Conditions | None = None,
) -> list[Heard]:
    told = conditions or Conditions()
    controls = AnswerControls(
        temperature,
        seed,
        0.0,
        notes_per_second=told.notes_per_second,
        pitch_class_histogram=told.pitch_class_histogram,
        disable_conditioning=told.disable,
    )
    chunk = TimedPerformer(1, model).start(StartAnswer(1, 1, call, beats, controls, beats))
    assert chunk.done
    found = [
        Heard(round(n.start_beats * 50), n.pitch, round(n.end_beats * 50), n.velocity)
        for n in chunk.notes
    ]
    return sorted(found, key=lambda n: (n.start_step, n.pitch, n.end_step, n.velocity))


def test_the_same_seed_gives_the_same_notes(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, _, player, name = played
    # Made-up weights put seconds between the notes of that encoding.
    some, beats = 0, 32.0 if name == NOTE_ENCODING else 8.0
    for seed in range(4):
        call = random_call(seed, 4.0)
        more = {
            "seed": seed,
            "temperature": (1.0, 0.6)[seed % 2],
            "conditions": conditions_of(model)[seed % len(conditions_of(model))],
        }
        theirs = player.answer(call, beats, **more)
        assert our_answer(model, call, beats, **more) == theirs
        some += len(theirs)
    assert some > 5


def test_the_call_is_read_as_magenta_reads_it(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, _, player, name = played
    for seed in range(20):
        call = random_call(seed, 8.0)
        ours = list(model.encoding.part.read(call.notes, 50.0, 400))
        assert their_events(model.encoding, name, ours) == list(player.events(call))


def test_the_calls_likelihood_is_magentas(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, _, player, _ = played
    call = random_call(5, 8.0)
    chunk = TimedPerformer(1, model).start(StartAnswer(1, 1, call, 1.0, AnswerControls(0.5), 0.0))
    events = player.events(call)
    shares = player.softmaxes(player.inputs(events, Conditions(), 1))
    if model.encoding.sizes:
        sizes = np.cumsum(model.encoding.sizes)[:-1]
        shares = [[list(np.split(row, sizes)) for row in shares[:-1]]]
    else:
        shares = [shares[:-1]]
    [theirs] = player.config.encoder_decoder.evaluate_log_likelihood([events], shares)
    assert chunk.likelihood.call_nats == pytest.approx(theirs, abs=2e-3)
    assert chunk.likelihood.call_events == len(events) - 1
    assert chunk.likelihood.call_steps == 32


def test_an_empty_call_gives_the_same_notes(
    played: tuple[LoadedPerformance, Path, PerformancePlayer, str],
) -> None:
    model, _, player, name = played
    if name == NOTE_ENCODING:
        pytest.skip("this variant has no event of silence to start from there")
    # Its second of silence is the answer's first there, and comes before the answer here.
    theirs = player.answer(Phrase((), 4.0), 6.0, seed=3)
    ours = our_answer(model, Phrase((), 4.0), 4.0, seed=3)
    moved = [Heard(n.start_step + 100, n.pitch, n.end_step + 100, n.velocity) for n in ours]
    assert moved == theirs


@pytest.mark.parametrize("name", ["performance_with_dynamics", NOTE_ENCODING])
def test_a_bundle_saved_with_a_batch_gives_the_same_notes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "batch.mag"
    build_bundle(name, path, batch=3, units=UNITS)
    player, model = PerformancePlayer(path, name, batch=3), load_model(name, path)
    assert isinstance(model, LoadedPerformance)
    assert player.model._batch_size() == model.batch_size == 3
    call = random_call(2, 4.0)
    assert our_answer(model, call, 4.0, seed=8) == player.answer(call, 4.0, seed=8)
    player.close()
