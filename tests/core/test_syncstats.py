"""The figures of `magenta-bridge sync`, against clocks whose jitter, drift and loss are known."""

from __future__ import annotations

import random

import pytest

from bridge.core.hostclock import ClockSample, HostClock, TimeSignature
from bridge.core.syncstats import (
    LATENESS_EDGES_MS,
    RESIDUALS_KEPT,
    LatenessCounts,
    SyncStats,
    sync_report,
)

TICK_S = 60.0 / 120.0 / 24.0


class Scene:
    """A clock that is fed 24 messages a beat, and its figures."""

    def __init__(self) -> None:
        self.clock, self.stats, self.lateness = HostClock(), SyncStats(), LatenessCounts()
        self.now_s = 0.0

    def send(self, seq: int, *, late_s: float = 0.0, epoch: int = 1, **changes) -> None:
        sent_s = seq * TICK_S
        fields = {"tempo_qpm": 120.0, "sent_s": sent_s, "playing": True}
        fields |= {"bar_offset_ticks": seq * 20 % 1920} | changes
        sample = ClockSample(epoch=epoch, seq=seq, song_ticks=seq * 20, **fields)
        self.now_s = 5.0 + sent_s + late_s
        self.clock.observe(sample, self.now_s)
        self.stats.arrived(self.clock, epoch, seq, self.now_s)

    def report(self):
        return sync_report("here", self.clock, self.stats, self.lateness, self.now_s)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_jitter_is_that_of_the_way(scene: Scene) -> None:
    chance = random.Random(3)
    for seq in range(1500):
        scene.send(seq, late_s=chance.uniform(0.0, 0.004))
    jitter = scene.report().jitter
    assert jitter is not None
    # Uniform and one-sided, so the line is the lower edge (or the middle, if taken for symmetric).
    assert 0.5 < jitter.p50_ms < 2.6
    assert jitter.p50_ms < jitter.p90_ms < jitter.p99_ms <= jitter.max_ms < 4.5


def test_a_perfect_way_has_none(scene: Scene) -> None:
    for seq in range(300):
        scene.send(seq)
    report = scene.report()
    assert report.jitter is not None and report.jitter.max_ms < 0.01
    assert report.phase_error_ms == pytest.approx(0.0, abs=0.01)
    assert (report.locked, report.playing, report.tempo_qpm) == (True, True, 120.0)


def test_a_sender_whose_clock_runs_fast_drifts_up(scene: Scene) -> None:
    assert scene.clock.drift_ppm is None
    for seq in range(480):
        scene.send(seq, late_s=-50e-6 * seq * TICK_S)
    assert scene.clock.drift_ppm == pytest.approx(50.0, abs=20.0)
    scene.send(480, sent_s=None)
    assert scene.clock.drift_ppm is None


def test_bar_and_beat_are_counted_as_live_shows_them(scene: Scene) -> None:
    for seq in range(24 * 9 + 13):
        scene.send(seq)
    report = scene.report()
    assert report.bar == 3
    assert report.beat == pytest.approx(2.5)


def test_beats_of_six_eight_are_eighths(scene: Scene) -> None:
    for seq in range(24 * 5 + 1):
        scene.send(seq, signature=TimeSignature(6, 8), bar_offset_ticks=seq * 20 % 1440)
    report = scene.report()
    assert (report.bar, report.beat) == (2, pytest.approx(5.0))


def test_gaps_count_as_lost_and_repeats_do_not(scene: Scene) -> None:
    for seq in (0, 1, 2, 5, 6, 6, 6, 4, 10):
        scene.send(seq)
    report = scene.report()
    assert report.lost == 2 + 3
    assert report.messages == 9


def test_a_new_epoch_is_no_loss(scene: Scene) -> None:
    for seq in range(10):
        scene.send(seq)
    for seq in range(100, 110):
        scene.send(seq, epoch=2)
    assert scene.report().lost == 0


def test_a_source_loaded_anew_counts_from_the_start(scene: Scene) -> None:
    scene.send(1000, epoch=7)
    scene.send(0, epoch=1, late_s=1000 * TICK_S + 10.0)
    scene.send(3, epoch=1, late_s=1000 * TICK_S + 10.0)
    assert scene.report().lost == 2


def test_what_broke_is_counted_by_kind(scene: Scene) -> None:
    for seq in range(30):
        scene.send(seq)
    scene.send(30, tempo_qpm=130.0)
    scene.send(31, tempo_qpm=130.0, playing=False)
    first = scene.report()
    assert dict(first.breaks) == {"start": 1, "tempo": 1, "stop": 1}
    assert scene.report().breaks == first.breaks, "nothing is counted twice"


def test_the_rate_is_that_since_the_last_report(scene: Scene) -> None:
    scene.send(0)
    scene.report()
    for seq in range(1, 97):
        scene.send(seq)
    assert scene.report().messages_per_s == pytest.approx(48.0)


def test_memory_does_not_grow(scene: Scene) -> None:
    for seq in range(3 * RESIDUALS_KEPT):
        scene.send(seq)
    assert len(scene.stats._residuals_s) == RESIDUALS_KEPT


def test_before_the_first_message_there_is_nothing_to_say(scene: Scene) -> None:
    report = scene.report()
    assert report.jitter is None and report.phase_error_ms is None
    assert report.messages_per_s == 0.0 and report.lateness_max_ms is None


def test_a_note_lies_in_the_bucket_of_its_lateness() -> None:
    lateness = LatenessCounts()
    for late_ms in (-3.0, 0.05, 0.1, 0.15, 49.9, 50.1, 800.0):
        lateness.note_left(late_ms / 1000.0)
    counts = lateness.counts
    assert len(counts) == len(LATENESS_EDGES_MS) + 1
    assert (counts[0], counts[1], counts[-2], counts[-1]) == (3, 1, 1, 2)
    assert lateness.latest_ms == pytest.approx(800.0)
