"""The song as it will be played: run beats to song ticks, bar lines, loops.

*Run beats* count the beats played, whatever the song does: a loop that wraps, or a locate, does
not make them jump. *Song ticks* are Live's song position (480 a beat). On a stretch without jumps
the two differ by a constant; a loop folds the song back and leaves the run going on::

    song    0 ------ start ======== end|start ======== end|start ===
    run     0 ---------------------------------------------------->
    pass              0                 1                  2

Everything here is pure arithmetic on one anchor, the newest tick. Bar lines are computed in
ticks, which are whole numbers for every time signature that Live knows, so that none drifts.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridge.core.timebase import (
    COMMON_TIME,
    LoopBounds,
    TimeSignature,
    grid_at_or_after,
    grid_at_or_before,
    round_ticks,
)
from bridge.core.units import TICKS_PER_BEAT

TOLERANCE_TICKS = 1e-4
"""What counts as the same moment (0.1 µs at 120 qpm): far above float64's error in a long jam,
far below anything played."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Song positions of run beats, seen from one anchor.

    The past before the anchor is taken to be the song played straight on, or the loop if the
    song has already come round (``wrapped``). Time signatures ahead aren't known: the bar grid
    of the anchor is continued.

    Args:
        run_ticks: Run beats of the anchor, times 480.
        song_ticks: Song position of the anchor in ticks.
        bar_start_ticks: Song position of any bar line, in whole ticks: the grid's origin.
        signature: Time signature.
        loop: The loop, or None.
        wrapped: Whether the anchor was reached by going round this loop.
    """

    run_ticks: float
    song_ticks: float
    bar_start_ticks: int = 0
    signature: TimeSignature = COMMON_TIME
    loop: LoopBounds | None = None
    wrapped: bool = False

    @property
    def run_beats(self) -> float:
        """Run beats of the anchor."""
        return self.run_ticks / TICKS_PER_BEAT

    def song_ticks_at(self, run_beats: float) -> float:
        """Song position in ticks at a run beat, future loop wraps included."""
        loop = self._active_loop()
        straight = self._straight(run_beats)
        return straight - self._pass_of(straight, loop) * (loop.length_ticks if loop else 0.0)

    def next_bar_line(self, run_beats: float, *, at_least: float = 0.0) -> float:
        """The first bar line at or after a run beat, of the song as it will be played.

        A loop that holds no bar line has one at its start: something must be the downbeat.

        Args:
            run_beats: Where to look from.
            at_least: Beats that must lie between ``run_beats`` and the line, not negative.

        Returns:
            Run beats of the line; not before ``run_beats + at_least`` but for 1e-4 tick.
        """
        loop = self._active_loop()
        straight = self._straight(run_beats + at_least)
        turn = self._pass_of(straight, loop)
        if loop is None:
            return self._run_beats(self._line_from(straight))
        song = straight - turn * loop.length_ticks
        line = self._line_from(song)
        bare = self._line_from(loop.start_ticks) >= loop.end_ticks - TOLERANCE_TICKS
        if bare and song <= loop.start_ticks + TOLERANCE_TICKS:
            line = min(line, loop.start_ticks)
        if line >= loop.end_ticks - TOLERANCE_TICKS:
            turn += 1
            line = loop.start_ticks if bare else self._line_from(loop.start_ticks)
        return self._run_beats(line + turn * loop.length_ticks)

    def bar_line_at_or_before(self, run_beats: float) -> float:
        """The last bar line at or before a run beat, in run beats.

        Before the anchor's stretch of song the answer is where the line would be had the song
        been played straight up to it.
        """
        loop = self._active_loop()
        straight = self._straight(run_beats)
        turn = self._pass_of(straight, loop)
        if loop is None:
            return self._run_beats(self._line_until(straight))
        song = straight - turn * loop.length_ticks
        line = self._line_until(song)
        came_round = self.wrapped or turn > 0
        bare = self._line_from(loop.start_ticks) >= loop.end_ticks - TOLERANCE_TICKS
        if song >= loop.start_ticks - TOLERANCE_TICKS and line < loop.start_ticks:
            if bare:
                line = loop.start_ticks
            elif came_round:
                turn -= 1
                line = self._line_until(loop.end_ticks - 2 * TOLERANCE_TICKS)
        return self._run_beats(line + turn * loop.length_ticks)

    def run_beats_to_target_ticks(self, run_beats: float) -> int:
        """The whole song tick at which a run beat is played; exact for every bar line.

        A moment that rounds to the loop's end is the loop's start: the end is never played.
        """
        song = self.song_ticks_at(run_beats)
        target = round_ticks(song)
        loop = self._active_loop()
        if loop is not None and song < loop.end_ticks and target >= loop.end_ticks:
            return round_ticks(loop.start_ticks)
        return target

    def next_run_beats_at(self, song_ticks: float, *, at_least: float) -> float | None:
        """The first run beat, not before ``at_least``, at which the song stands at a tick.

        Returns:
            Run beats, or None if the song as it will be played never gets there.
        """
        loop = self._active_loop()
        straight = self._straight(at_least)
        turn = self._pass_of(straight, loop)
        if loop is None:
            ahead = song_ticks >= straight - TOLERANCE_TICKS
            return self._run_beats(song_ticks) if ahead else None
        if song_ticks >= loop.end_ticks - TOLERANCE_TICKS:
            return None
        if song_ticks < straight - turn * loop.length_ticks - TOLERANCE_TICKS:
            turn += 1
        if song_ticks < loop.start_ticks - TOLERANCE_TICKS and (turn > 0 or self.wrapped):
            return None
        return self._run_beats(song_ticks + turn * loop.length_ticks)

    def _active_loop(self) -> LoopBounds | None:
        """The loop, if the song will come to its end: Live plays on from a place behind it."""
        loop = self.loop
        if loop is None or not loop.playable:
            return None
        return loop if self.song_ticks < loop.end_ticks - TOLERANCE_TICKS else None

    def _straight(self, run_beats: float) -> float:
        """Song ticks of a run beat if no loop ever wrapped after the anchor."""
        return run_beats * TICKS_PER_BEAT - (self.run_ticks - self.song_ticks)

    def _run_beats(self, straight_ticks: float) -> float:
        return (straight_ticks + (self.run_ticks - self.song_ticks)) / TICKS_PER_BEAT

    def _pass_of(self, straight_ticks: float, loop: LoopBounds | None) -> int:
        """How often the loop has wrapped between the anchor and there (negative: before it)."""
        if loop is None:
            return 0
        inside = straight_ticks - loop.start_ticks + TOLERANCE_TICKS
        turn = math.floor(inside / loop.length_ticks)
        return turn if self.wrapped else max(turn, 0)

    def _line_from(self, song_ticks: float) -> float:
        bar_ticks = self.signature.bar_ticks
        return grid_at_or_after(song_ticks - TOLERANCE_TICKS, self.bar_start_ticks, bar_ticks)

    def _line_until(self, song_ticks: float) -> float:
        bar_ticks = self.signature.bar_ticks
        return grid_at_or_before(song_ticks + TOLERANCE_TICKS, self.bar_start_ticks, bar_ticks)
