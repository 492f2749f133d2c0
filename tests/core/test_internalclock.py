"""The engine's own beat."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.hostclock import DiscontinuityKind, TimeSignature
from bridge.core.internalclock import InternalClock

KINDS = DiscontinuityKind


def test_it_rests_until_it_is_started():
    clock = InternalClock()
    assert not clock.playing
    assert clock.run_beats_at(10.0) == 0.0
    assert clock.time_at(1.0) == float("inf")


def test_start_stop_and_resume():
    clock = InternalClock(120.0)
    clock.start(1.0)
    clock.stop(2.0)
    assert clock.run_beats_at(50.0) == 2.0
    clock.resume(10.0)
    assert clock.run_beats_at(11.0) == 4.0
    assert clock.time_at(4.0) == 11.0
    assert clock.timeline.song_ticks_at(4.0) == 4 * 480
    wanted = [KINDS.START, KINDS.STOP, KINDS.CONTINUE]
    assert [one.kind for one in clock.breaks.since(0)] == wanted


def test_a_start_elsewhere_keeps_the_beats_played():
    clock = InternalClock(120.0)
    clock.start(0.0)
    clock.start(1.5, song_ticks=1920.0)
    assert clock.run_beats_at(1.5) == 3.0
    assert clock.timeline.next_bar_line(3.1) == 7.0


def test_a_time_signature_begins_at_the_nearest_beat():
    clock = InternalClock(120.0)
    clock.start(0.0)
    clock.set_signature(TimeSignature(3, 4), 2.51)
    assert clock.timeline.next_bar_line(5.1) == pytest.approx(8.0)


@pytest.mark.parametrize("tempo_qpm", [19.9, 999.1, float("nan")])
def test_tempos_out_of_range_are_refused(tempo_qpm):
    with pytest.raises(ValueError, match="20 to 999"):
        InternalClock(tempo_qpm)
    with pytest.raises(ValueError, match="20 to 999"):
        InternalClock().set_tempo(tempo_qpm, 1.0)


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0.01, 5.0), st.floats(20.0, 999.0)), max_size=20))
def test_tempo_changes_bend_the_line_and_never_break_it(changes):
    clock, now_s, beats, tempo = InternalClock(120.0), 0.0, 0.0, 120.0
    clock.start(0.0)
    for seconds, next_tempo in changes:
        now_s += seconds
        beats += seconds * tempo / 60.0
        before = clock.run_beats_at(now_s)
        clock.set_tempo(next_tempo, now_s)
        tempo = next_tempo
        assert clock.run_beats_at(now_s) == pytest.approx(before, abs=1e-9)
        assert before == pytest.approx(beats)
        assert clock.time_at(beats) == pytest.approx(now_s)
