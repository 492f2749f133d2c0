"""The simulated device's note player: what Max's scheduler will do with the engine's notes.

A note waits for its song tick and sounds by the transport; it is dropped where its moment has
passed, refused where it comes more than a beat ahead, and ended after its duration. A stop, a jump
and a flush leave nothing sounding. Every note-on and note-off is logged, so that a test can prove
it. (Max has the same pieces: `transport`, `pipe`, `makenote`, `midiflush`.)
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

from bridge.core.units import TICKS_PER_BEAT
from bridge.demo.transport import SimulatedTransport, TransportState

MAX_AHEAD_TICKS = TICKS_PER_BEAT
"""Only so far ahead may a note be sent: a stop or a jump then loses little."""

_ROUNDING_TICKS = 1e-4


@dataclass(frozen=True, slots=True)
class SoundedNote:
    """A note of the engine, as it sounded, or (in the log of late notes) would have.

    Args:
        target_ticks: Song position that the engine asked for.
        song_ticks: Song position at which it sounded; of a late note, at which it arrived.
        run_beats: Beats that the transport had played in all at that moment.
        at_s: That moment.
        pitch: MIDI pitch.
        velocity: MIDI velocity, 1 to 127.
        channel: MIDI channel, 0 to 15.
        duration_ticks: Length that the engine asked for.
        ahead_ms: How long before its moment it arrived.
        late_ms: How long after its moment it arrived; 0.0 for every note that sounded.
    """

    target_ticks: int
    song_ticks: float
    run_beats: float
    at_s: float
    pitch: int
    velocity: int
    channel: int
    duration_ticks: int
    ahead_ms: float
    late_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class MidiEvent:
    """A note-on (velocity above 0) or note-off that left the player."""

    at_s: float
    run_beats: float
    pitch: int
    channel: int
    velocity: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    target_ticks: int
    pitch: int
    velocity: int
    channel: int
    duration_ticks: int
    ahead_ms: float


class NotePlayer:
    """Plays notes at song ticks.

    Args:
        transport: Live's transport.

    Attributes:
        sounded: Every note that sounded, in order.
        late: Every note that came too late and did not sound.
        midi: Every note-on and note-off, in order.
        dropped_waiting: Notes that waited when a stop, jump or flush dropped them.
        not_playing: Notes that came while the transport stood still.
    """

    def __init__(self, transport: SimulatedTransport) -> None:
        self._transport = transport
        self._waiting: list[tuple[float, int, _Waiting]] = []
        self._ends: dict[tuple[int, int], float] = {}
        self._count = 0
        self.sounded: list[SoundedNote] = []
        self.late: list[SoundedNote] = []
        self.midi: list[MidiEvent] = []
        self.dropped_waiting = 0
        self.not_playing = 0

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """Pitch and channel of each note that sounds now."""
        return tuple(self._ends)

    @property
    def waiting(self) -> int:
        """How many notes wait for their tick."""
        return len(self._waiting)

    def take(
        self, target: int, pitch: int, velocity: int, channel: int, duration: int, now_s: float
    ) -> list[str]:
        """Take a note (ticks); returns why it was refused: nothing where it was not.

        A note whose moment has passed is not refused but logged as late.
        """
        state = self._transport.state_at(now_s)
        if not state.playing:
            self.not_playing += 1
            return []
        ahead = _ticks_ahead(state, target)
        if ahead > MAX_AHEAD_TICKS + _ROUNDING_TICKS:
            return [f"/n is {ahead:.0f} ticks ahead; {MAX_AHEAD_TICKS} is the most."]
        ahead_ms = ahead / state.ticks_per_s * 1000.0
        note = _Waiting(target, pitch, velocity, channel, duration, max(0.0, ahead_ms))
        if ahead < -_ROUNDING_TICKS:
            self.late.append(_sound(note, state, late_ms=-ahead_ms))
            return []
        self._count += 1
        run_ticks = state.run_ticks + max(0.0, ahead)
        heapq.heappush(self._waiting, (run_ticks, self._count, note))
        return []

    def next_event_s(self) -> float:
        """The next moment at which a note begins or ends by itself, or infinity."""
        return min(self._next_on_s(), self._next_off_s())

    def play_next(self) -> None:
        """Do what falls due at `next_event_s`; an end goes before a beginning."""
        if self._next_off_s() <= self._next_on_s():
            key = min(self._ends, key=lambda each: self._ends[each])
            self._end(key, self._next_off_s())
            return
        at_s = self._next_on_s()
        run_ticks, _, note = heapq.heappop(self._waiting)
        state = self._transport.state_at(at_s)
        key = (note.pitch, note.channel)
        if key in self._ends:
            self._end(key, at_s)
        self._ends[key] = run_ticks + note.duration_ticks
        self.sounded.append(_sound(note, state))
        self._log(at_s, key, note.velocity)

    def clear(self) -> None:
        """Drop the notes that wait; the sounding ones end in their time."""
        self.dropped_waiting += len(self._waiting)
        self._waiting.clear()

    def flush(self, now_s: float) -> None:
        """Drop the notes that wait and end the sounding ones now."""
        self.clear()
        for key in list(self._ends):
            self._end(key, now_s)

    def stuck(self) -> list[tuple[int, int]]:
        """Pitch and channel of each note-on in the log without its note-off, or the reverse.

        Empty once nothing sounds: the proof that no note hangs.
        """
        balance: dict[tuple[int, int], int] = {}
        for event in self.midi:
            key = (event.pitch, event.channel)
            balance[key] = balance.get(key, 0) + (1 if event.velocity else -1)
        return [key for key, count in balance.items() if count]

    def _next_on_s(self) -> float:
        return self._time_of(self._waiting[0][0]) if self._waiting else math.inf

    def _next_off_s(self) -> float:
        return self._time_of(min(self._ends.values())) if self._ends else math.inf

    def _time_of(self, run_ticks: float) -> float:
        return self._transport.time_of_run_ticks(run_ticks)

    def _end(self, key: tuple[int, int], at_s: float) -> None:
        del self._ends[key]
        self._log(at_s, key, 0)

    def _log(self, at_s: float, key: tuple[int, int], velocity: int) -> None:
        run_beats = self._transport.run_ticks_at(at_s) / TICKS_PER_BEAT
        self.midi.append(MidiEvent(at_s, run_beats, key[0], key[1], velocity))


def _ticks_ahead(state: TransportState, target: int) -> float:
    ahead = target - state.song_ticks
    loop = state.loop
    # Half a loop behind means: the next time round. The patch uses the same rule.
    if loop is not None and state.song_ticks < loop.end_ticks and ahead < -loop.length_ticks / 2:
        ahead += loop.length_ticks
    return ahead


def _sound(note: _Waiting, state: TransportState, late_ms: float = 0.0) -> SoundedNote:
    return SoundedNote(
        note.target_ticks,
        state.song_ticks,
        state.run_ticks / TICKS_PER_BEAT,
        state.at_s,
        note.pitch,
        note.velocity,
        note.channel,
        note.duration_ticks,
        note.ahead_ms,
        late_ms,
    )
