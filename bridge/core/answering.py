"""The answering half of a player: the answer that plays, the one that comes, and their notes."""

from __future__ import annotations

import math

from bridge.core.answer import Answer
from bridge.core.chord_part import with_chords_of
from bridge.core.lift import Lift
from bridge.core.memory import NOTHING
from bridge.core.notes import Note, Phrase
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    StartAnswer,
)
from bridge.core.settings import PlayerSettings

STREAM_BEATS = 0.25
"""Answers are asked for in stretches of at least this length."""
CANDIDATES_LEAD_S = 0.08
"""So much earlier is an answer asked for that is to be the best of several."""
MAX_CANDIDATES_S = 0.25
"""Most time for an answer's candidates and its first beats: other players' answers wait behind."""
LATENCY_MEMORY = 0.9
"""The model's slowest reply counts for this much less with each reply after it."""


def controls_of(settings: PlayerSettings, seed: int) -> AnswerControls:
    """What a player's parameters mean for an answer with this seed."""
    return AnswerControls(
        temperature=settings.temperature,
        seed=seed,
        feel=settings.feel,
        density=settings.density,
        register_bias=settings.register_bias,
        variety=settings.variety,
        top_p=settings.top_p,
        scale=settings.scale,
        lock=settings.lock,
        candidates=settings.candidates,
        notes_per_second=settings.notes_per_second,
        pitch_class_histogram=settings.pitch_class_histogram,
        disable_conditioning=settings.disable_conditioning,
        condition_on_primer=settings.condition_on_primer,
        inject_primer=settings.inject_primer,
    )


