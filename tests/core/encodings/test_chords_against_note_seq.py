"""Chord symbols and their inputs against note-seq's own."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bridge.core.chord_symbols import DEGREES_OF_KIND, NO_CHORD, parse_chord
from bridge.core.encodings.conditioned import ChordInputs, PitchInputs, TriadInputs
from bridge.errors import ChordInvalid
from tests.models.magenta_oracle import require_magenta

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

ROOTS = [name + accidental for name in "ABCDEFG" for accidental in ("", "#", "b", "##", "bb")]
CHANGES = [
    "",
    "",
    "",
    "b5",
    "#9",
    "(b9)",
    "no3",
    "add2",
    "(add9)",
    "#5b9",
    "addb6",
    "add#11",
    "(no5",
]


def symbols() -> list[str]:
    """Every kind on every root, then kinds with changes and basses, some of them nonsense."""
    choice = random.Random(5)
    found = [root + kind for root in ROOTS for kind in DEGREES_OF_KIND]
    for _ in range(3000):
        symbol = choice.choice(ROOTS) + choice.choice(list(DEGREES_OF_KIND))
        symbol += choice.choice(CHANGES) + choice.choice(CHANGES)
        found.append(symbol + choice.choice(["", "", "/" + choice.choice(ROOTS), "/x", "b"]))
    return found


def test_symbols_are_read_as_theirs() -> None:
    lib = require_magenta().note_seq.chord_symbols_lib
    refused = 0
    for symbol in symbols():
        try:
            pitches = {int(pitch) for pitch in lib.chord_symbol_pitches(symbol)}
        except lib.ChordSymbolError:
            refused += 1
            with pytest.raises(ChordInvalid):
                parse_chord(symbol)
            continue
        chord = parse_chord(symbol)
        assert chord is not None
        assert {i for i in range(12) if chord.pitch_classes >> i & 1} == pitches, symbol
        assert chord.root == lib.chord_symbol_root(symbol), symbol
        assert chord.bass == lib.chord_symbol_bass(symbol), symbol
        quality = lib.chord_symbol_quality(symbol)
        assert chord.triad == (None if quality == lib.CHORD_QUALITY_OTHER else quality), symbol
    assert 300 < refused < 2000


def vector(inputs: ChordInputs, symbol: str) -> np.ndarray:
    table = np.concatenate([block.times(np.eye(inputs.width)) for block in inputs.blocks])
    return np.asarray(sum(table[row] for row in inputs.rows(parse_chord(symbol))))


def test_inputs_are_theirs() -> None:
    m = require_magenta().note_seq
    triads = m.OneHotEventSequenceEncoderDecoder(m.TriadChordOneHotEncoding())
    pitches = m.PitchChordsEncoderDecoder()
    for root in ROOTS:
        for kind in DEGREES_OF_KIND:
            for symbol in (root + kind, f"{root}{kind}/Eb", NO_CHORD):
                expected = pitches.events_to_input([symbol], 0)
                assert np.array_equal(vector(PitchInputs(), symbol), expected)
                try:
                    expected = triads.events_to_input([symbol], 0)
                except m.chords_encoder_decoder.ChordEncodingError:
                    # Where Magenta gives up we hear no chord.
                    expected = triads.events_to_input([NO_CHORD], 0)
                assert np.array_equal(vector(TriadInputs(), symbol), expected)
