"""The beat line: which run beat is played at which time, estimated from clock samples.

Two clocks meet here. Live's song runs by the *sender's* clock; the engine sleeps by its own. Two
ways lead from one to the other, chosen by what a sample carries:

*Sender time* (the sample has ``sent_s``). Arrival against sender time is a line of slope 1 but
for some parts per million, whatever the song does: tempo changes, stops and locates don't touch
it, so it looks back 10 s. The beat line then is arithmetic on the newest sample:
``beat(t) = beat_k + (t - line(sent_k)) * tempo / 60``, with the line's slope as the ratio of the
two clocks.

*Beat count* (no time stamps). Arrival against run beats is a line whose slope is the tempo. It
looks back 8 beats; a tempo told in the sample begins a new window that keeps the phase, an untold
one is found by change detection, and a start or locate begins a new phase at the old slope. A loop
wrap disturbs neither, because run beats don't jump with the song.

Either way the ratio of the two clocks outlives the window: crystals hardly wander, and a slope
known well halves the phase error at the window's end.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.linefit import BEATS, SENDER_TIME, LineFit
from bridge.core.songposition import tempo_differs
from bridge.core.timebase import ClockSample

CLOCK_STEP_S = 0.25
"""An arrival this far off the sender's line is not jitter."""

STEP_PATIENCE = 12
"""So many samples in a row must be late alike before the sender's clock is taken to have
stepped: after a stall they are late too, but less and less so."""

FIRST_RATIO_WEIGHT_S2 = 50.0
"""Weight of "both clocks run alike": right for 2 ms of noise and some 300 ppm."""

RATIO_MEMORY = 5.0
"""The past's weight is at most so many windows."""

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

    def local_s(self, sent_s: float, arrival_s: float) -> float:
        """Our time of a stamp; its arrival if the stamp is of a clock not observed yet."""
        if not self._fit.ready:
            return arrival_s
        local_s = self._fit.at(sent_s)
        return local_s if abs(arrival_s - local_s) < CLOCK_STEP_S else arrival_s

    def observe(self, sent_s: float, arrival_s: float, *, new_epoch: bool) -> None:
        """Take a stamp and its arrival; a sender that restarted its clock begins a new line."""
        if self._fit.ready and not self._belongs(sent_s, arrival_s, new_epoch):
            return
        self._newest_s = sent_s
        self._fit.add(sent_s, arrival_s)
        if self._ratio.learn(self._fit.slope, self._fit.spread):
            self._fit.set_prior(self._ratio.ratio, self._ratio.weight_s2)

    def _belongs(self, sent_s: float, arrival_s: float, new_epoch: bool) -> bool:
        """Whether to use a stamp; resets if it shows that the sender's clock is another."""
        late_s = arrival_s - self._fit.at(sent_s)
        if abs(late_s) <= CLOCK_STEP_S and sent_s >= self._newest_s:
            self._late.clear()
            return True
        self._late = [*self._late[1 - STEP_PATIENCE :], late_s]
        alike = max(self._late) - min(self._late) < 0.2 * CLOCK_STEP_S
        # Nothing arrives before it was sent, and a clock doesn't run backwards.
        impossible = sent_s < self._newest_s or late_s < 0.0
        if impossible or new_epoch or (alike and len(self._late) == STEP_PATIENCE):
            self.reset()
            return True
        return False

    def beat_line(self, sample: ClockSample, arrival_s: float, run_beats: float) -> BeatLine:
        """The beat line through a stamped sample."""
        at_s = self.local_s(sample.sent_s if sample.sent_s is not None else 0.0, arrival_s)
        tempo_qpm = sample.tempo_qpm if sample.tempo_qpm is not None else 120.0
        return BeatLine(at_s, run_beats, tempo_qpm / 60.0 / self.ratio)


class BeatCount:
    """The beat line from arrivals and run beats alone."""

    def __init__(self) -> None:
        self._fit = LineFit(BEATS)
        self._ratio = ClockRatio(BEATS.window)
        self._tempo_qpm: float | None = None

    def beat_line(
        self, sample: ClockSample, arrival_s: float, run_beats: float, *, new_phase: bool
    ) -> BeatLine | None:
        """Take a sample and give the beat line; None while one tick is all there is.

        Args:
            sample: Its tempo, if it tells one, is Live's word.
            arrival_s: When it came.
            run_beats: Its run beats.
            new_phase: Whether playing started, resumed or jumped here.
        """
        fit, tempo_qpm = self._fit, sample.tempo_qpm
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
        fit.add(run_beats, arrival_s)
        if not fit.ready:
            return None
        if tempo_qpm is not None:
            beat_s = 60.0 / tempo_qpm
            if self._ratio.learn(fit.slope / beat_s, fit.spread * beat_s * beat_s):
                self._expect(tempo_qpm)
        return BeatLine(fit.at(run_beats), run_beats, 1.0 / fit.slope)

    def _expect(self, tempo_qpm: float | None) -> None:
        """Tell the fit what its slope will be near to."""
        if tempo_qpm is not None:
            beat_s = 60.0 / tempo_qpm
            self._fit.set_prior(
                self._ratio.ratio * beat_s, self._ratio.weight_s2 / (beat_s * beat_s)
            )
        elif self._fit.ready:
            self._fit.set_prior(self._fit.slope, OLD_SLOPE_WEIGHT_BEATS2, OLD_SLOPE_POINTS)
