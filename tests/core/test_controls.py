"""What a controller's value stands for, as magenta_midi read it, and always within the range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.bindings import Binding
from bridge.core.bindingtext import told_binding, yaml_line
from bridge.core.controls import ROLES, range_of, setting_of, tempo_of
from bridge.core.parameters import PARAMETERS, parameter_value

BUNDLES = ("drums", "melody", "piano")
TURNED = [role for role in ROLES if role in PARAMETERS]
RANGED = [role for role in TURNED if range_of(role) is not None]
VALUES = st.integers(0, 127)


@pytest.mark.parametrize(
    ("role", "value", "wanted"),
    [
        # magenta_midi: 0 to 127 is 0.1 to 2.0, in a straight line.
        ("temperature", 0, 0.1),
        ("temperature", 127, 2.0),
        ("temperature", 64, 0.1 + 1.9 * 64 / 127),
        # Its lengths are the value itself.
        ("call_min_bars", 3, 3),
        ("call_max_bars", 0, 0),
        ("answer_bars", 8, 8),
        ("answer_bars", 127, 32),
        ("silence_bars", 0, 1),
        # The value modulo the number of bundles.
        ("bundle", 0, "drums"),
        ("bundle", 4, "melody"),
        ("bundle", 127, "melody"),
        # 127 is on.
        ("loop", 127, True),
        ("loop", 0, False),
        ("overlap", 63, False),
        ("density", 127, 1.0),
        ("density", 0, -1.0),
    ],
)
def test_a_value_stands_for_what_magenta_midi_took_it_for(role, value, wanted):
    assert setting_of(Binding(role, controller=1), value, BUNDLES) == pytest.approx(wanted)


@pytest.mark.parametrize(("value", "tempo_qpm"), [(0, 60.0), (60, 120.0), (127, 187.0)])
def test_the_tempo_is_the_value_plus_60(value, tempo_qpm):
    assert tempo_of(Binding("tempo", controller=7), value) == tempo_qpm


def test_a_controller_may_choose_from_some_bundles_only():
    binding = Binding("bundle", controller=8, bundles=("melody", "piano"))
    assert [setting_of(binding, value, BUNDLES) for value in (0, 1, 2)] == [
        "melody",
        "piano",
        "melody",
    ]


def test_a_range_of_ones_own_may_be_upside_down():
    binding = Binding("density", controller=1, low=0.5, high=-0.5)
    assert [setting_of(binding, value, BUNDLES) for value in (0, 127)] == [0.5, -0.5]
    assert tempo_of(Binding("tempo", controller=1, low=200.0, high=100.0), 127) == 100.0


@given(st.sampled_from(TURNED), VALUES)
def test_every_value_is_a_legal_setting(role, value):
    taken = setting_of(Binding(role, controller=1), value, BUNDLES)
    assert parameter_value(role, taken, BUNDLES) == taken


@given(st.sampled_from(RANGED), st.data())
def test_a_knob_goes_from_low_to_high_without_turning_back(role, data):
    limits = range_of(role)
    assert limits is not None
    low, high = (data.draw(st.floats(*limits)) for _ in range(2))
    binding = Binding(role, controller=1, low=low, high=high)
    way = [float(setting_of(binding, value, BUNDLES)) for value in range(128)]
    assert way == sorted(way, reverse=low > high)
    if PARAMETERS[role].kind == "number":
        assert (way[0], way[-1]) == (pytest.approx(low), pytest.approx(high))
    else:
        assert (way[0], way[-1]) == (round(low), round(high))


def test_a_learnt_binding_is_told_as_the_line_that_keeps_it():
    binding = Binding(
        "temperature", 2, controller=21, channel=0, port='My "Knobs"', low=0.5, high=1
    )
    line = yaml_line(binding)
    assert line == (
        "- {role: temperature, player: 2, controller: 21, channel: 1,"
        ' port: "My \\"Knobs\\"", low: 0.5, high: 1}'
    )
    assert line in told_binding(binding)
