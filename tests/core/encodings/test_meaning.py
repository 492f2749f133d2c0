"""What classes mean: tables that the musical controls rely on."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.encodings.drum_classes import drum_set
from bridge.core.encodings.lookback import NO_EVENT, NOTE_OFF
from bridge.core.encodings.meaning import ClassMeaning, drum_meaning

EXPLAINED = tuple(encoding for encoding in ENCODINGS if encoding.meaning is not None)


def meaning_of(encoding: ModelEncoding) -> ClassMeaning:
    assert encoding.meaning is not None
    return encoding.meaning


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
def test_every_class_stands_for_the_event_that_it_becomes(encoding: ModelEncoding) -> None:
    meaning, choice = meaning_of(encoding), random.Random(1)
    tracker = encoding.inputs.tracker()
    for _ in range(60):
        numbers = meaning.standing_for(tracker)
        places = np.arange(encoding.inputs.class_count) if numbers is None else numbers
        assert len(places) == encoding.inputs.class_count
        for class_index, place in enumerate(places):
            assert meaning.plain_class(tracker.event_of(class_index)) == place
        tracker.push(tracker.event_of(choice.randrange(encoding.inputs.class_count)))


@pytest.mark.parametrize("encoding", EXPLAINED, ids=lambda encoding: encoding.name)
def test_the_tables_agree_with_each_other(encoding: ModelEncoding) -> None:
    plain = meaning_of(encoding).plain
    starts = plain.onsets > 0
    assert starts.any()
    assert not starts.all()
    assert (plain.sounds >= 0).tolist() == starts.tolist()
    assert np.isfinite(plain.heights[starts]).all()
    assert (plain.pitch_classes[~starts] == 0).all()
    # A gesture either starts notes or does not.
    for gesture in set(plain.gestures.tolist()):
        assert len(set(starts[plain.gestures == gesture].tolist())) == 1


@pytest.mark.parametrize("name", ["basic_rnn", "mono_rnn", "lookback_rnn", "attention_rnn"])
def test_a_melodys_classes(name: str) -> None:
    meaning = next(meaning_of(one) for one in ENCODINGS if one.name == name)
    plain = meaning.plain
    middle_c, octave_up = meaning.plain_class(60), meaning.plain_class(72)
    assert plain.pitch_classes[middle_c] == plain.pitch_classes[octave_up] == 1
    assert plain.heights[octave_up] > plain.heights[middle_c]
    assert plain.pitch_classes[meaning.plain_class(70)] == 1 << 10
    waits, ends = meaning.plain_class(NO_EVENT), meaning.plain_class(NOTE_OFF)
    assert [plain.onsets[waits], plain.onsets[ends], plain.onsets[middle_c]] == [0, 0, 1]
    assert len({plain.gestures[waits], plain.gestures[ends], plain.gestures[middle_c]}) == 3


def test_a_drum_sets_classes() -> None:
    plain = drum_meaning(512).plain
    kick, hat, both = drum_set([36]), drum_set([42]), drum_set([36, 42])
    assert plain.onsets[[0, kick, hat, both]].tolist() == [0, 1, 1, 2]
    assert plain.heights[kick] < plain.heights[both] < plain.heights[hat]
    assert not plain.pitch_classes.any()
