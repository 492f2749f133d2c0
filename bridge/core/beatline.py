"""The beat line: which run beat is played at which time, estimated from clock samples.

Two clocks meet here: Live's song runs by the *sender's* clock, the engine sleeps by its own. Two
line fits lead from one to the other:

1. *Sender time* (only if samples carry ``sent_s``). Arrival against sender time is a line of slope
   1 but for some parts per million, whatever the song does: tempo changes, stops and locates don't
   touch it, so it looks back 10 s. It turns a stamp into our time and leaves the network's noise
   behind. Without stamps the arrival itself has to do.
2. *Beat count*. That time against run beats is a line whose slope is the tempo. It looks back 8
   beats; a tempo told in the sample begins a new window that keeps the phase, an untold one is
   found by change detection, and a start or locate begins a new phase at the old slope. A loop
   wrap disturbs nothing, because run beats don't jump with the song.

Where stamps and positions belong together exactly, the second fit has nothing to smooth, and the
newest sample alone is the better line: ``beat(t) = beat_k + (t - line(sent_k)) * tempo / 60``. It
follows every change at once. A host that stamps once for a whole audio buffer is told by the
second fit's residuals.

The ratio of the two clocks outlives the windows: crystals hardly wander, and a slope known well
halves the phase error at the window's end.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.linefit import BEATS, SENDER_TIME, LineFit
from bridge.core.songposition import tempo_differs

CLOCK_STEP_S = 0.25
"""An arrival this far off the sender's line is not jitter."""

STEP_PATIENCE = 12
"""So many samples in a row must be off alike before a clock is taken to have stepped: after a
stall they are late too, but less and less so."""

FIRST_RATIO_WEIGHT_S2 = 50.0
"""Weight of "both clocks run alike": right for 2 ms of noise and some 300 ppm."""

LIKELY_RATIO = 1e-3
"""Clocks that differ by more aren't believed to: something disturbed the window."""

RATIO_MEMORY = 5.0
"""The past's weight is at most so many windows."""

EXACT_STAMPS_S = 3e-4
"""Stamps that scatter less than this about the song's own line are taken at their word."""

SCATTER_PATIENCE = 24

PHASE_STEP_S = 4e-3
"""Least lasting offset that is taken for a step of phase, such as a dropout of Live's audio."""

LATE_PATIENCE = 48
"""Bare arrivals that are all late may be a busy machine's for a while: so many must be."""

OLD_SLOPE_WEIGHT_BEATS2 = 2.0
OLD_SLOPE_POINTS = 48


@dataclass(frozen=True, slots=True)
class BeatLine:
    """Run beats against the engine's time, valid around now.

    Args:
        at_s: Time of a moment.
        at_beats: Run beats of that moment.
        beats_per_s: Speed, above 0.
    """

    at_s: float
    at_beats: float
    beats_per_s: float

    def beats_at(self, t_s: float) -> float:
        """Run beats at a time."""
        return self.at_beats + (t_s - self.at_s) * self.beats_per_s

    def time_at(self, run_beats: float) -> float:
        """Time of a run beat."""
        return self.at_s + (run_beats - self.at_beats) / self.beats_per_s


class ClockRatio:
    """Our seconds per second of the sender, and how much that is worth (in s²)."""

    def __init__(self, window: int) -> None:
        self.ratio = 1.0
        self.weight_s2 = FIRST_RATIO_WEIGHT_S2
        self._window = window
        self._points = 0

    def learn(self, ratio: float, spread_s2: float) -> bool:
        """Count a point; after every full window take over the ratio fitted.

        Returns:
            Whether the ratio was taken over.
        """
        self._points += 1
        if self._points < self._window:
            return False
        self._points = 0
        if abs(ratio - 1.0) > LIKELY_RATIO:
            return False
        self.ratio = ratio
        self.weight_s2 = min(self.weight_s2 + spread_s2, RATIO_MEMORY * spread_s2)
        return True

    def interrupt(self) -> None:
        """The window begins anew: what it told so far is not yet worth remembering."""
        self._points = 0


