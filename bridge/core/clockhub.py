"""Several sources of the beat behind one clock: who is followed, and how one takes over.

*Who.* The configuration orders the sources, best first. One that is heard, plays and is locked is
*ready*. The hub follows the first source that gets ready at once. From then on

- a better one takes over when it has been ready for 2 s; each time it falls silent while
  followed, the wait before it may come back doubles, up to 60 s, so that nobody flaps;
- a source that falls silent while playing (0.5 s, or 8 clock messages if that is longer) is left
  at once for the best ready one. If there is none, it stays: its line still runs;
- a source that says *stop* has the say, and the jam stops, unless another one begins to play
  afterwards and is ready for 0.5 s.

*How.* The hub keeps run beats of its own, which never jump or fall. Where the bar lines of both
sources lie within an eighth of a beat of each other the grid stays, and what they differ by is
made up for over two beats; otherwise the hand-over is a ``JUMP``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bridge.core.barclock import BarClock
from bridge.core.clockcandidate import Candidate
from bridge.core.clocksource import BeatClock
from bridge.core.hostclock import HostClock
from bridge.core.internalclock import InternalClock
from bridge.core.linkclock import LinkClock, LinkState
from bridge.core.midiclock import MidiBeatClock
from bridge.core.settings import ClockSettings
from bridge.core.songposition import Discontinuity, DiscontinuityKind
from bridge.core.splice import Splice, splice
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

STEADY_S = 60.0
"""A source that was followed for so long is forgiven its earlier silences."""

AFTER_STOP_S = 0.5
TEMPO_CHANGED = 0.005
"""Relative difference of two sources' tempos that is told as a change; estimates differ a bit."""

_Kind = DiscontinuityKind


@dataclass(frozen=True, slots=True)
class SourceChanged:
    """Another source is followed from now on.

    Args:
        before: The one until now, or None.
        after: The one from now on, or None.
        run_beats: When, in the hub's run beats.
        bars_kept: Whether the bar lines stay where they were.
        difference_beats: How far the new source was behind the old; 0.0 unless bars are kept.
    """

    before: str | None
    after: str | None
    run_beats: float
    bars_kept: bool
    difference_beats: float = 0.0


