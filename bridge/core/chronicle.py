"""What was just played: all players' own keys and answers, and the bars they lie in. Sans-IO.

The engine remembers the last bars for a musician who says afterwards "that was good"
(`magenta-bridge capture`); a replay remembers all of them. Nothing here is asked by the jam.

Positions are run beats of the clock that a player follows. Players of one Live share its song but
not the beat from which they count, and others follow other clocks: what puts them on one line is
the moment of each bar line (`bridge.core.score`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from bridge.core.controller_book import MAX_CAPTURED_BARS
from bridge.core.notes import Note, NotePairer
from bridge.core.now import EPSILON_BEATS
from bridge.core.protocol import Message
from bridge.core.schedule import SongClock
from bridge.core.timebase import TimeSignature
from bridge.core.units import TICKS_PER_BEAT

if TYPE_CHECKING:
    # The ensemble keeps the chronicle.
    from bridge.core.ensemble import Member

BARS_KEPT = MAX_CAPTURED_BARS
MOST_NOTES = 10_000
"""Of a player's keys, and of its answers: 64 bars of nine drums on every sixteenth."""
MOST_TEMPI = 2_000
TEMPO_STEP = 1e-3
"""Relative change of tempo that is kept; a bare MIDI clock's is estimated, and trembles."""
LOOK_EVERY_S = 0.05
LATE_BEATS = 0.1
"""A note that comes this late is still played."""
RECENT_BEATS = 32.0
"""What sounds or is still to come lies among the notes of so many beats."""
MOST_LANES = 64
MOST_PASSED_BEATS = 64.0
"""A look that comes later than this finds the bars between it and the last one lost."""


@dataclass(frozen=True, slots=True)
class BarLine:
    """A bar line that was passed.

    Args:
        run_beats: Where, in run beats of its clock.
        at_s: When, by the engine's clock.
        signature: Time signature of the bar that begins there.
    """

    run_beats: float
    at_s: float
    signature: TimeSignature


@dataclass(frozen=True, slots=True)
class TempoFrom:
    """A tempo that holds from a moment on."""

    run_beats: float
    tempo_qpm: float


@dataclass(frozen=True, slots=True)
class Played:
    """A lane as it was at a moment.

    Args:
        number: The player's number.
        name: What people call it.
        drums: Whether it plays drums.
        now_beats: The moment, in run beats of its clock.
        lines: Bar lines, oldest first.
        tempi: Tempi, oldest first.
        keys: Its own keys, those that were held with the length they had reached.
        answers: Its answers' notes, those that were still to come too.
    """

    number: int
    name: str
    drums: bool
    now_beats: float
    lines: tuple[BarLine, ...]
    tempi: tuple[TempoFrom, ...]
    keys: tuple[Note, ...]
    answers: tuple[Note, ...]

    def since(self, bars: int | None) -> bool:
        """Whether anything was played within the last bars; looks at the last notes only."""
        count = len(self.lines)
        begin = self.lines[-min(bars or count, count)].run_beats - LATE_BEATS
        begun = (note for note in reversed(self.answers) if note.start_beats <= self.now_beats)
        last = [*self.keys[-1:], *islice(begun, 1)]
        return any(note.end_beats >= begin for note in last)


