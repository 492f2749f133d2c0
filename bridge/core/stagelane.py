"""One player as the stage sees it: which of its answers' notes have been told of. Sans-IO."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from bridge.core.answer import Answer
from bridge.core.now import EPSILON_BEATS
from bridge.core.player import Player
from bridge.core.stage_events import MOST_NOTES, KeyHeard, NotesComing, NotesTakenBack, StageEvent

_Pass = tuple[int, float]
"""An answer's number and the run beat at which it starts; each round of a loop is another."""


class Position(Protocol):
    """What is read of a clock here."""

    def run_beats_at(self, t_s: float) -> float:
        """Run beats at a time; while stopped, those at which the song stopped."""


@dataclass(slots=True)
class _Told:
    """What was told of one pass of an answer."""

    count: int
    end_beats: float


class StageLane:
    """Compares what a player's answers are with what was told of them.

    Args:
        number: The player's number.
        clock: Name of the clock that it follows.
        position: That clock.
    """

    def __init__(self, number: int, clock: str, position: Position) -> None:
        self.number = number
        self.clock = clock
        self.looked = 0
        """Number of the last look at it."""

        self._position = position
        self._told: dict[_Pass, _Told] = {}
        self._seen: tuple[Answer | None, int, Answer | None, int, bool] | None = None

    def look(self, player: Player, now_s: float, told: list[StageEvent]) -> None:
        """Add what is new about a player to what is told."""
        keys = player.outbox.keys
        if keys is None:
            player.outbox.keys = []
        elif keys:
            player.outbox.keys = []
            told += [KeyHeard(self.number, self.clock, *key) for key in keys]
        answering = player.answering
        current, following = answering.current, answering.next
        if current is None and following is None and not self._told:
            return
        seen = (
            current,
            len(current.made) if current is not None else 0,
            following,
            len(following.made) if following is not None else 0,
            player.settings.loop,
        )
        if seen != self._seen:
            self._seen = seen
            told += self._compare(current, following, player.settings.loop, now_s)

    def leave(self, now_s: float) -> Iterator[StageEvent]:
        """The player is gone."""
        return self._compare(None, None, False, now_s)

    def _compare(
        self, current: Answer | None, following: Answer | None, loops: bool, now_s: float
    ) -> Iterator[StageEvent]:
        passes: dict[_Pass, tuple[Answer, float]] = {}
        if current is not None:
            passes[current.answer_id, current.start_beats] = current, current.end_beats
            if loops and following is None and current.done:
                # It is planned only just before it begins; people see it coming all the same.
                ahead = current.end_beats, current.end_beats + current.length_beats
                passes[current.answer_id, ahead[0]] = current, ahead[1]
        if following is not None:
            passes[following.answer_id, following.start_beats] = following, following.end_beats
        for one in [one for one in self._told if one not in passes]:
            yield from self._taken_back(one, current, self._position.run_beats_at(now_s))
        for (answer_id, start), (answer, end) in passes.items():
            yield from self._coming(answer_id, start, answer, end)

    def _taken_back(
        self, one: _Pass, current: Answer | None, now_beats: float
    ) -> Iterator[NotesTakenBack]:
        told = self._told.pop(one)
        answer_id, start = one
        if not told.count or now_beats >= told.end_beats - EPSILON_BEATS:
            return  # There is nothing to take back, or it has ended as it should.
        successor = current is not None and current.start_beats > start + EPSILON_BEATS
        cut = current.start_beats if current is not None and successor else max(start, now_beats)
        silenced = current is None and start <= now_beats
        if cut < told.end_beats - EPSILON_BEATS:
            yield NotesTakenBack(self.number, self.clock, answer_id, cut, silenced)

    def _coming(
        self, answer_id: int, start: float, answer: Answer, end: float
    ) -> Iterator[NotesComing]:
        told = self._told.get((answer_id, start))
        if told is None:
            told = self._told[answer_id, start] = _Told(0, end)
        while told.count < len(answer.made):
            made = answer.made[told.count : told.count + MOST_NOTES]
            told.count += len(made)
            notes = tuple(replace(note, start_beats=start + note.start_beats) for note in made)
            yield NotesComing(self.number, self.clock, answer_id, notes)
