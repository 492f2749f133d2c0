"""Scales as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.scales import CHROMATIC, SCALES, note_class, scale_mask
from bridge.errors import ConfigError


def pitch_classes(value: object) -> set[int]:
    mask = scale_mask(value)
    return {pitch for pitch in range(12) if mask >> pitch & 1}


def test_the_white_keys() -> None:
    white = {0, 2, 4, 5, 7, 9, 11}
    for name in ("C major", "A minor", "D dorian", "g MIXOLYDIAN", "F  Lydian", "e phrygian"):
        assert pitch_classes(name) == white
    assert pitch_classes("B Locrian") == white


def test_the_black_keys() -> None:
    assert pitch_classes("F# major pentatonic") == {1, 3, 6, 8, 10}
    assert pitch_classes("Eb minor pentatonic") == {1, 3, 6, 8, 10}
    assert pitch_classes("E♭ Minor Pentatonic") == pitch_classes("d# minor pentatonic")


def test_a_minor_pentatonic_is_what_a_guitarist_plays() -> None:
    assert pitch_classes("A minor pentatonic") == {9, 0, 2, 4, 7}


@pytest.mark.parametrize("off", ["off", "Off", "none", "all", "chromatic", False, 0])
def test_everything_may_sound(off: object) -> None:
    assert scale_mask(off) == CHROMATIC


def test_lists_of_notes_and_of_pitch_classes() -> None:
    assert pitch_classes(["C", "Eb", "G", "A#"]) == {0, 3, 7, 10}
    assert pitch_classes([0, 3, 7, 10]) == {0, 3, 7, 10}
    assert pitch_classes(("B", 0)) == {11, 0}


def test_names_may_be_written_without_their_signs() -> None:
    assert scale_mask("C half whole dim") == scale_mask("C Half-whole Dim.")
    assert scale_mask("C in sen") == scale_mask("C In-Sen")


@given(st.sampled_from(sorted(SCALES)), st.sampled_from(["C", "C#", "Db", "E", "F#", "Bb", "B"]))
def test_every_scale_starts_on_its_root_and_has_its_size(name: str, root: str) -> None:
    found = pitch_classes(f"{root} {name}")
    tonic = note_class(root)
    assert tonic in found
    assert len(found) == len(SCALES[name]) == len(set(SCALES[name]))
    assert {(pitch - SCALES[name][1]) % 12 for pitch in found} & {tonic}


@given(st.integers(0, 4095))
def test_bits_stay_as_they_are(mask: int) -> None:
    assert scale_mask(mask) == mask
    if mask:
        assert scale_mask([pitch for pitch in range(12) if mask >> pitch & 1]) == mask


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("C mayor", "'C mayor' names no scale after the root"),
        ("C", "names no scale"),
        ("H minor", "does not begin with a root note"),
        ("minor", "does not begin with a root note"),
        ("", "does not begin with a root note"),
        ([], "nothing could sound"),
        ([0, 12], "12 in the list"),
        (["C", "X"], "'X' in the list"),
        ([True], "True in the list"),
        ([None], "None in the list"),
        (4096, "not from 0 to 4095"),
        (True, "True is no scale"),
        (None, "None is no scale"),
        (1.5, "1.5 is no scale"),
    ],
)
def test_what_is_no_scale_is_refused_with_what_is_allowed(value: object, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        scale_mask(value)
    assert why in caught.value.message
    assert "Phrygian Dominant" in caught.value.hint
    assert "[C, Eb, G]" in caught.value.hint


@given(st.text(max_size=40))
def test_no_text_does_anything_else(text: str) -> None:
    try:
        assert 0 <= scale_mask(text) <= 4095
    except ConfigError as error:
        assert error.message
