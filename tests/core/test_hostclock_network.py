"""The host clock when messages are lost, repeated or late, and when devices are loaded anew."""

from dataclasses import replace

import pytest

from bridge.core.beatline import ClockRatio
from bridge.core.hostclock import (
    HostClock,
)
from tests.core.hostclock_cases import (
    CONTINUE,
    JUMP,
    STAMPED,
    START,
    STOP,
    TOLD,
    kinds,
    run,
    song_of,
)
from tests.fakes.network import (
    LOSSY_5,
    STALLS,
)


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
