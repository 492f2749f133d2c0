"""A player's chords: which part of its chart goes with a call and with an answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from bridge.core.answer import Answer
from bridge.core.chord_chart import ChordChange, chords_of_bars, parse_chart
from bridge.core.now import Now
from bridge.core.requests import AnswerControls, PrimeCall
from bridge.core.units import ticks_to_beats

_ALMOST_BARS = 1e-3


class ChordPart:
    """The chart that a player's models hear, laid over its calls and answers.

    Args:
        text: The chart (`bridge.core.chord_chart`), or "" for no chords.

    Raises:
        ChordInvalid: Something in the chart is no chord.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._chart = parse_chart(text)

    def primed(self, request: PrimeCall, call_start_beats: float, now: Now) -> PrimeCall:
        """A request to listen, with the chords of the call so far and of the bar after it."""
        beats = request.call.length_beats + now.bar_beats
        return replace(request, chords=self._over(call_start_beats, beats, 0.0, now))

    def over(
        self,
        call_start_beats: float,
        call_beats: float,
        line_beats: float,
        answer_beats: float,
        now: Now,
    ) -> tuple[ChordChange, ...]:
        """The chords of a call and of its answer.

        Args:
            call_start_beats: Where the call was played, in run beats.
            call_beats: Its length.
            line_beats: Where the answer starts, in run beats.
            answer_beats: Its length.
            now: The present moment, which knows the song's bars.
        """
        call = self._over(call_start_beats, call_beats, -call_beats, now)
        return call + self._over(line_beats, answer_beats, 0.0, now)

    def change(self, text: str, answers: Iterable[Answer], now: Now) -> None:
        """Take another chart; answers on their way hear it in what is not made yet.

        Raises:
            ChordInvalid: Something in the chart is no chord; the old one stays.
        """
        if text == self._text:
            return
        self._chart, self._text = parse_chart(text), text
        for answer in answers:
            heard = tuple(c for c in answer.controls.chords if c.start_beats < 0.0)
            fresh = self._over(answer.start_beats, answer.length_beats, 0.0, now)
            answer.controls = replace(answer.controls, chords=heard + fresh)

    def _over(
        self, run_beats: float, length_beats: float, start_beats: float, now: Now
    ) -> tuple[ChordChange, ...]:
        """The chords of a stretch of the song, counted from ``start_beats``."""
        if not self._chart:
            return ()
        count = max(0, math.ceil(length_beats / now.bar_beats - _ALMOST_BARS))
        song_bars = [self._song_bar(run_beats + i * now.bar_beats, now) for i in range(count)]
        return tuple(chords_of_bars(self._chart, song_bars, now.bar_beats, start_beats))

    def _song_bar(self, run_beats: float, now: Now) -> int:
        """Number of a bar in the song from 0, as if all its bars were as long as this one."""
        song_beats = ticks_to_beats(now.bars.run_beats_to_target_ticks(run_beats))
        return math.floor(song_beats / now.bar_beats + _ALMOST_BARS)


def with_chords_of(answer: Answer, controls: AnswerControls) -> AnswerControls:
    """The controls as they stand now, with an answer's own chords."""
    if controls.chords == answer.controls.chords:
        return controls
    return replace(controls, chords=answer.controls.chords)
