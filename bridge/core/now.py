"""The present moment as a player sees it: where the beat is, and how far ahead to work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class BarLines(Protocol):
    """Where the bar lines lie (`bridge.core.timeline.Timeline`)."""

    def next_bar_line(self, run_beats: float) -> float:
        """The first bar line at or after a moment, in run beats."""
        ...

    def bar_line_at_or_before(self, run_beats: float) -> float:
        """The last bar line at or before a moment, in run beats."""
        ...

    def run_beats_to_target_ticks(self, run_beats: float) -> int:
        """The song position of a moment, in ticks (480 a beat)."""
        ...


@dataclass(frozen=True, slots=True)
class Now:
    """The present moment.

    Args:
        beats: Run beats: played beats, never jumping.
        lookahead_beats: Notes are sent this long before they sound.
        lead_beats: An answer is asked of the model this long before its bar line; more than
            ``lookahead_beats``.
        late_beats: A note this late is dropped, never played in a burst.
        bar_beats: Length of a bar.
        tempo_qpm: Tempo now.
        bars: Where the bar lines lie.
    """

    beats: float
    lookahead_beats: float
    lead_beats: float
    late_beats: float
    bar_beats: float
    tempo_qpm: float
    bars: BarLines

    @property
    def beat_s(self) -> float:
        """Length of a beat in seconds, as it is now."""
        return 60.0 / self.tempo_qpm

    def next_bar_line_after(self, beats: float) -> float:
        """The first bar line that lies after a moment (run beats)."""
        return self.bars.next_bar_line(beats + EPSILON_BEATS)


EPSILON_BEATS = 1e-6
"""Two moments closer than this are the same: 0.5 µs at 120 qpm, far below a tick."""
