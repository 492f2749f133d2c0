"""MIDI beat clock out: which bytes are due, from any clock that can be read. Sans-IO.

24 pulses a beat while the song runs, each at its beat whatever the tempo does. Start (FA) tells
position 0, elsewhere a song position (F2) and continue (FB) go before; both mean the *next* pulse.
A position is counted in sixteenth notes, so a song that starts between two of them is told at the
second. A locate is stop, position, continue; a loop that comes round is told by a position alone,
before the pulse of its first whole sixteenth: who ignores that stays in time.

A pulse is never left out, since a receiver counts them; those that a stall held back leave
together. If they would be a beat or more, the song is told anew instead.
"""

from __future__ import annotations

import math
from typing import Protocol

from bridge.core.schedule import TimedMessage
from bridge.core.timebase import TICKS_PER_CLOCK, TICKS_PER_SIXTEENTH
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

PULSE, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
LAST_SIXTEENTH = 2**14 - 1
"""What a song position can tell: 1024 bars of 4/4."""

MOST_HELD_BACK = 24
SAME_TICKS = 1.0
"""A song that moves by less than this against the beats played has not been moved."""


class SongClock(Protocol):
    """As much of a clock as is needed: `HostClock`, `ClockHub`, `InternalClock`."""

    @property
    def playing(self) -> bool:
        """Whether the song runs."""

    @property
    def timeline(self) -> Timeline:
        """Song positions."""

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time."""

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played."""


class ClockOut:
    """What goes out on one port.

    Args:
        offset_s: Added to the moment of everything; below 0 it leaves early.
    """

    def __init__(self, offset_s: float = 0.0) -> None:
        self._offset_s = offset_s
        self._running = False
        self._next_ticks = 0.0
        self._seen_ticks = 0.0
        self._shift_ticks = 0.0
        self._position_owed = False

    @property
    def running(self) -> bool:
        """Whether the receivers have been told that the song runs."""
        return self._running

    def due(self, clock: SongClock, now_s: float) -> list[TimedMessage]:
        """Everything that must have left by now, in order."""
        if not clock.playing:
            return self.stop(now_s)
        ready: list[TimedMessage] = []
        run_ticks = clock.run_beats_at(now_s - self._offset_s) * TICKS_PER_BEAT
        if not self._running or self._lost(run_ticks) or self._moved(clock, run_ticks):
            ready += self.stop(now_s)
            ready += self._begin(clock, run_ticks, now_s)
        self._seen_ticks = run_ticks
        while self._next_ticks <= run_ticks + 1e-6:
            due_s = min(now_s, clock.time_at(self._next_ticks / TICKS_PER_BEAT) + self._offset_s)
            ready += self._position(clock, due_s)
            ready.append(TimedMessage(PULSE, due_s))
            self._next_ticks += TICKS_PER_CLOCK
        return ready

    def next_due_s(self, clock: SongClock) -> float:
        """When something is due next, by the tempo as it is now; infinity while stopped."""
        if not clock.playing:
            return float("-inf") if self._running else float("inf")
        if not self._running:
            return float("-inf")
        return clock.time_at(self._next_ticks / TICKS_PER_BEAT) + self._offset_s

    def stop(self, now_s: float) -> list[TimedMessage]:
        """Tell the receivers to stop, if they have been told to run."""
        if not self._running:
            return []
        self._running = False
        return [TimedMessage(STOP, now_s)]

    def _begin(self, clock: SongClock, run_ticks: float, now_s: float) -> list[TimedMessage]:
        """Start or continue, at the sixteenth of the last pulse's length or at the next one."""
        song_ticks = clock.timeline.song_ticks_at(run_ticks / TICKS_PER_BEAT)
        recent = song_ticks - TICKS_PER_CLOCK + SAME_TICKS
        sixteenth = max(0, math.ceil(recent / TICKS_PER_SIXTEENTH))
        self._running, self._position_owed = True, False
        self._shift_ticks = song_ticks - run_ticks
        self._next_ticks = sixteenth * TICKS_PER_SIXTEENTH - self._shift_ticks
        if sixteenth == 0:
            return [TimedMessage(START, now_s)]
        return [TimedMessage(data, now_s) for data in (*song_position(sixteenth), CONTINUE)]

    def _lost(self, run_ticks: float) -> bool:
        """Whether a stall held back too much, or the beats begin anew: another clock."""
        held_back = (run_ticks - self._next_ticks) / TICKS_PER_CLOCK
        return held_back >= MOST_HELD_BACK or run_ticks < self._seen_ticks - TICKS_PER_SIXTEENTH

    def _moved(self, clock: SongClock, run_ticks: float) -> bool:
        """Whether the song was located elsewhere; a loop's wrap is noted and is none."""
        song = clock.timeline
        shift = song.song_ticks_at(run_ticks / TICKS_PER_BEAT) - run_ticks
        moved = shift - self._shift_ticks
        if abs(moved) <= SAME_TICKS:
            return False
        if song.loop is None:
            return True
        rounds = moved / song.loop.length_ticks
        if abs(rounds - round(rounds)) * song.loop.length_ticks > SAME_TICKS:
            return True
        if abs(math.remainder(moved, TICKS_PER_CLOCK)) > SAME_TICKS:
            # The loop is no whole number of pulses long: the pulses have to be laid anew.
            return True
        self._shift_ticks, self._position_owed = shift, True
        return False

    def _position(self, clock: SongClock, due_s: float) -> list[TimedMessage]:
        """The song position owed, if the next pulse is one that it can tell."""
        if not self._position_owed:
            return []
        song_ticks = clock.timeline.song_ticks_at(self._next_ticks / TICKS_PER_BEAT)
        sixteenth = round(song_ticks / TICKS_PER_SIXTEENTH)
        if abs(song_ticks - sixteenth * TICKS_PER_SIXTEENTH) > SAME_TICKS:
            return []
        self._position_owed = False
        return [TimedMessage(data, due_s) for data in song_position(sixteenth)]


def song_position(sixteenth: int) -> tuple[bytes, ...]:
    """The message that tells a song position; none for one that it can't tell."""
    if not 0 <= sixteenth <= LAST_SIXTEENTH:
        return ()
    return (bytes((0xF2, sixteenth & 0x7F, sixteenth >> 7)),)
