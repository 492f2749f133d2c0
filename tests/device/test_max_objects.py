"""What each object of the device does in Max: one rule, one small patch."""

from __future__ import annotations

import pytest

from tests.device.maxpatch.atoms import Atom, PatchError, parse_atoms
from tests.device.sketch import PROBE, sketch


def through(box: str, *messages: tuple[Atom, ...], outlets: int = 1) -> list[tuple[Atom, ...]]:
    """What an object puts out, each message with its outlet's number in front."""
    probes = {f"o{number}": PROBE for number in range(outlets)}
    cords = (f"x.{number} > o{number}.0" for number in range(outlets))
    patch, heard = sketch({"x": box, **probes}, *cords)
    for message in messages:
        patch.say("x", *message)
    return [(int(str(name)[1:]), *rest) for name, *rest in heard]


def test_words_are_ints_floats_and_symbols() -> None:
    assert parse_atoms('route /n 1 -2 .5 3. 1e3 "two words" a\\,b') == [
        "route",
        "/n",
        1,
        -2,
        0.5,
        3.0,
        "1e3",
        "two words",
        "a,b",
    ]


def test_route_strips_the_word_and_an_empty_rest_is_a_bang() -> None:
    said = through(
        "route /n /flush", ("/n", 1, 2), ("/flush",), ("/other", 3), ("/n", "x", 4), outlets=3
    )
    assert said == [(0, 1, 2), (1, "bang"), (2, "/other", 3), (0, "x", 4)]


def test_sel_bangs_for_its_value_and_passes_the_rest() -> None:
    assert through("sel 0 1", (0,), (1,), (2,), outlets=3) == [(0, "bang"), (1, "bang"), (2, 2)]


def test_sel_with_one_value_takes_another_at_its_right_inlet() -> None:
    patch, heard = sketch({"x": "sel 0", "hit": PROBE}, "x.0 > hit.0")
    patch.say("x", 7, inlet=1)
    patch.say("x", 0)
    patch.say("x", 7)
    assert heard == [("hit", "bang")]


def test_an_int_sel_and_a_float_never_meet_unseen() -> None:
    with pytest.raises(PatchError, match=r"float 0\.0 with an int"):
        through("sel 0", (0.0,), outlets=2)


def test_change_passes_what_differs_and_begins_with_0() -> None:
    said = through("change", (0,), (1,), (1,), (2,), (0,), outlets=3)
    assert said == [(1, 1), (0, 1), (0, 2), (2, 1), (0, 0)]


def test_change_can_be_set_silently() -> None:
    assert through("change", ("set", 4), (4,), (5,), outlets=3) == [(0, 5)]


def test_gate_lets_through_to_the_outlet_that_is_open() -> None:
    patch, heard = sketch({"g": "gate 2 1", "a": PROBE, "b": PROBE}, "g.0 > a.0", "g.1 > b.0")
    patch.say("g", 1, inlet=1)
    patch.say("g", 2)
    patch.say("g", "any", 2, inlet=1)
    patch.say("g", 0)
    patch.say("g", 3, inlet=1)
    assert heard == [("a", 1), ("b", "any", 2)]


def test_a_gate_is_closed_at_first_unless_it_is_told() -> None:
    patch, heard = sketch({"g": "gate 1", "a": PROBE}, "g.0 > a.0")
    patch.say("g", 1, inlet=1)
    assert heard == []


def test_prepend_puts_its_words_in_front() -> None:
    said = through("prepend param temp", (1.5,), (1, 2), ("list", 3, 4), ("set", "other"), (5,))
    assert said == [
        (0, "param", "temp", 1.5),
        (0, "param", "temp", 1, 2),
        (0, "param", "temp", 3, 4),
        (0, "other", 5),
    ]


def test_a_message_box_fills_in_what_came_and_commas_part_messages() -> None:
    said = through("message:set call $1 seed $2, $1", (0.5, 7))
    assert said == [(0, "set", "call", 0.5, "seed", 7), (0, 0.5)]


def test_a_message_box_that_is_banged_or_set() -> None:
    assert through("message:clear", ("bang",), (5,)) == [(0, "clear"), (0, "clear")]
    assert through("message:1", ("set", 2), ("bang",)) == [(0, 2)]


