"""A transport like Live's, as arithmetic: a script of plays, stops and tempos gives the position.

Nothing here reads a clock. Moments are seconds from any zero and come in as arguments; positions
are exact but for the rounding of float64. *Song* ticks are what Live shows: they jump and wrap
with a loop. *Run* ticks only grow: they count what the transport has played in all. 480 a beat.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bridge.core.units import TICKS_PER_BEAT, beats_to_ticks

CLOCK_TICKS = 20
"""Song ticks between two clock messages: 24 a beat."""

_ON_GRID_TICKS = 1e-5
"""Nearer to a grid line than this counts as on it: far below a sample, far above rounding."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Live's loop brace, in song ticks: [start, start + length)."""

    start_ticks: int
    length_ticks: int

    @property
    def end_ticks(self) -> int:
        """The position that is never reached: there the song wraps to the start."""
        return self.start_ticks + self.length_ticks


@dataclass(frozen=True, slots=True)
class TransportState:
    """The transport at one moment, and from there on until its next scripted change.

    Args:
        at_s: The moment, in seconds.
        song_ticks: Song position.
        run_ticks: Ticks played in all up to here.
        playing: Whether the song moves.
        tempo_qpm: Quarter notes a minute.
        signature: Numerator and denominator.
        bar_origin_ticks: A song position at which a bar of this signature begins.
        loop: The loop, or None where it is off.
        clock_epoch: Counts starts and locates, from 0.
    """

    at_s: float = -math.inf
    song_ticks: float = 0.0
    run_ticks: float = 0.0
    playing: bool = False
    tempo_qpm: float = 120.0
    signature: tuple[int, int] = (4, 4)
    bar_origin_ticks: float = 0.0
    loop: Loop | None = None
    clock_epoch: int = 0

    @property
    def ticks_per_s(self) -> float:
        """Speed of a playing song."""
        return self.tempo_qpm * TICKS_PER_BEAT / 60.0

    def bar_offset_ticks(self, song_ticks: float) -> float:
        """How far into its bar a song position is."""
        numerator, denominator = self.signature
        return (song_ticks - self.bar_origin_ticks) % (numerator * 4 * TICKS_PER_BEAT / denominator)

    def wraps_before(self, unwrapped_ticks: float) -> int:
        """How often the loop has sent the song back when ``unwrapped_ticks`` would be reached."""
        loop = self.loop
        # A song that starts behind the loop's end plays on, as in Live.
        if loop is None or self.song_ticks >= loop.end_ticks or unwrapped_ticks < loop.end_ticks:
            return 0
        return math.floor((unwrapped_ticks - loop.start_ticks) / loop.length_ticks)

    def at(self, at_s: float) -> TransportState:
        """The state at a later moment of the same stretch."""
        if not self.playing or at_s == self.at_s:
            return replace(self, at_s=at_s)
        moved = (at_s - self.at_s) * self.ticks_per_s
        unwrapped = self.song_ticks + moved
        song = unwrapped
        if self.loop is not None:
            song -= self.wraps_before(unwrapped) * self.loop.length_ticks
        return replace(self, at_s=at_s, song_ticks=song, run_ticks=self.run_ticks + moved)


@dataclass(frozen=True, slots=True)
class Crossing:
    """The song reaches a multiple of `CLOCK_TICKS`.

    Args:
        at_s: When.
        song_ticks: Which.
    """

    at_s: float
    song_ticks: int


@dataclass(frozen=True, slots=True, order=True)
class _Change:
    at_s: float
    number: int
    apply: Callable[[TransportState], TransportState] = field(compare=False)


