"""The loop's time there and back, with stalls, losses, and no loop at all."""

from __future__ import annotations

import random

import pytest

from bridge.core.roundtrip import round_trip
from bridge.errors import TransportError

SENT = {number: number * 0.05 for number in range(40)}


def _back(took_s: float, jitter_s: float = 0.0) -> dict[int, float]:
    chance = random.Random(5)
    return {n: at_s + took_s + chance.uniform(-jitter_s, jitter_s) for n, at_s in SENT.items()}


def test_half_the_way_there_and_back_is_what_notes_leave_early() -> None:
    found = round_trip(SENT, _back(0.012))
    assert found.median_ms == pytest.approx(12.0)
    assert (found.offset_ms, found.outliers, found.returned) == (-6.0, 0, 40)


def test_stalls_are_left_out_and_counted() -> None:
    back = _back(0.012, 0.001)
    for number in (3, 4, 20):
        back[number] += 0.08
    found = round_trip(SENT, back)
    assert found.outliers == 3
    assert found.median_ms == pytest.approx(12.0, abs=0.5)
    assert 0.1 < found.spread_ms < 1.0


def test_some_may_be_lost() -> None:
    back = {number: at_s for number, at_s in _back(0.004).items() if number % 3}
    assert round_trip(SENT, back).returned == 26


@pytest.mark.parametrize("back", [{}, {1: 0.06}, {n: s + 9.0 for n, s in SENT.items()}])
def test_without_a_loop_it_refuses(back: dict[int, float]) -> None:
    with pytest.raises(TransportError, match="no loop"):
        round_trip(SENT, back)
