"""Keys passed through that go round by cables, and hands that only look like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.circles import LEAST_ROUNDS, MOST_AHEAD, MOST_PER_S, PAUSE_S, Circles
from bridge.core.midibytes import Key

HAT = Key(42, 100, 9)


@given(
    way_s=st.floats(0.02, 3.5),
    jitters=st.lists(st.floats(-0.002, 0.002), min_size=200, max_size=200),
)
def test_any_circle_ends(way_s: float, jitters: list[float]) -> None:
    circles, at_s, rounds = Circles(), 10.0, 0
    while circles.passes(HAT, at_s):
        at_s += way_s + jitters[rounds]
        rounds += 1
        assert rounds < len(jitters), "it goes on and on"
    assert rounds >= LEAST_ROUNDS
    assert at_s - 10.0 <= max(1.0, LEAST_ROUNDS * way_s) + way_s + 0.4
    assert len(circles.take_told()) == 1
    assert circles.take_told() == []


def test_two_of_one_note_that_go_round_together_end_both() -> None:
    circles, going, passed = Circles(), [10.0, 10.1], 0
    while going:
        at_s = going.pop(0)
        if circles.passes(HAT, at_s):
            going.append(at_s + 0.3)
            passed += 1
        assert passed < 30, "it goes on and on"


@pytest.mark.parametrize("distance_s", [0.0625, 0.125, 0.3, 0.5])
def test_a_steady_machine_loses_one_note_and_no_more(distance_s: float) -> None:
    circles = Circles()
    passed = [circles.passes(HAT, 1.0 + stroke * distance_s) for stroke in range(100)]
    assert passed.count(False) == 1


@given(st.lists(st.tuples(st.floats(0.04, 0.6), st.integers(60, 127)), max_size=40))
def test_a_hand_that_never_strikes_twice_alike_loses_nothing(
    strokes: list[tuple[float, int]],
) -> None:
    circles, at_s = Circles(), 0.0
    for number, (wait_s, velocity) in enumerate(strokes):
        at_s += wait_s
        assert circles.passes(Key(42, 60 + (velocity + number) % 60, number % 16), at_s)


def test_more_than_hands_can_play_is_paused_and_goes_on_after() -> None:
    circles, passed = Circles(), 0
    for number in range(400):
        passed += circles.passes(Key(number % 100, 1 + number % 127, number % 16), 1.0)
    assert passed == MOST_AHEAD
    assert any(f"More than {MOST_PER_S:g} keys" in text for text in circles.take_told())
    assert not circles.passes(HAT, 0.9 + PAUSE_S)
    assert circles.passes(HAT, 30.0)
