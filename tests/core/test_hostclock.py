"""The host clock against a scripted song, heard over bad networks."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.beatline import ClockRatio
from bridge.core.hostclock import (
    ClockSample,
    DiscontinuityKind,
    HostClock,
    LoopBounds,
    TimeSignature,
)
from tests.fakes.follow import follow
from tests.fakes.network import (
    BUFFER_256_S,
    BUFFERS_256,
    EXPONENTIAL_5_MS,
    GAUSS_2_MS,
    LOSSY_5,
    LOSSY_10,
    PERFECT,
    STALLS,
    Network,
)
from tests.fakes.song import ScriptedSong

START, STOP, CONTINUE, JUMP, LOOP_WRAP, TEMPO, SIGNATURE = DiscontinuityKind

STAMPED, TOLD, BARE = "sender time", "beat count with tempo", "bare clock"


def song_of(mode, tempo_qpm=120.0, **fields):
    zero = 77.0 if mode == STAMPED else None
    return ScriptedSong(tempo_qpm, sender_zero_s=zero, tells_tempo=mode != BARE, **fields)


def run(song, network=PERFECT, seed=1, drop=lambda sample: False):
    clock = HostClock()
    song.messages = [message for message in song.messages if not drop(message[1])]
    followed = follow(song, network, seed, clock)
    return clock, followed, [one for _, found in followed.breaks for one in found]


def kinds(found):
    return [one.kind for one in found]


# Phase and tempo


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
@pytest.mark.parametrize("tempo_qpm", [60.0, 120.0, 174.0, 240.0])
@pytest.mark.parametrize(
    ("network", "p99_ms", "worst_ms"),
    [
        (GAUSS_2_MS, 1.0, 2.0),
        (EXPONENTIAL_5_MS, 1.0, 2.0),
        (STALLS, 0.5, 2.0),
        (LOSSY_10, 0.5, 2.0),
    ],
    ids=["gauss 2 ms", "exponential 5 ms", "stalls", "10 % loss and stalls"],
)
def test_phase_error_once_locked(mode, tempo_qpm, network, p99_ms, worst_ms):
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


# Dynamics


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
@pytest.mark.parametrize("network", [GAUSS_2_MS, STALLS, LOSSY_10])
@pytest.mark.parametrize(("before", "after"), [(120.0, 140.0), (140.0, 120.0)])
def test_a_tempo_step_is_never_ten_milliseconds_off(mode, network, before, after):
    song = song_of(mode, before)
    song.play(beats=40)
    step_s = song.now_s
    song.set_tempo(after)
    song.play(beats=24)
    clock, followed, found = run(song, network, seed=5)
    assert followed.after(step_s).max() <= 10.0
    assert kinds(found) == [START, TEMPO]
    assert found[1].run_beats == pytest.approx(40.0, abs=1 / 24)
    assert clock.tempo_qpm == after


@pytest.mark.parametrize("network", [GAUSS_2_MS, STALLS])
def test_an_untold_tempo_step_settles_within_a_beat(network):
    song = song_of(BARE)
    song.play(beats=40)
    settled_s = song.now_s + 60 / 140
    song.set_tempo(140.0)
    song.play(beats=24)
    _, followed, _ = run(song, network, seed=6)
    assert followed.after(settled_s).max() <= 5.0


def test_a_tempo_ramp_is_followed():
    song = song_of(STAMPED)
    song.play(beats=32)
    for eighth in range(64):
        song.set_tempo(120.0 + eighth / 4)
        song.play(beats=0.5)
    _, followed, found = run(song, STALLS, seed=7)
    assert followed.after(17.0).max() <= 1.0
    assert Counter(kinds(found)) == {START: 1, TEMPO: 63}


@pytest.mark.parametrize("mode", [STAMPED, TOLD, BARE])
def test_stop_and_continue_from_the_same_place(mode):
    song = song_of(mode)
    song.play(beats=30.3)
    song.stop(rest_s=4.0)
    song.play(beats=20)
    clock, followed, found = run(song, STALLS, seed=8)
    assert kinds(found) == [START, STOP, CONTINUE]
    assert found[1].run_beats == pytest.approx(30.3, abs=0.01)
    assert found[2].song_ticks == pytest.approx(30.3 * 480, abs=1)
    assert clock.timeline.run_beats == pytest.approx(50.3, abs=1 / 24)
    assert followed.after(22.0).max() <= 2.0


@pytest.mark.parametrize(
    ("mode", "buffers_s", "settled_s"),
    [(STAMPED, 0.0, 0.1), (STAMPED, BUFFER_256_S, 0.5), (TOLD, 0.0, 1.5), (BARE, 0.0, 1.5)],
)
def test_a_dropout_of_lives_audio(mode, buffers_s, settled_s):
    song = song_of(mode, stamps_every_s=buffers_s)
    song.play(beats=60)
    song.drop_out(0.03)
    settled_s += song.now_s
    song.play(beats=20)
    _, followed, found = run(song, STALLS, seed=15)
    assert kinds(found) == [START]
    assert followed.after(settled_s).max() <= 5.0


def test_stop_and_start_from_the_top():
    song = song_of(STAMPED)
    song.play(beats=9)
    song.stop(rest_s=1.5)
    song.song_ticks = 0.0
    song.stop(rest_s=1.5)
    song.play(beats=4)
    clock, _, found = run(song)
    assert kinds(found) == [START, STOP, START]
    assert found[2].song_ticks == 0.0
    assert found[2].run_beats == pytest.approx(9.0), "run beats go on where they were"
    assert clock.timeline.next_bar_line(9.5) == pytest.approx(13.0)


def test_while_stopped_no_time_passes():
    song = song_of(STAMPED)
    song.play(beats=5)
    song.stop(rest_s=3.0)
    clock, _, _ = run(song)
    assert not clock.playing
    assert clock.run_beats_at(song.now_s) == pytest.approx(5.0)
    assert clock.time_at(6.0) == float("inf")
    assert clock.silent_for_s(song.now_s + 60.0) == 0.0


@pytest.mark.parametrize("mode", [STAMPED, TOLD, BARE])
@pytest.mark.parametrize("network", [PERFECT, LOSSY_10])
@pytest.mark.parametrize(
    "loop",
    [
        LoopBounds(0.0, 7680.0),
        LoopBounds(960.0, 3840.0),
        LoopBounds(13.0, 3366.0),
        LoopBounds(480.0, 480.0),
    ],
    ids=["four bars", "from beat 2", "off the grid", "one beat"],
)
def test_loop_wraps_leave_run_beats_alone(mode, network, loop):
    song = song_of(mode, loop=loop)
    song.play(beats=64)
    clock, followed, found = run(song, network, seed=9)
    assert followed.after(20.0).max() <= 2.0
    wraps = [one for one in found if one.kind is LOOP_WRAP]
    assert kinds(found) == [START] + [LOOP_WRAP] * len(wraps)
    expected = [(loop.end_ticks + n * loop.length_ticks) / 480 for n in range(200)]
    for wrap in wraps:
        assert wrap.run_beats == pytest.approx(
            min(expected, key=lambda at: abs(at - wrap.run_beats))
        )
        assert wrap.song_ticks == loop.start_ticks
    assert len(wraps) >= 0.9 * (64 * 480 - loop.start_ticks) // loop.length_ticks - 1
    assert clock.timeline.wrapped


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
def test_a_loop_shorter_than_a_bar_has_its_downbeat_each_round(mode):
    song = song_of(mode, loop=LoopBounds(480.0, 480.0))
    song.play(beats=20.5)
    clock, _, _ = run(song)
    line = clock.timeline.next_bar_line(clock.timeline.run_beats)
    assert line == 21.0
    assert clock.timeline.run_beats_to_target_ticks(line) == 480


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
def test_a_lost_wrap_tick_is_still_a_wrap(mode):
    song = song_of(mode, loop=LoopBounds(0.0, 1920.0))
    song.play(beats=10)
    lost = range(90, 106)
    _, _, found = run(song, drop=lambda sample: sample.seq in lost)
    assert kinds(found) == [START, LOOP_WRAP, LOOP_WRAP]
    assert [one.run_beats for one in found[1:]] == [4.0, 8.0]


def test_turning_the_loop_off_at_once_after_the_wrap():
    song = song_of(TOLD, loop=LoopBounds(0.0, 1920.0))
    song.play(beats=4.2)
    song.loop = None
    song.play(beats=2)
    _, _, found = run(song, drop=lambda sample: not 99 <= sample.song_ticks <= 1700)
    assert kinds(found)[-1] is LOOP_WRAP


@pytest.mark.parametrize("mode", [STAMPED, TOLD, BARE])
@pytest.mark.parametrize("target", [16 * 480.0, 37.013 * 480.0, 480.0, 8 * 480.0 + 960.0])
@pytest.mark.parametrize("lost", [0, 1, 6], ids=["heard", "locate lost", "a quarter beat lost"])
def test_a_locate_is_a_jump_and_run_beats_go_on(mode, target, lost):
    song = song_of(mode)
    song.play(beats=8.4)
    locate_seq = song.seq + 1
    song.locate(target)
    song.play(beats=8)
    unheard = range(locate_seq, locate_seq + lost)
    clock, _, found = run(song, drop=lambda sample: sample.seq in unheard)
    assert kinds(found) == [START, JUMP]
    assert found[1].run_beats == pytest.approx(8.4, abs=(lost + 1) / 24)
    # In beat mode the locate's own arrival says where it falls, here without jitter.
    assert clock.timeline.run_beats == pytest.approx(16.4, abs=0.05)
    now_ticks = clock.timeline.song_ticks_at(clock.run_beats_at(song.now_s))
    assert now_ticks == pytest.approx(song.song_ticks, abs=2.0)


def test_a_locate_in_noise_keeps_the_songs_phase():
    song = song_of(STAMPED)
    song.play(beats=40)
    song.locate(5000.5)
    song.play(beats=8)
    clock, _, _ = run(song, EXPONENTIAL_5_MS, seed=10)
    now_ticks = clock.timeline.song_ticks_at(clock.run_beats_at(song.now_s))
    assert now_ticks == pytest.approx(song.song_ticks, abs=1.0)


def test_a_signature_change_moves_the_bar_lines():
    song = song_of(STAMPED)
    song.play(beats=8)
    song.set_signature(TimeSignature(7, 8))
    song.play(beats=5)
    clock, _, found = run(song, STALLS, seed=1)
    assert kinds(found) == [START, SIGNATURE]
    line = clock.timeline.next_bar_line(clock.timeline.run_beats)
    assert line == 15.0
    assert clock.timeline.run_beats_to_target_ticks(line) == 8 * 480 + 2 * 1680


@pytest.mark.parametrize("signature", [(3, 4), (4, 4), (7, 8), (6, 8), (5, 16)])
def test_bar_lines_are_exact_however_the_device_counts_them(signature):
    song = song_of(STAMPED, signature=TimeSignature(*signature), song_ticks=-1000.0)
    song.play(beats=30.123)
    clock, _, _ = run(song, LOSSY_5, seed=2)
    line = clock.timeline.next_bar_line(clock.timeline.run_beats)
    assert clock.timeline.run_beats_to_target_ticks(line) % song.signature.bar_ticks == 0


# What the network and the device do


def test_repeats_and_latecomers_are_ignored():
    song = song_of(STAMPED)
    song.play(beats=4)
    song.stop(rest_s=0.5)
    clock = HostClock()
    for arrival_s, sample in song.messages:
        clock.observe(sample, arrival_s)
    before = clock.timeline
    for _, sample in song.messages:
        assert clock.observe(sample, song.now_s) == ()
        assert clock.observe(replace(sample, epoch=0), song.now_s) == ()
    assert clock.timeline == before
    assert not clock.playing


@pytest.mark.parametrize("mode", [STAMPED, TOLD])
def test_lost_starts_and_stops_are_noticed(mode):
    song = song_of(mode)
    song.play(beats=6)
    first_stop = song.seq + 1
    song.stop(rest_s=3.3)
    song.play(beats=6)
    first_start = next(s.seq for _, s in song.messages if s.epoch == 3)
    lost = {first_stop, first_start}
    clock, _, found = run(song, drop=lambda sample: sample.seq in lost)
    assert kinds(found) == [START, STOP, CONTINUE]
    assert clock.timeline.run_beats == pytest.approx(12.0, abs=0.05)


def test_a_pause_of_which_nothing_was_heard():
    song = song_of(STAMPED)
    song.play(beats=6)
    song.stop(rest_s=0.9)
    song.play(beats=6)
    clock, followed, found = run(song, drop=lambda sample: not sample.playing)
    assert kinds(found) == [START, STOP, CONTINUE]
    assert clock.timeline.run_beats == pytest.approx(12.0, abs=0.01)
    assert followed.after(6.0).max() <= 1.0


@pytest.mark.parametrize("zero_s", [0.0, 4.0, 5000.0])
@pytest.mark.parametrize("epoch", [9, 1], ids=["epoch grown", "epoch from the start"])
def test_a_reloaded_device_does_not_poison_the_fit(zero_s, epoch):
    song = song_of(STAMPED, epoch=4)
    song.play(beats=24)
    song.stop(rest_s=6.5)
    song.reload_device(zero_s, epoch)
    song.play(beats=24)
    clock, _, found = run(song, LOSSY_5, seed=3)
    now_ticks = clock.timeline.song_ticks_at(clock.run_beats_at(song.now_s))
    assert now_ticks == pytest.approx(song.song_ticks, abs=2.0)
    assert [kind for kind in kinds(found) if kind is not JUMP][:2] == [START, STOP]


def test_a_senders_clock_that_steps_is_learned_anew():
    song = song_of(STAMPED)
    song.play(beats=24)
    song.sender_zero_s -= 7.0
    song.play(beats=24)
    _, followed, _ = run(song, STALLS, seed=4)
    assert followed.after(song.now_s - 10.0).max() <= 2.0


def test_a_machine_that_sleeps_does_not_break_the_line():
    song = song_of(STAMPED)
    song.play(beats=30)
    messages = [(max(at, 12.0) if at > 9.0 else at, sample) for at, sample in song.messages]
    clock = HostClock()
    for arrival_s, sample in messages:
        clock.observe(sample, arrival_s)
    error_s = clock.time_at(float(song.run_ticks) / 480) - song.now_s
    assert abs(error_s) < 0.002


def test_a_reload_while_playing_is_a_jump():
    song = song_of(STAMPED)
    song.play(beats=24)
    song.reload_device(zero_s=0.0, epoch=9)
    song.play(beats=24)
    clock, followed, found = run(song, STALLS, seed=5)
    assert kinds(found) == [START, JUMP]
    now_ticks = clock.timeline.song_ticks_at(clock.run_beats_at(song.now_s))
    assert now_ticks == pytest.approx(song.song_ticks, abs=1.0)
    assert followed.after(14.0).max() <= 25.0, "run beats go on but for one tick's lateness"


def test_a_ratio_no_two_clocks_have_is_not_remembered():
    memory = ClockRatio(window=2)
    assert not memory.learn(1.5, 100.0)
    assert not memory.learn(1.5, 100.0)
    assert memory.ratio == 1.0
    memory.learn(1.0001, 100.0)
    assert memory.learn(1.0001, 100.0)
    assert memory.ratio == 1.0001
    assert memory.weight_s2 == 150.0


def test_silence_while_playing_is_told():
    song = song_of(STAMPED)
    song.play(beats=4)
    clock, _, _ = run(song)
    assert clock.silent_for_s(song.now_s + 2.0) == pytest.approx(2.0, abs=0.05)


def test_a_clock_that_heard_nothing_knows_nothing():
    clock = HostClock()
    assert not clock.locked
    assert not clock.playing
    assert clock.tempo_qpm == 120.0
    assert clock.run_beats_at(5.0) == 0.0
    assert clock.time_at(5.0) == float("inf")
    assert clock.silent_for_s(5.0) == 0.0
    assert clock.timeline.next_bar_line(0.5) == 4.0


def test_reset_forgets_the_host():
    song = song_of(STAMPED)
    song.play(beats=4)
    clock, _, _ = run(song)
    clock.reset()
    assert not clock.locked
    assert not clock.playing


# Properties

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
