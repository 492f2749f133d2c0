"""Plays one bundle in the real Magenta for one player."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from bridge.core.encodings.grid import is_moment, on_grid, phrase_steps
from bridge.core.feel import Feel
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import NothingToAnswer, PrimerRejected
from bridge.models.answers import ANSWERS_KEPT
from bridge.models.performer import MAX_CALL_STEPS, ended_by
from bridge.models.sampling import MAX_TEMPERATURE, MIN_TEMPERATURE
from bridge.reference.generator import MagentaGenerator

_ALMOST = 1e-6
_SILENT_BEATS = 4
"""Magenta must have a place before the answer for the silent step from which it starts."""


class MagentaPerformer:
    """Plays Magenta's own generator for one player; each answer is made whole, when it is due.

    Args:
        player: Player number, repeated in every chunk.
        generator: Magenta's generator of the bundle.
        tell: Takes a sentence for the console.
    """

    def __init__(
        self, player: int, generator: MagentaGenerator, tell: Callable[[str], None]
    ) -> None:
        self._player, self._generator, self._tell = player, generator, tell
        self._made: deque[AnswerChunk] = deque(maxlen=ANSWERS_KEPT)
        self._told = False

    @property
    def steps_per_quarter(self) -> int:
        """The model's grid."""
        return self._generator.steps_per_quarter

    @property
    def drums(self) -> bool:
        """Whether it plays drums."""
        return self._generator.drums

    def prime(self, request: PrimeCall) -> None:
        """Nothing: Magenta hears a call only when it is complete."""

    def start(self, request: StartAnswer) -> AnswerChunk:
        """Answer a call.

        Raises:
            PrimerRejected: The call's or the answer's length is not a usable number.
        """
        call, per_quarter = request.call, self.steps_per_quarter
        if not (is_moment(call.length_beats) and is_moment(request.answer_beats)):
            raise PrimerRejected("The call or the answer has no length.", "Play the phrase again.")
        call_steps = phrase_steps(call, per_quarter)
        if call_steps > MAX_CALL_STEPS:
            raise PrimerRejected("The call is too long.", "End the call after fewer bars.")
        self._tell_what_is_not_heard(request.controls)
        notes = on_grid(call.notes, per_quarter, call_steps)
        steps = max(1, math.floor(request.answer_beats * per_quarter + _ALMOST))
        made = self._generator.answer(
            notes,
            call_steps if notes else _SILENT_BEATS * per_quarter,
            steps,
            temperature=min(MAX_TEMPERATURE, max(MIN_TEMPERATURE, request.controls.temperature)),
            seed=request.controls.seed,
        )
        feel = Feel.of(call, per_quarter, drums=self.drums, bar_beats=request.bar_beats)
        strength = min(1.0, max(0.0, request.controls.feel))
        chunk = AnswerChunk(
            self._player,
            request.answer_id,
            tuple(ended_by(feel.played(n, strength), request.answer_beats) for n in made.notes),
            request.answer_beats,
            True,
            made.likelihood,
        )
        self._made.append(replace(chunk, notes=()))
        return chunk

    def resume(self, request: ContinueAnswer) -> AnswerChunk:
        """Nothing more: the whole answer was handed over when it started.

        Raises:
            NothingToAnswer: That answer was not started here.
        """
        for chunk in reversed(self._made):
            if chunk.answer_id == request.answer_id:
                return chunk
        raise NothingToAnswer("That answer is no longer being played.")

    def _tell_what_is_not_heard(self, controls: AnswerControls) -> None:
        if self._told or heard_by_magenta(controls) == controls:
            return
        self._told = True
        self._tell(
            "The reference engine knows temperature, seed and feel; the other controls that are set"
            " have no effect."
        )


def heard_by_magenta(controls: AnswerControls) -> AnswerControls:
    """The controls with those at rest that Magenta knows nothing of."""
    return AnswerControls(controls.temperature, controls.seed, controls.feel)