class SenderClock:
    """When, by our clock, something happened that the sender stamped by its own."""

    def __init__(self) -> None:
        self._fit = LineFit(SENDER_TIME)
        self._late: list[float] = []
        self.reset()

    def reset(self) -> None:
        """Forget the sender."""
        self._ratio = ClockRatio(SENDER_TIME.window)
        self._fit.reset()
        self._fit.set_prior(self._ratio.ratio, self._ratio.weight_s2)
        self._newest_s = 0.0
        self._late.clear()

    @property
    def ratio(self) -> float:
        """Our seconds per second of the sender."""
        return self._fit.slope if self._fit.ready else 1.0

    @property
    def fresh(self) -> bool:
        """Whether the newest stamp is the first of its clock."""
        return self._fit.count == 1

    def observe(self, sent_s: float, arrival_s: float) -> float | None:
        """Take a stamp and its arrival; a sender that restarted its clock begins a new line.

        Returns:
            Our time of the stamp; None for one so late that it tells nothing: if more of that
            kind come, the clock has stepped.
        """
        if self._fit.ready and not self._belongs(sent_s, arrival_s):
            return None
        self._newest_s = sent_s
        self._fit.add(sent_s, arrival_s)
        if self._ratio.learn(self._fit.slope, self._fit.spread):
            self._fit.set_prior(self._ratio.ratio, self._ratio.weight_s2)
        return self._fit.at(sent_s)

    def _belongs(self, sent_s: float, arrival_s: float) -> bool:
        """Whether to use a stamp; resets if it shows that the sender's clock is another."""
        late_s = arrival_s - self._fit.at(sent_s)
        backwards = sent_s < self._newest_s - CLOCK_STEP_S
        if abs(late_s) <= CLOCK_STEP_S and not backwards:
            self._late.clear()
            return True
        self._late = [*self._late[1 - STEP_PATIENCE :], late_s]
        alike = max(self._late) - min(self._late) < 0.2 * CLOCK_STEP_S
        # Nothing arrives before it was sent, and a clock doesn't run backwards.
        if backwards or late_s < 0.0 or (alike and len(self._late) == STEP_PATIENCE):
            self.reset()
            return True
        return False


class BeatCount:
    """The beat line through times and run beats.

    Attributes:
        scatters: Whether the times scatter about the line by more than exact ones would. A new
            window has too few points to tell; until it can, it is as it was.
    """

    def __init__(self) -> None:
        self._fit = LineFit(BEATS)
        self._ratio = ClockRatio(BEATS.window)
        self._tempo_qpm: float | None = None
        self._off: list[float] = []
        self._doubts = 0
        self.scatters = False

    def beat_line(
        self,
        run_beats: float,
        at_s: float,
        tempo_qpm: float | None,
        *,
        stamped: bool,
        new_phase: bool,
    ) -> BeatLine | None:
        """Take a point and give the beat line; None while one point is all there is.

        Args:
            run_beats: Run beats of a sample.
            at_s: Its time by our clock, as well as it is known.
            tempo_qpm: Its tempo, if it tells one.
            stamped: Whether the time is the sender's word, or only that of the arrival.
            new_phase: Whether playing started, resumed or jumped here.
        """
        fit = self._fit
        new_phase = new_phase or self._stepped(run_beats, at_s, stamped)
        new_tempo = tempo_differs(self._tempo_qpm, tempo_qpm)
        self._tempo_qpm = tempo_qpm
        if new_phase:
            fit.restart()
        elif new_tempo:
            fit.carry_over(run_beats)
        if new_phase or new_tempo:
            self._ratio.interrupt()
            self._expect(tempo_qpm)
        fit.watching = tempo_qpm is None
        fit.add(run_beats, at_s)
        if not fit.ready:
            return None
        if fit.count >= STEP_PATIENCE:
            self._weigh_scatter(fit.scale > EXACT_STAMPS_S)
        if tempo_qpm is not None:
            beat_s = 60.0 / tempo_qpm
            if self._ratio.learn(fit.slope / beat_s, fit.spread * beat_s * beat_s):
                self._expect(tempo_qpm)
        return BeatLine(fit.at(run_beats), run_beats, 1.0 / fit.slope)

    def _weigh_scatter(self, scattered: bool) -> None:
        """Judge the stamps slowly: a dropout, too, widens the scatter at first."""
        self._doubts = max(0, min(SCATTER_PATIENCE, self._doubts + (1 if scattered else -1)))
        if self._doubts in (0, SCATTER_PATIENCE):
            self.scatters = self._doubts > 0

    def _stepped(self, run_beats: float, at_s: float, stamped: bool) -> bool:
        """Whether the phase has stepped: many times in a row off the line, all by as much."""
        fit = self._fit
        off_s = at_s - fit.at(run_beats) if fit.ready else 0.0
        if abs(off_s) < max(PHASE_STEP_S, 3.0 * fit.scale):
            self._off.clear()
            return False
        self._off.append(off_s)
        if len(self._off) < (STEP_PATIENCE if stamped or off_s < 0.0 else LATE_PATIENCE):
            return False
        first, *_, last = self._off[-STEP_PATIENCE:]
        self._off.clear()
        return abs(last - first) < 0.5 * abs(last)

    def _expect(self, tempo_qpm: float | None) -> None:
        """Tell the fit what its slope will be near to."""
        if tempo_qpm is not None:
            beat_s = 60.0 / tempo_qpm
            self._fit.set_prior(
                self._ratio.ratio * beat_s, self._ratio.weight_s2 / (beat_s * beat_s)
            )
        elif self._fit.ready:
            self._fit.set_prior(self._fit.slope, OLD_SLOPE_WEIGHT_BEATS2, OLD_SLOPE_POINTS)
