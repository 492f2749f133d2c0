"""The host's clock: from samples of Live's position to beat(t), t(beat) and what broke.

Three parts do the work: `bridge.core.songposition` tells where the song is and what happened to
it, `bridge.core.beatline` estimates the beat line, `bridge.core.timeline` knows the bar lines
ahead. This one puts them together and is all that the rest of the engine sees.

*Run beats* count the beats played: they never fall and don't jump when the song loops or is
located elsewhere. The jam is kept in run beats; song ticks appear only in what is sent to Live.

Loss needs nothing: a sample carries its position, not a count. Samples that come twice or late
(by epoch and sequence number) are ignored. No sample within its ranges makes a method raise.
"""

from __future__ import annotations

from bridge.core.beatline import BeatCount, BeatLine, SenderClock
from bridge.core.clocksource import BreakLog
from bridge.core.songposition import Discontinuity, DiscontinuityKind, SongPosition
from bridge.core.timebase import ClockSample, LoopBounds, TimeSignature
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT
from bridge.core.untoldtempo import UntoldTempo

__all__ = [
    "ClockSample",
    "Discontinuity",
    "DiscontinuityKind",
    "HostClock",
    "LoopBounds",
    "TimeSignature",
    "Timeline",
]

RESTARTED_AFTER_S = 3.0
"""A sample of an old epoch or number is late if it comes within this time, else the source was
loaded anew and counts from the start. While stopped, samples come once a second."""

TICKS_TO_LOCK = 1
TICKS_TO_LOCK_BARE = 8
"""Where the tempo is told one tick is a line; a bare clock must show its tempo first."""

_NEW_PHASE = frozenset(
    (DiscontinuityKind.START, DiscontinuityKind.CONTINUE, DiscontinuityKind.JUMP)
)


class HostClock:
    """Beat and time of the host, estimated from clock samples of any source.

    Times are seconds of the engine's clock (``arrival_s``), positions are run beats.

    Attributes:
        breaks: What broke lately, for readers other than the one who feeds the clock.
    """

    def __init__(self) -> None:
        self.breaks = BreakLog()
        self.reset()

    def reset(self) -> None:
        """Forget the host, as when a device says hello again."""
        self._position = SongPosition()
        self._sender = SenderClock()
        self._count = BeatCount()
        self._untold = UntoldTempo()
        self._line: BeatLine | None = None
        self._arrival_s = 0.0
        self._ticks_seen = 0
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
        return 60.0 * self._line.beats_per_s if self._line is not None else 120.0

    @property
    def locked(self) -> bool:
        """Whether the beat line can be trusted: 1 tick where the tempo is told, else 8."""
        last = self._position.last
        told = last is not None and last.tempo_qpm is not None
        needed = TICKS_TO_LOCK if told else TICKS_TO_LOCK_BARE
        return self._line is not None and self._ticks_seen >= needed

    @property
    def drift_ppm(self) -> float | None:
        """By how much the sender's clock runs faster than ours; None if it stamps nothing."""
        last = self._position.last
        if last is None or last.sent_s is None:
            return None
        return (1.0 / self._sender.ratio - 1.0) * 1e6

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
        if self._line is None or not self.playing:
            return self._position.run_ticks / TICKS_PER_BEAT
        return self._line.beats_at(t_s)

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played, at the present tempo; inf while stopped."""
        if self._line is None or not self.playing:
            return float("inf")
        return self._line.time_at(run_beats)

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
        moment_s: float | None = arrival_s
        if sample.sent_s is not None:
            moment_s = self._sender.observe(sample.sent_s, arrival_s)
        predicted = self._predicted_ticks(arrival_s if moment_s is None else moment_s)
        found = self._position.advance(sample, elapsed_s, predicted)
        self._timeline = None
        self._arrival_s = arrival_s
        if sample.playing:
            self._ticks_seen += 1
            new_phase = any(one.kind in _NEW_PHASE for one in found)
            if moment_s is None and new_phase:
                moment_s = arrival_s
            if moment_s is not None:
                self._draw_line(sample, moment_s, new_phase)
            found += self._untold_change(sample)
        return self.breaks.add(found)

    def _untold_change(self, sample: ClockSample) -> tuple[Discontinuity, ...]:
        """A change of tempo that nobody told, about a beat after it happened."""
        if sample.tempo_qpm is not None or not self.locked:
            return ()
        if not self._untold.changed(self.tempo_qpm):
            return ()
        run_beats = self._position.run_ticks / TICKS_PER_BEAT
        return (Discontinuity(DiscontinuityKind.TEMPO, run_beats, sample.song_ticks),)

    def _draw_line(self, sample: ClockSample, moment_s: float, new_phase: bool) -> None:
        """Put the beat line through a sample that was taken at a moment of our clock."""
        run_beats, tempo_qpm = self._position.run_ticks / TICKS_PER_BEAT, sample.tempo_qpm
        stamped = sample.sent_s is not None
        # Times by another clock of the sender say nothing of those by this one.
        new_phase = new_phase or (stamped and self._sender.fresh)
        line = self._count.beat_line(
            run_beats, moment_s, tempo_qpm, stamped=stamped, new_phase=new_phase
        )
        if stamped and tempo_qpm is not None and not self._count.scatters:
            line = BeatLine(moment_s, run_beats, tempo_qpm / 60.0 / self._sender.ratio)
        if line is not None:
            self._line = line

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

    def _predicted_ticks(self, moment_s: float) -> float | None:
        """Run ticks at a moment by the line so far."""
        if self._line is None or not self.playing:
            return None
        return self._line.beats_at(moment_s) * TICKS_PER_BEAT
