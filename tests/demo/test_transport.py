"""The simulated transport: positions, crossings, and each other's inverse."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.demo.transport import CLOCK_TICKS, SimulatedTransport

TEMPOS = st.floats(20.0, 999.0)


def crossings(transport: SimulatedTransport, from_s: float, to_s: float) -> list:
    found, at_s = [], from_s
    while (crossing := transport.next_crossing(at_s)) is not None and crossing.at_s <= to_s:
        found.append(crossing)
        at_s = crossing.at_s
    return found


@st.composite
def scripted(draw: st.DrawFn) -> SimulatedTransport:
    """A transport that plays from the start, with changes of all kinds during 10 s."""
    transport = SimulatedTransport(draw(TEMPOS), song_beats=draw(st.integers(0, 64)))
    if draw(st.booleans()):
        transport.set_loop(draw(st.integers(0, 32)) / 2, draw(st.integers(1, 32)) / 4)
    transport.play(0.0)
    moments = st.floats(0.01, 10.0)
    for _ in range(draw(st.integers(0, 5))):
        change = draw(st.sampled_from(["tempo", "locate", "stop", "play", "loop"]))
        at_s = draw(moments)
        if change == "tempo":
            transport.set_tempo(at_s, draw(TEMPOS))
        elif change == "locate":
            transport.locate(at_s, draw(st.floats(0.0, 100.0)))
        elif change == "loop":
            transport.set_loop(draw(st.integers(0, 8)), draw(st.integers(1, 8)), at_s=at_s)
        else:
            getattr(transport, change)(at_s)
    return transport


def test_one_bar_of_four_at_120_lasts_two_seconds() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(1.0)
    assert transport.song_ticks_at(0.5) == 0.0
    assert transport.song_ticks_at(3.0) == 1920.0


def test_a_tempo_change_bends_the_line_and_nothing_jumps() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(0.0)
    transport.set_tempo(1.0, 60.0)
    assert transport.song_ticks_at(1.0) == 960.0
    assert transport.song_ticks_at(2.0) == 1440.0


def test_a_stop_holds_the_song_and_play_goes_on_from_there() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(0.0)
    transport.stop(1.0)
    transport.play(5.0)
    assert transport.song_ticks_at(4.0) == 960.0
    assert transport.song_ticks_at(6.0) == 1920.0
    assert transport.run_ticks_at(6.0) == 1920.0


def test_a_jump_moves_the_song_and_not_the_run() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(0.0)
    transport.locate(1.0, 100.0)
    assert transport.song_ticks_at(1.5) == 48480.0
    assert transport.run_ticks_at(1.5) == 1440.0


def test_a_loop_wraps_from_its_end_to_its_start() -> None:
    transport = SimulatedTransport(120.0)
    transport.set_loop(4.0, 4.0)
    transport.play(0.0)
    assert transport.song_ticks_at(3.9) == pytest.approx(3744.0)
    assert transport.song_ticks_at(4.0) == 1920.0
    assert transport.song_ticks_at(4.0 + 7 * 2.0 + 0.5) == pytest.approx(2400.0)


def test_a_song_behind_the_loop_plays_on() -> None:
    transport = SimulatedTransport(120.0, song_beats=8.0)
    transport.set_loop(0.0, 4.0)
    transport.play(0.0)
    assert transport.song_ticks_at(10.0) == 8 * 480 + 9600.0


def test_the_loops_end_is_never_told_as_a_crossing() -> None:
    transport = SimulatedTransport(120.0)
    transport.set_loop(0.0, 1.0)
    transport.play(0.0)
    ticks = [crossing.song_ticks for crossing in crossings(transport, 0.0, 1.0)]
    assert ticks == [*range(20, 480, 20), *range(0, 480, 20), 0]


def test_bars_of_seven_eighths_count_from_the_change() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(0.0)
    transport.set_signature(2.0, (7, 8))
    state = transport.state_at(4.0)
    assert state.signature == (7, 8)
    assert state.bar_offset_ticks(state.song_ticks) == 1920 - 7 * 240


def test_starts_and_jumps_are_counted_as_epochs() -> None:
    transport = SimulatedTransport(120.0)
    transport.play(0.0)
    transport.stop(1.0)
    transport.locate(2.0, 0.0)
    transport.play(3.0)
    assert [transport.state_at(at_s).clock_epoch for at_s in (-1, 0, 1, 2, 3)] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("tempo", [19.9, 1000.0, math.nan])
def test_a_tempo_that_live_does_not_have_is_refused(tempo: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        SimulatedTransport(tempo)


@given(transport=scripted())
def test_at_every_crossing_the_song_is_where_the_crossing_says(transport) -> None:
    loop_lengths = {0}
    before_s = -1.0
    for crossing in crossings(transport, -1.0, 4.0):
        assert crossing.at_s > before_s
        before_s = crossing.at_s
        state = transport.state_at(crossing.at_s)
        if state.loop is not None:
            loop_lengths.add(state.loop.length_ticks)
        # At a wrap, rounding may leave the song a hair before the loop's end.
        misses = [abs(state.song_ticks - crossing.song_ticks - length) for length in loop_lengths]
        assert crossing.song_ticks % CLOCK_TICKS == 0
        assert min(misses) < 1e-5


@given(transport=scripted(), at_s=st.floats(0.0, 10.0))
def test_between_two_crossings_no_grid_line_is_passed(transport, at_s) -> None:
    crossing = transport.next_crossing(at_s)
    end_s = min(crossing.at_s if crossing else math.inf, transport.next_change_s(at_s), 20.0)
    here, there = (transport.state_at(moment) for moment in (at_s, math.nextafter(end_s, 0.0)))
    assert there.run_ticks - here.run_ticks <= CLOCK_TICKS + 1e-5


@given(transport=scripted(), at_s=st.floats(0.0, 10.0))
def test_the_moment_of_a_run_position_is_the_inverse_of_the_position(transport, at_s) -> None:
    run_ticks = transport.run_ticks_at(at_s)
    back_s = transport.time_of_run_ticks(run_ticks)
    if back_s < math.inf:
        assert transport.run_ticks_at(back_s) == pytest.approx(run_ticks, abs=1e-6)
    else:
        assert not transport.state_at(math.nextafter(math.inf, 0.0)).playing


@given(transport=scripted(), at_s=st.floats(0.0, 10.0), later_s=st.floats(0.0, 5.0))
def test_the_run_never_goes_back(transport, at_s, later_s) -> None:
    assert transport.run_ticks_at(at_s + later_s) >= transport.run_ticks_at(at_s)


def test_the_order_of_writing_the_script_does_not_matter() -> None:
    late = SimulatedTransport(120.0)
    late.stop(3.0)
    late.set_tempo(2.0, 60.0)
    late.play(1.0)
    assert late.song_ticks_at(9.0) == 960.0 + 480.0
