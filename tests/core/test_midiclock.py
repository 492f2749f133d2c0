"""MIDI beat clock: what is counted, and what happens when ticks are lost or doubled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.hostclock import DiscontinuityKind, HostClock
from bridge.core.midiclock import MidiBeatClock
from tests.fakes.beatclock import (
    CONTINUE,
    START,
    STOP,
    TICK,
    midi_messages,
    song_position,
    through_cable,
)
from tests.fakes.network import EXPONENTIAL_1_MS, GAUSS_2_MS, PERFECT, STALLS, Jitter, Network
from tests.fakes.song import ScriptedSong

KINDS = DiscontinuityKind
ACTIVE_SENSING, NOTE = b"\xfe", b"\x90\x40\x40"


def ticks_of(messages, period_s=1 / 48, begin_s=1.0):
    """Feed messages a tick apart; the song ticks of all samples while playing."""
    clock, found = MidiBeatClock(), []
    for number, message in enumerate(messages):
        samples = clock.feed(message, begin_s + number * period_s)
        found += [sample.song_ticks for sample, _ in samples if sample.playing]
    return found


def follow(song, network=PERFECT, seed=1, change=lambda sent: sent):
    """Errors in ms of the song position at every message, and all that broke."""
    midi, host = MidiBeatClock(), HostClock()
    times, errors, found = [], [], []
    for at_s, message in through_cable(change(midi_messages(song)), network, seed):
        for sample, moment_s in midi.feed(message, at_s):
            found += host.observe(sample, moment_s)
        tempo = float(song.tempo_at(at_s))
        if host.locked and host.playing and tempo > 0:
            ticks = host.timeline.song_ticks_at(host.run_beats_at(at_s)) - song.song_ticks_at(at_s)
            times.append(at_s)
            errors.append(ticks / tempo / 8.0 * 1e3)
    return np.array(times), np.abs(np.array(errors)), found, host


def kinds(found):
    return [one.kind for one in found]


def test_the_first_tick_after_start_is_position_0():
    assert ticks_of([START, TICK, TICK, TICK]) == [0.0, 20.0, 40.0]


def test_a_clock_that_runs_already_is_not_followed_before_it_starts():
    assert ticks_of([TICK, TICK, TICK, START, TICK]) == [0.0]


def test_ticks_while_stopped_move_nothing():
    messages = [START, TICK, TICK, STOP, TICK, TICK, TICK, CONTINUE, TICK]
    assert ticks_of(messages) == [0.0, 20.0, 40.0]


def test_song_position_and_continue():
    assert ticks_of([song_position(16), CONTINUE, TICK, TICK]) == [1920.0, 1940.0]


def test_song_positions_have_two_bytes():
    assert ticks_of([song_position(16383), CONTINUE, TICK]) == [16383 * 120.0]


@pytest.mark.parametrize("message", [b"", ACTIVE_SENSING, NOTE, b"\xf2", b"\xf2\x01"])
def test_other_messages_are_ignored(message):
    assert MidiBeatClock().feed(message, 1.0) == []


def test_stop_and_continue_are_told_as_such():
    song = ScriptedSong()
    song.play(8)
    song.stop(rest_s=2.0)
    song.play(8)
    _, errors, found, _ = follow(song)
    assert kinds(found) == [KINDS.START, KINDS.STOP, KINDS.CONTINUE]
    assert errors.max() < 0.1


def test_song_position_while_playing_is_a_locate():
    song = ScriptedSong()
    song.play(8)
    song.locate(1920.0 * 5)
    song.play(8)
    times, errors, found, host = follow(song)
    assert kinds(found) == [KINDS.START, KINDS.JUMP]
    # (The song has moved when the song position comes, but for the millisecond until the tick.)
    assert errors[np.abs(times - 5.0) > 0.01].max() < 0.1
    assert host.timeline.bar_start_ticks % 1920 == 0


def test_a_start_elsewhere_is_a_start():
    song = ScriptedSong()
    song.play(8)
    song.stop(rest_s=2.0)
    song.locate(1920.0 * 5)
    song.play(8)
    _, errors, found, _ = follow(song)
    assert kinds(found) == [KINDS.START, KINDS.STOP, KINDS.START]
    assert errors.max() < 0.1


def test_a_lost_tick_is_found_by_the_rhythm():
    found = ticks_of([START, *[TICK] * 30])
    clock, samples = MidiBeatClock(), []
    clock.feed(START, 0.99)
    for number in range(31):
        if number != 20:
            samples += clock.feed(TICK, 1.0 + number / 48)
    assert [one.song_ticks for one, _ in samples] == [t for t in [*found, 600.0] if t != 400.0]


def test_a_doubled_tick_is_found_by_the_rhythm():
    clock, samples = MidiBeatClock(), []
    clock.feed(START, 0.99)
    for number in range(31):
        for _ in range(2 if number == 20 else 1):
            samples += clock.feed(TICK, 1.0 + number / 48)
    assert [one.song_ticks for one, _ in samples] == [20.0 * number for number in range(31)]


def test_a_stall_is_not_a_loss():
    song = ScriptedSong()
    song.play(200)
    _, errors, found, host = follow(song, STALLS)
    assert kinds(found) == [KINDS.START]
    assert host.timeline.song_ticks == 200 * 480
    assert errors[200:].max() < 2.0


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_ticks_lost_too_early_to_be_found_are_put_right_by_the_next_song_position(missing):
    def change(sent):
        lost = [one for number, one in enumerate(sent) if not 4 <= number < 4 + missing]
        at = next(i for i, one in enumerate(lost) if one[0] >= 1.0 + 8.0 - 0.004)
        return [*lost[:at], (lost[at][0] - 0.001, song_position(64)), *lost[at:]]

    song = ScriptedSong()
    song.play(40)
    times, errors, found, _ = follow(song, change=change)
    assert kinds(found) == [KINDS.START]
    assert errors[(times > 3.0) & (times < 8.9)].min() > 15.0
    assert errors[times > 10.0].max() < 0.5


@pytest.mark.parametrize("tempo_qpm", [20.0, 47.0, 120.0, 240.0, 500.0, 999.0])
def test_every_tempo(tempo_qpm):
    song = ScriptedSong(tempo_qpm)
    song.play(tempo_qpm / 3 + 16)
    _, errors, found, host = follow(song, Network(jitter=Jitter(exponential_s=0.0003)))
    assert kinds(found) == [KINDS.START]
    assert host.tempo_qpm == pytest.approx(tempo_qpm, rel=0.003)
    assert errors[len(errors) // 2 :].max() < 2.0


@pytest.mark.parametrize(("before", "after"), [(120, 140), (140, 120), (120, 174), (120, 60)])
@pytest.mark.parametrize("network", [PERFECT, EXPONENTIAL_1_MS, GAUSS_2_MS])
def test_a_change_of_tempo_is_no_loss(before, after, network):
    song = ScriptedSong(before, tells_tempo=False)
    song.play(40)
    step_s = song.now_s
    song.set_tempo(after)
    song.play(40)
    times, errors, _, host = follow(song, network)
    assert host.timeline.song_ticks == 80 * 480
    assert errors[times > step_s + 2 * 60 / after].max() < 5.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([TICK, TICK, TICK, START, CONTINUE, STOP, song_position(9)])))
def test_anything_goes(messages):
    midi, host, run_beats = MidiBeatClock(), HostClock(), 0.0
    for number, message in enumerate(messages):
        for sample, moment_s in midi.feed(message, 1.0 + number * 0.01):
            host.observe(sample, moment_s)
        assert host.timeline.run_beats >= run_beats
        run_beats = host.timeline.run_beats
