"""Several sources of the beat behind one clock: who is followed, and how one takes over."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bridge.core.clockhub import ClockHub, SourceChanged
from bridge.core.hostclock import DiscontinuityKind, TimeSignature
from bridge.core.settings import ClockSettings
from tests.effort import every_pair, tried
from tests.fakes.beatclock import Stage
from tests.fakes.network import (
    EXPONENTIAL_1_MS,
    GAUSS_2_MS,
    LOSSY_10,
    PERFECT,
    STALLS,
    Jitter,
    Network,
)
from tests.fakes.song import ScriptedSong

START, STOP, CONTINUE, JUMP, LOOP_WRAP, TEMPO, SIGNATURE = DiscontinuityKind
LOSSY_CABLE = Network(loss=0.01, jitter=Jitter(exponential_s=0.001))


def a_song(beats=60, tempo_qpm=120.0, **fields):
    song = ScriptedSong(tempo_qpm, **fields)
    song.play(beats)
    return song


def a_stage(**fields):
    return Stage(ClockHub(ClockSettings(**fields)))


def kinds(show):
    return [one.kind for one in show.breaks]


def changes(show):
    return [one for _, one in show.found if isinstance(one, SourceChanged)]


def test_nobody_is_there():
    hub = ClockHub(ClockSettings())
    assert hub.advance(1.0) == ()
    assert (hub.active, hub.playing, hub.locked) == (None, False, False)
    assert hub.run_beats_at(5.0) == 0.0
    assert hub.time_at(1.0) == float("inf")
    assert hub.tempo_qpm == 120.0


def test_the_first_one_ready_is_followed_at_once():
    song, stage = a_song(8), a_stage()
    stage.midi(song)
    show = stage.run(song, 4.0)
    assert show.changes == ["midi"]
    assert kinds(show) == [START]
    eighth_tick_s = 1.0 + 8 / 48
    assert changes(show)[0].before is None
    assert show.found[0][0] == pytest.approx(eighth_tick_s, abs=0.04)


NETWORKS, CABLES = (PERFECT, GAUSS_2_MS, STALLS, LOSSY_10), (PERFECT, EXPONENTIAL_1_MS, LOSSY_CABLE)
TEMPOS_QPM = (60.0, 120.0, 174.0)


@pytest.mark.parametrize(
    ("network", "cable", "tempo_qpm"), every_pair(NETWORKS, CABLES, TEMPOS_QPM)
)
def test_the_device_dies_in_mid_bar_and_midi_clock_carries_on(network, cable, tempo_qpm):
    song, stage = a_song(70 * tempo_qpm / 120, tempo_qpm), a_stage()
    dead_s = 1.0 + 41.3 * 60 / 120
    stage.device(song, network, silent=lambda t_s: t_s > dead_s)
    stage.midi(song, cable)
    show = stage.run(song, song.now_s)
    assert show.changes == ["device", "midi"]
    assert changes(show)[1].bars_kept
    assert kinds(show) == [START]
    assert show.errors(dead_s - 3.0).max() < 5.0
    assert np.abs(show.steps_beats[show.times_s > 1.1]).max() < 1e-9


@pytest.mark.parametrize("network", [PERFECT, GAUSS_2_MS, STALLS, LOSSY_10])
def test_the_device_comes_and_takes_over_from_midi_clock(network):
    song, stage = a_song(80), a_stage()
    there_s = 20.3
    stage.device(song, network, silent=lambda t_s: t_s < there_s)
    stage.midi(song, GAUSS_2_MS)
    show = stage.run(song, song.now_s)
    assert show.changes == ["midi", "device"]
    (at_s,) = [t_s for t_s, one in show.found if one in changes(show)[1:]]
    assert at_s == pytest.approx(there_s + 2.0, abs=0.1)
    assert changes(show)[1].bars_kept
    assert kinds(show) == [START]
    assert show.errors(there_s).max() < 5.0


def test_a_source_that_flaps_is_trusted_less_each_time():
    song, stage = a_song(240), a_stage()
    stage.device(song, silent=lambda t_s: t_s % 8.0 > 5.0)
    stage.midi(song)
    show = stage.run(song, song.now_s)
    taken = [t_s for t_s, one in show.found if isinstance(one, SourceChanged)]
    assert show.changes[:2] == ["device", "midi"]
    # 15 times it came back; it would have to stay for 8 s to be followed once more.
    assert len(taken) <= 4
    assert show.errors(2.0).max() < 5.0


def test_a_short_silence_changes_nothing():
    song, stage = a_song(60), a_stage()
    stage.device(song, silent=lambda t_s: t_s % 2.0 < 0.3)
    stage.midi(song)
    assert stage.run(song, song.now_s).changes == ["device"]


def test_slow_songs_have_longer_silences():
    song, stage = a_song(10, tempo_qpm=20.0), a_stage()
    stage.device(song, silent=lambda t_s: 10.0 < t_s < 10.9)
    stage.midi(song)
    assert stage.run(song, song.now_s).changes == ["device"]


def test_a_silent_source_is_kept_if_there_is_no_other():
    song, stage = a_song(60), a_stage()
    stage.device(song, silent=lambda t_s: 10.0 < t_s < 14.0)
    show = stage.run(song, song.now_s)
    assert show.changes == ["device"]
    assert kinds(show) == [START]
    assert show.errors(2.0).max() < 1.0


def test_a_device_withdrawn_with_nobody_left_is_a_stop():
    song, stage = a_song(60), a_stage()
    stage.device(song)
    stage.at(10.0, lambda: stage.hub.withdraw("device"))
    show = stage.run(song, 12.0)
    assert show.changes == ["device", None]
    assert kinds(show) == [START, STOP]
    assert not stage.hub.playing
    assert stage.hub.run_beats_at(99.0) == pytest.approx(18.0, abs=0.05)


def test_bars_that_disagree_are_a_jump_but_beats_run_on():
    song, stage = a_song(80), a_stage()
    stage.device(song, silent=lambda t_s: t_s > 15.0)
    stage.link(song, ahead_beats=1.5)
    show = stage.run(song, song.now_s)
    assert show.changes == ["device", "link"]
    assert [one.bars_kept for one in changes(show)] == [False, False]
    assert kinds(show) == [START, JUMP]
    assert np.abs(show.steps_beats[show.times_s > 3.0]).max() < 1e-9
    assert np.diff(show.beats)[show.times_s[1:] > 1.2] == pytest.approx(0.04, abs=1e-3)


@pytest.mark.parametrize(("quantum", "signature"), [(4.0, (4, 4)), (3.0, (3, 4)), (3.5, (7, 8))])
def test_link_and_its_quantum(quantum, signature):
    song, stage = a_song(60, signature=TimeSignature(*signature)), a_stage()
    stage.device(song, silent=lambda t_s: t_s > 12.7)
    stage.link(song, quantum_beats=quantum)
    show = stage.run(song, song.now_s)
    assert show.changes[-2:] == ["device", "link"]
    assert all(one.bars_kept for one in changes(show)[1:])
    assert stage.hub.timeline.signature == TimeSignature(*signature)
    line = stage.hub.timeline.next_bar_line(stage.hub.run_beats_at(20.0))
    assert (line % quantum) == pytest.approx(0.0, abs=0.01) or line % quantum > quantum - 0.01
    assert show.errors(2.0).max() < 2.0


def test_midi_clock_takes_the_bars_of_the_device():
    song, stage = a_song(60, signature=TimeSignature(3, 4)), a_stage()
    stage.device(song, silent=lambda t_s: t_s > 12.7)
    stage.midi(song)
    show = stage.run(song, song.now_s)
    assert show.changes == ["device", "midi"]
    assert changes(show)[1].bars_kept
    assert kinds(show) == [START]
    assert stage.hub.timeline.signature == TimeSignature(3, 4)


def test_when_live_stops_the_jam_stops_though_link_runs_on():
    song, other, stage = a_song(30), a_song(80), a_stage()
    song.stop(rest_s=10.0)
    song.play(beats=16)
    stage.device(song)
    stage.link(other)
    show = stage.run(song, song.now_s)
    assert show.changes[-1] == "device"
    assert kinds(show)[-2:] == [STOP, CONTINUE]
    assert show.active[np.searchsorted(show.times_s, 20.0)] == "device"


def test_who_presses_play_last_is_followed():
    song, stage = a_song(16), a_stage()
    song.stop(rest_s=20.0)
    drums = ScriptedSong(100.0, now_s=15.0)
    drums.play(beats=20)
    stage.device(song)
    stage.midi(drums)
    show = stage.run(drums, 20.0)
    assert show.changes == ["device", "midi"]
    assert kinds(show) == [START, STOP, START]
    assert show.errors(16.0).max() < 1.0


def test_the_internal_clock_carries_on_where_the_last_one_fell_silent():
    song, stage = a_song(60, tempo_qpm=97.0, signature=TimeSignature(7, 8)), a_stage()
    stage.hub.internal.start(0.0)
    stage.device(song, LOSSY_10, silent=lambda t_s: t_s > 17.7)
    show = stage.run(song, song.now_s)
    assert show.changes == ["internal", "device", "internal"]
    assert kinds(show) == [START, JUMP, TEMPO, SIGNATURE]
    assert changes(show)[2].bars_kept
    assert stage.hub.tempo_qpm == 97.0
    assert show.errors(10.0).max() < 2.0


def test_the_internal_clock_rests_unless_it_was_started():
    song, stage = a_song(60), a_stage()
    stage.device(song, silent=lambda t_s: t_s > 10.0)
    assert stage.run(song, 20.0).changes == ["device"]


def test_sources_not_in_the_order_are_not_followed():
    song, stage = a_song(20), a_stage(order=("internal",))
    stage.device(song)
    stage.midi(song)
    assert stage.run(song, song.now_s).changes == []


def test_the_order_decides():
    song, stage = a_song(40), a_stage(order=("midi", "device"))
    stage.device(song)
    stage.midi(song)
    assert stage.run(song, song.now_s).changes == ["device", "midi"]


def test_a_device_loaded_anew_goes_on_counting():
    song, stage = a_song(60), a_stage()
    stage.device(song)
    stage.at(12.0, stage.clock.reset)
    show = stage.run(song, song.now_s)
    assert show.errors(2.0, 11.9).max() < 1.0
    assert show.errors(12.2).max() < 1.0
    assert np.diff(show.beats).min() >= -1e-6


def test_breaks_come_in_the_hubs_beats():
    song, other, stage = a_song(60), a_song(20), a_stage()
    song.locate(4800.0 * 3)
    jump_s = song.now_s
    song.play(beats=8)
    stage.midi(other)
    stage.device(song, silent=lambda t_s: t_s < 5.0)
    show = stage.run(song, song.now_s)
    assert kinds(show) == [START, JUMP]
    jump = show.breaks[-1]
    at = np.searchsorted(show.times_s, jump_s)
    assert jump.run_beats == pytest.approx(show.beats[at], abs=0.1)


spans = st.lists(st.tuples(st.floats(0.0, 40.0), st.floats(0.1, 12.0)), max_size=4)


@settings(
    max_examples=tried(6, 12), deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
@given(
    spans,
    st.none() | st.floats(0.0, 40.0),
    spans,
    st.floats(-2.0, 2.0),
    st.integers(0, 99),
    st.floats(50.0, 200.0),
)
def test_whatever_comes_and_goes_run_beats_neither_jump_nor_fall(
    device, midi, link, ahead_beats, seed, tempo_qpm
):
    song, stage = a_song(40 * tempo_qpm / 60, tempo_qpm), a_stage()

    def silent(gaps):
        return lambda t_s: any(begin <= t_s < begin + length for begin, length in gaps)

    stage.device(song, LOSSY_10, seed=seed, silent=silent(device))
    # (A cable that falls silent and comes back stands for a song that paused: its beats do fall.)
    ends_s = np.inf if midi is None else midi
    stage.midi(song, LOSSY_CABLE, seed=seed, silent=lambda t_s: t_s > ends_s)
    for begin, length in link:
        stage.link(song, ahead_beats=ahead_beats, from_s=begin, until_s=begin + length)
    show = stage.run(song, song.now_s)
    playing = show.times_s >= (show.found[0][0] if show.found else np.inf)
    assert np.abs(show.steps_beats[playing][1:]).max(initial=0.0) < 1e-9
    assert np.diff(show.beats).min() >= -0.1
    times = [t_s for t_s, one in show.found if isinstance(one, SourceChanged)]
    assert len(times) <= 6 + 2 * (len(device) + len(link))
    beats = stage.hub.run_beats_at(40.0)
    if stage.hub.playing:
        assert stage.hub.time_at(beats) == pytest.approx(40.0, abs=1e-6)
