"""The jam as messages for programs that make pictures: what each is, and when it leaves. Sans-IO.

Notes are told twice: as soon as they are known, with the time that is left, and again when they
sound and when they end. Moments come in run beats and are mapped to time only when due, so a change
of tempo moves all that is left.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass

from bridge.core.events import AnswerMade
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.stage_events import BeatNow, KeyHeard, NotesComing, NotesTakenBack
from bridge.core.views import PlayerGone, PlayerView
from bridge.engine.report import EngineEvent

MOST_PENDING = 4096
"""Notes to come and ends of notes that are kept for each clock."""
LATE_S = 0.25
"""What is due for longer than this is not told any more."""
EPSILON_BEATS = 1e-6

Value = int | float | str


@dataclass(frozen=True, slots=True)
class ShowMessage:
    """One OSC message.

    Args:
        address: Its address.
        values: Whole numbers, floats and texts.
    """

    address: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at_beats: float
    number: int
    player: int
    answer_id: int
    pitch: int
    velocity: int
    end_beats: float

    @property
    def is_end(self) -> bool:
        return self.velocity == 0


class _Clock:
    """One clock and what is due by it."""

    def __init__(self) -> None:
        self.beat: BeatNow | None = None
        self.due: list[_Due] = []
        self.pulse_beats = math.inf

    def beats_at(self, now_s: float) -> float:
        beat = self.beat
        if beat is None:
            return -math.inf
        if not beat.playing:
            return beat.run_beats
        return beat.run_beats + (now_s - beat.time_s) * beat.tempo_qpm / 60.0

    def time_at(self, beats: float) -> float:
        beat = self.beat
        if beat is None or not beat.playing:
            return math.inf
        return beat.time_s + (beats - beat.run_beats) * 60.0 / beat.tempo_qpm

    def next_due_s(self) -> float:
        moments = [self.pulse_beats, *([self.due[0].at_beats] if self.due else [])]
        return self.time_at(min(moments))


class Show:
    """Takes what the engine says and tells what to send."""

    def __init__(self) -> None:
        self._clocks: dict[str, _Clock] = {}
        self._settings: dict[int, PlayerSettings] = {}
        self._numbers = itertools.count()

    def take(self, said: object, now_s: float) -> list[ShowMessage]:
        """Take what the engine says; returns what to send at once."""
        if isinstance(said, BeatNow):
            return self._beat(said, now_s)
        if isinstance(said, NotesComing):
            return self._coming(said, now_s)
        if isinstance(said, NotesTakenBack):
            return self._taken_back(said, now_s)
        if isinstance(said, KeyHeard):
            values = (said.player, said.pitch, said.velocity, int(said.heard))
            return [ShowMessage("/bridge/key", values)]
        if isinstance(said, PlayerView):
            self._settings[said.number] = said.settings
            if said.away:
                del self._settings[said.number]
            return [_state(said)]
        if isinstance(said, PlayerGone):
            self._settings.pop(said.number, None)
            # The clock of its own goes with it; else it would be counted on for ever.
            clock = self._clocks.pop(f"player {said.number}", None)
            return self._silence(clock, math.inf) if clock is not None else []
        if isinstance(said, EngineEvent) and said.answer is not None:
            return [_score(said.answer)]
        return []

    def due(self, now_s: float) -> list[ShowMessage]:
        """What is to be sent now because its moment has come."""
        messages: list[ShowMessage] = []
        for name, clock in self._clocks.items():
            beats = clock.beats_at(now_s) + EPSILON_BEATS
            if clock.pulse_beats <= beats:
                messages.append(_pulse(name, clock))
                clock.pulse_beats = math.floor(beats) + 1.0
            while clock.due and clock.due[0].at_beats <= beats:
                one = heapq.heappop(clock.due)
                late = now_s - clock.time_at(one.at_beats) > LATE_S
                if one.is_end:
                    messages.append(ShowMessage("/bridge/off", (one.player, one.pitch)))
                elif not late and self._is_heard(one.player):
                    messages.append(self._sounds(clock, one))
        return messages

    def next_due_s(self) -> float:
        """When `due` has something to tell; infinity if never."""
        return min((clock.next_due_s() for clock in self._clocks.values()), default=math.inf)

    def _is_heard(self, player: int) -> bool:
        """Whether a player's answers sound, as far as mute and solo go."""
        own = self._settings.get(player)
        if own is None:
            return True
        return not own.mute and (own.solo or not any(s.solo for s in self._settings.values()))

    def _clock(self, name: str) -> _Clock:
        return self._clocks.setdefault(name, _Clock())

    def _beat(self, beat: BeatNow, now_s: float) -> list[ShowMessage]:
        clock = self._clock(beat.clock)
        clock.beat = beat
        upcoming = math.floor(beat.run_beats + EPSILON_BEATS) + 1.0
        if not upcoming - 1.0 <= clock.pulse_beats <= upcoming:
            clock.pulse_beats = upcoming
        messages = self.due(now_s)
        since = beat.bar_beats - (beat.next_bar_line_beats - beat.run_beats)
        position = max(0.0, since % beat.bar_beats)
        values = (beat.clock, position, beat.bar_beats, beat.tempo_qpm, int(beat.playing))
        messages.append(ShowMessage("/bridge/beat", values))
        if not beat.playing:
            messages += self._silence(clock, beat.run_beats)
        return messages

    def _coming(self, coming: NotesComing, now_s: float) -> list[ShowMessage]:
        clock = self._clock(coming.clock)
        here = clock.beats_at(now_s)
        messages = []
        for note in coming.notes:
            end = note.end_beats
            if len(clock.due) < MOST_PENDING:
                number = next(self._numbers)
                heapq.heappush(
                    clock.due,
                    _Due(
                        note.start_beats,
                        number,
                        coming.player,
                        coming.answer_id,
                        note.pitch,
                        note.velocity,
                        end,
                    ),
                )
            ahead = note.start_beats - here if math.isfinite(here) else 0.0
            beat_s = 60.0 / clock.beat.tempo_qpm if clock.beat is not None else 0.5
            values = (coming.player, note.pitch, note.velocity, ahead, ahead * beat_s)
            messages.append(ShowMessage("/bridge/note", (*values, note.duration_beats)))
        return messages

    def _sounds(self, clock: _Clock, one: _Due) -> ShowMessage:
        end = _Due(one.end_beats, next(self._numbers), one.player, one.answer_id, one.pitch, 0, 0.0)
        heapq.heappush(clock.due, end)
        return ShowMessage("/bridge/on", (one.player, one.pitch, one.velocity))

    def _taken_back(self, back: NotesTakenBack, now_s: float) -> list[ShowMessage]:
        clock = self._clock(back.clock)
        messages = self.due(now_s)
        kept, ends = [], []
        for one in clock.due:
            its = (one.player, one.answer_id) == (back.player, back.answer_id)
            if its and one.is_end and back.silenced:
                ends.append(ShowMessage("/bridge/off", (one.player, one.pitch)))
            elif not its or one.is_end or one.at_beats < back.from_beats - EPSILON_BEATS:
                kept.append(one)
        heapq.heapify(kept)
        clock.due = kept
        ahead = back.from_beats - clock.beats_at(now_s)
        ahead = max(0.0, ahead) if math.isfinite(ahead) else 0.0
        return [*messages, *ends, ShowMessage("/bridge/taken_back", (back.player, ahead))]

    def _silence(self, clock: _Clock, beats: float) -> list[ShowMessage]:
        """The clock stands: nothing sounds any more."""
        ends = [one for one in clock.due if one.is_end]
        clock.due = [one for one in clock.due if not one.is_end and one.at_beats > beats]
        heapq.heapify(clock.due)
        clock.pulse_beats = math.inf
        return [ShowMessage("/bridge/off", (one.player, one.pitch)) for one in ends]


def _pulse(name: str, clock: _Clock) -> ShowMessage:
    beat = clock.beat
    if beat is None:
        return ShowMessage("/bridge/pulse", (name, 0))
    since = clock.pulse_beats - beat.next_bar_line_beats
    return ShowMessage("/bridge/pulse", (name, 1 + math.floor(since % beat.bar_beats)))


def _state(view: PlayerView) -> ShowMessage:
    state = State(view.state).name.lower()
    values = (view.number, view.name, state, view.bar, view.bars, view.bundle)
    return ShowMessage("/bridge/state", (*values, view.settings.temperature))


def _score(answer: AnswerMade) -> ShowMessage:
    likelihood = answer.likelihood
    values = (
        answer.player,
        answer.answer_id,
        likelihood.call_nats_per_step,
        likelihood.answer_nats_per_step,
        likelihood.running_total_nats,
        answer.bundle,
    )
    return ShowMessage("/bridge/score", values)
