"""MIDI beat clock for the LEDs' animations: 24 pulses a beat, in phase with the bar. Sans-IO.

A start resets the animations' phase, and each pulse moves it on by a twenty-fourth of a beat
(manual, *LED Animation*). So it is begun on a beat, and told to begin again (continue does that
too) on the next beat whenever the song's beats no longer lie where the pulses say. No song position
is ever sent: the device has no use for one.

Other than for a sequencer, a pulse that is late is no loss: after a stall the phase is set anew.
"""

from __future__ import annotations

from bridge.core.clockout import CONTINUE, PULSE, START, STOP, SongClock

PULSES_PER_BEAT = 24
MOST_HELD_BACK_BEATS = 0.5
_STEP = 1.0 / PULSES_PER_BEAT
_SAME_BEATS = 1e-4


class LedClock:
    """The beat for one device."""

    def __init__(self) -> None:
        self._running = False
        self._next_beats: float | None = None
        self._seen_beats = float("-inf")
        self._phase = 0
        self._phase_owed = True

    def due(self, clock: SongClock, now_s: float) -> list[bytes]:
        """Everything that must have left by now, in order."""
        if not clock.playing:
            return self.stop()
        beats = clock.run_beats_at(now_s)
        self._lay(clock, beats)
        sent: list[bytes] = []
        while self._next_beats is not None and self._next_beats <= beats + _SAME_BEATS:
            sent += self._pulse(clock, self._next_beats)
        return sent

    def next_due_s(self, clock: SongClock) -> float:
        """When something is due next, by the tempo as it is now; infinity while stopped."""
        if not clock.playing:
            return float("-inf") if self._running else float("inf")
        return float("-inf") if self._next_beats is None else clock.time_at(self._next_beats)

    def stop(self) -> list[bytes]:
        """The beat is over; the animations go on at the last tempo, by themselves."""
        was, self._running = self._running, False
        self.forget()
        return [STOP] if was else []

    def forget(self) -> None:
        """A new device: it has been told nothing."""
        self._running, self._next_beats = False, None
        self._phase, self._phase_owed = 0, True

    def _lay(self, clock: SongClock, beats: float) -> None:
        """Lay the pulses where there are none, or where a stall or another clock broke them."""
        ahead = self._next_beats
        anew = ahead is None or beats < self._seen_beats - _STEP
        self._seen_beats = beats
        if anew or (ahead is not None and beats - ahead > MOST_HELD_BACK_BEATS):
            self._phase_owed = True
            self._next_beats = _grid_after(clock, beats - _STEP / 2)

    def _pulse(self, clock: SongClock, at_beats: float) -> list[bytes]:
        place = _place(clock, at_beats)
        self._next_beats = _grid_after(clock, at_beats)
        sent: list[bytes] = []
        if place == 0 and (self._phase_owed or self._phase != 0):
            sent.append(CONTINUE if self._running else START)
            self._running, self._phase, self._phase_owed = True, 0, False
        if not self._running:
            return sent
        self._phase = (self._phase + 1) % PULSES_PER_BEAT
        return [*sent, PULSE]


def _place(clock: SongClock, run_beats: float) -> int:
    """Which pulse of its beat a moment is, 0 to 23, beats being counted from the bar line."""
    line = clock.timeline.bar_line_at_or_before(run_beats + _SAME_BEATS)
    return round((run_beats - line) * PULSES_PER_BEAT) % PULSES_PER_BEAT


def _grid_after(clock: SongClock, run_beats: float) -> float:
    """The first moment for a pulse after another."""
    later = run_beats + _STEP / 2
    line = clock.timeline.bar_line_at_or_before(later + _SAME_BEATS)
    count = round((later - line) * PULSES_PER_BEAT)
    found = line + count * _STEP
    return found if found > run_beats + _SAME_BEATS else line + (count + 1) * _STEP
