"""Pianoroll models against Magenta's own graphs and note-seq's own pianorolls.

Magenta can build, save and load such a model, but its ``generate`` fails; so its graph is asked for
the biases after every step and for the keys that it would have sound with them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.core.encodings.catalog import PIANOROLL
from bridge.core.encodings.pianoroll import KEYS, LOWEST_PITCH, keys_of
from bridge.core.notes import Note
from bridge.core.requests import AnswerControls
from bridge.models.bundle import read_bundle
from bridge.models.inspection import inspect_bundle
from bridge.models.loading import LoadedModel, load_model
from bridge.models.sampling import Sampler
from bridge.models.stack import stack_weights
from tests.models.magenta_oracle import QPM, build_bundle, require_magenta
from tests.models.plain_nade import PlainNade

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

NAMES = ("rnn-nade", "rnn-nade_attn", "rnn-nade_attn with residual connections")
UNITS = (24, 20)
STEPS = 40
BATCH = 2


class Oracle:
    """A bundle from Magenta's exporter, loaded by Magenta and by us."""

    def __init__(self, subject: str, folder: Path) -> None:
        self.m = require_magenta()
        name, _, residual = subject.partition(" ")
        self.path = folder / f"{name}.mag"
        build_bundle(name, self.path, batch=BATCH, gain=1.5, units=UNITS, residual=bool(residual))
        bundle = self.m.bundles.read_bundle_file(str(self.path))
        self.generator = self.m.generators[name](bundle=bundle)
        self.generator.initialize()
        loaded = load_model(name, self.path)
        assert isinstance(loaded, LoadedModel)
        self.ours = loaded
        self.encoder = self.m.configs[name].encoder_decoder

    def run(self, fetch: str, feed: dict[tuple[str, int], np.ndarray]) -> list[np.ndarray]:
        session = self.generator._model._session
        of = session.graph.get_collection
        fed = {of(name)[i]: value for (name, i), value in feed.items()}
        return list(session.run(list(of(fetch)), fed))

    def outputs(self, events: list[int]) -> np.ndarray:
        """Biases after each event, the encoder's first, shape (events, hidden + keys)."""
        inputs = np.array([self.encoder.events_to_input([keys_of(e)], 0) for e in events])
        state = self.run("final_state", {("inputs", 0): np.repeat(inputs[None], BATCH, axis=0)})
        both = np.concatenate(state[:2], axis=1)
        return both[: len(events)]

    def sampled(self, outputs: np.ndarray) -> tuple[list[int], np.ndarray]:
        """The keys that Magenta has sound with these biases, and their ln p."""
        hidden = outputs.shape[1] - KEYS
        made, nats = [], []
        for output in outputs:
            biases = np.repeat(output[None], BATCH, axis=0)
            feed = {
                ("initial_state", 0): biases[:, :hidden],
                ("initial_state", 1): biases[:, hidden:],
            }
            (sample,) = self.run("sample", feed)
            (log_prob,) = self.run("log_prob", feed)
            made.append(sum(1 << int(key) for key in np.flatnonzero(sample[0])))
            nats.append(float(log_prob[0]))
        return made, np.array(nats)


@pytest.fixture(scope="module", params=NAMES)
def oracle(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Oracle]:
    made = Oracle(request.param, tmp_path_factory.mktemp("pianoroll"))
    yield made
    made.generator.close()


def random_events(seed: int) -> list[int]:
    choice = random.Random(seed)
    return [
        sum(1 << key for key in choice.sample(range(KEYS), choice.randrange(8)))
        for _ in range(STEPS)
    ]


def our_outputs(model: LoadedModel, events: list[int]) -> np.ndarray:
    state, tracker, outputs = model.network.start(), model.encoding.inputs.tracker(), []
    for event in events:
        tracker.push(event)
        outputs.append(model.network.step(state, (tracker.rows(),))[0].copy())
    return np.array(outputs)


def test_the_network_gives_their_biases(oracle: Oracle) -> None:
    events = random_events(1)
    theirs = oracle.outputs(events)
    assert np.ptp(theirs, axis=0).max() > 0.1
    np.testing.assert_allclose(our_outputs(oracle.ours, events), theirs, atol=5e-5)


def test_at_the_lowest_temperature_the_keys_are_theirs(oracle: Oracle) -> None:
    outputs = oracle.outputs(random_events(2))
    made, nats = oracle.sampled(outputs)
    cold, sampler = AnswerControls(temperature=0.1), Sampler(1, 1)
    ours = [oracle.ours.head.draw(sampler, output, cold) for output in outputs]
    assert [keys for keys, _ in ours] == made
    assert len(set(made)) > 1
    # They add a millionth to every probability before the logarithm.
    assert np.array([n for _, n in ours]) == pytest.approx(nats, abs=2e-3)


