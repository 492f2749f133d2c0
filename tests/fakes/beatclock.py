"""A scripted song as MIDI beat clock and as an Ableton Link session, and a stage for all sources.

stage = Stage(ClockHub(ClockSettings()))
stage.device(song, LOSSY_10, until_s=20.0)
stage.midi(song)
show = stage.run(until_s=40.0)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bridge.core.clockhub import ClockHub, SourceChanged
from bridge.core.hostclock import Discontinuity, HostClock
from bridge.core.linkclock import LinkState
from tests.fakes.network import PERFECT, Network
from tests.fakes.song import GRID, ScriptedSong

TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
BEFORE_TICK_S = 0.001
ADVANCE_EVERY_S = 0.02


def song_position(sixteenths: int) -> bytes:
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


def midi_messages(song: ScriptedSong) -> list[tuple[float, bytes]]:
    """What a sender of MIDI beat clock would send for the song, locates on sixteenths."""
    sent: list[tuple[float, bytes]] = []
    playing, number, rest = False, None, None
    epoch = None
    for at_s, sample in song.messages:
        if (sample.epoch, sample.seq) == number:
            continue
        number = sample.epoch, sample.seq
        where = song_position(round(sample.song_ticks / 120))
        if sample.playing and not playing:
            if rest is not None and 0 <= sample.song_ticks - rest <= GRID:
                sent.append((at_s - BEFORE_TICK_S, CONTINUE))
            elif sample.song_ticks == 0:
                sent.append((at_s - BEFORE_TICK_S, START))
            else:
                sent.append((at_s - 2 * BEFORE_TICK_S, where))
                sent.append((at_s - BEFORE_TICK_S, CONTINUE))
        elif sample.playing and sample.epoch != epoch:
            if sent[-1] == (at_s, TICK):
                sent.pop()
            sent.append((at_s - BEFORE_TICK_S, where))
        ticked = sent[-1:] == [(at_s - BEFORE_TICK_S, CONTINUE)] and sample.song_ticks == rest
        if sample.playing and sample.song_ticks % GRID == 0 and not ticked:
            sent.append((at_s, TICK))
        if playing and not sample.playing:
            sent.append((at_s, STOP))
            rest = sample.song_ticks
        playing, epoch = sample.playing, sample.epoch
    return sent


def through_cable(
    sent: list[tuple[float, bytes]], network: Network, seed: int
) -> list[tuple[float, bytes]]:
    """MIDI arrives in the order sent; only ticks get lost or doubled."""
    arrived = network.deliver([(at_s, number) for number, (at_s, _) in enumerate(sent)], seed)
    times: dict[int, list[float]] = {}
    for at_s, number in arrived:
        times.setdefault(number, []).append(at_s)
    found: list[tuple[float, bytes]] = []
    newest_s = 0.0
    for number, (sent_s, message) in enumerate(sent):
        moments = times.get(number, []) if message == TICK else [sent_s]
        for at_s in moments:
            newest_s = max(newest_s, at_s)
            found.append((newest_s, message))
    return found


@dataclass(frozen=True, slots=True)
class Show:
    """What the hub made of it.

    Args:
        times_s: Every 20 ms.
        beats: The hub's run beats.
        errors_ms: Error of its song position; NaN while it doesn't play or isn't locked.
        active: Who was followed.
        found: (time, what `advance` returned).
        steps_beats: How far run beats moved within `advance`.
    """

    times_s: NDArray[np.float64]
    beats: NDArray[np.float64]
    errors_ms: NDArray[np.float64]
    active: list[str | None]
    found: list[tuple[float, Discontinuity | SourceChanged]]
    steps_beats: NDArray[np.float64]

    @property
    def changes(self) -> list[str | None]:
        """Who was followed, one after the other."""
        return [one.after for _, one in self.found if isinstance(one, SourceChanged)]

    @property
    def breaks(self) -> list[Discontinuity]:
        return [one for _, one in self.found if isinstance(one, Discontinuity)]

    def errors(self, begin_s: float, end_s: float = np.inf) -> NDArray[np.float64]:
        """Absolute errors in ms within a stretch of time."""
        return np.abs(self.errors_ms[(self.times_s >= begin_s) & (self.times_s < end_s)])


@dataclass
class Stage:
    """Sources that play the same song (or not), in virtual time, before one hub."""

    hub: ClockHub
    clock: HostClock = field(default_factory=HostClock)
    _events: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def at(self, at_s: float, what: Callable[[], object]) -> None:
        """Something happens."""
        self._events.append((at_s, what))

    def device(
        self,
        song: ScriptedSong,
        network: Network = PERFECT,
        *,
        seed: int = 1,
        silent: Callable[[float], bool] = lambda t_s: False,
    ) -> None:
        """The device speaks, but for when it is silent."""
        self.hub.offer("device", self.clock)
        for at_s, sample in network.deliver(song.messages, seed):
            if not silent(at_s):
                self.at(at_s, lambda s=sample, t=at_s: self.clock.observe(s, t))

    def midi(
        self,
        song: ScriptedSong,
        network: Network = PERFECT,
        *,
        seed: int = 2,
        silent: Callable[[float], bool] = lambda t_s: False,
    ) -> None:
        """A cable brings beat clock."""
        for at_s, message in through_cable(midi_messages(song), network, seed):
            if not silent(at_s):
                self.at(at_s, lambda m=message, t=at_s: self.hub.observe_midi(m, t))

    def link(
        self,
        song: ScriptedSong,
        *,
        quantum_beats: float = 4.0,
        ahead_beats: float = 0.0,
        from_s: float = 0.0,
        until_s: float = np.inf,
        every_s: float = 0.05,
    ) -> None:
        """A Link session with one peer, polled."""
        for at_s in np.arange(max(from_s, song.messages[0][0]), min(until_s, song.now_s), every_s):
            beats = song.song_ticks_at(at_s) / 480.0 + ahead_beats
            state = LinkState(
                at_s,
                beats,
                max(20.0, float(song.tempo_at(at_s))),
                quantum_beats,
                bool(song.tempo_at(at_s) > 0),
                True,
            )
            self.at(at_s, lambda s=state: self.hub.observe_link(s))

    def run(self, song: ScriptedSong, until_s: float) -> Show:
        """Let it all happen, against the true song."""
        hub = self.hub
        times = np.arange(0.0, until_s, ADVANCE_EVERY_S)
        beats, errors, steps = np.zeros((3, len(times)))
        active: list[str | None] = []
        found: list[tuple[float, Discontinuity | SourceChanged]] = []
        events = sorted(self._events, key=lambda event: event[0])
        index = 0
        for place, now_s in enumerate(times):
            while index < len(events) and events[index][0] <= now_s:
                events[index][1]()
                index += 1
            before = hub.run_beats_at(now_s)
            found += [(float(now_s), one) for one in hub.advance(now_s)]
            beats[place] = hub.run_beats_at(now_s)
            steps[place] = beats[place] - before
            active.append(hub.active)
            errors[place] = np.nan
            tempo = float(song.tempo_at(now_s))
            if hub.playing and hub.locked and tempo > 0:
                ticks = hub.timeline.song_ticks_at(beats[place]) - song.song_ticks_at(now_s)
                errors[place] = ticks / tempo / 8.0 * 1e3
        return Show(times, beats, errors, active, found, steps)
