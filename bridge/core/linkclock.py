"""Ableton Link as a source of the beat.

Link agrees on a beat line among its peers to the microsecond, so nothing is estimated: the newest
state *is* the line. What Link has not is a song: no position, no loop. Its beats are taken for the
position, and its quantum for the bar.

Peers that don't share start and stop (Link's "Start Stop Sync") only share the beat. The line is
then taken to play all the time. Alone in its session the engine would follow itself: without
peers the clock is not locked.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.beatline import BeatLine
from bridge.core.clocksource import BreakLog
from bridge.core.songposition import Discontinuity, DiscontinuityKind, tempo_differs
from bridge.core.timebase import COMMON_TIME, TimeSignature
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

JUMP_BEATS = 0.01
"""A beat this far from where the line led has jumped, as when two sessions meet."""

_Kind = DiscontinuityKind


@dataclass(frozen=True, slots=True)
class LinkState:
    """What Link says at one moment.

    Args:
        at_s: The moment, by the engine's clock.
        beats: Link's beat at that moment; may be negative.
        tempo_qpm: The session's tempo, 20 to 999.
        quantum_beats: Length of the bar that ``beats`` is aligned to.
        playing: Whether the session plays; means something only with ``start_stop_sync``.
        start_stop_sync: Whether start and stop are shared.
        peers: How many others there are.
    """

    at_s: float
    beats: float
    tempo_qpm: float
    quantum_beats: float = 4.0
    playing: bool = False
    start_stop_sync: bool = False
    peers: int = 1

    @property
    def runs(self) -> bool:
        """Whether the beat counts as played."""
        return self.playing or not self.start_stop_sync


class LinkClock:
    """Run beats of a Link session that is polled, some ten times a second or more often."""

    def __init__(self) -> None:
        self.breaks = BreakLog()
        self._last: LinkState | None = None
        self._offset_beats = 0.0
        self._run_beats = 0.0

    @property
    def playing(self) -> bool:
        """Whether the session plays; always, if start and stop aren't shared."""
        return self._last is not None and self._last.runs

    @property
    def tempo_qpm(self) -> float:
        """The session's tempo; 120 if unknown."""
        return self._last.tempo_qpm if self._last is not None else 120.0

    @property
    def locked(self) -> bool:
        """Whether there is anybody to follow."""
        return self._last is not None and self._last.peers > 0

    @property
    def timeline(self) -> Timeline:
        """Bar lines by the quantum."""
        last = self._last
        if last is None:
            return Timeline(0.0, 0.0)
        song_ticks = (self._run_beats - self._offset_beats) * TICKS_PER_BEAT
        signature = signature_of(last.quantum_beats)
        return Timeline(self._run_beats * TICKS_PER_BEAT, song_ticks, 0, signature)

    def silent_for_s(self, now_s: float) -> float:
        """Seconds since Link was last polled, while playing."""
        return max(0.0, now_s - self._last.at_s) if self._last and self._last.runs else 0.0

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the session stopped."""
        return self._line().beats_at(t_s) if self.playing else self._run_beats

    def time_at(self, run_beats: float) -> float:
        """Time of a run beat; inf while stopped."""
        return self._line().time_at(run_beats) if self.playing else float("inf")

    def observe(self, state: LinkState) -> tuple[Discontinuity, ...]:
        """Take a state, newer than the one before.

        Returns:
            What broke since.
        """
        last = self._last
        if last is not None and state.at_s < last.at_s:
            return ()
        kinds = [] if last is None else self._played_on(last, state)
        self._last = state
        if state.runs and (last is None or not last.runs):
            self._offset_beats = self._run_beats - state.beats
            kinds.append(_Kind.START)
        # A beat can come back by rounding; run beats do not.
        if state.runs:
            self._run_beats = max(self._run_beats, state.beats + self._offset_beats)
        if last is not None and tempo_differs(last.tempo_qpm, state.tempo_qpm):
            kinds.append(_Kind.TEMPO)
        if last is not None and last.quantum_beats != state.quantum_beats:
            kinds.append(_Kind.SIGNATURE)
        found = (Discontinuity(k, self._run_beats, state.beats * TICKS_PER_BEAT) for k in kinds)
        return self.breaks.add(tuple(found))

    def _played_on(self, last: LinkState, state: LinkState) -> list[DiscontinuityKind]:
        """Count the beats between two states; a jump in Link's does not count."""
        if not last.runs:
            return []
        elapsed_s = state.at_s - last.at_s
        ways = sorted(elapsed_s * one.tempo_qpm / 60.0 for one in (last, state))
        moved = state.beats - last.beats
        jumped = not ways[0] - JUMP_BEATS <= moved <= ways[1] + JUMP_BEATS
        if jumped or not state.runs:
            self._run_beats += elapsed_s * last.tempo_qpm / 60.0
            self._offset_beats = self._run_beats - state.beats
        if not state.runs:
            return [_Kind.STOP]
        return [_Kind.JUMP] if jumped else []

    def _line(self) -> BeatLine:
        last = self._last
        if last is None:
            return BeatLine(0.0, 0.0, 2.0)
        return BeatLine(last.at_s, last.beats + self._offset_beats, last.tempo_qpm / 60.0)


def signature_of(quantum_beats: float) -> TimeSignature:
    """The time signature whose bar is a quantum long; 4/4 if there is none."""
    for denominator in (4, 8, 16):
        numerator = quantum_beats * denominator / 4.0
        if numerator == round(numerator) and 1 <= numerator <= 99:
            return TimeSignature(round(numerator), denominator)
    return COMMON_TIME