class Answering:
    """At most two answers: the current one, and the next one with its bar line still ahead.

    Args:
        player: The player's number, for the requests.
        horizon_beats: How far ahead of the playhead an answer is made.
        answers_before: Answers are numbered on from here.
    """

    def __init__(self, player: int, horizon_beats: float, answers_before: int = 0) -> None:
        self._player = player
        self._horizon_beats = horizon_beats
        self.count = answers_before
        self._asked: list[tuple[int, float]] = []
        self.latency_beats = 0.0
        """How long the model has taken of late. A slow one is asked this much earlier."""
        self.current: Answer | None = None
        self.next: Answer | None = None
        self.notes_per_beat = 0
        """The most notes that sound in a beat; 0 = any number."""
        self._ended_beats: float | None = None

    @property
    def latest_end_beats(self) -> float | None:
        """Where the current answer ends, or the last one has ended, in run beats; None: nowhere."""
        return self.current.end_beats if self.current is not None else self._ended_beats

    def plan(
        self,
        call: Phrase,
        start_beats: float,
        length_beats: float,
        controls: AnswerControls,
        bundle: str,
        now: Now,
        memory: Phrase = NOTHING,
        lift: Lift | None = None,
    ) -> StartAnswer:
        """Make an answer the next one; returns what to ask of the model."""
        self.count += 1
        self.next = Answer(self.count, call, start_beats, length_beats, controls, bundle)
        self.next.lift = lift
        asked_beats = self._whole(self._horizon_beats + self.latency_beats)
        self.next.asked_beats = min(length_beats, asked_beats)
        # Candidates take all the time they are given, which says nothing about the model's speed.
        self._asked.append((self.count, now.beats if controls.candidates <= 1 else math.nan))
        spare_beats = start_beats - now.beats - now.lookahead_beats
        return StartAnswer(
            self._player,
            self.count,
            call,
            length_beats,
            controls,
            self.next.asked_beats,
            now.bar_beats,
            max(0.0, min(MAX_CANDIDATES_S, spare_beats * now.beat_s)),
            memory,
            tempo_qpm=now.tempo_qpm,
        )

    def lead_beats(self, candidates: int, now: Now) -> float:
        """How long before its bar line an answer is asked for: longer where the model is slow."""
        lead_beats = now.lead_beats + self.latency_beats
        if candidates > 1:
            lead_beats += CANDIDATES_LEAD_S / now.beat_s
        return min(lead_beats, now.bar_beats)

    def plan_repeat(self, now: Now) -> None:
        """Let the current answer come once more, if its end is near and nothing else comes."""
        current = self.current
        if current is None or self.next is not None or not current.done:
            return
        if now.beats >= current.end_beats - now.lookahead_beats - EPSILON_BEATS:
            self.next = current.repeated()

    def begin_next(self, now: Now) -> tuple[Answer, bool] | None:
        """At its bar line the next answer becomes the current one.

        Returns:
            The answer and whether it is a repetition of the one before; None if it is not time.
        """
        answer = self.next
        if answer is None or now.beats < answer.start_beats - EPSILON_BEATS:
            return None
        repeats = self.current is not None and self.current.answer_id == answer.answer_id
        self.current, self.next = answer, None
        return answer, repeats

    def end_current(self, now: Now) -> Answer | None:
        """At its end the current answer is over; returns it, or None if it is not time."""
        answer = self.current
        if answer is None or now.beats < answer.end_beats - EPSILON_BEATS:
            return None
        self.current, self._ended_beats = None, answer.end_beats
        return answer

    def withdraw_next(self, now: Now) -> bool:
        """The next answer is off; returns whether the device must drop what waits there."""
        answer, self.next = self.next, None
        if answer is None or not answer.any_sent:
            return False
        self.unsend(now)
        return True

    def unsend(self, now: Now) -> None:
        """The device drops what waits: send again what still lies ahead."""
        for answer in self.answers():
            answer.unsend(now.beats)

    def clear(self) -> None:
        """No answer any more."""
        self.current = self.next = self._ended_beats = None

    def take(self, chunk: AnswerChunk, now: Now | None) -> Answer | None:
        """Add what the model has made; returns the answer, or None if it is not wanted any more."""
        self._measure(chunk.answer_id, now)
        for answer in self.answers():
            if answer.answer_id == chunk.answer_id:
                answer.take(chunk, self.notes_per_beat)
                return answer
        return None

    def stream(self, now: Now, controls: AnswerControls) -> ContinueAnswer | None:
        """What to ask of the model so that the answer stays ahead of the playhead."""
        # With the next answer the model leaves the current one, which is far enough ahead by then.
        answer = self.next if self.next is not None else self.current
        if answer is None or answer.done or answer.asked_beats >= answer.length_beats:
            return None
        position = max(0.0, now.beats + now.lookahead_beats - answer.start_beats)
        horizon = self._horizon_beats + self.latency_beats
        need = min(answer.length_beats, self._whole(position + horizon))
        if need < min(answer.asked_beats + STREAM_BEATS, answer.length_beats):
            return None
        answer.asked_beats = need
        self._asked.append((answer.answer_id, now.beats))
        controls = with_chords_of(answer, controls)
        if answer.lift is not None:
            controls = answer.lift.applied(controls)
        return ContinueAnswer(self._player, answer.answer_id, need, controls)

    def _whole(self, beats: float) -> float:
        """Where beats are thinned they are made whole: what is strongest in one is seen at once."""
        return math.ceil(beats - EPSILON_BEATS) if self.notes_per_beat else beats

    def due(self, now: Now) -> list[Note]:
        """Notes to send now, with starts in run beats; those that would come late are left out."""
        until = now.beats + now.lookahead_beats
        due: list[Note] = []
        if self.current is not None:
            stop = self.next.start_beats if self.next is not None else float("inf")
            due += self.current.due(until, stop)
        if self.next is not None:
            due += self.next.due(until, float("inf"))
        earliest = now.beats - now.late_beats
        return [note for note in due if note.start_beats >= earliest] if due else due

    def next_due_beats(self, now: Now) -> float:
        """The next run beat at which there is something to do."""
        moments = [float("inf")]
        for answer in self.answers():
            moments += [answer.start_beats, answer.end_beats]
            moments += [answer.end_beats - now.lead_beats, answer.end_beats - now.lookahead_beats]
            moments.append(answer.next_start_beats() - now.lookahead_beats)
            ahead = self._horizon_beats + self.latency_beats + now.lookahead_beats - STREAM_BEATS
            moments.append(answer.start_beats + answer.asked_beats - ahead)
        return min(moment for moment in moments if moment > now.beats + EPSILON_BEATS)

    def _measure(self, answer_id: int, now: Now | None) -> None:
        """Replies come in the order of the requests: see how long this one took."""
        while self._asked and self._asked[0][0] < answer_id:
            self._asked.pop(0)
        if now is None or not self._asked or self._asked[0][0] != answer_id:
            return
        _, asked_at_beats = self._asked.pop(0)
        if math.isnan(asked_at_beats):
            return
        took_beats = min(max(0.0, now.beats - asked_at_beats), now.bar_beats)
        self.latency_beats = max(took_beats, LATENCY_MEMORY * self.latency_beats)

    def answers(self) -> list[Answer]:
        """The current one and the next one, where there are such."""
        return [answer for answer in (self.current, self.next) if answer is not None]
