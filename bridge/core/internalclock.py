"""The engine's own beat: a tempo line that nobody else dictates.

It is used when no other source is there, and is what the engine sends as MIDI beat clock and
proposes to an Ableton Link session when there is no Live to do so. A change of tempo bends the
line where it happens; the beats played so far stay as they are.
"""

from __future__ import annotations

from bridge.core.beatline import BeatLine
from bridge.core.clocksource import GREATEST_TEMPO_QPM, LEAST_TEMPO_QPM, BreakLog
from bridge.core.songposition import Discontinuity, DiscontinuityKind, tempo_differs
from bridge.core.timebase import COMMON_TIME, TimeSignature
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT


class InternalClock:
    """A clock that runs by the engine's time. Moments should not go back.

    Args:
        tempo_qpm: Tempo to begin with, 20 to 999.
        signature: Time signature to begin with.

    Raises:
        ValueError: The tempo is out of range.
    """

    def __init__(self, tempo_qpm: float = 120.0, signature: TimeSignature = COMMON_TIME) -> None:
        self.breaks = BreakLog()
        self._tempo_qpm = _checked(tempo_qpm)
        self._signature = signature
        self._playing = False
        self._at_s = 0.0
        self._run_beats = 0.0
        self._song_ticks = 0.0
        self._bar_start_ticks = 0

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._playing

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute."""
        return self._tempo_qpm

    @property
    def locked(self) -> bool:
        """Always: nothing is estimated."""
        return True

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions."""
        run_ticks = self._run_beats * TICKS_PER_BEAT
        return Timeline(run_ticks, self._song_ticks, self._bar_start_ticks, self._signature)

    def silent_for_s(self, now_s: float) -> float:
        """Always 0.0: it can't fall silent."""
        return 0.0

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which it stopped."""
        return self._line().beats_at(t_s) if self._playing else self._run_beats

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played; inf while stopped."""
        return self._line().time_at(run_beats) if self._playing else float("inf")

    def start(self, now_s: float, song_ticks: float = 0.0) -> None:
        """Play from a song position; while playing this is a locate."""
        kind = DiscontinuityKind.JUMP if self._playing else DiscontinuityKind.START
        self._pass(now_s)
        self._song_ticks, self._bar_start_ticks = song_ticks, 0
        self._playing = True
        self._broke(kind)

    def resume(self, now_s: float) -> None:
        """Play on from where it stopped."""
        if not self._playing:
            self._pass(now_s)
            self._playing = True
            self._broke(DiscontinuityKind.CONTINUE)

    def stop(self, now_s: float) -> None:
        """Stop."""
        if self._playing:
            self._pass(now_s)
            self._playing = False
            self._broke(DiscontinuityKind.STOP)

    def set_tempo(self, tempo_qpm: float, now_s: float) -> None:
        """Change the tempo from now on.

        Raises:
            ValueError: The tempo is out of range.
        """
        tempo_qpm = _checked(tempo_qpm)
        changed = tempo_differs(self._tempo_qpm, tempo_qpm)
        self._pass(now_s)
        self._tempo_qpm = tempo_qpm
        if changed:
            self._broke(DiscontinuityKind.TEMPO)

    def set_signature(self, signature: TimeSignature, now_s: float) -> None:
        """Change the time signature; a bar begins at the beat nearest to now."""
        self._pass(now_s)
        self._bar_start_ticks = round(self._song_ticks / TICKS_PER_BEAT) * TICKS_PER_BEAT
        self._signature = signature
        self._broke(DiscontinuityKind.SIGNATURE)

    def take_after(self, song: Timeline, run_beats: float, tempo_qpm: float, now_s: float) -> None:
        """Take over tempo, time signature and place in the song from a clock that falls silent.

        Args:
            song: That clock's song.
            run_beats: Where it is now, in its run beats.
            tempo_qpm: Its tempo; held within 20 to 999.
            now_s: Now.
        """
        self._pass(now_s)
        self._tempo_qpm = min(max(tempo_qpm, LEAST_TEMPO_QPM), GREATEST_TEMPO_QPM)
        self._signature = song.signature
        self._song_ticks = song.song_ticks_at(run_beats)
        since_bar_line = run_beats - song.bar_line_at_or_before(run_beats)
        self._bar_start_ticks = round(self._song_ticks - since_bar_line * TICKS_PER_BEAT)

    def _line(self) -> BeatLine:
        return BeatLine(self._at_s, self._run_beats, self._tempo_qpm / 60.0)

    def _pass(self, now_s: float) -> None:
        """Let time go by until now."""
        if self._playing:
            beats = max(0.0, now_s - self._at_s) * self._tempo_qpm / 60.0
            self._run_beats += beats
            self._song_ticks += beats * TICKS_PER_BEAT
        self._at_s = max(self._at_s, now_s)

    def _broke(self, kind: DiscontinuityKind) -> None:
        self.breaks.add((Discontinuity(kind, self._run_beats, self._song_ticks),))


def _checked(tempo_qpm: float) -> float:
    if not LEAST_TEMPO_QPM <= tempo_qpm <= GREATEST_TEMPO_QPM:
        raise ValueError(f"tempo {tempo_qpm} is not in {LEAST_TEMPO_QPM:g} to 999 qpm")
    return tempo_qpm
