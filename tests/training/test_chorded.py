"""Melodies over chords as rows of numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.chord_symbols import parse_chord
from bridge.core.encodings.melody import NO_EVENT, NOTE_OFF
from bridge.training.chorded import (
    chord_number,
    chord_numbers,
    chord_of,
    chorded,
    places_of,
    transposed,
)
from bridge.training.kinds import KINDS, coding_of

SYMBOLS = ("C", "Am7", "F#dim", "G7(b9)", "Bbmaj7/F", "Dsus4", "N.C.")
symbols = st.sampled_from(SYMBOLS)
OVER_CHORDS = [name for name, kind in KINDS.items() if kind.encoding.chord_rows is not None]


@given(symbols)
def test_a_chord_and_its_number_stand_for_each_other(symbol):
    chord = parse_chord(symbol)
    assert chord_of(chord_number(chord)) == chord


@given(symbols, st.integers(-11, 11), st.integers(-11, 11))
def test_transposing_twice_is_transposing_by_the_sum(symbol, one, other):
    chord = parse_chord(symbol)
    assert transposed(transposed(chord, one), other) == transposed(chord, one + other)
    assert transposed(chord, 12) == chord


def test_a_chord_moves_with_its_root_its_pitches_and_its_bass():
    assert transposed(parse_chord("C7/E"), 3) == parse_chord("Eb7/G")
    assert transposed(parse_chord("Am7"), -2) == parse_chord("Gm7")
    assert transposed(None, 5) is None


def test_what_is_played_and_what_underlies_come_apart_again():
    places = np.array([0, 37, 1])
    steps = chorded(places, [None, parse_chord("C"), parse_chord("G7")])
    assert places_of(steps).tolist() == places.tolist()
    assert [chord_of(number) for number in chord_numbers(steps)] == [
        None,
        parse_chord("C"),
        parse_chord("G7"),
    ]


@pytest.mark.magenta
@pytest.mark.parametrize("name", OVER_CHORDS)
def test_inputs_and_labels_are_those_of_note_seq(magenta, name):
    import note_seq

    chord_encoding, melody_encoding = {
        "basic_improv": (
            note_seq.TriadChordOneHotEncoding(),
            note_seq.OneHotEventSequenceEncoderDecoder(note_seq.MelodyOneHotEncoding(48, 84)),
        ),
        "attention_improv": (
            note_seq.TriadChordOneHotEncoding(),
            note_seq.KeyMelodyEncoderDecoder(48, 84),
        ),
        "chord_pitches_improv": (
            None,
            note_seq.OneHotEventSequenceEncoderDecoder(note_seq.MelodyOneHotEncoding(48, 84)),
        ),
    }[name]
    chords = (
        note_seq.PitchChordsEncoderDecoder()
        if chord_encoding is None
        else note_seq.OneHotEventSequenceEncoderDecoder(chord_encoding)
    )
    encoder = note_seq.ConditionalEventSequenceEncoderDecoder(chords, melody_encoding)
    random = np.random.default_rng(3)
    events = [int(event) for event in random.choice([NO_EVENT, NOTE_OFF, *range(48, 84)], 90)]
    figures = [str(random.choice(["N.C.", "C", "Am7", "G7", "F#dim"])) for _ in events]
    inputs, labels = encoder.encode(figures, events)
    place = KINDS[name].encoding.meaning.plain_class
    coding = coding_of(name)
    steps = chorded(np.array([place(event) for event in events]), map(parse_chord, figures))
    ours = coding.encode(steps)
    assert np.allclose(ours.vectors(coding.table), np.array(inputs, np.float32), atol=1e-6)
    assert ours.labels.tolist() == labels