def test_pack_sends_at_its_left_inlet_only_and_keeps_kinds() -> None:
    patch, heard = sketch({"k": "pack 0 0. s", "p": PROBE}, "k.0 > p.0")
    patch.say("k", 2, inlet=1)
    patch.say("k", "word", inlet=2)
    patch.say("k", 1.9)
    patch.say("k", 3, 4)
    patch.say("k", "bang")
    assert heard == [("p", 1, 2.0, "word"), ("p", 3, 4.0, "word"), ("p", 3, 4.0, "word")]
    assert isinstance(heard[0][2], float)


def test_unpack_goes_from_right_to_left_and_keeps_kinds() -> None:
    assert through("unpack 0 0. 0", (1.7, 2, 3, 4), outlets=3) == [(2, 3), (1, 2.0), (0, 1)]
    assert through("unpack 0 0", (9,), outlets=2) == [(0, 9)]


def test_iter_goes_from_left_to_right() -> None:
    assert through("iter", (144, 60, 100)) == [(0, 144), (0, 60), (0, 100)]


def test_int_stores_at_the_right_and_cuts_off_what_follows_the_point() -> None:
    patch, heard = sketch({"i": "i 4", "p": PROBE}, "i.0 > p.0")
    patch.say("i", "bang")
    patch.say("i", 7.9, inlet=1)
    patch.say("i", "bang")
    patch.say("i", -2.9)
    assert heard == [("p", 4), ("p", 7), ("p", -2)]


@pytest.mark.parametrize(
    ("box", "value", "result"),
    [
        ("+ 2", 1.9, 3),
        ("+ 2.", 1.5, 3.5),
        ("- 5", 3, -2),
        ("* 1.5", 3, 4.5),
        ("/ 2", 5, 2),
        ("/ 2", -5, -2),
        ("/ 0", 5, 0),
        ("% 4", -5, -1),
        ("> 0", 5, 1),
        ("== 5", 5, 1),
        ("maximum 0.", -1, 0.0),
    ],
)
def test_operators_count_in_ints_unless_their_argument_is_a_float(
    box: str, value: Atom, result: Atom
) -> None:
    [(_, found)] = through(box, (value,))
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize(
    ("formula", "inputs", "result"),
    [
        ("$i1 + 2 * $i2", (1, 3), 7),
        ("($i1 + 2) * $i2", (1, 3), 9),
        ("$i1 / 2", (5,), 2),
        ("$f1 / 2", (5,), 2.5),
        ("$i1", (5.9,), 5),
        ("int($f1 + 0.0005)", (3.9996,), 4),
        ("($i1 & 224) != 128", (0x90,), 0),
        ("($i1 >= 36) && ($i1 < 40)", (38,), 1),
        ("$f1 * -0.5 < 1.", (2.0,), 1),
        ("abs($f1 - $f2 + $f3) > 240.", (0.0, 1920.0, 1920.0), 0),
        ("125. / ($f1 + ($f1 < 1.))", (125.0,), 1.0),
        ("!$i1 || 0", (0,), 1),
        ("min($i1\\, 3) + max($i1\\, 3)", (5,), 8),
    ],
)
def test_expr_counts_as_c_does(formula: str, inputs: tuple[Atom, ...], result: Atom) -> None:
    patch, heard = sketch({"e": f"expr {formula}", "p": PROBE}, "e.0 > p.0")
    for inlet in range(len(inputs) - 1, -1, -1):
        patch.say("e", inputs[inlet], inlet=inlet)
    [(_, found)] = heard
    assert (found, type(found)) == (result, type(result))


@pytest.mark.parametrize("formula", ["$i1 +", "($i1", "$i1 @ 2", "sine($i1)", "$f1 & 1"])
def test_a_formula_that_is_none_is_an_error(formula: str) -> None:
    with pytest.raises(PatchError, match="expr"):
        through(f"expr {formula}", (1,))


# --- MIDI ---------------------------------------------------------------------------------------


def test_midiparse_tells_the_channel_before_the_note() -> None:
    said = through("midiparse", *((byte,) for byte in (0x92, 60, 100)), outlets=8)
    assert said == [(7, "midievent", 0x92, 60, 100), (6, 3), (0, 60, 100)]


