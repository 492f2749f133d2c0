"""Eight hours of each kind of source in virtual time: 100 ppm drift, 1 % loss, a ms of jitter.

To run in seconds the ticks are thinned out: a clock hears of every fourth beat only, which makes
it harder for the estimator, not easier. MIDI beat clock must be counted tick by tick, so all its
ticks go through `MidiBeatClock`, at 60 qpm, and every 24th sample to the estimator.

each function gives the errors of the beat in ms at every bar line, and the bars counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.core.hostclock import ClockSample, HostClock
from bridge.core.internalclock import InternalClock
from bridge.core.linkclock import LinkClock, LinkState
from bridge.core.midiclock import MidiBeatClock
from tests.fakes.beatclock import START, TICK

HOURS = 8.0
BAR_BEATS = 4
DRIFT = 1e-4
LOSS = 0.01
JITTER_S = 0.001


@dataclass(frozen=True, slots=True)
class LongRun:
    """What a clock made of eight hours.

    Args:
        errors_ms: Error of the beat at each bar line from the second minute on, in ms.
        bars: Bars counted.
        true_bars: Bars played.
        breaks: Discontinuities told; the first one is the start.
        lost: Messages lost.
    """

    errors_ms: NDArray[np.float64]
    bars: float
    true_bars: int
    breaks: int
    lost: int = 0

    @property
    def worst_ms(self) -> float:
        return float(np.abs(self.errors_ms).max())

    @property
    def drift_ms(self) -> float:
        """How much the last hour's median error differs from the first hour's."""
        hour = round(len(self.errors_ms) / HOURS)
        return float(np.median(self.errors_ms[-hour:]) - np.median(self.errors_ms[:hour]))


def _bars(tempo_qpm: float) -> NDArray[np.float64]:
    """Beats of the bar lines."""
    return np.arange(0.0, HOURS * 60.0 * tempo_qpm + 1, BAR_BEATS)


def device(*, stamped: bool, seed: int = 1, tempo_qpm: float = 120.0) -> LongRun:
    """The device's clock, with or without the sender's time stamps."""
    rng = np.random.default_rng(seed)
    bars = _bars(tempo_qpm)
    true_s = bars * 60.0 / tempo_qpm * (1.0 + DRIFT)
    arrivals = true_s + rng.exponential(JITTER_S, len(bars))
    lost = rng.random(len(bars)) < LOSS
    lost[0] = False
    clock, errors, breaks = HostClock(), [], 0
    for bar, beats in enumerate(bars):
        if clock.locked and true_s[bar] > 120.0:
            errors.append((clock.run_beats_at(true_s[bar]) - beats) * 60e3 / tempo_qpm)
        if lost[bar]:
            continue
        sent_s = beats * 60.0 / tempo_qpm if stamped else None
        # Without stamps the number tells how many messages went by: 24 a beat.
        sample = ClockSample(1, 1 + 24 * BAR_BEATS * bar, beats * 480.0, tempo_qpm, sent_s, True)
        breaks += len(clock.observe(sample, arrivals[bar]))
    return LongRun(np.array(errors), clock.timeline.run_beats / BAR_BEATS, len(bars) - 1, breaks)


def midi(*, seed: int = 1, tempo_qpm: float = 60.0) -> LongRun:
    """MIDI beat clock; nobody sends a song position in all the time."""
    rng = np.random.default_rng(seed)
    ticks = np.arange(round(HOURS * 60.0 * tempo_qpm) * 24 + 1)
    true_s = 1.0 + ticks * 60.0 / tempo_qpm / 24.0 * (1.0 + DRIFT)
    arrivals = np.maximum.accumulate(true_s + rng.exponential(JITTER_S, len(ticks)))
    lost = rng.random(len(ticks)) < LOSS
    lost[0] = False
    source, clock, errors, breaks, wanted = MidiBeatClock(), HostClock(), [], 0, 0.0
    source.feed(START, 0.9)
    feed = source.feed
    for tick, arrival_s in enumerate(arrivals.tolist()):
        if tick % (24 * BAR_BEATS) == 0 and arrival_s > 120.0:
            error = clock.run_beats_at(true_s[tick]) - tick / 24
            errors.append(error * 60e3 / tempo_qpm)
        if lost[tick]:
            continue
        for sample, moment_s in feed(TICK, arrival_s):
            if sample.song_ticks >= wanted:
                wanted = sample.song_ticks + 480.0
                breaks += len(clock.observe(sample, moment_s))
    bars = round(clock.run_beats_at(true_s[-1])) / BAR_BEATS
    return LongRun(np.array(errors), bars, len(ticks) // 24 // BAR_BEATS, breaks, int(lost.sum()))


def link(*, seed: int = 1, tempo_qpm: float = 120.0) -> LongRun:
    """Ableton Link, polled once a second; 1 % of the polls fail."""
    rng = np.random.default_rng(seed)
    bars = _bars(tempo_qpm)
    true_s = bars * 60.0 / tempo_qpm * (1.0 + DRIFT)
    polls = np.arange(0.0, true_s[-1], 1.0)
    polls = np.concatenate(([0.0], polls[rng.random(len(polls)) >= LOSS], [true_s[-1]]))
    clock, errors, breaks, index = LinkClock(), [], 0, 0
    for bar, beats in enumerate(bars):
        while index < len(polls) and polls[index] <= true_s[bar]:
            at_s = float(polls[index])
            state = LinkState(at_s, at_s / (1.0 + DRIFT) * tempo_qpm / 60.0, tempo_qpm)
            breaks += len(clock.observe(state))
            index += 1
        if true_s[bar] > 120.0:
            errors.append((clock.run_beats_at(true_s[bar]) - beats) * 60e3 / tempo_qpm)
    return LongRun(np.array(errors), clock.timeline.run_beats / BAR_BEATS, len(bars) - 1, breaks)


def internal(*, tempo_qpm: float = 120.0) -> LongRun:
    """The engine's own beat, whose tempo is set anew (to the same) in every bar."""
    bars = _bars(tempo_qpm)
    clock, errors = InternalClock(tempo_qpm), []
    clock.start(0.0)
    for beats in bars:
        at_s = beats * 60.0 / tempo_qpm
        clock.set_tempo(tempo_qpm, at_s)
        if at_s > 120.0:
            errors.append((clock.run_beats_at(at_s) - beats) * 60e3 / tempo_qpm)
    counted = clock.timeline.run_beats / BAR_BEATS
    return LongRun(np.array(errors), counted, len(bars) - 1, clock.breaks.total)
