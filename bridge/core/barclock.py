"""The beat from one message a bar: what AI Jam's Ableton version sends in place of MIDI clock.

Such a message says "a bar begins now" and nothing else. A bar's length in beats is known from
elsewhere, so two of them make a tempo; eight, by least squares, a good one. Between bars the line
leads on. What does not fit is one of these:

* a message right after another is the same one, doubled;
* one that comes a whole number of bars late, up to four, means that the others were lost;
* one that is off by a little (2 % of a bar) is late by accident, unless the next one is off too:
  then the tempo has changed. Off by more, the tempo has changed at once;
* anything else is a new start: a bar begins here;
* the same oddity twice in a row is none: the bars last so long now.

Nobody says stop. The bar that does not come does: from half a bar after its line on the clock
counts as silent, but never so soon that one lost message would end the jam.
"""

from __future__ import annotations

from bridge.core.beatline import BeatLine
from bridge.core.clocksource import GREATEST_TEMPO_QPM, LEAST_TEMPO_QPM, BreakLog
from bridge.core.songposition import Discontinuity, DiscontinuityKind, tempo_differs
from bridge.core.timebase import COMMON_TIME, TimeSignature
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

MEMORY_BARS = 8
DOUBLED_BARS = 0.2
EARLIEST_BARS, LATEST_BARS = 0.6, 1.6
MOST_BARS = 5
LOST_OFF_BARS = 0.12
"""Messages were lost if this one is no further off its bar line than this."""
LATE_BARS, LATE_S = 0.02, 0.02
"""What a message may be late by accident: the larger of the two."""
CHANGED_BARS = 0.08
GRACE_BARS = 0.5
BRIDGED_S = 1.25
"""One lost message makes the clock look silent for no longer than this."""

_Kind = DiscontinuityKind