def test_the_likelihood_of_any_keys_is_theirs(oracle: Oracle) -> None:
    tf, events = oracle.m.tf, random_events(3)
    outputs = oracle.outputs(random_events(4))
    weights = stack_weights(read_bundle(oracle.path)).nade
    assert weights is not None
    from magenta.common import Nade

    with tf.Graph().as_default(), tf.Session() as session:
        nade = Nade(KEYS, weights.hidden)
        observed = np.array([[event >> key & 1 for key in range(KEYS)] for event in events])
        hidden = weights.hidden
        nats = nade.log_prob(
            tf.constant(observed, tf.float32),
            tf.constant(outputs[:, :hidden]),
            tf.constant(outputs[:, hidden:]),
        )[0]
        session.run(tf.global_variables_initializer())
        nade.w_enc.load(weights.encoder[:, None], session)
        nade.w_dec_t.load(weights.decoder[:, :, None], session)
        theirs = session.run(nats)
    pairs = list(zip(outputs, events, strict=True))
    ours = [oracle.ours.head.log_probability(output, event) for output, event in pairs]
    assert ours == pytest.approx(theirs, rel=1e-3)
    plain = PlainNade(weights)
    for (output, event), nats_here in list(zip(pairs, ours, strict=True))[:5]:
        exact = plain.run(output, lambda key, _, e=event: bool(e >> key & 1))[1]
        assert nats_here == pytest.approx(exact, rel=1e-5)


def test_the_bundle_is_told_by_its_sizes(oracle: Oracle) -> None:
    report = inspect_bundle("piano", oracle.path)
    assert report.playable, report.problems
    assert report.encoder == "rnn-nade"
    assert report.layers == UNITS
    assert report.attention_length == (32 if report.generator_id.endswith("attn") else 0)
    assert report.batch_size == BATCH


def their_pianoroll(m: Any, notes: list[Note], steps: int) -> list[tuple[int, ...]]:
    sequence = m.music_pb2.NoteSequence()
    sequence.tempos.add().qpm = QPM
    for note in sorted(notes, key=lambda n: n.start_beats):
        sequence.notes.add(
            pitch=note.pitch,
            velocity=80,
            start_time=note.start_beats * 60.0 / QPM,
            end_time=note.end_beats * 60.0 / QPM,
        )
    roll = m.note_seq.PianorollSequence(m.note_seq.quantize_note_sequence(sequence, 4))
    roll.set_length(steps)
    return [tuple(int(key) for key in event) for event in roll]


def random_notes(choice: random.Random, steps: int) -> list[Note]:
    """Notes on sixteenths, many of them struck again, none on the first step twice."""
    return [
        Note(
            choice.choice([60, 64, choice.randrange(15, 115)]),
            80,
            choice.randrange(1, steps) / 4,
            choice.randrange(1, 8) / 4,
        )
        for _ in range(choice.randrange(1, 24))
    ]


@pytest.mark.parametrize("seed", range(8))
def test_phrases_are_heard_as_theirs(seed: int) -> None:
    m, steps = require_magenta(), 32
    notes = random_notes(random.Random(seed), steps)
    theirs = their_pianoroll(m, notes, steps)
    ours = PIANOROLL.part.read(notes, 4, steps).events
    assert [keys_of(event) for event in ours or [0] * steps] == theirs
    encoder = m.configs["rnn-nade"].encoder_decoder
    assert list(ours or [0] * steps) == [encoder.events_to_label(theirs, i) for i in range(steps)]


@pytest.mark.parametrize("seed", range(4))
def test_answers_are_written_as_theirs(seed: int) -> None:
    m, events = require_magenta(), random_events(seed)
    roll = m.note_seq.PianorollSequence(
        steps_per_quarter=4, events_list=[keys_of(event) for event in events]
    )
    writer = PIANOROLL.part.writer(0)
    notes = [note for event in events for note in writer.push(event)] + writer.finish()
    theirs = sorted(
        (round(n.start_time * QPM / 15), n.pitch, round(n.end_time * QPM / 15))
        for n in roll.to_sequence(qpm=QPM).notes
    )
    assert sorted((n.start_step, n.pitch, n.end_step) for n in notes) == theirs
    assert all(n.pitch >= LOWEST_PITCH for n in notes)
