"""Rules that the device's patch must keep for Max and Live, read off the patch itself."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from bridge.amxd.objects import inlets_and_outlets
from m4l_devices.magenta_jam.parameters import BANK, PARAMETERS, Kind
from m4l_devices.patcher import Patch
from tests.device.device_patch import device_graph

GRAPH = device_graph()
TIMED = ("metro", "udpreceive", "midiin", "pipe", "makenote", "transport")
"""Objects that send from Max's scheduler."""
CONTROLS = ("live.dial", "live.numbox", "live.menu", "live.tab", "live.text")
"""These too, when they are mapped or automated."""


def test_whatever_comes_from_the_scheduler_reaches_the_script_through_deferlow():
    [script] = GRAPH.of_class("js")
    timed = GRAPH.of_class(*TIMED, *CONTROLS, "live.thisdevice")
    assert len(timed) > 40
    assert script in GRAPH.reached(timed)
    assert script not in GRAPH.reached(timed, stop="deferlow")


def test_midi_passes_through_a_gate_that_stands_open_and_that_only_the_player_shuts():
    [midi_in] = GRAPH.of_class("midiin")
    cords = dict(GRAPH.cords)
    [split] = [target for source, (target, _) in cords.items() if source[0] == midi_in]
    # The right outlet of a t comes first.
    gate, inlet = cords[split, 1]
    flush, _ = cords[gate, 0]
    out, _ = cords[flush, 0]
    way = [GRAPH.text(name) for name in (midi_in, split, gate, flush, out)]
    assert way == ["midiin", "t i i", "gate 2 1", "midiflush", "midiout"]
    assert inlet == 1
    assert gate not in GRAPH.reached(GRAPH.of_class("js", "udpreceive", "metro"))


def test_an_outlet_has_one_cord():
    assert max(Counter(source for source, _ in GRAPH.cords).values()) == 1


def test_every_bus_has_a_beginning_and_an_end():
    texts = [GRAPH.text(name) for name in GRAPH.boxes]
    sent = {text[2:] for text in texts if text.startswith("s ")}
    received = {text[2:] for text in texts if text.startswith("r ")}
    assert sent == received
    assert all(bus.startswith("---") for bus in sent)


def test_boxes_say_the_inlets_and_outlets_that_max_gives_them():
    for name in GRAPH.boxes:
        if text := GRAPH.text(name):
            box = GRAPH.boxes[name]
            inlets, outlets = inlets_and_outlets(text)
            assert (box["numinlets"], box["numoutlets"]) == (inlets, len(outlets)), text
            assert box.get("outlettype", []) == list(outlets)


def test_no_box_prints_and_none_needs_more_than_max_8():
    classes = {GRAPH.text(name).split(" ")[0] for name in GRAPH.boxes}
    assert not classes & {"print", "node.script", "v8", "jweb", "v8ui", "loadbang"}


def test_the_builder_refuses_a_second_cord_and_ends_that_are_not_there():
    patch = Patch()
    one, two = patch.obj("t b"), patch.obj("midiout")
    patch.cord(one, 0, two)
    for outlet, inlet in ((0, 0), (1, 0), (0, 1)):
        with pytest.raises(ValueError, match="cord"):
            patch.cord(one, outlet, two, inlet)
    with pytest.raises(ValueError, match="not known"):
        patch.obj("jweb")


# --- parameters -----------------------------------------------------------------------------------


def test_names_are_unique_and_fit_push():
    for names in (
        [parameter.name for parameter in PARAMETERS],
        [parameter.long for parameter in PARAMETERS],
        [parameter.short for parameter in PARAMETERS],
    ):
        assert len(set(names)) == len(names)
    assert all(1 <= len(parameter.short) <= 8 for parameter in PARAMETERS)


@pytest.mark.parametrize("parameter", PARAMETERS, ids=[each.name for each in PARAMETERS])
def test_a_new_device_stands_at_a_value_within_the_range(parameter):
    assert parameter.low <= parameter.initial <= parameter.high
    if parameter.kind is Kind.INT:
        assert parameter.low >= 0
        assert parameter.high <= 255
    if parameter.kind is Kind.ENUM:
        assert parameter.high == len(parameter.items) - 1
        assert len(set(parameter.items)) == len(parameter.items)
    assert re.fullmatch(r".{5,}[.…]", parameter.hint)


def test_push_has_one_bank_of_eight_parameters_that_can_be_automated():
    table = GRAPH.patcher["parameters"]
    assert list(table["parameterbanks"]) == ["0"]
    assert table["parameterbanks"]["0"]["parameters"] == list(BANK)
    automated = {each.long for each in PARAMETERS if each.seen.name == "AUTOMATED"}
    assert len(BANK) == len(set(BANK)) == 8
    assert set(BANK) <= automated


def test_the_table_of_parameters_names_the_boxes_that_have_them():
    table = {k: v for k, v in GRAPH.patcher["parameters"].items() if k.startswith("obj-")}
    enabled = {name for name, box in GRAPH.boxes.items() if box.get("parameter_enable")}
    assert set(table) == enabled
    assert len(enabled) == len(PARAMETERS)
    for name, (long, short, kind) in table.items():
        value = GRAPH.boxes[name]["saved_attribute_attributes"]["valueof"]
        assert value["parameter_longname"] == long
        assert value["parameter_shortname"] == short
        assert value["parameter_type"] == kind
        assert value["parameter_initial_enable"] == 1
