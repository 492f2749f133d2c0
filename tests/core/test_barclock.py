"""A beat out of one message a bar: lost, doubled, late, at another tempo, and not at all."""

from __future__ import annotations

import random
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.barclock import BarClock
from bridge.core.clockhub import ClockHub
from bridge.core.settings import ClockSettings
from bridge.core.songposition import DiscontinuityKind
from bridge.core.timebase import TimeSignature

BAR_S = 2.0
"""At 120 qpm in 4/4."""


def heard(*moments: float) -> BarClock:
    clock = BarClock()
    for at_s in moments:
        clock.bar(at_s)
    return clock


def kinds(clock: BarClock) -> list[DiscontinuityKind]:
    return [one.kind for one in clock.breaks.since(0)]


def off_the_bar(clock: BarClock, bar_line_s: float) -> float:
    """How far the clock is from a bar line that is there, in seconds."""
    beats = clock.run_beats_at(bar_line_s)
    line = clock.timeline.next_bar_line(beats - 2.0)
    return (beats - line) * 60.0 / clock.tempo_qpm


def test_one_message_is_no_tempo_and_two_are():
    assert not heard(1.0).locked
    clock = heard(1.0, 3.0)
    assert clock.locked
    assert clock.tempo_qpm == pytest.approx(120.0)
    assert clock.timeline.next_bar_line(clock.run_beats_at(4.0)) == clock.run_beats_at(5.0)
    assert kinds(clock) == [DiscontinuityKind.START]


def test_with_a_tempo_told_one_message_is_enough():
    clock = BarClock()
    clock.tell_tempo(90.0, 0.0)
    clock.bar(1.0)
    assert clock.locked
    assert clock.time_at(clock.run_beats_at(1.0) + 4.0) == pytest.approx(1.0 + 4 * 60 / 90)


@pytest.mark.parametrize("tempo_qpm", [40.0, 66.6, 120.0, 187.0, 300.0])
@pytest.mark.parametrize("signature", [TimeSignature(4, 4), TimeSignature(7, 8)])
def test_every_tempo_and_bar_is_found(tempo_qpm, signature):
    clock = BarClock()
    clock.take_signature(signature)
    bar_s = signature.bar_beats * 60.0 / tempo_qpm
    for bar in range(6):
        clock.bar(10.0 + bar * bar_s)
    assert clock.tempo_qpm == pytest.approx(tempo_qpm)
    assert off_the_bar(clock, 10.0 + 6 * bar_s) == pytest.approx(0.0, abs=1e-6)


def test_a_doubled_message_is_heard_once():
    once = heard(0.0, 2.0, 4.0, 6.0)
    twice = heard(0.0, 0.004, 2.0, 2.001, 4.0, 4.2, 6.0)
    assert twice.run_beats_at(7.0) == pytest.approx(once.run_beats_at(7.0))


@pytest.mark.parametrize("lost", [1, 2, 3, 4])
def test_lost_messages_are_counted(lost):
    clock = heard(0.0, 2.0, 4.0, 4.0 + BAR_S * (lost + 1))
    assert clock.tempo_qpm == pytest.approx(120.0)
    # START is on bar 1, at run beat 0.
    assert clock.run_beats_at(4.0 + BAR_S * (lost + 1)) == pytest.approx(4.0 * (lost + 2))
    assert kinds(clock) == [DiscontinuityKind.START]


@pytest.mark.parametrize("bar_s", [0.8, 1.2, 2.0, 3.0, 6.0])
def test_one_lost_message_does_not_look_like_silence(bar_s):
    clock = heard(0.0, bar_s, 2 * bar_s)
    assert clock.silent_for_s(3 * bar_s) == 0.0
    # Players give up after 1.5 s.
    assert clock.silent_for_s(4 * bar_s - 0.001) < 1.5
    assert clock.silent_for_s(5 * bar_s + 3.0) > 1.5


def test_a_late_message_moves_nothing_and_two_late_ones_do():
    clock = heard(*(BAR_S * bar for bar in range(8)))
    clock.bar(16.1)
    assert off_the_bar(clock, 18.0) == pytest.approx(0.0, abs=1e-3)
    clock.bar(18.1)
    assert off_the_bar(clock, 20.1) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize(
    "to_qpm", [40.0, 60.0, 80.0, 110.0, 122.0, 124.0, 135.0, 160.0, 180.0, 240.0, 300.0]
)
def test_a_new_tempo_is_followed_within_three_bars(to_qpm):
    moments = [BAR_S * bar for bar in range(8)]
    moments += [moments[-1] + 240.0 / to_qpm * bar for bar in range(1, 4)]
    clock = heard(*moments)
    assert clock.tempo_qpm == pytest.approx(to_qpm, rel=0.003)
    assert off_the_bar(clock, moments[-1] + 240.0 / to_qpm) == pytest.approx(0.0, abs=0.01)


