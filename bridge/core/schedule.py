"""Notes on their way to one MIDI port: a queue in beats, and a ledger of what sounds.

A player hands its notes over a little before they sound. They wait here in run beats and meet the
clock only when they are due, so a change of tempo moves all that waits. Everything that leaves
bears the moment at which it was due.

Three rules hold whatever the clock does: a note that is late beyond a limit is dropped and
counted, never played in a burst; a note-off is never dropped; and a pitch that is struck again
while it sounds ends first.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from bridge.core.notes import Note
from bridge.core.now import EPSILON_BEATS
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

LATE_S = 0.010
"""A note later than this is dropped: a missing note disturbs less than one in the wrong place."""
_REMEMBERED_BEATS = 4.0
"""How far back a note that was played is known, so that the same one isn't played again."""


class BeatTimes(Protocol):
    """A clock that knows beats (`bridge.core.hostclock.HostClock`, `bridge.core.clockhub`)."""

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time."""
        ...

    def time_at(self, run_beats: float) -> float:
        """Time of a run beat; infinity while there is no beat."""
        ...


class SongClock(BeatTimes, Protocol):
    """A clock that knows the song too (`bridge.core.hostclock`, `bridge.core.clockhub`)."""

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions, in run beats."""
        ...

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute."""
        ...


@dataclass(frozen=True, slots=True)
class TimedMessage:
    """A MIDI message that is to leave now.

    Args:
        data: Its bytes.
        due_s: When it should have left, by the engine's clock.
    """

    data: bytes
    due_s: float


def note_on(note: Note) -> bytes:
    """The note's note-on."""
    return bytes((0x90 | note.channel, note.pitch, note.velocity))


def note_off(pitch: int, channel: int) -> bytes:
    """A note-off."""
    return bytes((0x80 | channel, pitch, 64))


class Ledger:
    """Which notes sound, and when each one's note-off is owed (run beats)."""

    def __init__(self) -> None:
        self._owed: dict[tuple[int, int], float] = {}

    def __len__(self) -> int:
        return len(self._owed)

    def strike(self, pitch: int, channel: int, off_beats: float) -> bool:
        """A note begins; returns whether the same pitch sounds already and must end first."""
        sounds = self._owed.pop((pitch, channel), None) is not None
        self._owed[pitch, channel] = off_beats
        return sounds

    def next_off_beats(self) -> float:
        """The next note-off's moment; infinity if nothing sounds."""
        return min(self._owed.values(), default=float("inf"))

    def pop_next(self) -> tuple[float, bytes]:
        """The next note-off with its moment; it is owed no more.

        Raises:
            ValueError: Nothing sounds.
        """
        key = min(self._owed, key=self._owed.__getitem__)
        return self._owed.pop(key), note_off(*key)

    def flush(self) -> list[bytes]:
        """Every note-off still owed, now."""
        owed, self._owed = self._owed, {}
        return [note_off(*key) for key in owed]


class Schedule:
    """What waits for one port, and what sounds there.

    Args:
        offset_s: Added to the moment of everything that leaves; below 0 it leaves early.
        late_s: A note this late is dropped.
    """

    def __init__(self, offset_s: float = 0.0, late_s: float = LATE_S) -> None:
        self.ledger = Ledger()
        self.dropped = 0
        self._offset_s = offset_s
        self._late_s = late_s
        self._waiting: list[tuple[float, int, Note]] = []
        self._count = itertools.count()
        self._played: dict[tuple[int, int, int], float] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, note: Note) -> None:
        """Let a note wait, its start in run beats; one that has just been played is not again.

        A player that withdraws an answer sends what lies ahead once more. With an offset below 0
        some of that has already left.
        """
        if _identity(note) not in self._played:
            heapq.heappush(self._waiting, (note.start_beats, next(self._count), note))

    def clear(self) -> None:
        """Drop what waits; what sounds goes on to its end."""
        self._waiting.clear()

    def flush(self, now_s: float) -> list[TimedMessage]:
        """Drop what waits and end what sounds, now."""
        self._waiting.clear()
        self._played.clear()
        return [TimedMessage(data, now_s) for data in self.ledger.flush()]

    def due(self, clock: BeatTimes, now_s: float) -> list[TimedMessage]:
        """Everything that must have left by now, in order of its moments."""
        return list(self._due(clock, now_s))

    def next_due_s(self, clock: BeatTimes) -> float:
        """When something is due next, by the tempo as it is now; infinity if never."""
        first = self._waiting[0][0] if self._waiting else float("inf")
        beats = min(first, self.ledger.next_off_beats())
        if beats == float("inf"):
            return beats
        return clock.time_at(beats) + self._offset_s

    def _due(self, clock: BeatTimes, now_s: float) -> Iterator[TimedMessage]:
        until = clock.run_beats_at(now_s - self._offset_s) + EPSILON_BEATS
        too_late = clock.run_beats_at(now_s - self._offset_s - self._late_s)
        while True:
            start = self._waiting[0][0] if self._waiting else float("inf")
            off = self.ledger.next_off_beats()
            if min(start, off) > until:
                break
            if off <= start:
                beats, data = self.ledger.pop_next()
                yield TimedMessage(data, self._moment_s(clock, beats, now_s))
                continue
            note = heapq.heappop(self._waiting)[2]
            if start < too_late:
                self.dropped += 1
                continue
            due_s = self._moment_s(clock, start, now_s)
            self._played[_identity(note)] = start
            if self.ledger.strike(note.pitch, note.channel, note.end_beats):
                yield TimedMessage(note_off(note.pitch, note.channel), due_s)
            yield TimedMessage(note_on(note), due_s)
        self._forget(until)

    def _moment_s(self, clock: BeatTimes, beats: float, now_s: float) -> float:
        return min(clock.time_at(beats) + self._offset_s, now_s)

    def _forget(self, beats: float) -> None:
        old = [key for key, at in self._played.items() if at < beats - _REMEMBERED_BEATS]
        for key in old:
            del self._played[key]


def _identity(note: Note) -> tuple[int, int, int]:
    """Two notes of the same pitch that round to the same tick are one."""
    return round(note.start_beats * TICKS_PER_BEAT), note.pitch, note.channel
