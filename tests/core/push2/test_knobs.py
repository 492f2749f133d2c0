"""What an encoder makes of a parameter: always within its range, and always to its ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.parameters import PARAMETERS, Parameter, parameter_value
from bridge.core.push2.knobs import lit, share_of, turnable, turned, words
from bridge.core.settings import PUSH2_ENCODERS, PlayerSettings

NAMES = ("a", "b", "c", "d")
TURNABLE = [parameter for parameter in PARAMETERS.values() if turnable(parameter)]
PARAMETER = st.sampled_from(TURNABLE)
TURNS = st.lists(st.tuples(st.integers(-64, 63), st.booleans()), max_size=30)


def initial(parameter: Parameter):
    if parameter.kind == "bundle":
        return NAMES[0]
    return getattr(PlayerSettings(), parameter.name)


@given(PARAMETER, TURNS)
def test_every_turn_gives_a_value_that_the_player_takes(parameter, turns) -> None:
    value, rest = initial(parameter), 0
    for counts, fine in turns:
        value, rest = turned(parameter, value, counts, rest, fine=fine, names=NAMES)
        assert parameter_value(parameter.name, value, NAMES) == value
        share, origin = share_of(parameter, value, NAMES)
        assert 0.0 <= share <= 1.0
        assert 0.0 <= origin <= 1.0
        assert any(lit(share, origin, 31))
        assert words(parameter, value)


@pytest.mark.parametrize("name", PUSH2_ENCODERS)
def test_every_encoder_reaches_both_ends_of_its_range(name: str) -> None:
    parameter = PARAMETERS[name]
    value, rest = initial(parameter), 0
    for counts, share in ((40, 1.0), (-40, 0.0)):
        for _ in range(40):
            value, rest = turned(parameter, value, counts, rest, names=NAMES)
        assert share_of(parameter, value, NAMES)[0] == share


@given(PARAMETER, st.integers(1, 63))
def test_to_the_right_is_never_less(parameter, counts) -> None:
    before = initial(parameter)
    after, _ = turned(parameter, before, counts, 0, names=NAMES)
    assert share_of(parameter, after, NAMES)[0] >= share_of(parameter, before, NAMES)[0]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("temperature", 1.25, "1.25"),
        ("answer_bars", 0, "as the call"),
        ("answer_bars", 1, "1 bar"),
        ("answer_bars", 4, "4 bars"),
        ("loop", True, "on"),
        ("mode", 1, "trade"),
        ("mode", 0, "reply"),
        ("listen", 0, "nobody"),
        ("bundle", "groove_drums", "groove_drums"),
        ("density", -0.5, "-0.5"),
    ],
)
def test_a_value_in_words(name: str, value: object, text: str) -> None:
    assert words(PARAMETERS[name], value) == text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("share", "origin", "cells"),
    [(0.0, 0.0, "X..."), (1.0, 0.0, "XXXX"), (0.0, 1.0, "XXXX"), (0.34, 0.34, ".X..")],
)
def test_a_bar_goes_from_its_origin_to_the_value(share, origin, cells) -> None:
    assert "".join("X" if on else "." for on in lit(share, origin, 4)) == cells
