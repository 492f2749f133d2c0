"""Which of the system's MIDI ports is meant by a name."""

from __future__ import annotations

import pytest

from bridge.core.push2.hardware import USER_INPUTS, USER_OUTPUTS, USER_PORT
from bridge.core.settings import Push2Settings
from bridge.engine.push2 import device_ports
from bridge.io.midi_ports import _find

PUSH2 = (USER_PORT, *device_ports(Push2Settings(USER_PORT, USER_PORT))[USER_PORT])


@pytest.mark.parametrize(
    "there",
    [
        "Ableton Push 2 User Port",
        "magenta-bridge:Ableton Push 2 User Port",
        "MIDIIN2 (Ableton Push 2)",
        "MIDIOUT2 (Ableton Push 2)",
        "Ableton Push 2:Ableton Push 2 MIDI 2",
    ],
)
def test_push_2s_user_port_is_found_by_the_names_that_systems_give_it(there: str) -> None:
    assert _find(PUSH2, ["Midi Through", "Ableton Push 2 Live Port", there]) == 2


@pytest.mark.parametrize(
    "there",
    [
        "Ableton Push 2",
        "Ableton Push 2 Live Port",
        "Ableton Push 2:Ableton Push 2 MIDI 1",
        "Ableton Push 2 User Port (magenta-bridge)",
        "Ableton Push User Port",
        "",
    ],
)
def test_neither_its_live_port_nor_our_own_end_of_the_cable_is_taken_for_it(there: str) -> None:
    assert _find(PUSH2, [there]) is None


def test_a_port_named_in_the_configuration_has_no_other_names() -> None:
    assert device_ports(Push2Settings("in", "out")) == {"in": (), "out": ()}
    assert set(PUSH2) == {USER_PORT, *USER_INPUTS, *USER_OUTPUTS}
