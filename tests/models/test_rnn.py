import random

import numpy as np
import pytest

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding, encoding_for
from bridge.core.encodings.inputs import Rows
from bridge.models.bundle import parse_bundle
from bridge.models.rnn import StackNetwork
from bridge.models.sampling import softmax
from bridge.models.stack import stack_weights
from bridge.models.weights import StackWeights
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle
from tests.models.chord_cases import conditions, random_symbols
from tests.models.plain_network import PlainNetwork, dense_inputs

IDS = tuple(SHAPES)
OWN_ENCODINGS = ("drum_kit_lookback",)
"""Those that Magenta has not."""


def loaded(
    generator_id: str, era: str, **kwargs: object
) -> tuple[StackWeights, ModelEncoding, StackNetwork]:
    weights = stack_weights(parse_bundle(random_bundle(generator_id, era, **kwargs)))
    encoding = encoding_for(weights.input_width, weights.class_count)
    assert encoding is not None
    return weights, encoding, StackNetwork(weights, encoding.inputs.blocks)


def random_events(encoding: ModelEncoding, count: int, seed: int = 0) -> list[int]:
    choice, tracker = random.Random(seed), encoding.inputs.tracker()
    for _ in range(count):
        tracker.push(tracker.event_of(choice.randrange(encoding.inputs.class_count)))
    return tracker.events


def engine_softmaxes(
    network: StackNetwork, encoding: ModelEncoding, events: list[int]
) -> np.ndarray:
    state, tracker, out = network.start(), encoding.inputs.tracker(), []
    for event, condition in zip(events, chords(encoding, events), strict=True):
        tracker.push(event)
        out.append(softmax(network.step(state, (tracker.rows() + condition,))[0]))
    return np.array(out)


def chords(encoding: ModelEncoding, events: list[int]) -> list[Rows]:
    return conditions(encoding, random_symbols(len(events), 4))


@pytest.mark.parametrize("era", ["A", "B", "C"])
@pytest.mark.parametrize("generator_id", IDS)
def test_every_era_computes_what_a_plain_float64_network_does(generator_id: str, era: str) -> None:
    weights, encoding, network = loaded(generator_id, era, gain=0.7)
    events = random_events(encoding, 60)
    inputs = dense_inputs(encoding.inputs, events, chords(encoding, events))
    expected = PlainNetwork(weights).softmaxes(inputs)
    got = engine_softmaxes(network, encoding, events)
    assert np.abs(got - expected).max() < 2e-5


def test_catalog_knows_one_encoding_per_shape() -> None:
    shapes = {(e.inputs.input_width, e.inputs.class_count) for e in ENCODINGS}
    assert len(shapes) == len(ENCODINGS)
    assert {e.name for e in ENCODINGS} == {*IDS, *OWN_ENCODINGS}
    assert encoding_for(518, 511) is None


@pytest.mark.parametrize("units", [(7,), (6, 9), (5, 5, 5, 5)])
@pytest.mark.parametrize("era", ["A", "C"])
@pytest.mark.parametrize("attention", [0, 3])
def test_any_number_and_width_of_layers(units: tuple[int, ...], era: str, attention: int) -> None:
    shape = Shape(2, 2, units, attention)
    weights, encoding, network = loaded("one_drum", era, shape=shape)
    assert weights.units == units
    events = random_events(encoding, 20)
    expected = PlainNetwork(weights).softmaxes(dense_inputs(encoding.inputs, events))
    assert np.abs(engine_softmaxes(network, encoding, events) - expected).max() < 1e-5


@pytest.mark.parametrize("units", [(7,), (6, 9), (5, 5, 8, 8)])
@pytest.mark.parametrize("attention", [0, 3])
def test_residual_connections(units: tuple[int, ...], attention: int) -> None:
    shape = Shape(2, 2, units, attention, residual=True)
    weights, encoding, network = loaded("one_drum", "C", shape=shape)
    assert weights.units == units and weights.residual
    events = random_events(encoding, 20)
    expected = PlainNetwork(weights).softmaxes(dense_inputs(encoding.inputs, events))
    assert np.abs(engine_softmaxes(network, encoding, events) - expected).max() < 1e-5


def attentive(era: str) -> tuple[StackWeights, ModelEncoding, StackNetwork]:
    if era != "residual":
        return loaded("attention_rnn", era)
    return loaded("attention_rnn", "C", shape=Shape(74, 40, (8, 8, 6), 5, residual=True))


@pytest.mark.parametrize("era", ["A", "C", "residual"])
def test_a_batch_computes_what_its_sequences_do_alone(era: str) -> None:
    _, encoding, network = attentive(era)
    sequences = [random_events(encoding, 30, seed) for seed in range(3)]
    alone = [engine_softmaxes(network, encoding, events) for events in sequences]
    state = network.start(batch=3)
    trackers = [encoding.inputs.tracker() for _ in sequences]
    for step in range(30):
        for tracker, events in zip(trackers, sequences, strict=True):
            tracker.push(events[step])
        logits = network.step(state, [tracker.rows() for tracker in trackers])
    for i in range(3):
        assert np.abs(softmax(logits[i]) - alone[i][-1]).max() < 1e-5


@pytest.mark.parametrize("era", ["A", "C", "residual"])
def test_a_copied_state_goes_on_by_itself(era: str) -> None:
    _, encoding, network = attentive(era)
    tracker, state = encoding.inputs.tracker(), network.start()
    for event in random_events(encoding, 13):
        tracker.push(event)
        network.step(state, (tracker.rows(),))
    rows = (tracker.rows(),)
    copy, picked = state.copy(), state.taken([0, 0])
    first = network.step(state, rows)
    network.step(state, rows)
    assert np.array_equal(network.step(copy, rows), first)
    assert np.abs(network.step(picked, rows * 2) - first).max() < 1e-5
