"""The host clock against a scripted song: phase once locked, and what holds for any script."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.hostclock import (
    ClockSample,
    HostClock,
    LoopBounds,
    TimeSignature,
)
from tests.core.hostclock_cases import BARE, STAMPED, START, TOLD, kinds, run, song_of
from tests.effort import every_pair
from tests.fakes.network import (
    BUFFER_256_S,
    BUFFERS_256,
    EXPONENTIAL_5_MS,
    GAUSS_2_MS,
    LOSSY_5,
    LOSSY_10,
    STALLS,
    Network,
)

# How far off it may be, in ms: 99 in 100 times, and ever.
BOUNDS_MS = {
    "gauss 2 ms": (GAUSS_2_MS, 1.0, 2.0),
    "exponential 5 ms": (EXPONENTIAL_5_MS, 1.0, 2.0),
    "stalls": (STALLS, 0.5, 2.0),
    "10 % loss and stalls": (LOSSY_10, 0.5, 2.0),
}
TEMPOS_QPM = (60.0, 120.0, 174.0, 240.0)


@pytest.mark.parametrize(
    ("mode", "tempo_qpm", "bounds"), every_pair((STAMPED, TOLD), TEMPOS_QPM, tuple(BOUNDS_MS))
)
def test_phase_error_once_locked(mode, tempo_qpm, bounds):
    network, p99_ms, worst_ms = BOUNDS_MS[bounds]
    song = song_of(mode, tempo_qpm)
    song.play(beats=45 * tempo_qpm / 60)
    _, followed, found = run(song, network, seed=11)
    errors = followed.after(20.0)
    assert np.quantile(errors, 0.99) <= p99_ms
    assert errors.max() <= worst_ms
    assert kinds(found) == [START]


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
def test_buffers_of_256_samples_leave_a_constant_offset_only(mode):
    song = song_of(mode, 174.0)
    song.play(beats=120)
    _, followed, _ = run(song, BUFFERS_256, seed=12)
    assert np.quantile(followed.after(20.0, unbiased=True), 0.99) <= 0.5


@pytest.mark.parametrize("network", [STALLS, GAUSS_2_MS, LOSSY_10])
def test_stamps_of_whole_buffers_are_smoothed(network):
    song = song_of(STAMPED, stamps_every_s=BUFFER_256_S)
    song.play(beats=90)
    song.set_tempo(140.0)
    song.play(beats=30)
    _, followed, _ = run(song, network, seed=14)
    errors = followed.errors_ms[followed.times_s >= 20.0]
    offset = np.median(errors)
    assert -0.5 * BUFFER_256_S * 1e3 - 0.5 < offset < -0.5 * BUFFER_256_S * 1e3 + 0.5
    assert np.quantile(np.abs(errors - offset), 0.99) <= 1.0
    assert np.abs(errors - offset).max() <= 3.0


@pytest.mark.parametrize("tempo_qpm", [60.0, 120.0, 240.0])
def test_bare_clock_is_followed_too(tempo_qpm):
    song = song_of(BARE, tempo_qpm)
    song.play(beats=45 * tempo_qpm / 60)
    clock, followed, _ = run(song, GAUSS_2_MS, seed=13)
    assert np.quantile(followed.after(20.0), 0.99) <= 2.0
    assert clock.tempo_qpm == pytest.approx(tempo_qpm, rel=0.002)


@pytest.mark.parametrize(("mode", "ticks"), [(STAMPED, 1), (TOLD, 1), (BARE, 8)])
def test_lock_from_cold(mode, ticks):
    song = song_of(mode)
    song.play(beats=1)
    clock = HostClock()
    heard = 0
    for arrival_s, sample in GAUSS_2_MS.deliver(song.messages, seed=3):
        fresh = clock.timeline.run_ticks < sample.song_ticks or heard == 0
        clock.observe(sample, arrival_s)
        heard += fresh
        if clock.locked:
            break
    assert heard == ticks
    error_s = clock.time_at(1.0) - (1.0 + 0.5)
    assert abs(error_s) < (0.006 if mode != BARE else 0.04)


def test_the_clocks_ratio_is_learned():
    song = song_of(STAMPED, sender_ppm=-300.0)
    song.play(beats=120)
    _, followed, _ = run(song, LOSSY_5, seed=4)
    assert followed.after(20.0).max() <= 0.5


actions = st.one_of(
    st.tuples(st.just("play"), st.floats(0.1, 6.0)),
    st.tuples(st.just("stop"), st.floats(0.05, 2.5)),
    st.tuples(st.just("locate"), st.floats(-2000.0, 30_000.0)),
    st.tuples(st.just("set_tempo"), st.floats(20.0, 300.0)),
    st.tuples(
        st.just("loop"), st.none() | st.builds(LoopBounds, st.integers(0, 9), st.integers(30, 4000))
    ),
)
networks = st.builds(Network, st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 0.3))


def perform(song, script):
    for name, value in script:
        if name == "loop":
            song.loop = value
        elif name == "stop" and not song.playing:
            continue
        else:
            getattr(song, name)(value)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(actions, min_size=1, max_size=12),
    networks,
    st.integers(0, 1000),
    st.sampled_from([STAMPED, TOLD, BARE]),
)
def test_run_beats_never_fall_and_the_song_is_where_the_sample_says(script, network, seed, mode):
    song = song_of(mode)
    song.start()
    perform(song, script)
    clock, run_ticks = HostClock(), 0.0
    newest = None
    for arrival_s, sample in network.deliver(song.messages, seed):
        found = clock.observe(sample, arrival_s)
        assert clock._position.run_ticks >= run_ticks
        run_ticks = clock._position.run_ticks
        for one in found:
            assert one.run_beats <= run_ticks / 480 + 1e-6
        if newest is None or (sample.epoch, sample.seq) > newest:
            newest = sample.epoch, sample.seq
            timeline = clock.timeline
            assert timeline.song_ticks == sample.song_ticks
            assert timeline.song_ticks_at(timeline.run_beats) in (
                pytest.approx(sample.song_ticks, abs=1e-3),
                pytest.approx(timeline.loop.start_ticks if timeline.loop else None, abs=1e-3),
            )


samples = st.builds(
    ClockSample,
    epoch=st.integers(0, 5),
    seq=st.integers(0, 50),
    song_ticks=st.floats(-(2**31), 2**31),
    tempo_qpm=st.none() | st.floats(20.0, 999.0),
    sent_s=st.none() | st.floats(0.0, 2**48 / 1e6),
    playing=st.booleans(),
    loop=st.none() | st.builds(LoopBounds, st.integers(-(2**31), 2**31), st.integers(0, 2**31)),
    signature=st.builds(TimeSignature, st.integers(1, 99), st.sampled_from([1, 2, 4, 8, 16])),
    bar_offset_ticks=st.floats(0.0, 2**31),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(samples, st.floats(0.0, 5.0)), max_size=40))
def test_no_sample_in_range_raises(heard):
    clock, now_s = HostClock(), 100.0
    for sample, wait_s in heard:
        now_s += wait_s
        clock.observe(sample, now_s)
        beats = clock.run_beats_at(now_s)
        assert np.isfinite(beats)
        assert clock.time_at(beats + 1.0) >= now_s - 1.0 or clock.playing
        timeline = clock.timeline
        line = timeline.next_bar_line(timeline.run_beats)
        assert line >= timeline.run_beats - 1e-6
        assert isinstance(timeline.run_beats_to_target_ticks(line), int)
        timeline.bar_line_at_or_before(timeline.run_beats)