class Lane:
    """What one player heard and played, for as long as it followed one clock.

    Args:
        number: The player's number.
        clock: The clock.
        bars: Bars that are kept; None for all.

    Attributes:
        name: What people call the player.
        drums: Whether it plays drums.
        lines: Bar lines, oldest first.
        tempi: Tempi, oldest first.
        keys: Its own keys that were released, in that order.
        answers: Its answers' notes, in the order in which they were told.
    """

    def __init__(self, number: int, clock: SongClock, bars: int | None) -> None:
        self.number, self.clock = number, clock
        self.name = ""
        self.drums = True
        self.lines: deque[BarLine] = deque(maxlen=bars + 1 if bars is not None else None)
        self.tempi: deque[TempoFrom] = deque(maxlen=MOST_TEMPI if bars is not None else None)
        most = MOST_NOTES if bars is not None else None
        self.keys: deque[Note] = deque(maxlen=most)
        self.answers: deque[Note] = deque(maxlen=most)
        self._held = NotePairer()
        self._audible = True

    def key(self, pitch: int, velocity: int, channel: int, at_beats: float) -> None:
        """A key was struck, or with velocity 0 released."""
        pairer = self._held
        if velocity:
            ended = pairer.note_on(pitch, velocity, channel, at_beats)
        else:
            ended = pairer.note_off(pitch, channel, at_beats)
        if ended is not None:
            self.keys.append(ended)

    def sounds(self, audible: bool, now_beats: float) -> None:
        """Whether what it says is heard: a player may be muted, or another be solo."""
        if self._audible and not audible:
            self._take_back(now_beats, silent=True)
        self._audible = audible

    def said(self, messages: Iterable[Message], now_beats: float) -> None:
        """What the player says to its device or its ports."""
        for message in messages:
            if message.address == "/n" and self._audible:
                self._coming(message, now_beats)
            elif message.address in ("/n/clear", "/flush"):
                silent = message.address == "/flush"
                self._take_back(now_beats, silent=silent)

    def look(self, now_s: float) -> None:
        """See where the beat is."""
        clock, timeline = self.clock, self.clock.timeline
        beats = clock.run_beats_at(now_s)
        line = timeline.bar_line_at_or_before(beats)
        last = self.lines[-1].run_beats if self.lines else float("-inf")
        if line > last + EPSILON_BEATS:
            for passed in self._passed(last, line):
                at_s = min(clock.time_at(passed), now_s)
                self.lines.append(BarLine(passed, at_s, timeline.signature))
            self._forget_before(self.lines[0].run_beats)
        self.look_at_tempo(now_s)

    def look_at_tempo(self, now_s: float) -> None:
        """See how fast the beat is, for a step of tempo belongs where it was made."""
        tempo_qpm = self.clock.tempo_qpm
        before = self.tempi[-1].tempo_qpm if self.tempi else 0.0
        if abs(tempo_qpm - before) > TEMPO_STEP * before:
            self.tempi.append(TempoFrom(self.clock.run_beats_at(now_s), tempo_qpm))

    def played(self, now_s: float) -> Played:
        """All of it, up to now. Nothing is copied but references: it is asked in a jam."""
        now_beats = self.clock.run_beats_at(now_s)
        return Played(
            number=self.number,
            name=self.name,
            drums=self.drums,
            now_beats=now_beats,
            lines=tuple(self.lines),
            tempi=tuple(self.tempi),
            keys=(*self.keys, *self._held.sounding(now_beats)),
            answers=tuple(self.answers),
        )

    def _passed(self, last: float, line: float) -> list[float]:
        """The bar lines after the last one known, up to this one: nearly always it alone."""
        lines = [line]
        if last >= line - MOST_PASSED_BEATS:
            following = self.clock.timeline.next_bar_line(last + LATE_BEATS)
            while following < line - LATE_BEATS:
                lines.insert(-1, following)
                following = self.clock.timeline.next_bar_line(following + LATE_BEATS)
        return lines

    def _coming(self, message: Message, now_beats: float) -> None:
        ticks, timeline = message.int_of("target_ticks"), self.clock.timeline
        start = timeline.next_run_beats_at(ticks, at_least=now_beats - LATE_BEATS)
        if start is not None:
            pitch, velocity, channel = (
                message.int_of(name) for name in ("pitch", "velocity", "channel")
            )
            length = message.int_of("duration_ticks") / TICKS_PER_BEAT
            self.answers.append(Note(pitch, velocity, start, length, channel))

    def _take_back(self, now_beats: float, *, silent: bool) -> None:
        """What has not begun will not; with ``silent`` what sounds ends now."""
        begun: list[Note] = []
        while self.answers and self.answers[-1].start_beats > now_beats - RECENT_BEATS:
            note = self.answers.pop()
            if note.start_beats <= now_beats:
                begun.append(_cut(note, now_beats) if silent else note)
        self.answers.extend(reversed(begun))

    def _forget_before(self, run_beats: float) -> None:
        for notes in (self.keys, self.answers):
            while notes and notes[0].end_beats < run_beats:
                notes.popleft()
        while len(self.tempi) > 1 and self.tempi[1].run_beats <= run_beats:
            self.tempi.popleft()


class Chronicle:
    """Every player's lane.

    Attributes:
        bars: Bars that are kept of each; None for all. To be set before anybody plays.
    """

    def __init__(self, bars: int | None = BARS_KEPT) -> None:
        self.bars = bars
        self._lanes: dict[int, Lane] = {}
        self._left: deque[Lane] = deque(maxlen=MOST_LANES)
        self._due_s = float("-inf")

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes with bars in them, by player, in the order in which they began."""
        lanes = sorted((*self._left, *self._lanes.values()), key=lambda lane: lane.number)
        return tuple(lane for lane in lanes if lane.lines)

    def heard(self, member: Member, messages: Sequence[Message], now_s: float) -> None:
        """What a player was given by hand, and what it says to its device or its ports."""
        lane = self._lane(member)
        own_keys = member.player.outbox.own_keys
        for key in own_keys:
            lane.key(*key)
        own_keys.clear()
        now_beats = member.clock.run_beats_at(now_s)
        lane.sounds(member.audible, now_beats)
        lane.said(messages, now_beats)

    def look(self, members: Iterable[Member], now_s: float, *, at_once: bool = False) -> None:
        """See where everybody's beat is; most of the time, unless ``at_once``, only how fast."""
        if now_s < self._due_s and not at_once:
            for lane in self._lanes.values():
                if lane.lines:
                    lane.look_at_tempo(now_s)
            return
        self._due_s = now_s + LOOK_EVERY_S
        for member in members:
            if member.now(now_s) is not None:
                lane = self._lane(member)
                lane.name, lane.drums = member.name, member.player.standing.drums
                lane.sounds(member.audible, member.clock.run_beats_at(now_s))
                lane.look(now_s)

    def _lane(self, member: Member) -> Lane:
        number = member.player_number
        lane = self._lanes.get(number)
        if lane is None or lane.clock is not member.clock:
            if lane is not None:
                self._left.append(lane)
            lane = self._lanes[number] = Lane(number, member.clock, self.bars)
        return lane


def _cut(note: Note, at_beats: float) -> Note:
    if note.end_beats <= at_beats:
        return note
    return replace(note, duration_beats=max(0.0, at_beats - note.start_beats))
