"""The host's clock: from samples of Live's position to beat(t), t(beat) and what broke.

Two clocks meet here. Live's song runs by the *sender's* clock; the engine sleeps by its own. Two
ways lead from one to the other, chosen by what a sample carries:

*Sender time* (the sample has ``sent_s``). Arrival against sender time is a line of slope 1 but
for some parts per million, whatever the song does: tempo changes, stops and locates don't touch
it, so it may look back 10 s and more. The beat line then is exact arithmetic on the newest
sample: ``beat(t) = beat_k + (t - line(sent_k)) * tempo / 60``, with the line's slope as the ratio
of the two clocks.

*Beats* (no time stamps). Arrival against run beats is a line whose slope is the tempo. It looks
back 8 beats at most; a tempo told in the sample begins a new window that keeps the phase, an
untold one is found by change detection, and a start or locate begins a new phase at the old
slope. A loop wrap disturbs neither, because run beats do not jump with the song.

Loss needs nothing: a sample carries its position, not a count. Samples that come twice or late
(by epoch and sequence number) are ignored.
"""

from __future__ import annotations

from bridge.core.linefit import BEATS, SENDER_TIME, LineFit
from bridge.core.songposition import (
    Discontinuity,
    DiscontinuityKind,
    SongPosition,
    tempo_differs,
)
from bridge.core.timebase import ClockSample, LoopBounds, TimeSignature
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT, beats_to_seconds

__all__ = [
    "ClockSample",
    "Discontinuity",
    "DiscontinuityKind",
    "HostClock",
    "LoopBounds",
    "SenderClock",
    "TimeSignature",
    "Timeline",
]

RESTARTED_AFTER_S = 3.0
"""A sample of an old epoch or number is late if it comes within this time, else the source was
loaded anew and counts from the start. While stopped, samples come once a second."""

CLOCK_STEP_S = 0.25
"""An arrival this far off the sender's line is not jitter."""

STEP_PATIENCE = 12
"""So many samples in a row must be late alike before the sender's clock is taken to have
stepped: after a stall they are late too, but less and less so."""

RATIO_WEIGHT_S2 = 50.0
TEMPO_WEIGHT_BEATS2 = 20.0
TEMPO_POINTS = 96
OLD_SLOPE_WEIGHT_BEATS2 = 2.0
OLD_SLOPE_POINTS = 48

TICKS_TO_LOCK = 2
TICKS_TO_LOCK_BARE = 12

_NEW_PHASE = frozenset(
    (DiscontinuityKind.START, DiscontinuityKind.CONTINUE, DiscontinuityKind.JUMP)
)


class SenderClock:
    """When, by our clock, something happened that the sender stamped by its own."""

    def __init__(self) -> None:
        self._fit = LineFit(SENDER_TIME)
        self._newest_s = 0.0
        self._late: list[float] = []
        self.reset()

    @property
    def ready(self) -> bool:
        """Whether anything was observed."""
        return self._fit.ready

    @property
    def ratio(self) -> float:
        """Our seconds per second of the sender."""
        return self._fit.slope if self._fit.ready else 1.0

    def reset(self) -> None:
        """Forget the sender."""
        self._fit.reset()
        self._fit.set_prior(1.0, RATIO_WEIGHT_S2)
        self._late.clear()

    def knows(self, sent_s: float, arrival_s: float) -> bool:
        """Whether a stamp belongs to the clock observed so far."""
        return self.ready and abs(arrival_s - self._fit.at(sent_s)) < CLOCK_STEP_S

    def observe(self, sent_s: float, arrival_s: float, *, new_epoch: bool) -> None:
        """Take a stamp and its arrival; a sender that restarted its clock begins a new line."""
        if self._fit.ready:
            late_s = arrival_s - self._fit.at(sent_s)
            if sent_s < self._newest_s or late_s < -CLOCK_STEP_S:
                self.reset()
            elif late_s > CLOCK_STEP_S:
                self._late.append(late_s)
                alike = max(self._late) - min(self._late) < 0.2 * CLOCK_STEP_S
                if not new_epoch and (len(self._late) < STEP_PATIENCE or not alike):
                    del self._late[: -STEP_PATIENCE + 1]
                    return
                self.reset()
            else:
                self._late.clear()
        self._newest_s = sent_s
        self._fit.add(sent_s, arrival_s)

    def local_s(self, sent_s: float) -> float:
        """Our time of a stamp, in seconds. Needs ``ready``."""
        return self._fit.at(sent_s)