class BarClock:
    """Run beats from messages that come once a bar.

    Attributes:
        breaks: What broke lately.
    """

    def __init__(self) -> None:
        self.breaks = BreakLog()
        self._signature = COMMON_TIME
        self._told_qpm: float | None = None
        self._line: BeatLine | None = None
        self._heard: list[tuple[int, float]] = []
        self._bar, self._bar_beats, self._bar_s = 0, 0.0, 0.0
        self._doubtful: tuple[int, float] | None = None
        self._odd_bars = 0.0

    # --- reading ----------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether there is a beat."""
        return self._line is not None

    @property
    def locked(self) -> bool:
        """Whether there is a beat."""
        return self._line is not None

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute; 120 if unknown."""
        if self._line is not None:
            return self._line.beats_per_s * 60.0
        return self._told_qpm or 120.0

    @property
    def timeline(self) -> Timeline:
        """Bar lines from the newest message on."""
        song_ticks = self._bar * self._signature.bar_ticks
        return Timeline(self._bar_beats * TICKS_PER_BEAT, song_ticks, 0, self._signature)

    def silent_for_s(self, now_s: float) -> float:
        """Seconds since the next message was missed for good; 0.0 before."""
        if self._line is None:
            return 0.0
        bar_s = self._signature.bar_beats / self._line.beats_per_s
        due_s = self._line.time_at(self._bar_beats + self._signature.bar_beats)
        return max(0.0, now_s - due_s - max(GRACE_BARS * bar_s, bar_s - BRIDGED_S))

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time."""
        return self._line.beats_at(t_s) if self._line is not None else self._bar_beats

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played; inf while there is no beat."""
        return self._line.time_at(run_beats) if self._line is not None else float("inf")

    # --- what comes in ----------------------------------------------------------------------

    def take_signature(self, signature: TimeSignature) -> None:
        """From now on a bar is this long; another length makes all that was heard worthless."""
        if signature.bar_ticks != self._signature.bar_ticks:
            self._bar_beats = self.timeline.run_beats
            self._line = None
            self._heard.clear()
        self._signature = signature

    def tell_tempo(self, tempo_qpm: float, now_s: float) -> None:
        """The tempo has been told, too: it holds at once, until the bars show it better.

        Args:
            tempo_qpm: Quarter notes a minute, 20 to 999.
            now_s: The present moment.
        """
        self._told_qpm = tempo_qpm
        line = self._line
        if line is None:
            if self._heard:
                self._begin(self._heard[-1][1], _Kind.START)
        elif abs(tempo_qpm / 60.0 / line.beats_per_s - 1.0) > LATE_BARS / 2:
            self._draw(BeatLine(now_s, line.beats_at(now_s), tempo_qpm / 60.0))
            self._heard.clear()
            self._doubtful = None

    def bar(self, arrival_s: float) -> None:
        """A bar begins.

        Args:
            arrival_s: When the message came, by the engine's clock.
        """
        line, length = self._line, self._signature.bar_beats
        if line is None:
            self._first_bars(arrival_s)
            return
        passed = (line.beats_at(arrival_s) - self._bar_beats) / length
        if passed < DOUBLED_BARS and arrival_s - self._bar_s < DOUBLED_BARS * length / (
            line.beats_per_s
        ):
            return
        bars = round(passed)
        lost = 2 <= bars <= MOST_BARS and abs(passed - bars) <= LOST_OFF_BARS
        again, self._odd_bars = abs(passed - self._odd_bars) <= LOST_OFF_BARS, 0.0
        if EARLIEST_BARS <= passed <= LATEST_BARS or again:
            self._next(1, passed - 1, arrival_s)
            return
        self._odd_bars = passed
        if lost:
            self._next(bars, passed - bars, arrival_s)
        else:
            self._begin(arrival_s, _Kind.JUMP)

    # --- inside -----------------------------------------------------------------------------

    def _first_bars(self, arrival_s: float) -> None:
        """Two messages make a tempo; with a tempo told one is enough."""
        length = self._signature.bar_beats
        if self._told_qpm is not None:
            self._begin(arrival_s, _Kind.START)
            return
        if not self._heard:
            self._heard = [(0, arrival_s)]
            return
        gap_s = arrival_s - self._heard[0][1]
        if gap_s < length * 60.0 / GREATEST_TEMPO_QPM:
            return
        if gap_s > length * 60.0 / LEAST_TEMPO_QPM:
            self._heard = [(0, arrival_s)]
            return
        self._heard.append((1, arrival_s))
        self._bar, self._bar_s = 1, arrival_s
        self._line = BeatLine(arrival_s, self._bar_beats, length / gap_s)
        self._broke(_Kind.START)

    def _begin(self, arrival_s: float, kind: DiscontinuityKind) -> None:
        """A bar begins here, whatever was before; the tempo is as it was, or as told."""
        length, tempo_qpm = self._signature.bar_beats, self.tempo_qpm
        if self._line is not None:
            # What went by unseen is not counted for ever.
            self._bar_beats = min(
                max(self._bar_beats, self._line.beats_at(arrival_s)), self._bar_beats + 2 * length
            )
        self._bar, self._bar_s = 0, arrival_s
        self._heard, self._doubtful = [(0, arrival_s)], None
        self._line = BeatLine(arrival_s, self._bar_beats, tempo_qpm / 60.0)
        self._broke(kind)

    def _next(self, bars: int, off_bars: float, arrival_s: float) -> None:
        """The bar line after so many bars, by the line so far off by some part of a bar."""
        length = self._signature.bar_beats
        before = self._bar, self._bar_s
        self._bar += bars
        self._bar_beats += bars * length
        self._bar_s = arrival_s
        here = self._bar, arrival_s
        line = self._line
        speed = line.beats_per_s if line is not None else self.tempo_qpm / 60.0
        if not self._heard:
            self._heard = [here]
        elif abs(off_bars) <= max(LATE_BARS, LATE_S * speed / length):
            self._heard = [*self._heard[1 - MEMORY_BARS :], here]
            self._doubtful = None
        elif abs(off_bars) > CHANGED_BARS:
            # Somewhere since the last bar: half of the way may be at the old tempo.
            speed = (here[0] - before[0]) * length / (arrival_s - before[1])
            self._heard, self._doubtful = [here], None
        elif self._doubtful is None:
            self._doubtful = here
            return
        else:
            self._heard, self._doubtful = [self._doubtful, here], None
        self._draw(self._fitted(speed))

    def _fitted(self, beats_per_s: float) -> BeatLine:
        """The least squares line through the bars heard; at a given speed if there is one only."""
        length = self._signature.bar_beats
        beats = [self._bar_beats - (self._bar - bar) * length for bar, _ in self._heard]
        times = [at_s for _, at_s in self._heard]
        mean_s, mean_beats = sum(times) / len(times), sum(beats) / len(beats)
        spread = sum((at_s - mean_s) ** 2 for at_s in times)
        if spread > 0.0:
            pairs = zip(times, beats, strict=True)
            together = sum((at_s - mean_s) * (beat - mean_beats) for at_s, beat in pairs)
            beats_per_s = together / spread
        low, high = LEAST_TEMPO_QPM / 60.0, GREATEST_TEMPO_QPM / 60.0
        return BeatLine(mean_s, mean_beats, min(max(beats_per_s, low), high))

    def _draw(self, line: BeatLine) -> None:
        before_qpm = self.tempo_qpm
        self._line = line
        if abs(self.tempo_qpm / before_qpm - 1.0) > LATE_BARS / 2 and tempo_differs(
            before_qpm, self.tempo_qpm
        ):
            self._broke(_Kind.TEMPO)

    def _broke(self, kind: DiscontinuityKind) -> None:
        song_ticks = float(self._bar * self._signature.bar_ticks)
        self.breaks.add((Discontinuity(kind, self._bar_beats, song_ticks),))
