import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.encodings.drum_lookback import DrumLookbackEncoding, drum_set_features
from bridge.training.encode import row_shares
from bridge.training.kinds import KINDS, coding_of

DRUM_CODING, DRUM_LOOKBACK_CODING = coding_of("drum_kit"), coding_of("drum_kit_lookback")
MELODY_CODING = coding_of("lookback_rnn")


def random_melody(seed: int, steps: int = 120) -> np.ndarray:
    random = np.random.default_rng(seed)
    bar = random.integers(0, 38, 16)
    events = np.tile(bar, steps // 16 + 1)[:steps]
    changed = random.random(steps) < 0.3
    events[changed] = random.integers(0, 3, int(changed.sum()))
    return events


def test_drum_features_are_bits_and_pairs():
    features = drum_set_features()
    assert features.shape == (512, 45)
    assert features[0].sum() == 0
    assert features[0b101].sum() == 3
    assert features[511].sum() == 45


def test_melody_labels_prefer_the_longest_repeat():
    labels = MELODY_CODING.encode(np.full(70, 5)).labels
    assert labels[0] == 5
    assert labels[15] == 38
    assert labels[31] == 39


def test_read_bit_by_bit_a_sequence_is_the_same():
    melody = random_melody(3)
    whole, reader = MELODY_CODING.encode(melody), MELODY_CODING.reader(melody)
    parts = [reader.take(50) for _ in range(4)]
    assert [len(part.labels) for part in parts] == [50, 50, 19, 0]
    assert reader.ended
    assert np.array_equal(np.concatenate([part.rows for part in parts]), whole.rows)
    assert np.array_equal(np.concatenate([part.labels for part in parts]), whole.labels)


def test_only_the_named_blocks_may_be_left_out():
    shares = row_shares(DRUM_CODING.table, (0,), 0.25)
    assert shares[:512].tolist() == [0.25] * 512
    assert shares[512:].tolist() == [0.0] * (64 + 1)


def plain_lookback_vector(steps: list[int], distances: tuple[int, ...], bits: int) -> np.ndarray:
    """The input after the last of some steps, worked out from its definition."""
    position = len(steps)
    last = np.eye(512)[steps[-1]]
    backs, flags = [], []
    for distance in distances:
        told = np.zeros(46)
        if position >= distance:
            drums = [steps[position - distance] >> drum & 1 for drum in range(9)]
            pairs = [drums[a] * drums[b] for a in range(9) for b in range(a + 1, 9)]
            told = np.array([*drums, *pairs, 1])
        backs.append(told)
        before = position - 1 - distance
        flags.append(float(before >= 0 and steps[before] == steps[-1]))
    agree = [
        float(far <= position and steps[position - near] == steps[position - far])
        for place, near in enumerate(distances)
        for far in distances[place + 1 :]
    ]
    counter = [1.0 if position >> bit & 1 else -1.0 for bit in range(bits)]
    return np.concatenate([last, *backs, counter, flags, agree])


def plain_lookback_label(steps: list[int], event: int, distances: tuple[int, ...]) -> int:
    """The nearest distance that the event repeats, after the 512 sets; else its own number."""
    repeated = [i for i, one in enumerate(distances) if steps[-one:][:1] == [event]]
    there = [i for i in repeated if distances[i] <= len(steps)]
    return 512 + there[0] if there else event


@given(st.lists(st.integers(0, 511), min_size=2, max_size=40), st.integers(1, 4))
def test_the_drums_some_bars_before_are_seen(bars, repeats):
    steps = (bars * repeats * 5)[:150]
    encoded = DRUM_LOOKBACK_CODING.encode(np.array(steps))
    vectors = encoded.vectors(DRUM_LOOKBACK_CODING.table)
    distances = (16, 32, 64, 128)
    for now in range(len(steps) - 1):
        expected = plain_lookback_vector(steps[: now + 1], distances, 7)
        assert np.array_equal(vectors[now], expected)
        label = plain_lookback_label(steps[: now + 1], steps[now + 1], distances)
        assert encoded.labels[now] == label


def test_what_was_not_played_yet_can_only_be_repeated_as_silence():
    tracker = DrumLookbackEncoding((2, 4), 3).tracker()
    for event in (5, 6):
        tracker.push(event)
    assert [tracker.event_of(512), tracker.event_of(513)] == [5, 0]
    assert [tracker.class_of(event) for event in (5, 6, 0)] == [512, 6, 0]


def test_a_copy_of_a_lookback_tracker_goes_its_own_way():
    tracker = DrumLookbackEncoding((2,), 3).tracker()
    for event in (5, 6, 7):
        tracker.push(event)
    other = tracker.copy()
    other.push(8)
    tracker.push(5)
    assert (tracker.events, other.events) == ([5, 6, 7, 5], [5, 6, 7, 8])
    assert tracker.rows() != other.rows()


@pytest.mark.parametrize("name", KINDS)
def test_no_step_of_any_kind_needs_more_rows_than_there_is_room_for(name):
    coding = coding_of(name)
    places = len(KINDS[name].encoding.meaning.plain.onsets)
    random = np.random.default_rng(5)
    steps = np.tile(random.integers(0, places, 32), 10)
    steps[150:] = steps[0]
    encoded = coding.encode(steps)
    assert encoded.rows.shape == (319, coding.table.rows_per_step)
    assert encoded.labels.max() < coding.table.classes


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
    ours = DRUM_CODING.encode(steps)
    assert np.array_equal(ours.vectors(DRUM_CODING.table), np.array(inputs, np.float32))
    assert ours.labels.tolist() == labels


@pytest.mark.magenta
@pytest.mark.parametrize("seed", range(5))
def test_melody_inputs_and_labels_are_those_of_note_seq(magenta, seed):
    import note_seq

    classes = random_melody(seed)
    encoding = note_seq.MelodyOneHotEncoding(48, 84)
    encoder = note_seq.LookbackEventSequenceEncoderDecoder(encoding)
    events = [encoding.decode_event(int(event)) for event in classes]
    assert events == [MELODY_CODING.event(int(event)) for event in classes]
    inputs, labels = encoder.encode(events)
    ours = MELODY_CODING.encode(classes)
    assert np.array_equal(ours.vectors(MELODY_CODING.table), np.array(inputs, np.float32))
    assert ours.labels.tolist() == labels
