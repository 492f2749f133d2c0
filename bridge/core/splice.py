"""Joining two sources' run beats so that neither the beat nor, if it can be, the bar is lost."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.songposition import OFFSET_GRID
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

BAR_TOLERANCE_BEATS = 0.125
"""Bar lines of two sources that lie no further apart are the same bar lines."""

MADE_UP_OVER_BEATS = 2.0


@dataclass(frozen=True, slots=True)
class Splice:
    """A map from a source's run beats to the hub's: a shift, and a slope in its first beats.

    Args:
        offset_beats: The shift.
        from_beats: The source's run beats at the hand-over.
        rest_beats: What the hub is ahead of shift and source there; it goes to 0 in two beats.
    """

    offset_beats: float = 0.0
    from_beats: float = 0.0
    rest_beats: float = 0.0

    def forth(self, source_beats: float) -> float:
        """The hub's run beats."""
        gone = (source_beats - self.from_beats) / MADE_UP_OVER_BEATS
        return source_beats + self.offset_beats + self.rest_beats * min(max(1.0 - gone, 0.0), 1.0)

    def back(self, run_beats: float) -> float:
        """The source's run beats."""
        beats = run_beats - self.offset_beats
        if beats >= self.from_beats + MADE_UP_OVER_BEATS:
            return beats
        if beats - self.rest_beats <= self.from_beats:
            return beats - self.rest_beats
        share = self.rest_beats / MADE_UP_OVER_BEATS
        return (beats - self.rest_beats - share * self.from_beats) / (1.0 - share)


def splice(
    song: Timeline | None, run_beats: float, other: Timeline, other_beats: float
) -> tuple[Splice, bool]:
    """Join another source's beats to those played so far.

    Args:
        song: The song played so far; None if it didn't play.
        run_beats: Where it is now.
        other: The other source's song.
        other_beats: Where that is now, in its own run beats.

    Returns:
        The join, and whether the bar lines stay.
    """
    if song is not None and song.signature.bar_ticks == other.signature.bar_ticks:
        last, following = _lines(song, run_beats)
        others_last, others_following = _lines(other, other_beats)
        offset = min(
            (last - others_last, following - others_last, last - others_following),
            key=lambda shift: abs(run_beats - other_beats - shift),
        )
        rest = run_beats - other_beats - offset
        if abs(rest) <= BAR_TOLERANCE_BEATS:
            return Splice(offset, other_beats, rest), True
    offset_ticks = (run_beats - other_beats) * TICKS_PER_BEAT
    offset = round(offset_ticks * OFFSET_GRID) / OFFSET_GRID / TICKS_PER_BEAT
    return Splice(offset, other_beats, run_beats - other_beats - offset), False


def _lines(song: Timeline, run_beats: float) -> tuple[float, float]:
    """The last bar line at or before a beat, and the one after."""
    last = song.bar_line_at_or_before(run_beats)
    return last, song.next_bar_line(run_beats, at_least=1e-6)