class SimulatedTransport:
    """Live's transport under a script.

    The script may be written in any order and added to at any time; what is added should lie in
    the future of whoever has already asked for positions.

    Args:
        tempo_qpm: Tempo until the script changes it, 20 to 999.
        signature: Time signature at song position 0.
        song_beats: Where the song stands before it is played.
    """

    def __init__(
        self,
        tempo_qpm: float = 120.0,
        signature: tuple[int, int] = (4, 4),
        song_beats: float = 0.0,
    ) -> None:
        self._initial = TransportState(
            tempo_qpm=_tempo(tempo_qpm),
            signature=_signature(signature),
            song_ticks=song_beats * TICKS_PER_BEAT,
        )
        self._script: list[_Change] = []
        self._states: list[TransportState] | None = None

    def play(self, at_s: float) -> None:
        """Start from where the song stands."""
        self._add(
            at_s,
            lambda state: replace(state, playing=True, clock_epoch=state.clock_epoch + 1),
        )

    def stop(self, at_s: float) -> None:
        """Stop; the song stays where it is."""
        self._add(at_s, lambda state: replace(state, playing=False))

    def locate(self, at_s: float, song_beats: float) -> None:
        """Jump to a song position, playing or not."""
        ticks = song_beats * TICKS_PER_BEAT
        self._add(
            at_s,
            lambda state: replace(state, song_ticks=ticks, clock_epoch=state.clock_epoch + 1),
        )

    def set_tempo(self, at_s: float, qpm: float) -> None:
        """Change the tempo, 20 to 999 quarter notes a minute."""
        tempo = _tempo(qpm)
        self._add(at_s, lambda state: replace(state, tempo_qpm=tempo))

    def set_signature(self, at_s: float, signature: tuple[int, int]) -> None:
        """Change the time signature; a bar begins at that moment."""
        checked = _signature(signature)
        self._add(
            at_s,
            lambda state: replace(state, signature=checked, bar_origin_ticks=state.song_ticks),
        )

    def set_loop(
        self, start_beats: float | None, length_beats: float = 0.0, *, at_s: float = -math.inf
    ) -> None:
        """Turn the loop on, or off with None; without ``at_s`` it has always been so."""
        loop = None
        if start_beats is not None:
            loop = Loop(beats_to_ticks(start_beats), beats_to_ticks(length_beats))
            if loop.length_ticks < CLOCK_TICKS:
                raise ValueError(f"A loop of {length_beats} beats; 1/24 beat is the least.")
        if at_s == -math.inf:
            self._initial = replace(self._initial, loop=loop)
            self._states = None
        else:
            self._add(at_s, lambda state: replace(state, loop=loop))

    def state_at(self, at_s: float) -> TransportState:
        """Everything about one moment; a change at that very moment counts."""
        states = self._all_states()
        return states[self._index(at_s)].at(at_s)

    def song_ticks_at(self, at_s: float) -> float:
        """Song position in ticks."""
        return self.state_at(at_s).song_ticks

    def run_ticks_at(self, at_s: float) -> float:
        """Ticks played in all up to a moment."""
        return self.state_at(at_s).run_ticks

    def time_of_run_ticks(self, run_ticks: float) -> float:
        """The first moment at which so much has been played; infinity if the script ends before."""
        states = self._all_states()
        for i, state in enumerate(states):
            reached = self._next_start_s(i)
            if state.playing:
                at_s = state.at_s + max(0.0, run_ticks - state.run_ticks) / state.ticks_per_s
                if at_s < reached:
                    return at_s
            elif state.run_ticks >= run_ticks and i > 0:
                return state.at_s
        return math.inf

    def next_change_s(self, after_s: float) -> float:
        """The moment of the next scripted change strictly after a moment, or infinity."""
        index = bisect_right(self._script, after_s, key=lambda change: change.at_s)
        return self._script[index].at_s if index < len(self._script) else math.inf

    def next_crossing(self, after_s: float) -> Crossing | None:
        """The next clock tick strictly after a moment and not at a scripted change."""
        states = self._all_states()
        moment_s = after_s
        for i in range(self._index(after_s), len(states)):
            state = states[i]
            if state.playing:
                crossing = _next_crossing(state, max(moment_s, state.at_s))
                if crossing.at_s < self._next_start_s(i):
                    return crossing
            moment_s = self._next_start_s(i)
        return None

    def _add(self, at_s: float, apply: Callable[[TransportState], TransportState]) -> None:
        if not math.isfinite(at_s):
            raise ValueError(f"A change of the transport at {at_s} s.")
        insort(self._script, _Change(at_s, len(self._script), apply))
        self._states = None

    def _all_states(self) -> list[TransportState]:
        if self._states is None:
            state = self._initial
            self._states = [state]
            for change in self._script:
                state = change.apply(state.at(change.at_s))
                self._states.append(state)
        return self._states

    def _index(self, at_s: float) -> int:
        return bisect_right(self._script, at_s, key=lambda change: change.at_s)

    def _next_start_s(self, index: int) -> float:
        return self._script[index].at_s if index < len(self._script) else math.inf


def _next_crossing(state: TransportState, after_s: float) -> Crossing:
    # In a coordinate that the loop does not wrap, and from a hair later: so a crossing that was
    # already given is never given again, whatever the rounding.
    moved = (after_s - state.at_s) * state.ticks_per_s
    unwrapped = state.song_ticks + moved + _ON_GRID_TICKS
    wraps = state.wraps_before(unwrapped)
    back = wraps * state.loop.length_ticks if state.loop else 0
    target = math.ceil((unwrapped - back) / CLOCK_TICKS) * CLOCK_TICKS
    looping = state.loop is not None and state.song_ticks < state.loop.end_ticks
    if looping and state.loop is not None and target >= state.loop.end_ticks:
        target = math.ceil(state.loop.start_ticks / CLOCK_TICKS) * CLOCK_TICKS
        back += state.loop.length_ticks
    return Crossing(state.at_s + (target + back - state.song_ticks) / state.ticks_per_s, target)


def _tempo(qpm: float) -> float:
    if not 20.0 <= qpm <= 999.0:
        raise ValueError(f"A tempo of {qpm} qpm; Live's lie between 20 and 999.")
    return float(qpm)


def _signature(signature: tuple[int, int]) -> tuple[int, int]:
    numerator, denominator = signature
    if not 1 <= numerator <= 99 or denominator not in (1, 2, 4, 8, 16):
        raise ValueError(f"A time signature of {numerator}/{denominator}.")
    return numerator, denominator
