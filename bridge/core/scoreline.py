"""The line of bars on which the players' lanes are laid, in whole ticks. Sans-IO.

It is that of the lane with the most bars; before and after it another lane's goes on. A lane that
follows the same song has its bar lines at the same moments, and is laid line upon line: every note
is then as many ticks from its bar line as it was played. What follows another beat is laid by time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bridge.core.chronicle import Played, TempoFrom
from bridge.core.timebase import TimeSignature
from bridge.core.units import TICKS_PER_BEAT, beats_to_seconds, beats_to_ticks, seconds_to_beats

SAME_LINE_BEATS = 0.1
_DENOMINATORS = (4, 8, 16)


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the line, as it was played.

    Args:
        start_ticks: Where it begins.
        length_ticks: Its length.
        at_s: When it began.
        lane: Whose it is.
        run_beats: Where it begins in that lane.
        signature: Its time signature.
        tempo_qpm: The tempo at its beginning.
    """

    start_ticks: int
    length_ticks: int
    at_s: float
    lane: Played
    run_beats: float
    signature: TimeSignature
    tempo_qpm: float

    @property
    def written_signature(self) -> TimeSignature:
        """Its time signature in a score: a bar that was cut short has one of its own."""
        if self.length_ticks == self.signature.bar_ticks:
            return self.signature
        for denominator in _DENOMINATORS:
            unit = 4 * TICKS_PER_BEAT // denominator
            numerator = self.length_ticks // unit
            if self.length_ticks % unit == 0 and 1 <= numerator <= 99:
                return TimeSignature(numerator, denominator)
        # No sequencer counts a bar of so odd a length; its bar lines shift from here on.
        return self.signature


def line_of(lanes: Sequence[Played]) -> list[Bar]:
    """The line of bars, from the first to the one that is played now."""
    chosen: list[tuple[float, float, Played]] = []
    for lane in sorted(lanes, key=lambda lane: -len(lane.lines)):
        begin, end = lane.lines[0].at_s, lane.lines[-1].at_s
        if all(end <= other_begin or begin >= other_end for other_begin, other_end, _ in chosen):
            chosen.append((begin, end + _bar_s(lane), lane))
    bars: list[Bar] = []
    ticks = 0
    for _, _, lane in sorted(chosen, key=lambda one: one[0]):
        lines, tempi = lane.lines, lane.tempi
        for line, following in zip(lines, [*lines[1:], None], strict=True):
            beats = line.signature.bar_beats
            if following is not None:
                beats = min(beats, following.run_beats - line.run_beats)
            length = max(1, beats_to_ticks(beats))
            tempo = _tempo_at(tempi, line.run_beats)
            bars.append(Bar(ticks, length, line.at_s, lane, line.run_beats, line.signature, tempo))
            ticks += length
    return bars


def _bar_s(lane: Played) -> float:
    """Length of a lane's last bar in seconds."""
    return beats_to_seconds(lane.lines[-1].signature.bar_beats, lane.tempi[-1].tempo_qpm)


def _tempo_at(tempi: Sequence[TempoFrom], run_beats: float) -> float:
    place = bisect_right(tempi, run_beats, key=lambda one: one.run_beats)
    return tempi[max(0, place - 1)].tempo_qpm


def placer(lane: Played, line: Sequence[Bar]) -> Callable[[float], int]:
    """Where on the line a lane's run beats lie, in ticks."""
    own, tempi = lane.lines, lane.tempi
    # Looked up for every note, so they are laid out once.
    own_beats, line_s = [one.run_beats for one in own], [bar.at_s for bar in line]
    own_tempi = [_tempo_at(tempi, beats) for beats in own_beats]

    def place(run_beats: float) -> int:
        index = max(0, bisect_right(own_beats, run_beats) - 1)
        near, beats, tempo = own[index], run_beats - own_beats[index], own_tempi[index]
        slack_s = beats_to_seconds(SAME_LINE_BEATS, tempo)
        bar = line[max(0, bisect_right(line_s, near.at_s + slack_s) - 1)]
        if bar.lane is lane or abs(bar.at_s - near.at_s) <= slack_s:
            return bar.start_ticks + beats_to_ticks(beats)
        at_s = near.at_s + beats_to_seconds(beats, tempo)
        bar = line[max(0, bisect_right(line_s, at_s) - 1)]
        return bar.start_ticks + beats_to_ticks(seconds_to_beats(at_s - bar.at_s, bar.tempo_qpm))

    return place