class ClockHub:
    """One clock out of many. Read it like a `HostClock`; call `advance` often (50 times a second).

    Args:
        settings: Order of the sources, and the internal clock's tempo.

    Attributes:
        internal: The internal clock, to be started, stopped and set.
        active: Name of the source that is followed, or None.
    """

    def __init__(self, settings: ClockSettings) -> None:
        self.internal = InternalClock(settings.internal_tempo_qpm)
        self.active: str | None = None
        self._order = settings.order
        self._midi = MidiBeatClock()
        self._midi_clock = HostClock()
        self._bars = BarClock()
        self._link = LinkClock()
        self._sources: dict[str, Candidate] = {}
        for name, clock in self._own_clocks().items():
            self.offer(name, clock)
        self._splice = Splice()
        self._anchor_ticks = 0.0
        self._beats = 0.0
        self._since_s = 0.0
        self._stopped_s: float | None = None

    def _own_clocks(self) -> Mapping[str, BeatClock]:
        return {
            "midi": self._midi_clock,
            "bars": self._bars,
            "link": self._link,
            "internal": self.internal,
        }

    # --- sources ----------------------------------------------------------------------------

    def offer(self, name: str, clock: BeatClock) -> None:
        """Offer a source that somebody else feeds, or another clock under its name."""
        known = self._sources.get(name)
        if name in self._order and (known is None or known.clock is not clock):
            self._sources[name] = Candidate(clock)
            if name == self.active:
                self._anchor_ticks = float("inf")

    def withdraw(self, name: str) -> None:
        """A source is gone; if it was followed, `advance` leaves it."""
        self._sources.pop(name, None)

    def observe_midi(self, message: bytes, arrival_s: float) -> None:
        """Take one message of the MIDI port that brings the clock."""
        for sample, moment_s in self._midi.feed(message, arrival_s):
            self._midi_clock.observe(sample, moment_s)

    def observe_bar(self, arrival_s: float) -> None:
        """Take one message that says that a bar begins."""
        self._bars.bar(arrival_s)

    def tell_tempo(self, tempo_qpm: float, now_s: float) -> None:
        """Tell those who lead, or have no tempo to go by, which one it is (20 to 999 qpm)."""
        self.internal.set_tempo(tempo_qpm, now_s)
        self._bars.tell_tempo(tempo_qpm, now_s)

    def observe_link(self, state: LinkState) -> None:
        """Take the Link session's state; ask for it 20 times a second or so."""
        self._link.observe(state)

    def clock_of(self, name: str) -> BeatClock | None:
        """The clock behind a source's name, to look at."""
        source = self._sources.get(name)
        return source.clock if source is not None else None

    # --- reading ----------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether the song runs."""
        return self._clock is not None and self._clock.playing

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute; the internal clock's while nobody is followed."""
        return (self._clock or self.internal).tempo_qpm

    @property
    def locked(self) -> bool:
        """Whether the beat line can be trusted."""
        return self._clock is not None and self._clock.locked

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions, in the hub's run beats."""
        if self._clock is None:
            return Timeline(self._beats * TICKS_PER_BEAT, 0.0)
        source = self._clock.timeline
        shift_ticks = self._splice.offset_beats * TICKS_PER_BEAT
        return replace(source, run_ticks=source.run_ticks + shift_ticks)

    def silent_for_s(self, now_s: float) -> float:
        """Seconds since the source followed was heard while playing; 0.0 while stopped."""
        return self._clock.silent_for_s(now_s) if self._clock is not None else 0.0

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the song stopped."""
        if self._clock is None:
            return self._beats
        return self._splice.forth(self._clock.run_beats_at(t_s))

    def time_at(self, run_beats: float) -> float:
        """Time at which a run beat is played, at the present tempo; inf while stopped."""
        if self._clock is None:
            return float("inf")
        return self._clock.time_at(self._splice.back(run_beats))

    # --- choosing ---------------------------------------------------------------------------

    def advance(self, now_s: float) -> tuple[Discontinuity | SourceChanged, ...]:
        """Choose whom to follow, and tell what happened since the last call."""
        for source in self._sources.values():
            source.watch(now_s)
        found: list[Discontinuity | SourceChanged] = [*self._breaks()]
        choice = self._choice(now_s)
        if choice != self.active:
            found += self._hand_over(choice, now_s)
        self._settle(now_s)
        return tuple(found)

    @property
    def _clock(self) -> BeatClock | None:
        source = self._sources.get(self.active) if self.active is not None else None
        return source.clock if source is not None else None

    def _breaks(self) -> list[Discontinuity]:
        """What broke in the source followed, in the hub's run beats."""
        found: list[Discontinuity] = []
        for name, source in self._sources.items():
            new = source.new_breaks()
            if name == self.active:
                found += [replace(b, run_beats=self._splice.forth(b.run_beats)) for b in new]
        clock = self._clock
        if clock is not None and clock.timeline.run_ticks < self._anchor_ticks:
            # It forgot everything (a device loaded anew): count on from here.
            return [*found, *self._begin_anew(clock)]
        return found

    def _begin_anew(self, clock: BeatClock) -> list[Discontinuity]:
        beats = clock.timeline.run_beats
        self._splice = Splice(self._beats - beats)
        kind = _Kind.JUMP if clock.playing else _Kind.STOP
        return [Discontinuity(kind, self._beats, clock.timeline.song_ticks)]

    def _choice(self, now_s: float) -> str | None:
        ready = {
            name: now_s - source.ready_since_s
            for name in self._order
            if (source := self._sources.get(name)) and source.ready_since_s is not None
        }
        active = self._sources.get(self.active) if self.active is not None else None
        if self.active is None or active is None or active.lost(now_s):
            return next(iter(ready), None if active is None else self.active)
        for name in self._order[: self._order.index(self.active)]:
            if name in ready and ready[name] >= self._sources[name].wait_s:
                return name
        if self._stopped_s is not None:
            stopped_for_s = now_s - self._stopped_s
            for name, ready_s in ready.items():
                if AFTER_STOP_S <= ready_s < stopped_for_s:
                    return name
        return self.active

    def _hand_over(self, name: str | None, now_s: float) -> list[Discontinuity | SourceChanged]:
        before, old, beats = self.active, self._clock, self.run_beats_at(now_s)
        if old is None:
            beats = self._beats
        ran = self._stopped_s is None and before is not None
        song, tempo_qpm = self.timeline, self.tempo_qpm
        if old is not None and before is not None and self._sources[before].lost(now_s):
            lost = self._sources[before]
            steady = now_s - self._since_s >= STEADY_S
            lost.silences = 1 if steady else lost.silences + 1
        self.active, self._beats, self._since_s = name, beats, now_s
        new = self._clock
        if new is None:
            kinds = [_Kind.STOP] if ran else []
            found = [Discontinuity(kind, beats, 0.0) for kind in kinds]
            return [SourceChanged(before, None, beats, False), *found]
        if new is self.internal and ran and old is not None:
            self.internal.take_after(song, beats, tempo_qpm, now_s)
        there = new.run_beats_at(now_s)
        self._splice, kept = splice(song if ran and old else None, beats, new.timeline, there)
        difference = self._splice.forth(there) - there - self._splice.offset_beats
        changed = SourceChanged(before, name, beats, kept, difference)
        kinds = [] if kept else [_Kind.JUMP if ran else _Kind.START]
        if ran and abs(new.tempo_qpm - tempo_qpm) > TEMPO_CHANGED * tempo_qpm:
            kinds.append(_Kind.TEMPO)
        if ran and new.timeline.signature != song.signature:
            kinds.append(_Kind.SIGNATURE)
        song_ticks = new.timeline.song_ticks_at(there)
        return [changed, *(Discontinuity(kind, beats, song_ticks) for kind in kinds)]

    def _settle(self, now_s: float) -> None:
        """Remember where things stand."""
        clock = self._clock
        self._beats = max(self._beats, self.run_beats_at(now_s))
        if clock is None:
            return
        song = clock.timeline
        self._anchor_ticks = song.run_ticks
        if clock is not self._midi_clock:
            # MIDI beat clock knows no time signature: it keeps the last one known.
            self._midi.signature = song.signature
            self._midi.bar_start_ticks = song.bar_start_ticks
        if clock is not self._bars:
            self._bars.take_signature(song.signature)
        if clock.playing:
            self._stopped_s = None
        elif self._stopped_s is None:
            self._stopped_s = now_s
