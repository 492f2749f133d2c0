"""Bundles of every era go on learning, and what comes of it lies in their own graph and names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.errors import TrainingError
from bridge.models.bundle import bundle_parts, read_bundle
from bridge.models.loading import load_model
from bridge.models.stack import stack_weights
from bridge.training.batches import SamplerOptions
from bridge.training.evaluate import native_softmax
from bridge.training.from_bundle import learnable, learnt
from bridge.training.job import Job, run_job
from bridge.training.kinds import KINDS
from bridge.training.network import NO_DROPOUT, Shape, forward, zero_state
from bridge.training.rewritten import rewrite_bundle
from bridge.training.train import Material, Plan
from tests.fakes.bundle_writer import SHAPES, random_bundle
from tests.fakes.bundle_writer import Shape as Sizes

ERAS = ("A", "B", "C")
NETWORKS = {
    "drum_kit": SHAPES["drum_kit"],
    "lookback_rnn": SHAPES["lookback_rnn"],
    "attention_rnn": Sizes(74, 40, (9, 8, 7), 5),
}


def bundle_of(folder: Path, name: str, era: str) -> Path:
    path = folder / f"{name}.mag"
    path.write_bytes(random_bundle(name, era, shape=NETWORKS[name], gain=1.0))
    return path


def network_of(path: Path, name: str) -> tuple[Shape, dict[str, np.ndarray]]:
    weights = stack_weights(read_bundle(path))
    kind = KINDS[name]
    return learnable(weights, kind.coding().table, kind.droppable), learnt(weights)


def random_steps(name: str, count: int = 90) -> np.ndarray:
    meaning = KINDS[name].encoding.meaning
    assert meaning is not None
    return np.random.default_rng(3).integers(0, len(meaning.plain.onsets), count)


def trained_softmax(name: str, shape: Shape, weights: dict[str, np.ndarray], steps: np.ndarray):
    """What the trainer's own graph predicts."""
    import tensorflow as tf

    logits, _ = forward(
        {key: tf.constant(value) for key, value in weights.items()},
        shape,
        tf.constant(KINDS[name].coding().encode(steps).rows[:, None]),
        [tf.constant(part) for part in zero_state(shape, 1)],
        NO_DROPOUT,
    )
    return tf.nn.softmax(logits)[:, 0].numpy()


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("name", NETWORKS)
def test_the_trainer_goes_on_from_what_the_engine_plays(tensorflow, tmp_path, name, era):
    path = bundle_of(tmp_path, name, era)
    shape, weights = network_of(path, name)
    steps = random_steps(name)
    played = native_softmax(load_model("x", path), KINDS[name].coding())(steps)
    assert np.abs(trained_softmax(name, shape, weights, steps) - played).max() < 2e-5
    assert played.std(axis=0).max() > 1e-4


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("name", NETWORKS)
def test_what_was_learnt_lies_in_the_bundles_own_graph(tensorflow, tmp_path, name, era):
    path, out = bundle_of(tmp_path, name, era), tmp_path / "learnt.mag"
    shape, weights = network_of(path, name)
    weights = {key: value + np.float32(0.01) * np.sign(value) for key, value in weights.items()}
    rewrite_bundle(path, out, "learnt", weights, shape)
    before, after = bundle_parts(path.read_bytes()), bundle_parts(out.read_bytes())
    assert (after.generator_id, bytes(after.graph)) == (before.generator_id, bytes(before.graph))
    assert read_bundle(out).tensors.keys() == read_bundle(path).tensors.keys()
    steps = random_steps(name)
    played = native_softmax(load_model("x", out), KINDS[name].coding())(steps)
    assert np.abs(trained_softmax(name, shape, weights, steps) - played).max() < 2e-5


def test_another_bundle_is_not_written_over_with_these_weights(tmp_path):
    drums = bundle_of(tmp_path, "drum_kit", "A")
    melody = bundle_of(tmp_path, "lookback_rnn", "A")
    shape, weights = network_of(melody, "lookback_rnn")
    with pytest.raises(TrainingError, match="not the bundle"):
        rewrite_bundle(drums, tmp_path / "out.mag", "mixed", weights, shape)
    assert not (tmp_path / "out.mag").exists()


@pytest.mark.parametrize("era", ERAS)
def test_a_bundle_of_2016_learns_a_beat(tensorflow, tmp_path, era):
    source = bundle_of(tmp_path, "drum_kit", era)
    beat = np.array([1, 0, 4, 0, 2, 0, 4, 0] * 8)
    plan, sampler = Plan(epochs=2, rate=0.02), SamplerOptions(steps=16, lanes=2)
    job = Job(KINDS["drum_kit"], tmp_path / "out.mag", plan, "a test", source, sampler=sampler)
    outcome = run_job(job, Material([beat], [beat]), lambda _epoch: None)
    before, *_, after = outcome.curve
    assert outcome.best.number > 0
    assert after.validation_nats < before.validation_nats
    assert load_model("out", job.out).encoding.name == "drum_kit"
