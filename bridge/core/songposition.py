"""Where the song is, and what happened to it between two clock messages.

Messages get lost, so what happened is inferred from where the song *is*, never from having seen
the message that announced it: the epoch tells a start or locate from play, the distance travelled
against the time that passed tells a loop wrap from a locate.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bridge.core.timebase import (
    TICKS_PER_CLOCK,
    ClockSample,
    LoopBounds,
    ticks_per_second,
)
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

SLACK_TICKS = 2.0 * TICKS_PER_CLOCK
"""How far a position may lie from the one expected, and still be the song played on."""

SLACK_SHARE = 0.05
SAME_PLACE_TICKS = 1.0
HIDDEN_STOP_S = 0.5
TEMPO_STEP = 1e-4
"""Relative change of tempo that counts as one."""

OFFSET_GRID = 256.0
"""Offsets are multiples of 1/256 tick: sums of ticks then stay exact in float64."""


class DiscontinuityKind(enum.Enum):
    """What broke the steady run of the song."""

    START = "start"
    STOP = "stop"
    CONTINUE = "continue"
    JUMP = "jump"
    LOOP_WRAP = "loop-wrap"
    TEMPO = "tempo"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Discontinuity:
    """One break.

    Args:
        kind: ``START``: playing begins after a locate or at load; ``CONTINUE``: it resumes where
            it stopped; ``JUMP``: a locate while playing; ``LOOP_WRAP``: the loop came round (once,
            even if several rounds went by unseen).
        run_beats: When, in run beats. A wrap's is exact; that of the others is the observation's.
        song_ticks: Song position right after it, in ticks.
    """

    kind: DiscontinuityKind
    run_beats: float
    song_ticks: float


_Kind = DiscontinuityKind


class SongPosition:
    """Follows the song from sample to sample. Feed it samples in order, without repeats."""

    def __init__(self) -> None:
        self._last: ClockSample | None = None
        self._offset_ticks = 0.0
        self._run_ticks = 0.0
        self._rest_ticks: float | None = None
        self._wrapped = False

    @property
    def last(self) -> ClockSample | None:
        """The newest sample."""
        return self._last

    @property
    def run_ticks(self) -> float:
        """Run beats of the newest sample, times 480. Never falls."""
        return self._run_ticks

    def timeline(self) -> Timeline:
        """The song as it will be played from the newest sample on."""
        last = self._last
        if last is None:
            return Timeline(0.0, 0.0)
        anchor = last.song_ticks + self._offset_ticks
        loop = last.loop if last.loop is not None and last.loop.playable else None
        wrapped = self._wrapped and loop is not None
        return Timeline(
            anchor, last.song_ticks, last.bar_start_ticks, last.signature, loop, wrapped
        )

    def advance(
        self, sample: ClockSample, elapsed_s: float | None, predicted_run_ticks: float | None
    ) -> tuple[Discontinuity, ...]:
        """Take a sample.

        Args:
            sample: Newer than the last.
            elapsed_s: Time since the last sample by the sender's clock, in seconds; None where
                there is no such clock.
            predicted_run_ticks: Run ticks at the moment of the sample had the song been played
                on, or None if unknown. A locate lands there.
        """
        last = self._last
        if last is None:
            first = self._begin(sample) if sample.playing else ()
            self._settle(sample)
            return first
        if sample.playing and last.playing:
            found = self._played_on(last, sample, elapsed_s, predicted_run_ticks)
        elif sample.playing:
            found = self._resume(sample)
        elif last.playing:
            found = self._stop(last, sample, elapsed_s)
        else:
            self._offset_ticks = _on_grid(self._run_ticks - sample.song_ticks)
            found = ()
        self._settle(sample)
        return found + self._changes(last, sample)

    def _settle(self, sample: ClockSample) -> None:
        last = self._last
        if last is not None and last.loop != sample.loop:
            self._wrapped = False
        self._run_ticks = max(self._run_ticks, sample.song_ticks + self._offset_ticks)
        self._last = sample

    def _played_on(
        self,
        last: ClockSample,
        sample: ClockSample,
        elapsed_s: float | None,
        predicted_run_ticks: float | None,
    ) -> tuple[Discontinuity, ...]:
        expected = _expected_ticks(last, sample, elapsed_s)
        if sample.epoch != last.epoch:
            moved = sample.song_ticks - last.song_ticks
            paused = (elapsed_s or 0.0) > HIDDEN_STOP_S
            if paused and -SAME_PLACE_TICKS <= moved < expected - SLACK_TICKS:
                self._rest_ticks = last.song_ticks
                stop = Discontinuity(_Kind.STOP, self._beats(), last.song_ticks)
                return (stop, *self._resume(sample))
            return self._jump(sample, expected, predicted_run_ticks)
        way = _way(last, sample, expected, loose=False)
        if way is None:
            return self._jump(sample, expected, predicted_run_ticks)
        return self._wrap(*way)

    def _wrap(self, loop: LoopBounds | None, rounds: int) -> tuple[Discontinuity, ...]:
        if loop is None or rounds == 0:
            return ()
        self._offset_ticks += rounds * loop.length_ticks
        self._wrapped = True
        at_beats = (loop.start_ticks + self._offset_ticks) / TICKS_PER_BEAT
        return (Discontinuity(_Kind.LOOP_WRAP, at_beats, loop.start_ticks),)

    def _jump(
        self, sample: ClockSample, expected: float, predicted_run_ticks: float | None
    ) -> tuple[Discontinuity, ...]:
        if predicted_run_ticks is None:
            predicted_run_ticks = self._run_ticks + expected
        self._run_ticks = max(self._run_ticks, predicted_run_ticks)
        self._offset_ticks = _on_grid(self._run_ticks - sample.song_ticks)
        self._wrapped = False
        return (Discontinuity(_Kind.JUMP, self._beats(), sample.song_ticks),)

    def _resume(self, sample: ClockSample) -> tuple[Discontinuity, ...]:
        rest = self._rest_ticks
        if rest is None or not -SAME_PLACE_TICKS <= sample.song_ticks - rest <= SLACK_TICKS:
            return self._begin(sample)
        self._offset_ticks = _on_grid(self._run_ticks - rest)
        return (Discontinuity(_Kind.CONTINUE, self._beats(), rest),)

    def _begin(self, sample: ClockSample) -> tuple[Discontinuity, ...]:
        self._offset_ticks = _on_grid(self._run_ticks - sample.song_ticks)
        self._wrapped = False
        return (Discontinuity(_Kind.START, self._beats(), sample.song_ticks),)

    def _stop(
        self, last: ClockSample, sample: ClockSample, elapsed_s: float | None
    ) -> tuple[Discontinuity, ...]:
        expected = _expected_ticks(last, sample, elapsed_s)
        way = _way(last, sample, expected, loose=True) if sample.epoch == last.epoch else None
        before: tuple[Discontinuity, ...] = ()
        if way is None:
            # Stopped and moved before we heard of either: where it stopped is not known.
            self._rest_ticks = None
            self._offset_ticks = _on_grid(self._run_ticks - sample.song_ticks)
        else:
            before = self._wrap(*way)
            self._rest_ticks = sample.song_ticks
            self._run_ticks = max(self._run_ticks, sample.song_ticks + self._offset_ticks)
        return (*before, Discontinuity(_Kind.STOP, self._beats(), sample.song_ticks))

    def _changes(self, last: ClockSample, sample: ClockSample) -> tuple[Discontinuity, ...]:
        found: list[Discontinuity] = []
        if tempo_differs(last.tempo_qpm, sample.tempo_qpm):
            found.append(Discontinuity(_Kind.TEMPO, self._beats(), sample.song_ticks))
        if sample.signature != last.signature:
            found.append(Discontinuity(_Kind.SIGNATURE, self._beats(), sample.song_ticks))
        return tuple(found)

    def _beats(self) -> float:
        return self._run_ticks / TICKS_PER_BEAT


def tempo_differs(before_qpm: float | None, after_qpm: float | None) -> bool:
    """Whether two tempos differ by more than rounding."""
    if before_qpm is None or after_qpm is None:
        return before_qpm is not after_qpm
    return abs(after_qpm - before_qpm) > TEMPO_STEP * before_qpm


def _on_grid(ticks: float) -> float:
    return round(ticks * OFFSET_GRID) / OFFSET_GRID


def _expected_ticks(last: ClockSample, sample: ClockSample, elapsed_s: float | None) -> float:
    """Ticks that playing on would have covered between two samples.

    Without the sender's clock the sequence number is the better clock: arrivals can stall.
    """
    tempo = last.tempo_qpm
    if elapsed_s is None or tempo is None:
        missed = sample.seq - last.seq if sample.epoch == last.epoch else 1
        return float(max(1, missed) * TICKS_PER_CLOCK)
    mean_qpm = 0.5 * (tempo + (sample.tempo_qpm or tempo))
    return elapsed_s * ticks_per_second(mean_qpm)


def _way(
    last: ClockSample, sample: ClockSample, expected: float, *, loose: bool
) -> tuple[LoopBounds | None, int] | None:
    """The loop and the rounds of it by which the song got from one sample to the next.

    Args:
        last: Where the song was.
        sample: Where it is.
        expected: Ticks that playing on covers.
        loose: The song stopped in between: ``expected`` is but an upper bound.

    Returns:
        (None, 0) if it was played straight on; None if neither play nor loop explains it.
    """
    moved = sample.song_ticks - last.song_ticks
    slack = SLACK_TICKS + SLACK_SHARE * expected
    nominal = float(max(1, sample.seq - last.seq) * TICKS_PER_CLOCK)
    best: tuple[LoopBounds | None, int] | None = None
    miss = float("inf")
    if -SAME_PLACE_TICKS <= moved <= max(expected, nominal) + slack:
        best, miss = (None, 0), abs(moved - expected)
        if loose or miss <= 0.5 * TICKS_PER_CLOCK:
            return best
    for loop in dict.fromkeys((last.loop, sample.loop)):
        if loop is None or not loop.playable or last.song_ticks > loop.end_ticks:
            continue
        if not -SAME_PLACE_TICKS <= sample.song_ticks - loop.start_ticks < loop.length_ticks:
            continue
        rounds = max(1, 1 if loose else round((expected - moved) / loop.length_ticks))
        travelled = moved + rounds * loop.length_ticks
        error = travelled - expected
        if error <= slack and (loose or error >= -slack) and abs(error) < miss:
            best, miss = (loop, rounds), abs(error)
    return best
