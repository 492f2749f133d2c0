from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.timebase import LoopBounds, TimeSignature
from bridge.core.timeline import Timeline

SIGNATURES = [
    TimeSignature(3, 4),
    TimeSignature(4, 4),
    TimeSignature(7, 8),
    TimeSignature(6, 8),
    TimeSignature(5, 16),
]


def beat(number):
    return number * 480.0


def lines_from(timeline, run_beats, count):
    found = []
    for _ in range(count):
        line = timeline.next_bar_line(run_beats)
        found.append((line, timeline.run_beats_to_target_ticks(line)))
        run_beats = line + 1e-6
    return found


def test_the_downbeat_of_a_straight_song():
    timeline = Timeline(run_ticks=beat(2.5), song_ticks=beat(10.5))
    assert timeline.next_bar_line(2.5) == 4.0
    assert timeline.run_beats_to_target_ticks(4.0) == 12 * 480
    assert timeline.bar_line_at_or_before(2.5) == 0.0


def test_a_bar_line_is_its_own_next_and_last():
    timeline = Timeline(run_ticks=0.0, song_ticks=beat(8))
    assert timeline.next_bar_line(4.0) == 4.0
    assert timeline.bar_line_at_or_before(4.0) == 4.0


def test_at_least_so_many_beats_are_left_to_think():
    timeline = Timeline(run_ticks=0.0, song_ticks=0.0)
    assert timeline.next_bar_line(3.0, at_least=0.5) == 4.0
    assert timeline.next_bar_line(3.0, at_least=1.0) == 4.0
    assert timeline.next_bar_line(3.0, at_least=1.01) == 8.0


def test_count_in_before_the_song_begins():
    timeline = Timeline(run_ticks=0.0, song_ticks=-beat(2))
    assert lines_from(timeline, 0.0, 2) == [(2.0, 0), (6.0, 1920)]


def test_a_four_bar_loop_comes_round_on_its_downbeat():
    timeline = Timeline(beat(14), beat(14), loop=LoopBounds(0.0, beat(16)))
    assert lines_from(timeline, 14.0, 3) == [(16.0, 0), (20.0, 1920), (24.0, 3840)]
    assert timeline.song_ticks_at(17.5) == beat(1.5)
    assert timeline.song_ticks_at(16.0) == 0.0
    assert timeline.run_beats_to_target_ticks(15.9999) == 0, "the loop's end is never played"


def test_a_song_that_has_yet_to_reach_its_loop():
    timeline = Timeline(0.0, 0.0, loop=LoopBounds(beat(8), beat(4)))
    assert [target for _, target in lines_from(timeline, 0.0, 5)] == [0, 1920, 3840, 3840, 3840]


def test_a_song_behind_its_loop_plays_straight_on():
    timeline = Timeline(0.0, beat(20), loop=LoopBounds(beat(8), beat(4)))
    assert [target for _, target in lines_from(timeline, 0.0, 2)] == [9600, 11520]
    assert timeline.song_ticks_at(100.0) == beat(120)


def test_a_loop_of_one_beat_on_the_bar_line_has_its_downbeat_every_beat():
    timeline = Timeline(0.0, beat(4), loop=LoopBounds(beat(4), beat(1)))
    assert lines_from(timeline, 0.0, 3) == [(0.0, 1920), (1.0, 1920), (2.0, 1920)]


def test_a_loop_that_never_meets_a_bar_line_has_its_downbeat_at_its_start():
    timeline = Timeline(0.0, beat(5.5), loop=LoopBounds(beat(5), beat(2)))
    assert lines_from(timeline, 0.0, 3) == [(1.5, 2400), (3.5, 2400), (5.5, 2400)]
    assert timeline.bar_line_at_or_before(0.0) == -0.5
    assert timeline.bar_line_at_or_before(3.0) == 1.5


def test_bars_before_such_a_loop_still_count():
    timeline = Timeline(0.0, beat(2), loop=LoopBounds(beat(5), beat(2)))
    assert [target for _, target in lines_from(timeline, 0.0, 3)] == [1920, 2400, 2400]


def test_a_loop_from_the_second_beat_keeps_the_songs_bars():
    timeline = Timeline(0.0, beat(2), loop=LoopBounds(beat(2), beat(8)))
    expected = [(2.0, 1920), (6.0, 3840), (10.0, 1920), (14.0, 3840)]
    assert lines_from(timeline, 0.0, 4) == expected


def test_looking_back_over_the_wrap():
    loop = LoopBounds(beat(2), beat(8))
    came_round = Timeline(beat(20), beat(3), loop=loop, wrapped=True)
    assert came_round.bar_line_at_or_before(20.0) == 17.0
    assert came_round.run_beats_to_target_ticks(17.0) == 3840
    just_entered = Timeline(beat(20), beat(3), loop=loop, wrapped=False)
    assert just_entered.bar_line_at_or_before(20.0) == 17.0
    assert just_entered.run_beats_to_target_ticks(17.0) == 0


def test_a_signature_change_moves_the_grid():
    timeline = Timeline(beat(9), beat(9), 8 * 480, TimeSignature(7, 8))
    assert lines_from(timeline, 9.0, 2) == [(11.5, 5520), (15.0, 7200)]


