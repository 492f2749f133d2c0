"""Chord symbols and charts as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.chord_chart import ChordChange, ChordTrack, chords_of_bars, parse_chart
from bridge.core.chord_symbols import (
    AUGMENTED,
    DEGREES_OF_KIND,
    DIMINISHED,
    MAJOR,
    MINOR,
    parse_chord,
)
from bridge.errors import ChordInvalid


def pitch_classes(symbol: str) -> set[int]:
    chord = parse_chord(symbol)
    assert chord is not None
    return {i for i in range(12) if chord.pitch_classes >> i & 1}


@pytest.mark.parametrize(
    ("symbol", "root", "triad", "pitches"),
    [
        ("C", 0, MAJOR, {0, 4, 7}),
        ("Am7", 9, MINOR, {9, 0, 4, 7}),
        ("F#dim", 6, DIMINISHED, {6, 9, 0}),
        ("Bb+", 10, AUGMENTED, {10, 2, 6}),
        ("Em7b5", 4, DIMINISHED, {4, 7, 10, 2}),
        ("G7(b9)", 7, MAJOR, {7, 11, 2, 5, 8}),
        ("Gsus4", 7, None, {7, 0, 2}),
        ("D6/9", 2, MAJOR, {2, 6, 9, 11, 4}),
        ("Cadd7", 0, MAJOR, {0, 4, 7, 10}),
        ("C(no3)", 0, None, {0, 7}),
        ("A/o", 9, DIMINISHED, {9, 0, 3, 7}),
    ],
)
def test_symbols(symbol: str, root: int, triad: int | None, pitches: set[int]) -> None:
    chord = parse_chord(symbol)
    assert chord is not None
    assert (chord.root, chord.triad, chord.bass) == (root, triad, root)
    assert pitch_classes(symbol) == pitches


def test_a_bass_need_not_be_in_the_chord() -> None:
    chord = parse_chord("C/Bb")
    assert chord is not None
    assert (chord.bass, pitch_classes("C/Bb")) == (10, {0, 4, 7})


def test_no_chord_is_none() -> None:
    assert parse_chord("N.C.") is None


@pytest.mark.parametrize(
    "symbol", ["", "H", "c", "Cx", "C#b", "Cno9", "Cadd3", "C/", "C\n", "Cadd0", "C" + "#" * 60]
)
def test_what_is_no_chord_is_named(symbol: str) -> None:
    with pytest.raises(ChordInvalid) as caught:
        parse_chord(symbol)
    assert repr(symbol[:40]) in caught.value.message


@given(st.text(max_size=50))
def test_any_text_is_a_chord_or_an_error(text: str) -> None:
    try:
        chord = parse_chord(text)
    except ChordInvalid:
        return
    assert chord is None or (chord.root in range(12) and chord.bass in range(12))


def test_every_kind_is_known_on_every_root() -> None:
    for kind in DEGREES_OF_KIND:
        assert len({parse_chord(root + kind).root for root in "CDEFGAB"}) == 7


def test_a_chart_has_a_bar_between_two_lines() -> None:
    assert parse_chart("C | Am7 | F G7 |  | N.C.") == (
        ("C",),
        ("Am7",),
        ("F", "G7"),
        ("G7",),
        ("N.C.",),
    )
    assert parse_chart("| C | F |") == parse_chart("C|F")
    assert parse_chart("  ") == ()


def test_a_wrong_chord_is_named_with_its_bar() -> None:
    with pytest.raises(ChordInvalid, match=r"Bar 3 of the chords: 'Hm' is no chord symbol"):
        parse_chart("C | Am7 | Hm | G7")
    with pytest.raises(ChordInvalid, match="Bar 1 has 17 chords"):
        parse_chart("C " * 17)
    with pytest.raises(ChordInvalid, match="2001 letters"):
        parse_chart(" " * 2001)


def test_a_chart_goes_round_with_the_song() -> None:
    chart = parse_chart("C | Am7 | F G7")
    assert chords_of_bars(chart, [2, 3, 4], 3.0, -3.0) == [
        ChordChange(-3.0, "F"),
        ChordChange(-1.5, "G7"),
        ChordChange(0.0, "C"),
        ChordChange(3.0, "Am7"),
    ]


def test_a_track_knows_the_chord_of_each_step() -> None:
    changes = [ChordChange(0.0, "C"), ChordChange(1.0, "F"), ChordChange(1.6, "N.C.")]
    track = ChordTrack(reversed(changes), 4)
    found = [track.at(step) for step in range(-1, 8)]
    c, f = parse_chord("C"), parse_chord("F")
    assert found == [None, c, c, c, c, f, f, None, None]
    assert ChordTrack((), 4).at(5) is None
