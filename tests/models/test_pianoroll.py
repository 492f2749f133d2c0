"""Pianoroll models played for a jam, on bundles written byte by byte."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.catalog import PIANOROLL
from bridge.core.encodings.pianoroll import LOWEST_PITCH, keys_of
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import BundleInvalid
from bridge.models.bundle import parse_bundle
from bridge.models.inspection import inspect_bundle
from bridge.models.kernel.library import KernelLibrary
from bridge.models.loading import LoadedModel, assembled, playable_encoding
from bridge.models.nade import NadeHead
from bridge.models.performer import RnnPerformer
from bridge.models.sampling import Sampler
from bridge.models.stack import stack_weights
from bridge.models.weights import NadeWeights, StackWeights
from tests.fakes.bundle_writer import NADE_SHAPES, nade_bundle
from tests.models.plain_nade import PlainNade
from tests.models.plain_network import PlainNetwork, dense_inputs

NAMES = tuple(NADE_SHAPES)
STEPS_PER_BEAT = 4
C_MAJOR = sum(1 << pitch_class for pitch_class in (0, 2, 4, 5, 7, 9, 11))
PLAIN = AnswerControls(1.0, 5, 0.0)


@cache
def weights_of(name: str) -> StackWeights:
    return stack_weights(parse_bundle(nade_bundle(name, batch=4)))


@cache
def model(name: str) -> LoadedModel:
    bundle = parse_bundle(nade_bundle(name, batch=4))
    weights = weights_of(name)
    loaded = assembled(name, playable_encoding(bundle, weights), weights, 4)
    assert isinstance(loaded, LoadedModel)
    return loaded


def performer(name: str = "rnn-nade") -> RnnPerformer:
    return RnnPerformer(1, model(name))


def random_call(seed: int, beats: float = 4.0) -> Phrase:
    choice = random.Random(seed)
    notes = [
        Note(choice.randrange(15, 115), 80, choice.uniform(0.0, beats), choice.uniform(0.0, 2.0))
        for _ in range(choice.randrange(1, 16))
    ]
    return Phrase.of(notes, beats)


def start(
    call: Phrase,
    *,
    beats: float = 8.0,
    ready: float | None = None,
    controls: AnswerControls = PLAIN,
) -> StartAnswer:
    return StartAnswer(1, 9, call, beats, controls, beats if ready is None else ready)


def as_steps(notes: tuple[Note, ...]) -> list[tuple[int, int, int]]:
    return sorted((round(n.start_beats * 4), n.pitch, round(n.end_beats * 4)) for n in notes)


def plain_answer(
    name: str, call: Phrase, steps: int, controls: AnswerControls
) -> tuple[list[list[int]], float]:
    """Pitches of each step of an answer and their nats, by float64, key by key."""
    weights = weights_of(name)
    assert weights.nade is not None
    network, nade = PlainNetwork(weights), PlainNade(weights.nade)
    numbers = np.random.RandomState(controls.seed)
    heard = PIANOROLL.part.read(call.notes, STEPS_PER_BEAT, round(call.length_beats * 4)).events
    for x in dense_inputs(PIANOROLL.inputs, list(heard or (0,))):
        output = network.step(x)
    made, nats = [], 0.0
    for _ in range(steps):
        uniforms = numbers.random_sample(88)

        def decide(key: int, logit: float, uniforms: np.ndarray = uniforms) -> bool:
            if controls.scale and not controls.scale >> (LOWEST_PITCH + key) % 12 & 1:
                return False
            if controls.temperature <= 0.1:
                return logit >= 0.0
            shaped = logit / controls.temperature + 1.5 * controls.density
            return bool(uniforms[key] < 1.0 / (1.0 + math.exp(-shaped)))

        keys, step_nats = nade.run(output, decide)
        made.append([LOWEST_PITCH + key for key in keys])
        nats += step_nats
        x = np.zeros(88)
        x[keys] = 1.0
        output = network.step(x)
    return made, nats


def sounding(notes: tuple[Note, ...], steps: int) -> list[list[int]]:
    """Pitches of each step."""
    rolled: list[list[int]] = [[] for _ in range(steps)]
    for first, pitch, end in as_steps(notes):
        for step in range(first, end):
            rolled[step].append(pitch)
    return [sorted(pitches) for pitches in rolled]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "controls",
    [
        PLAIN,
        replace(PLAIN, temperature=1.4, seed=77),
        replace(PLAIN, temperature=0.1),
        replace(PLAIN, temperature=0.7, scale=C_MAJOR),
        replace(PLAIN, density=0.5),
    ],
    ids=["plain", "hot", "coldest", "in C major", "denser"],
)
def test_an_answer_is_that_of_a_plain_network(name: str, controls: AnswerControls) -> None:
    for seed in range(3):
        call = random_call(seed)
        expected, nats = plain_answer(name, call, 32, controls)
        answer = performer(name).start(start(call, controls=controls))
        assert answer.done
        assert sounding(answer.notes, 32) == expected
        assert any(expected)
        assert answer.likelihood is not None
        assert answer.likelihood.answer_nats == pytest.approx(nats, rel=1e-4)
        assert answer.likelihood.answer_steps == 32


def test_at_the_lowest_temperature_the_seed_does_not_matter() -> None:
    call = random_call(3)
    # A knob's 0.1 comes over the network as the nearest float32.
    cold = replace(PLAIN, temperature=float(np.float32(0.1)))
    first = performer().start(start(call, controls=cold))
    other = performer().start(start(call, controls=replace(cold, seed=6)))
    assert first.notes == other.notes
    drawn = [performer().start(start(call, controls=replace(PLAIN, seed=s))) for s in (5, 6)]
    assert drawn[0].notes != drawn[1].notes


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 99), cuts=st.lists(st.floats(0.0, 8.0), max_size=4))
def test_an_answer_is_the_same_however_it_is_cut(name: str, seed: int, cuts: list[float]) -> None:
    call = random_call(seed)
    whole = performer(name).start(start(call))
    player = performer(name)
    chunks: list[AnswerChunk] = [player.start(start(call, ready=0.5))]
    asked = [*sorted(cuts), 8.0]
    chunks += [player.resume(ContinueAnswer(1, 9, ready, PLAIN)) for ready in asked]
    for before, after in pairwise(chunks):
        assert all(note.start_beats >= before.ready_beats for note in after.notes)
    pieces = tuple(note for chunk in chunks for note in chunk.notes)
    assert as_steps(pieces) == as_steps(whole.notes)
    assert chunks[-1].done


@pytest.mark.parametrize("name", NAMES)
def test_priming_changes_nothing_but_the_time_it_takes(name: str) -> None:
    call = random_call(8)
    player = performer(name)
    for beats in (1.0, 2.0, 3.25):
        player.prime(PrimeCall(1, 9, call, beats))
    assert player.start(start(call)).notes == performer(name).start(start(call)).notes


def test_the_likelihood_of_the_call_is_that_of_a_plain_network() -> None:
    call = random_call(12)
    weights = weights_of("rnn-nade")
    assert weights.nade is not None
    events = list(PIANOROLL.part.read(call.notes, STEPS_PER_BEAT, 16).events)
    network, nade = PlainNetwork(weights), PlainNade(weights.nade)
    nats = 0.0
    for x, event in zip(dense_inputs(PIANOROLL.inputs, events), events[1:], strict=False):
        nats += nade.run(network.step(x), lambda key, _, e=event: bool(e >> key & 1))[1]
    answer = performer().start(start(call))
    assert answer.likelihood is not None
    assert answer.likelihood.call_nats == pytest.approx(nats, rel=1e-4)
    assert answer.likelihood.call_steps == 15


def test_the_probabilities_of_all_sets_of_keys_add_up_to_one() -> None:
    numbers = np.random.RandomState(4)
    head = NadeHead(NadeWeights(*(numbers.randn(2, 6, 3).astype(np.float32))), 60)
    output = numbers.randn(9).astype(np.float32)
    total = sum(math.exp(head.log_probability(output, keys)) for keys in range(64))
    assert total == pytest.approx(1.0, abs=1e-6)


def test_sets_of_keys_come_as_often_as_they_are_likely() -> None:
    numbers = np.random.RandomState(9)
    head = NadeHead(NadeWeights(*(numbers.randn(2, 3, 2).astype(np.float32))), 60)
    output = numbers.randn(5).astype(np.float32)
    sampler, draws = Sampler(1, 1), 6_000
    drawn = [head.draw(sampler, output, PLAIN) for _ in range(draws)]
    for keys in range(8):
        share = math.exp(head.log_probability(output, keys))
        assert sum(k == keys for k, _ in drawn) / draws == pytest.approx(share, abs=0.022)
    assert all(nats == pytest.approx(head.log_probability(output, k)) for k, nats in drawn[:50])


def test_an_empty_call_lets_the_model_begin() -> None:
    answer = performer().start(start(Phrase.of([], 4.0)))
    assert answer.done
    assert answer.notes


def test_a_call_beyond_the_piano_is_a_call_of_nothing() -> None:
    beyond = Phrase.of([Note(20, 90, 0.0, 1.0), Note(109, 90, 1.0, 1.0)], 4.0)
    empty = performer().start(start(Phrase.of([], 4.0)))
    assert as_steps(performer().start(start(beyond)).notes) == as_steps(empty.notes)


def test_what_searches_one_distribution_leaves_the_answer_alone() -> None:
    call = random_call(2)
    plain = performer().start(start(call))
    for change in (
        replace(PLAIN, beam_size=2, branch_factor=2),
        replace(PLAIN, variety=1.0, lock=1),
    ):
        answer = performer().start(start(call, controls=change))
        assert answer.notes == plain.notes
        assert answer.choice is None


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 4095), st.sampled_from([0.1, 1.0, 2.0]))
def test_nothing_outside_the_scale_sounds(scale: int, temperature: float) -> None:
    controls = replace(PLAIN, temperature=temperature, scale=scale, density=1.0)
    for note in performer().start(start(random_call(5), controls=controls)).notes:
        assert scale >> note.pitch % 12 & 1


def test_memory_is_heard_before_the_call() -> None:
    memory = Phrase.of([Note(48, 80, 0.0, 2.0), Note(55, 80, 2.0, 1.5)], 4.0)
    call = Phrase.of([Note(60, 80, 0.0, 1.0), Note(64, 80, 1.0, 2.0)], 4.0)
    shifted = [replace(n, start_beats=n.start_beats + 4.0) for n in call.notes]
    whole = Phrase.of([*memory.notes, *shifted], 8.0)
    remembered = performer().start(replace(start(call), memory=memory))
    played = sounding(remembered.notes, 32)
    assert played == plain_answer("rnn-nade", whole, 32, PLAIN)[0]
    assert played != plain_answer("rnn-nade", call, 32, PLAIN)[0]


@pytest.mark.parametrize("name", NAMES)
def test_the_kernel_makes_the_same_answer(name: str, engaged_kernel: KernelLibrary) -> None:
    call = random_call(14)
    bundle = parse_bundle(nade_bundle(name, batch=4))
    loaded = assembled(name, PIANOROLL, stack_weights(bundle), 1)
    assert isinstance(loaded, LoadedModel)
    answer = RnnPerformer(1, loaded).start(start(call))
    expected, _ = plain_answer(name, call, 32, PLAIN)
    assert sounding(answer.notes, 32) == expected


@pytest.mark.parametrize(("name", "attention"), [("rnn-nade", 0), ("rnn-nade_attn", 5)])
def test_inspection_says_what_it_is(name: str, attention: int, tmp_path: Path) -> None:
    path = tmp_path / "piano.mag"
    path.write_bytes(nade_bundle(name, batch=64))
    report = inspect_bundle("piano", path)
    assert report.playable, report.problems
    assert (report.generator_id, report.encoder) == (name, "rnn-nade")
    assert (report.layers, report.attention_length) == (NADE_SHAPES[name].units, attention)
    assert (report.input_width, report.steps_per_quarter, report.era) == (88, 4, "C")
    assert "88 keys" in report.abilities[0]
    assert any("takes no temperature" in note for note in report.notes)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("nade__w_enc", (88, 10)),
        ("nade__w_enc", (88, 1, 9)),
        ("nade__w_enc", (88, 2, 10)),
        ("nade__w_dec_t", (88, 1, 10)),
        ("nade__w_dec_t", (87, 10, 1)),
        ("decoder__dense__kernel", (8, 99)),
        ("decoder__dense__bias", (99,)),
    ],
)
def test_weights_that_do_not_fit_are_refused(name: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(BundleInvalid):
        stack_weights(parse_bundle(nade_bundle("rnn-nade", **{name: np.zeros(shape)})))


def test_a_nade_of_other_keys_than_the_pianos_is_refused() -> None:
    smaller = nade_bundle(
        "rnn-nade",
        nade__w_enc=np.zeros((80, 1, 18)),
        nade__w_dec_t=np.zeros((80, 18, 1)),
    )
    bundle = parse_bundle(smaller)
    with pytest.raises(BundleInvalid, match="88 inputs"):
        playable_encoding(bundle, stack_weights(bundle))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_biases_that_are_no_numbers_are_found(value: float) -> None:
    head = model("rnn-nade").head
    output = np.full(98, value, np.float32)
    with pytest.raises(BundleInvalid, match="number"):
        head.draw(Sampler(1, 1), output, PLAIN)
    with pytest.raises(BundleInvalid, match="number"):
        head.log_probability(output, 5)


def test_keys_are_bits() -> None:
    assert keys_of(0) == ()
    assert keys_of(1 << 87 | 1) == (0, 87)
