"""Ableton Link's state as a clock."""

import pytest

from bridge.core.hostclock import DiscontinuityKind, TimeSignature
from bridge.core.linkclock import LinkClock, LinkState, signature_of

KINDS = DiscontinuityKind


def kinds(found):
    return [one.kind for one in found]


def test_nobody_is_there():
    clock = LinkClock()
    assert (clock.playing, clock.locked, clock.tempo_qpm) == (False, False, 120.0)
    assert clock.run_beats_at(3.0) == 0.0
    assert clock.time_at(3.0) == float("inf")
    assert clock.silent_for_s(3.0) == 0.0


def test_the_newest_state_is_the_line():
    clock = LinkClock()
    assert kinds(clock.observe(LinkState(1.0, 5.5, 120.0))) == [KINDS.START]
    clock.observe(LinkState(2.0, 7.5, 120.0))
    assert clock.run_beats_at(2.5) == pytest.approx(3.0)
    assert clock.time_at(3.0) == pytest.approx(2.5)
    assert clock.timeline.next_bar_line(1.0) == pytest.approx(2.5)
    assert clock.silent_for_s(2.25) == 0.25


def test_alone_it_is_not_followed():
    clock = LinkClock()
    clock.observe(LinkState(1.0, 0.0, 120.0, peers=0))
    assert not clock.locked


def test_start_and_stop_if_shared():
    clock = LinkClock()
    assert clock.observe(LinkState(1.0, 0.0, 120.0, start_stop_sync=True)) == ()
    assert not clock.playing
    begun = LinkState(2.0, 2.0, 120.0, playing=True, start_stop_sync=True)
    assert kinds(clock.observe(begun)) == [KINDS.START]
    ended = clock.observe(LinkState(3.0, 4.0, 120.0, start_stop_sync=True))
    assert kinds(ended) == [KINDS.STOP]
    assert clock.run_beats_at(99.0) == pytest.approx(2.0)
    assert clock.timeline.song_ticks == pytest.approx(4 * 480)


def test_a_change_of_tempo_between_two_polls_is_no_jump():
    clock = LinkClock()
    clock.observe(LinkState(1.0, 0.0, 120.0))
    found = clock.observe(LinkState(1.1, 0.05 * 2 + 0.05 * 4, 240.0))
    assert kinds(found) == [KINDS.TEMPO]
    assert clock.run_beats_at(1.1) == pytest.approx(0.3)


def test_two_sessions_that_meet_are_a_jump_and_run_beats_go_on():
    clock = LinkClock()
    clock.observe(LinkState(1.0, 0.0, 120.0))
    found = clock.observe(LinkState(1.1, -77.3, 100.0))
    assert kinds(found) == [KINDS.JUMP, KINDS.TEMPO]
    assert clock.run_beats_at(1.1) == pytest.approx(0.2)
    assert clock.timeline.song_ticks_at(0.2) == pytest.approx(-77.3 * 480)


@pytest.mark.parametrize(
    ("quantum", "signature"),
    [(4.0, (4, 4)), (3.0, (3, 4)), (3.5, (7, 8)), (1.25, (5, 16)), (0.0, (4, 4)), (3.33, (4, 4))],
)
def test_the_quantum_is_the_bar(quantum, signature):
    assert signature_of(quantum) == TimeSignature(*signature)


def test_late_states_are_ignored():
    clock = LinkClock()
    clock.observe(LinkState(2.0, 2.0, 120.0))
    assert clock.observe(LinkState(1.0, 0.0, 120.0)) == ()
    assert clock.run_beats_at(3.0) == pytest.approx(2.0)
