"""What a parameter may be: every one of them, from the one table."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.parameters import PARAMETERS, changed, parameter_value
from bridge.core.protocol import BOOK
from bridge.core.settings import PlayerSettings
from bridge.errors import BridgeError, ChordInvalid, ParameterUnknown, ValueRefused

BUNDLES = ("groove_drums", "session_melody")
NUMBERS = [one for one in PARAMETERS.values() if one.kind in ("number", "whole", "switch")]


def test_every_parameter_of_the_address_book_can_be_changed():
    in_the_book = {
        address.removeprefix("/param/") for address in BOOK if address.startswith("/param/")
    }
    assert in_the_book <= set(PARAMETERS)
    assert set(PARAMETERS) <= {field.name for field in fields(PlayerSettings)}


@pytest.mark.parametrize("parameter", NUMBERS, ids=lambda one: one.name)
def test_both_ends_of_a_range_are_taken_and_nothing_beyond(parameter):
    kind = type(getattr(PlayerSettings(), parameter.name))
    for value in (parameter.low, parameter.high):
        taken = parameter_value(parameter.name, value, BUNDLES)
        assert taken == value
        assert type(taken) is kind
        assert getattr(changed(PlayerSettings(), parameter.name, taken), parameter.name) == value
    for beyond in (parameter.low - 1, parameter.high + 1, float("nan"), float("inf"), "1", None):
        with pytest.raises(ValueRefused, match=parameter.name):
            parameter_value(parameter.name, beyond, BUNDLES)


@pytest.mark.parametrize("name", [one.name for one in NUMBERS if one.kind in ("whole", "switch")])
def test_half_a_step_is_refused_where_whole_numbers_are_asked_for(name):
    with pytest.raises(ValueRefused, match="whole number"):
        parameter_value(name, 0.5 + PARAMETERS[name].low, BUNDLES)


@pytest.mark.parametrize(
    ("name", "given_value", "taken"),
    [
        ("bundle", "session_melody", "session_melody"),
        ("bundle", 1, "session_melody"),
        ("scale", "C major", 0b101010110101),
        ("scale", "off", 0),
        ("mode", "continuous", 2),
        ("chords", "C | Am7", "C | Am7"),
        ("loop", True, True),
        ("loop", 1, True),
        ("condition_on_primer", False, False),
    ],
)
def test_words_are_taken_where_people_write_them(name, given_value, taken):
    assert parameter_value(name, given_value, BUNDLES) == taken


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("bundle", "nowhere", ValueRefused),
        ("bundle", 2, ValueRefused),
        ("bundle", True, ValueRefused),
        ("scale", "X dorian", ValueRefused),
        ("mode", "sideways", ValueRefused),
        ("chords", "Hm", ChordInvalid),
        ("chords", 3, ValueRefused),
        ("tempo", 120, ParameterUnknown),
        ("notes_per_second", 3.0, ParameterUnknown),
        ("__class__", 1, ParameterUnknown),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint(name, value, error):
    with pytest.raises(error) as refused:
        parameter_value(name, value, BUNDLES)
    assert refused.value.hint


@given(
    st.sampled_from(sorted(PARAMETERS)),
    st.one_of(st.floats(), st.integers(), st.booleans(), st.text(max_size=9), st.none()),
)
def test_whatever_comes_is_a_legal_setting_or_an_error(name, value):
    try:
        taken = parameter_value(name, value, BUNDLES)
    except BridgeError:
        return
    again = parameter_value(name, taken, BUNDLES)
    assert again == taken
    assert type(taken) is type(getattr(PlayerSettings(), name))
