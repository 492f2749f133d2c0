"""The host clock when the song changes: tempo, stops, loops, locates, signatures."""

from collections import Counter

import pytest

from bridge.core.hostclock import (
    LoopBounds,
    TimeSignature,
)
from tests.core.hostclock_cases import (
    BARE,
    CONTINUE,
    JUMP,
    LOOP_WRAP,
    SIGNATURE,
    STAMPED,
    START,
    STOP,
    TEMPO,
    TOLD,
    kinds,
    run,
    song_of,
)
from tests.fakes.network import (
    BUFFER_256_S,
    EXPONENTIAL_5_MS,
    GAUSS_2_MS,
    LOSSY_5,
    LOSSY_10,
    PERFECT,
    STALLS,
)


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


@pytest.mark.parametrize("network", [PERFECT, GAUSS_2_MS, STALLS])
@pytest.mark.parametrize("after", [140.0, 100.0])
def test_an_untold_tempo_step_is_told_within_two_beats(network, after):
    song = song_of(BARE)
    song.play(beats=40)
    song.set_tempo(after)
    song.play(beats=24)
    clock, _, found = run(song, network, seed=6)
    assert kinds(found) == [START, TEMPO]
    assert 40.0 < found[1].run_beats < 42.0
    assert clock.tempo_qpm == pytest.approx(after, rel=0.005)
