import numpy as np
import pytest

from bridge.core.chord_symbols import parse_chord
from bridge.models.loading import load_model
from bridge.training.chorded import chorded
from bridge.training.evaluate import native_softmax
from bridge.training.kinds import DRUM_FEATURES, KINDS, coding_of
from bridge.training.network import (
    NO_DROPOUT,
    Shape,
    forward,
    initial_weights,
    weight_shapes,
    zero_state,
)

DRUM_CODING, DRUM_LOOKBACK_CODING = coding_of("drum_kit"), coding_of("drum_kit_lookback")
MELODY_CODING = coding_of("lookback_rnn")
VOICES_CODING, CHORDS_CODING = coding_of("polyphony"), coding_of("chord_pitches_improv")
TRIADS_CODING, KEYS_CODING = coding_of("basic_improv"), coding_of("attention_improv")
pytestmark = pytest.mark.magenta

SHAPES = {
    "drum_kit": Shape(DRUM_CODING.table, (12, 8), 10, features=DRUM_FEATURES),
    "drum_kit with attention": Shape(DRUM_CODING.table, (12, 8), 10, 32, DRUM_FEATURES),
    "lookback_rnn": Shape(MELODY_CODING.table, (16, 12), 9),
    "polyphony": Shape(VOICES_CODING.table, (12, 8), 10),
    "chord_pitches_improv": Shape(CHORDS_CODING.table, (12, 8, 6), 10),
    "basic_improv": Shape(TRIADS_CODING.table, (12, 8), 10),
    "attention_improv": Shape(KEYS_CODING.table, (12, 8), 10, 40),
}


def strong_weights(shape: Shape) -> dict[str, np.ndarray]:
    """Large enough, biases too, that a wrong fold would show."""
    random = np.random.default_rng(4)
    weights = initial_weights(shape, random)
    return {
        name: (2 * value + random.normal(0, 0.2, value.shape)).astype(np.float32)
        for name, value in weights.items()
    }


def random_steps(name: str, count: int) -> np.ndarray:
    """A sequence of every event there is; over chords where the model is told chords."""
    kind, random = KINDS[name], np.random.default_rng(6)
    steps = random.integers(0, kind.event_classes, count)
    if kind.encoding.chord_rows is None:
        return steps
    symbols = random.choice(["N.C.", "C", "Am7", "G7/B", "F#dim", "Dsus4"], count)
    return chorded(steps, [parse_chord(str(symbol)) for symbol in symbols])


@pytest.mark.parametrize("name", SHAPES)
def test_magenta_computes_what_was_trained(magenta, tmp_path, name):
    import tensorflow as tf

    from bridge.training.bundle_writer import write_bundle
    from bridge.training.evaluate import BundleGraph

    shape, generator_id = SHAPES[name], name.split()[0]
    weights = strong_weights(shape)
    write_bundle(tmp_path / "x.mag", generator_id, "a test", weights, shape)
    encoded = coding_of(generator_id).encode(random_steps(generator_id, 90))
    with BundleGraph(tmp_path / "x.mag") as graph:
        assert graph.generator_id == generator_id
        theirs = graph.probabilities(encoded.vectors(shape.table))
    state = [tf.constant(part) for part in zero_state(shape, 1)]
    logits, _ = forward(
        {key: tf.constant(value) for key, value in weights.items()},
        shape,
        tf.constant(encoded.rows[:, None]),
        state,
        NO_DROPOUT,
    )
    ours = tf.nn.softmax(logits)[:, 0].numpy()
    assert np.abs(ours - theirs).max() < 2e-5
    assert theirs.std(axis=0).max() > 0.1 * theirs.mean()
    played = native_softmax(load_model("x", tmp_path / "x.mag"), coding_of(generator_id))
    assert np.abs(played(random_steps(generator_id, 90)) - theirs).max() < 2e-5


def test_the_engine_computes_what_was_trained_for_an_encoding_of_its_own(tensorflow, tmp_path):
    import tensorflow as tf

    from bridge.training.own_bundle import write_own_bundle

    coding = DRUM_LOOKBACK_CODING
    shape = Shape(coding.table, (12, 8), 10, features=DRUM_FEATURES)
    weights = strong_weights(shape)
    write_own_bundle(tmp_path / "x.mag", "drum_kit_lookback", "a test", weights, shape)
    model = load_model("x", tmp_path / "x.mag")
    assert model.encoding.name == "drum_kit_lookback"
    steps = np.random.default_rng(6).integers(0, 512, 150)
    logits, _ = forward(
        {key: tf.constant(value) for key, value in weights.items()},
        shape,
        tf.constant(coding.encode(steps).rows[:, None]),
        [tf.constant(part) for part in zero_state(shape, 1)],
        NO_DROPOUT,
    )
    ours = tf.nn.softmax(logits)[:, 0].numpy()
    played = native_softmax(model, coding)(steps)
    assert np.abs(ours - played).max() < 2e-5
    assert played.std(axis=0).max() > 1e-3


def test_every_weight_has_its_shape():
    shape = SHAPES["drum_kit with attention"]
    weights = initial_weights(shape, np.random.default_rng(0))
    assert {name: value.shape for name, value in weights.items()} == weight_shapes(shape)


def test_weights_of_another_network_are_refused(magenta, tmp_path):
    from bridge.training.bundle_writer import write_bundle

    plain = SHAPES["drum_kit"]
    weights = strong_weights(plain)
    weights["layer1_bias"] = weights["layer1_bias"][:-4]
    with pytest.raises(ValueError, match="shape"):
        write_bundle(tmp_path / "x.mag", "drum_kit", "a test", weights, plain)
    assert not (tmp_path / "x.mag").exists()
