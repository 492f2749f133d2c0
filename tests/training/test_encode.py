import numpy as np
import pytest

from bridge.training.encode import (
    DRUM_LAYOUT,
    MELODY_LAYOUT,
    counter_bits,
    drum_features,
    encode_drums,
    encode_melody,
)


def random_melody(seed: int, steps: int = 120) -> np.ndarray:
    random = np.random.default_rng(seed)
    bar = random.integers(0, 38, 16)
    events = np.tile(bar, steps // 16 + 1)[:steps]
    changed = random.random(steps) < 0.3
    events[changed] = random.integers(0, 3, int(changed.sum()))
    return events


def test_counters_name_the_next_step():
    bits = counter_bits(4, 2)
    assert bits.tolist() == [[1, -1], [-1, 1], [1, 1], [-1, -1]]


def test_drum_features_are_bits_and_pairs():
    features = drum_features()
    assert features.shape == (512, 45)
    assert features[0].sum() == 0
    assert features[0b101].sum() == 3
    assert features[511].sum() == 45


def test_melody_labels_prefer_the_longest_repeat():
    events = np.full(70, 5)
    labels = encode_melody(events).labels
    assert labels[0] == 5
    assert labels[15] == 38
    assert labels[31] == 39


@pytest.mark.magenta
def test_drum_inputs_and_labels_are_those_of_note_seq(magenta):
    import note_seq

    steps = np.random.default_rng(1).integers(0, 512, 150)
    encoder = note_seq.LookbackEventSequenceEncoderDecoder(
        note_seq.MultiDrumOneHotEncoding(), lookback_distances=[], binary_counter_bits=6
    )
    encoding = note_seq.MultiDrumOneHotEncoding()
    events = [encoding.decode_event(int(step)) for step in steps]
    inputs, labels = encoder.encode(events)
    ours = encode_drums(steps)
    assert np.array_equal(ours.vectors(DRUM_LAYOUT), np.array(inputs, np.float32))
    assert ours.labels.tolist() == labels


@pytest.mark.magenta
@pytest.mark.parametrize("seed", range(5))
def test_melody_inputs_and_labels_are_those_of_note_seq(magenta, seed):
    import note_seq

    classes = random_melody(seed)
    encoding = note_seq.MelodyOneHotEncoding(48, 84)
    encoder = note_seq.LookbackEventSequenceEncoderDecoder(encoding)
    inputs, labels = encoder.encode([encoding.decode_event(int(event)) for event in classes])
    ours = encode_melody(classes)
    assert np.array_equal(ours.vectors(MELODY_LAYOUT), np.array(inputs, np.float32))
    assert ours.labels.tolist() == labels