class HostClock:
    """Beat and time of the host, estimated from clock samples of any source.

    Times are seconds of the engine's clock (``arrival_s``), positions run beats: beats played,
    which never fall and never jump with the song. No method raises for any sample in range.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the host, as when a device says hello again."""
        self._position = SongPosition()
        self._sender = SenderClock()
        self._beats = LineFit(BEATS)
        self._arrival_s = 0.0
        self._ticks_seen = 0
        self._anchor_s: float | None = None
        self._anchor_beats = 0.0
        self._beats_per_s = 0.0
        self._timeline: Timeline | None = None

    @property
    def playing(self) -> bool:
        """Whether the song runs."""
        last = self._position.last
        return last is not None and last.playing

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute: the host's word, or the estimate; 120 if unknown."""
        last = self._position.last
        if last is not None and last.tempo_qpm is not None:
            return last.tempo_qpm
        return 60.0 * self._beats_per_s if self._beats_per_s > 0.0 else 120.0

    @property
    def locked(self) -> bool:
        """Whether the beat line can be trusted: 2 ticks where the tempo is told, else 12."""
        last = self._position.last
        told = last is not None and last.tempo_qpm is not None
        needed = TICKS_TO_LOCK if told else TICKS_TO_LOCK_BARE
        return self._anchor_s is not None and self._ticks_seen >= needed

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions as the song will be played from the newest sample on."""
        if self._timeline is None:
            self._timeline = self._position.timeline()
        return self._timeline

    def silent_for_s(self, now_s: float) -> float:
        """Seconds since the last sample while playing; 0.0 while stopped.

        Playing and silent for some beats means that the host's audio engine is off.
        """
        return max(0.0, now_s - self._arrival_s) if self.playing else 0.0

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the song stopped."""
        if self._anchor_s is None or not self.playing:
            return self._position.run_ticks / TICKS_PER_BEAT
        return self._anchor_beats + (t_s - self._anchor_s) * self._beats_per_s

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played, at the present tempo; inf while stopped."""
        if self._anchor_s is None or not self.playing:
            return float("inf")
        return self._anchor_s + (run_beats - self._anchor_beats) / self._beats_per_s

    def observe(self, sample: ClockSample, arrival_s: float) -> tuple[Discontinuity, ...]:
        """Take a sample.

        Args:
            sample: What the source says.
            arrival_s: When it came, by the engine's clock; stamped as early as can be.

        Returns:
            What broke since the sample before, in order; empty for repeats and latecomers.
        """
        last = self._position.last
        if last is not None and self._is_stale(last, sample, arrival_s):
            return ()
        elapsed_s = self._elapsed_s(last, sample, arrival_s)
        found = self._position.advance(sample, elapsed_s, self._predicted_ticks(sample, arrival_s))
        self._timeline = None
        self._arrival_s = arrival_s
        self._ticks_seen += sample.playing
        if sample.sent_s is None:
            if sample.playing:
                self._follow_beats(last, sample, arrival_s, found)
            return found
        new_epoch = last is None or last.epoch != sample.epoch
        self._sender.observe(sample.sent_s, arrival_s, new_epoch=new_epoch)
        if sample.playing:
            self._follow_sender(sample, sample.sent_s, arrival_s)
        return found

    def _is_stale(self, last: ClockSample, sample: ClockSample, arrival_s: float) -> bool:
        if (sample.epoch, sample.seq) > (last.epoch, last.seq):
            return False
        return arrival_s - self._arrival_s < RESTARTED_AFTER_S

    def _elapsed_s(
        self, last: ClockSample | None, sample: ClockSample, arrival_s: float
    ) -> float | None:
        """Seconds since the last sample; None if only arrivals, which stall, could tell."""
        if last is None:
            return None
        between_s = max(0.0, arrival_s - self._arrival_s)
        if last.sent_s is not None and sample.sent_s is not None:
            sent_s = sample.sent_s - last.sent_s
            return sent_s if sent_s >= 0.0 and abs(sent_s - between_s) < 1.0 else between_s
        return between_s if sample.epoch != last.epoch else None

    def _predicted_ticks(self, sample: ClockSample, arrival_s: float) -> float | None:
        """Run ticks at the moment of the sample by the line so far."""
        if self._anchor_s is None or not self.playing:
            return None
        moment_s = arrival_s
        if sample.sent_s is not None and self._sender.knows(sample.sent_s, arrival_s):
            moment_s = self._sender.local_s(sample.sent_s)
        return self.run_beats_at(moment_s) * TICKS_PER_BEAT

    def _follow_sender(self, sample: ClockSample, sent_s: float, arrival_s: float) -> None:
        known = self._sender.knows(sent_s, arrival_s)
        self._anchor_s = self._sender.local_s(sent_s) if known else arrival_s
        self._anchor_beats = self._position.run_ticks / TICKS_PER_BEAT
        self._beats_per_s = (sample.tempo_qpm or self.tempo_qpm) / 60.0 / self._sender.ratio

    def _follow_beats(
        self,
        last: ClockSample | None,
        sample: ClockSample,
        arrival_s: float,
        found: tuple[Discontinuity, ...],
    ) -> None:
        fit, beats = self._beats, self._position.run_ticks / TICKS_PER_BEAT
        new_phase = any(one.kind in _NEW_PHASE for one in found)
        new_tempo = last is None or tempo_differs(last.tempo_qpm, sample.tempo_qpm)
        if new_phase:
            fit.restart()
        elif new_tempo:
            fit.carry_over(beats)
        if sample.tempo_qpm is not None:
            if new_phase or new_tempo:
                slope = beats_to_seconds(1.0, sample.tempo_qpm)
                fit.set_prior(slope, TEMPO_WEIGHT_BEATS2, TEMPO_POINTS)
        elif new_phase and fit.ready:
            fit.set_prior(fit.slope, OLD_SLOPE_WEIGHT_BEATS2, OLD_SLOPE_POINTS)
        fit.add(beats, arrival_s)
        if fit.ready:
            self._anchor_s, self._anchor_beats = fit.at(beats), beats
            self._beats_per_s = 1.0 / fit.slope
