"""Time signatures, loops, and what a clock source tells the engine.

A source is anything that knows where the host's song is: the device in Live, MIDI beat clock,
Ableton Link, the engine itself. Each turns what it hears into `ClockSample`; nothing behind this
type knows how it travelled. Ticks are 480 a beat, a beat is a quarter note.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridge.core.units import TICKS_PER_BEAT

DENOMINATORS = (1, 2, 4, 8, 16)
"""The note values that Live allows under a time signature."""

TICKS_PER_CLOCK = TICKS_PER_BEAT // 24
"""Ticks between two clock messages: sources speak 24 times a beat, as MIDI beat clock does."""

TICKS_PER_SIXTEENTH = TICKS_PER_BEAT // 4


@dataclass(frozen=True, slots=True)
class TimeSignature:
    """A time signature.

    Args:
        numerator: Beats of the denominator's value in a bar, 1 to 99.
        denominator: 1, 2, 4, 8 or 16.

    Raises:
        ValueError: If one of the two is out of range.
    """

    numerator: int = 4
    denominator: int = 4

    def __post_init__(self) -> None:
        if not 1 <= self.numerator <= 99:
            raise ValueError(f"numerator {self.numerator} is not in 1 to 99")
        if self.denominator not in DENOMINATORS:
            raise ValueError(f"denominator {self.denominator} is not one of {DENOMINATORS}")

    @property
    def bar_ticks(self) -> int:
        """Length of a bar in ticks, exact: a sixteenth note is 120 ticks."""
        return self.numerator * (4 * TICKS_PER_BEAT // self.denominator)

    @property
    def bar_beats(self) -> float:
        """Length of a bar in quarter notes, exact (6/8 is 3.0, 5/16 is 1.25)."""
        return self.numerator * 4 / self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


COMMON_TIME = TimeSignature(4, 4)


@dataclass(frozen=True, slots=True)
class LoopBounds:
    """The song's loop while it is switched on.

    Args:
        start_ticks: Song position of the loop's start in ticks.
        length_ticks: Length in ticks. A loop shorter than one tick can't be played and is taken
            as none.
    """

    start_ticks: float
    length_ticks: float

    @property
    def end_ticks(self) -> float:
        """Song position at which the song goes back to the loop's start, in ticks."""
        return self.start_ticks + self.length_ticks

    @property
    def playable(self) -> bool:
        """Whether the loop is long enough to be one."""
        return self.length_ticks >= 1.0


@dataclass(frozen=True, slots=True)
class ClockSample:
    """One observation of the host's song position.

    Args:
        epoch: Grows when the host starts, is located elsewhere, or the source is loaded anew.
        seq: Grows by one with each message of an epoch; repeats of a message carry its number.
        song_ticks: Song position in ticks; may have a fraction and may be negative.
        tempo_qpm: Tempo in quarter notes a minute, 20 to 999, or None where the source has none
            to tell (bare MIDI beat clock).
        sent_s: The sender's own clock at that position, in seconds from any zero, or None.
        playing: Whether the song runs.
        loop: Bounds of the loop, or None while looping is off.
        signature: Time signature at that position.
        bar_offset_ticks: Ticks since the start of the bar at that position, by the host's count.
    """

    epoch: int
    seq: int
    song_ticks: float
    tempo_qpm: float | None
    sent_s: float | None
    playing: bool
    loop: LoopBounds | None = None
    signature: TimeSignature = COMMON_TIME
    bar_offset_ticks: float = 0.0

    @property
    def bar_start_ticks(self) -> int:
        """Song position of the bar line at or before the sample, to the whole tick.

        The offset comes in whole ticks while the position may have a fraction, so the difference
        can be a tick off; a bar line that near to a sixteenth note is taken to lie on it.
        """
        start = self.song_ticks - self.bar_offset_ticks
        sixteenth = round_ticks(start / TICKS_PER_SIXTEENTH) * TICKS_PER_SIXTEENTH
        return sixteenth if abs(start - sixteenth) <= 1.0 else round_ticks(start)


def round_ticks(ticks: float) -> int:
    """The nearest whole tick; a half belongs to the later one."""
    return math.floor(ticks + 0.5)


def grid_at_or_after(ticks: float, origin_ticks: float, step_ticks: float) -> float:
    """The first point of the grid ``origin + k * step`` that is not before ``ticks``."""
    return origin_ticks + math.ceil((ticks - origin_ticks) / step_ticks) * step_ticks


def grid_at_or_before(ticks: float, origin_ticks: float, step_ticks: float) -> float:
    """The last point of the grid ``origin + k * step`` that is not after ``ticks``."""
    return origin_ticks + math.floor((ticks - origin_ticks) / step_ticks) * step_ticks


def ticks_per_second(tempo_qpm: float) -> float:
    """Ticks played in a second at a tempo in quarter notes a minute."""
    return tempo_qpm * TICKS_PER_BEAT / 60.0
