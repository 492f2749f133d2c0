"""The stage: looks at the players after each turn of the engine and tells what is new. Sans-IO.

It asks nothing of the players and changes nothing in them, so a jam that is watched plays the same
notes. Where nothing is new, a look at a player costs a comparison of five values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from bridge.core.clocksource import BreakLog
from bridge.core.player import Player
from bridge.core.stage_events import BeatNow, StageEvent
from bridge.core.stagelane import StageLane
from bridge.core.timeline import Timeline
from bridge.core.units import TICKS_PER_BEAT

BEAT_EVERY_S = 0.1
REST_EVERY_S = 1.0
"""A clock that stands is told of this often."""
MOST_EVENTS = 4096
"""So many wait at most; the newest are kept."""


class Beat(Protocol):
    """What is read of a clock (`bridge.core.clocksource.BeatClock`, or the hub)."""

    @property
    def playing(self) -> bool:
        """Whether the song runs."""

    @property
    def tempo_qpm(self) -> float:
        """Tempo in quarter notes a minute."""

    @property
    def locked(self) -> bool:
        """Whether the beat line can be trusted."""

    @property
    def timeline(self) -> Timeline:
        """Bar lines and song positions."""

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the song stopped."""


@dataclass(frozen=True, slots=True)
class StageClock:
    """A clock on the stage.

    Args:
        name: Its name: ``jam`` is the one that the players without a device share.
        beat: The clock.
        source: Where its beat comes from; empty for nowhere.
        breaks: What broke in it lately, where it keeps a log.
    """

    name: str
    beat: Beat
    source: str
    breaks: BreakLog | None


class Stage:
    """Tells what is new; make one only where somebody watches."""

    def __init__(self) -> None:
        self._events: list[StageEvent] = []
        self._lanes: dict[int, StageLane] = {}
        self._clocks: dict[str, tuple[float, tuple[bool, str, int]]] = {}
        self._due_s = -math.inf
        self._looks = 0

    def look(
        self,
        clocks: Iterable[StageClock],
        players: Iterable[tuple[int, StageClock, Player]],
        now_s: float,
    ) -> None:
        """Look at everybody.

        Args:
            clocks: The clocks.
            players: Each player with its number and the clock that it follows.
            now_s: The present moment.
        """
        self._looks += 1
        self._due_s = math.inf
        for clock in clocks:
            self._look_at_clock(clock, now_s)
        count = 0
        for number, clock, player in players:
            lane = self._lanes.get(number)
            if lane is None or lane.clock != clock.name:
                lane = self._lanes[number] = StageLane(number, clock.name, clock.beat)
            lane.looked = self._looks
            lane.look(player, now_s, self._events)
            count += 1
        if count < len(self._lanes):
            self._drop_leavers(now_s)
        if len(self._events) > MOST_EVENTS:
            del self._events[: len(self._events) - MOST_EVENTS]

    def next_due_s(self) -> float:
        """The next moment at which a beat is to be told; infinity if never."""
        return self._due_s

    def take_events(self) -> list[StageEvent]:
        """What is new since this was last called."""
        events, self._events = self._events, []
        return events

    def _drop_leavers(self, now_s: float) -> None:
        for lane in [lane for lane in self._lanes.values() if lane.looked != self._looks]:
            self._events += lane.leave(now_s)
            del self._lanes[lane.number]

    def _look_at_clock(self, clock: StageClock, now_s: float) -> None:
        due_s, before = self._clocks.get(clock.name, (-math.inf, None))
        beat = clock.beat
        total = clock.breaks.total if clock.breaks is not None else 0
        state = beat.playing, clock.source, total
        if now_s >= due_s or state != before:
            due_s = now_s + (BEAT_EVERY_S if beat.playing else REST_EVERY_S)
            self._clocks[clock.name] = due_s, state
            self._events.append(_beat_now(clock, now_s))
        self._due_s = min(self._due_s, due_s)


def _beat_now(clock: StageClock, now_s: float) -> BeatNow:
    beat = clock.beat
    run_beats, timeline = beat.run_beats_at(now_s), beat.timeline
    return BeatNow(
        clock=clock.name,
        time_s=now_s,
        run_beats=run_beats,
        song_beats=timeline.song_ticks_at(run_beats) / TICKS_PER_BEAT,
        tempo_qpm=beat.tempo_qpm,
        bar_beats=timeline.signature.bar_beats,
        next_bar_line_beats=timeline.next_bar_line(run_beats),
        playing=beat.playing,
        source=clock.source,
        locked=beat.locked,
    )