def test_midiparse_takes_a_note_off_for_a_note_of_velocity_0() -> None:
    said = through("midiparse", *((byte,) for byte in (0x80, 60, 64)), outlets=8)
    assert said[-1] == (0, 60, 0)


def test_midiformat_makes_bytes_on_the_channel_at_its_last_inlet() -> None:
    patch, heard = sketch({"m": "midiformat", "p": PROBE}, "m.0 > p.0")
    patch.say("m", 10, inlet=6)
    patch.say("m", 36, 90)
    assert heard == [("p", 0x99), ("p", 36), ("p", 90)]


def test_midiflush_passes_everything_and_a_bang_ends_what_sounds() -> None:
    notes = [(0x90, 60, 100), (0x90, 64, 90), (0x90, 60, 0), (0xB0, 7, 3)]
    bytes_in = [(byte,) for note in notes for byte in note]
    said = through("midiflush", *bytes_in, ("bang",), ("bang",))
    assert [value for _, value in said] == [*(byte for (byte,) in bytes_in), 0x90, 64, 0]


def test_midiflush_forgets_with_clear_and_ends_nothing_then() -> None:
    said = through("midiflush", (0x90,), (60,), (100,), ("clear",), ("bang",))
    assert len(said) == 3


def test_a_midi_message_that_breaks_off_is_an_error() -> None:
    with pytest.raises(PatchError, match="breaks off"):
        through("midiflush", (0x90,), (60,), (0x80,))


# --- Max for Live -------------------------------------------------------------------------------


def dial(**settings: object) -> dict:
    valueof = {"parameter_longname": "Temp", "parameter_mmin": 0.1, "parameter_mmax": 2.0}
    valueof |= {"parameter_initial": [1.0], "parameter_initial_enable": 1, **settings}
    return {
        "maxclass": "live.dial",
        "parameter_enable": 1,
        "saved_attribute_attributes": {"valueof": valueof},
    }


def test_a_parameter_begins_with_its_initial_value_and_stays_in_its_range() -> None:
    patch, heard = sketch({"d": dial(), "p": PROBE}, "d.0 > p.0")
    patch.restore()
    patch.say("d", 5)
    patch.say("d", "set", 0.5)
    patch.say("d", "outputvalue")
    assert heard == [("p", 1.0), ("p", 2.0), ("p", 0.5)]
    assert patch.saved() == {"Temp": 0.5}


def test_an_initial_value_that_is_not_enabled_is_not_one() -> None:
    patch, _ = sketch({"d": dial(parameter_initial_enable=0)})
    assert patch.saved() == {"Temp": 0.1}


def test_a_menu_tells_number_and_name() -> None:
    box = {
        "maxclass": "live.menu",
        "parameter_enable": 1,
        "saved_attribute_attributes": {
            "valueof": {
                "parameter_longname": "Model",
                "parameter_type": 2,
                "parameter_enum": ["a", "b"],
            }
        },
    }
    patch, heard = sketch({"m": box, "n": PROBE, "s": PROBE}, "m.0 > n.0", "m.1 > s.0")
    patch.turn("Model", "b")
    patch.say("m", "_parameter_range", "x", "y", "z")
    patch.turn("Model", 2)
    assert heard == [("s", "b"), ("n", 1), ("s", "z"), ("n", 2)]


def test_a_button_bangs_when_pressed_and_keeps_silent_when_the_set_is_loaded() -> None:
    box = {
        "maxclass": "live.text",
        "mode": 0,
        "parameter_enable": 1,
        "saved_attribute_attributes": {"valueof": {"parameter_longname": "Go"}},
    }
    patch, heard = sketch({"b": box, "p": PROBE}, "b.0 > p.0")
    patch.restore()
    assert heard == []
    patch.press("Go")
    assert heard == [("p", "bang")]


def test_this_device_bangs_when_it_is_ready() -> None:
    patch, heard = sketch(
        {"d": "live.thisdevice", "p": PROBE, "s": PROBE}, "d.0 > p.0", "d.1 > s.0"
    )
    assert heard == []
    patch.ready()
    patch.switch(False)
    assert heard == [("s", 1), ("p", "bang"), ("s", 0)]


def test_freebang_bangs_while_sockets_are_still_open() -> None:
    patch, heard = sketch({"f": "freebang", "p": PROBE}, "f.0 > p.0")
    patch.free()
    assert heard == [("p", "bang")]
