import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.timebase import (
    ClockSample,
    LoopBounds,
    TimeSignature,
    grid_at_or_after,
    grid_at_or_before,
    round_ticks,
)


@pytest.mark.parametrize(
    ("numerator", "denominator", "beats", "ticks"),
    [
        (4, 4, 4.0, 1920),
        (3, 4, 3.0, 1440),
        (7, 8, 3.5, 1680),
        (6, 8, 3.0, 1440),
        (5, 16, 1.25, 600),
        (1, 1, 4.0, 1920),
        (99, 1, 396.0, 190080),
        (3, 2, 6.0, 2880),
    ],
)
def test_a_bar_is_a_whole_number_of_ticks(numerator, denominator, beats, ticks):
    signature = TimeSignature(numerator, denominator)
    assert signature.bar_beats == beats
    assert signature.bar_ticks == ticks
    assert isinstance(signature.bar_ticks, int)
    assert str(signature) == f"{numerator}/{denominator}"


@pytest.mark.parametrize(("numerator", "denominator"), [(0, 4), (100, 4), (4, 3), (4, 32), (4, 0)])
def test_signatures_live_does_not_have_are_refused(numerator, denominator):
    with pytest.raises(ValueError, match="not"):
        TimeSignature(numerator, denominator)


def test_a_loop_ends_where_it_goes_back():
    assert LoopBounds(960.0, 1920.0).end_ticks == 2880.0


@pytest.mark.parametrize("length", [0.0, -480.0, 0.5])
def test_a_loop_of_no_length_is_no_loop(length):
    assert not LoopBounds(0.0, length).playable


def sample(song_ticks, bar_offset_ticks):
    return ClockSample(
        epoch=1,
        seq=1,
        song_ticks=song_ticks,
        tempo_qpm=120.0,
        sent_s=None,
        playing=True,
        bar_offset_ticks=bar_offset_ticks,
    )


@pytest.mark.parametrize(
    ("song_ticks", "bar_offset_ticks", "bar"),
    [
        (1920.0, 0.0, 1920),
        (2000.7, 80, 1920),
        (2000.7, 81, 1920),
        (-10.0, 1910.0, -1920),
        (1000.0, 333.0, 667),
        (0.0, 0.0, 0),
    ],
)
def test_the_bar_line_survives_an_offset_in_whole_ticks(song_ticks, bar_offset_ticks, bar):
    assert sample(song_ticks, bar_offset_ticks).bar_start_ticks == bar


ticks = st.integers(-(2**31), 2**31)


@given(ticks, ticks, st.integers(1, 10**6))
def test_grid_points_enclose_a_position(position, origin, step):
    after = grid_at_or_after(position, origin, step)
    before = grid_at_or_before(position, origin, step)
    assert (after - origin) % step == 0
    assert (before - origin) % step == 0
    assert position <= after < position + step
    assert position - step < before <= position


@given(ticks, st.floats(-0.499, 0.499))
def test_rounding_to_ticks_has_no_preference_for_even(whole, fraction):
    assert round_ticks(whole + fraction) == whole
    assert round_ticks(whole + 0.5) == whole + 1
