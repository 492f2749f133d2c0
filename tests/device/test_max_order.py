"""In which order things happen in Max: one rule, one small patch."""

from __future__ import annotations

import pytest

from tests.device.maxpatch.atoms import PatchError
from tests.device.sketch import PROBE, sketch


def test_a_trigger_fires_from_right_to_left() -> None:
    patch, heard = sketch(
        {"t": "t b i f l", "p": PROBE}, *(f"t.{outlet} > p.{outlet}" for outlet in range(4))
    )
    patch.say("t", 5)
    assert heard == [("p", 5), ("p", 5.0), ("p", 5), ("p", "bang")]


def test_each_branch_runs_to_its_end_before_the_next_begins() -> None:
    patch, heard = sketch(
        {"t": "t b b", "deep": "t b b", "first": PROBE, "then": PROBE, "last": PROBE},
        "t.1 > deep.0",
        "deep.1 > first.0",
        "deep.0 > then.0",
        "t.0 > last.0",
    )
    patch.say("t", "bang")
    assert heard == [("first", "bang"), ("then", "bang"), ("last", "bang")]


def test_cords_of_one_outlet_go_from_right_to_left_as_the_boxes_lie() -> None:
    patch, heard = sketch(
        {"n": "i", "left": PROBE, "right": PROBE},
        "n.0 > left.0",
        "n.0 > right.0",
        places={"left": (10, 100), "right": (200, 50)},
    )
    patch.say("n", 1)
    assert heard == [("right", 1), ("left", 1)]


def test_of_boxes_in_one_column_the_lower_one_is_first() -> None:
    patch, heard = sketch(
        {"n": "i", "upper": PROBE, "lower": PROBE},
        "n.0 > upper.0",
        "n.0 > lower.0",
        places={"upper": (10, 100), "lower": (10, 200)},
    )
    patch.say("n", 1)
    assert heard == [("lower", 1), ("upper", 1)]


def test_cords_without_an_order_are_an_error() -> None:
    with pytest.raises(PatchError, match="have no order"):
        sketch(
            {"n": "i", "a": PROBE, "b": PROBE},
            "n.0 > a.0",
            "n.0 > b.0",
            places={"a": (10, 100), "b": (10, 100)},
        )


def test_only_the_left_inlet_is_hot() -> None:
    patch, heard = sketch({"sum": "+ 0", "p": PROBE}, "sum.0 > p.0")
    patch.say("sum", 10, inlet=1)
    assert heard == []
    patch.say("sum", 5)
    assert heard == [("p", 15)]


def test_a_list_at_the_left_inlet_is_spread_over_the_inlets_the_hot_one_last() -> None:
    patch, heard = sketch({"minus": "- 0", "p": PROBE}, "minus.0 > p.0")
    patch.say("minus", 10, 3)
    patch.say("minus", 20)
    assert heard == [("p", 7), ("p", 17)]


def test_what_is_scheduled_goes_before_what_waits_in_the_low_queue() -> None:
    patch, heard = sketch(
        {"t": "t b b", "low": "deferlow", "soon": "delay 0", "l": PROBE, "s": PROBE},
        "t.1 > low.0",
        "t.0 > soon.0",
        "low.0 > l.0",
        "soon.0 > s.0",
    )
    patch.say("t", "bang")
    assert heard == [("s", "bang"), ("l", "bang")]


def test_deferlow_goes_to_the_tail_even_from_the_low_queue() -> None:
    patch, heard = sketch(
        {
            "t": "t b b",
            "twice1": "deferlow",
            "twice2": "deferlow",
            "once": "deferlow",
            "late": PROBE,
            "early": PROBE,
        },
        "t.1 > twice1.0",
        "twice1.0 > twice2.0",
        "twice2.0 > late.0",
        "t.0 > once.0",
        "once.0 > early.0",
    )
    patch.say("t", "bang")
    assert heard == [("early", "bang"), ("late", "bang")]


def test_time_does_not_go_on_before_the_low_queue_is_empty() -> None:
    patch, heard = sketch(
        {"m": "metro 10 @active 1", "low": "deferlow", "p": PROBE}, "m.0 > low.0", "low.0 > p.0"
    )
    heard.clear()
    patch.heard_at.clear()
    patch.queues.run_until(30.0)
    assert patch.heard_at == [10.0, 20.0, 30.0]


def test_a_patch_that_feeds_itself_is_a_stack_overflow() -> None:
    patch, _ = sketch({"a": "+ 1", "b": "+ 1"}, "a.0 > b.0", "b.0 > a.0")
    with pytest.raises(PatchError, match="Stack overflow"):
        patch.say("a", 1)


def test_a_patch_that_feeds_itself_in_no_time_is_found_too() -> None:
    patch, _ = sketch({"d": "delay 0", "t": "t b"}, "d.0 > t.0", "t.0 > d.0")
    with pytest.raises(RuntimeError, match="Time does not go on"):
        patch.say("d", "bang")


def test_a_bus_reaches_its_receivers_at_once() -> None:
    patch, heard = sketch(
        {"t": "t b b", "s": "s ---a", "r": "r ---a", "x": PROBE, "y": PROBE},
        "t.1 > s.0",
        "r.0 > x.0",
        "t.0 > y.0",
    )
    patch.say("t", "bang")
    assert heard == [("x", "bang"), ("y", "bang")]


@pytest.mark.parametrize("text", ["s jam", "r jam"])
def test_a_bus_that_two_instances_would_share_is_an_error(text: str) -> None:
    with pytest.raises(PatchError, match="would share the bus"):
        sketch({"s": text})


def test_a_bus_without_receiver_is_an_error() -> None:
    patch, _ = sketch({"s": "s ---nobody"})
    with pytest.raises(PatchError, match="Nobody receives"):
        patch.say("s", "bang")


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("jit.gl.render", "No object 'jit.gl.render'"),
        ("metro 10 @activ 1", "attributes that are not known: activ"),
        ({"maxclass": "newobj", "text": "pack 0 0", "numinlets": 3, "numoutlets": 1}, "2 inlets"),
    ],
)
def test_what_is_not_known_of_a_box_is_an_error(box: str | dict, words: str) -> None:
    with pytest.raises(PatchError, match=words):
        sketch({"x": box})


@pytest.mark.parametrize("cord", ["a.1 > b.0", "a.0 > b.2", "a.0 > c.0"])
def test_a_cord_that_ends_nowhere_is_an_error(cord: str) -> None:
    with pytest.raises(PatchError, match="no such end"):
        sketch({"a": "i", "b": "i"}, cord)


def test_a_message_that_an_object_does_not_understand_is_an_error() -> None:
    patch, _ = sketch({"n": "+ 1"})
    with pytest.raises(PatchError, match="does not understand 'hello'"):
        patch.say("n", "hello")