def test_a_tempo_that_is_told_in_mid_bar_is_followed_at_once():
    clock = heard(0.0, 2.0, 4.0)
    clock.tell_tempo(60.0, 5.0)
    # Half of the bar at 120, half of it at 60.
    assert off_the_bar(clock, 7.0) == pytest.approx(0.0, abs=1e-6)
    assert kinds(clock) == [DiscontinuityKind.START, DiscontinuityKind.TEMPO]
    clock.bar(7.0)
    clock.bar(11.0)
    assert off_the_bar(clock, 15.0) == pytest.approx(0.0, abs=1e-6)


def test_a_bar_that_begins_elsewhere_is_a_jump():
    clock = heard(0.0, 2.0, 4.0, 6.0, 6.9)
    assert kinds(clock) == [DiscontinuityKind.START, DiscontinuityKind.JUMP]
    assert off_the_bar(clock, 8.9) == pytest.approx(0.0, abs=1e-6)


def test_after_a_pause_it_begins_anew_at_the_old_tempo():
    clock = heard(0.0, 2.0, 4.0, 100.3)
    assert kinds(clock) == [DiscontinuityKind.START, DiscontinuityKind.JUMP]
    assert off_the_bar(clock, 102.3) == pytest.approx(0.0, abs=1e-6)
    assert clock.run_beats_at(100.3) <= 16.0


@given(
    st.integers(0, 10_000),
    st.floats(60.0, 200.0),
    st.floats(0.0, 0.008),
    st.floats(0.0, 0.1),
)
def test_jitter_and_loss_leave_the_bars_where_they_are(seed, tempo_qpm, jitter_s, loss):
    dice = random.Random(seed)
    bar_s = 240.0 / tempo_qpm
    clock = BarClock()
    worst = 0.0
    heard_in_a_row = lost_in_a_row = 0
    for bar in range(40):
        if bar > 3:
            worst = max(worst, abs(off_the_bar(clock, bar * bar_s)))
        # Lost again and again in the same way would be a slower tempo.
        may_be_lost = bar > 3 and (heard_in_a_row > 1 or 0 < lost_in_a_row < 4)
        if may_be_lost and dice.random() < loss:
            heard_in_a_row, lost_in_a_row = 0, lost_in_a_row + 1
            continue
        heard_in_a_row, lost_in_a_row = heard_in_a_row + 1, 0
        clock.bar(bar * bar_s + dice.uniform(0.0, jitter_s))
    # With two bars heard each may be off by the whole jitter, and lost ones widen that.
    assert worst <= 0.001 + 6 * jitter_s
    assert clock.tempo_qpm == pytest.approx(tempo_qpm, rel=0.03)


@given(st.lists(st.floats(0.0, 30.0), max_size=40))
def test_whatever_comes_the_beats_counted_never_fall(gaps):
    clock = BarClock()
    anchors = []
    for at_s in accumulate(gaps):
        clock.bar(at_s)
        anchors.append(clock.timeline.run_beats)
        assert 20.0 - 1e-6 <= clock.tempo_qpm <= 999.0 + 1e-6
    assert all(before <= after for before, after in pairwise(anchors))


def test_the_hub_follows_it_and_the_engines_own_clock_takes_its_place():
    hub = ClockHub(ClockSettings(order=("bars", "internal")))
    now_s = 0.0

    def run(until_s: float) -> None:
        nonlocal now_s
        while now_s < until_s:
            now_s += 0.02
            hub.advance(now_s)

    for bar in range(4):
        hub.observe_bar(bar * BAR_S)
        run(bar * BAR_S + 1.9)
    assert hub.active == "bars"
    assert hub.tempo_qpm == pytest.approx(120.0)
    hub.internal.start(now_s)
    run(20.0)
    assert hub.active == "internal"
    hub.observe_bar(22.0)
    hub.observe_bar(24.0)
    run(27.0)
    assert hub.active == "bars"