def test_a_loop_of_nothing_is_ignored():
    timeline = Timeline(0.0, beat(1), loop=LoopBounds(beat(1), 0.0))
    assert timeline.next_bar_line(0.0) == 3.0


def test_finding_when_a_song_position_comes_next():
    loop = LoopBounds(beat(4), beat(8))
    timeline = Timeline(beat(100), beat(6), loop=loop, wrapped=True)
    assert timeline.next_run_beats_at(beat(8), at_least=100.0) == 102.0
    assert timeline.next_run_beats_at(beat(5), at_least=100.0) == 107.0
    assert timeline.next_run_beats_at(beat(8), at_least=103.0) == 110.0
    assert timeline.next_run_beats_at(beat(12), at_least=100.0) is None
    assert timeline.next_run_beats_at(beat(1), at_least=100.0) is None
    straight = Timeline(beat(100), beat(6))
    assert straight.next_run_beats_at(beat(5), at_least=100.0) is None
    assert straight.next_run_beats_at(beat(7), at_least=100.0) == 101.0


@pytest.mark.parametrize("signature", SIGNATURES, ids=str)
def test_no_bar_line_drifts_in_ten_thousand_bars(signature):
    timeline = Timeline(beat(100_000) + 7, 3 * signature.bar_ticks + 7, 0, signature)
    run = timeline.run_beats
    for bar in range(4, 10_004):
        run = timeline.next_bar_line(run)
        assert timeline.run_beats_to_target_ticks(run) == bar * signature.bar_ticks
        run += 1e-6


whole_ticks = st.integers(-20_000, 200_000)
loops = st.builds(LoopBounds, st.integers(-5000, 20_000), st.integers(1, 9000))


@st.composite
def timelines(draw):
    signature = draw(st.sampled_from(SIGNATURES))
    loop = draw(st.none() | loops)
    return Timeline(
        run_ticks=float(draw(st.integers(0, 10**8))),
        song_ticks=float(draw(st.integers(-6000, 30_000))),
        bar_start_ticks=draw(st.integers(-10, 10)) * signature.bar_ticks,
        signature=signature,
        loop=loop,
        wrapped=False,
    )


def played(timeline, count):
    """The song tick by tick, the slow way."""
    song = int(timeline.song_ticks)
    loop = timeline.loop
    inside = loop is not None and song < loop.end_ticks
    for _ in range(count):
        yield song
        song += 1
        if inside and song >= loop.end_ticks:
            song = int(loop.start_ticks)


def is_bar_line(timeline, song):
    loop, bar = timeline.loop, timeline.signature.bar_ticks
    if (song - timeline.bar_start_ticks) % bar == 0:
        return True
    if loop is None or timeline.song_ticks >= loop.end_ticks or song != loop.start_ticks:
        return False
    span = range(int(loop.start_ticks), int(loop.end_ticks))
    return not any((at - timeline.bar_start_ticks) % bar == 0 for at in span)


@settings(max_examples=60, deadline=None)
@given(timelines(), st.integers(0, 6000))
def test_bar_lines_are_those_of_the_song_played_tick_by_tick(timeline, begin):
    song = list(played(timeline, begin + 12_000))
    first = next(n for n in range(begin, len(song)) if is_bar_line(timeline, song[n]))
    run = (timeline.run_ticks + begin) / 480
    line = timeline.next_bar_line(run)
    assert line == (timeline.run_ticks + first) / 480
    assert timeline.run_beats_to_target_ticks(line) == song[first]
    assert timeline.bar_line_at_or_before(line) == line


@settings(max_examples=60, deadline=None)
@given(timelines(), st.integers(0, 12_000))
def test_the_bar_line_before_is_one_of_the_song_played_tick_by_tick(timeline, end):
    song = list(played(timeline, end + 1))
    before = [n for n in range(end + 1) if is_bar_line(timeline, song[n])]
    line = timeline.bar_line_at_or_before((timeline.run_ticks + end) / 480)
    if before:
        assert line == (timeline.run_ticks + before[-1]) / 480
    else:
        assert line < timeline.run_beats


@settings(max_examples=100, deadline=None)
@given(timelines(), st.integers(0, 12_000))
def test_run_to_song_and_back(timeline, ahead):
    song = list(played(timeline, ahead + 1))[-1]
    run = (timeline.run_ticks + ahead) / 480
    assert timeline.song_ticks_at(run) == pytest.approx(song, abs=2e-4)
    assert timeline.run_beats_to_target_ticks(run) == song
    assert timeline.next_run_beats_at(song, at_least=run) == pytest.approx(run, abs=1e-6)


@given(timelines(), st.fractions(0, 200))
def test_a_bar_line_is_a_multiple_of_the_bar_from_the_grid(timeline, ahead: Fraction):
    line = timeline.next_bar_line(timeline.run_beats + float(ahead))
    target = timeline.run_beats_to_target_ticks(line)
    at_loop_start = timeline.loop is not None and target == timeline.loop.start_ticks
    on_grid = (target - timeline.bar_start_ticks) % timeline.signature.bar_ticks == 0
    assert on_grid or at_loop_start
