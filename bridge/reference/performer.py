"""Plays one bundle in the real Magenta for one player."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace

from bridge.core.encodings.grid import on_grid, phrase_steps
from bridge.core.encodings.performance import placed
from bridge.core.feel import Feel
from bridge.core.memory import joined
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ContinueAnswer,
    Likelihood,
    PrimeCall,
    StartAnswer,
)
from bridge.errors import PrimerRejected
from bridge.models.answers import Answers, answer_steps, check_lengths
from bridge.models.performer import MAX_CALL_STEPS, ended_by
from bridge.models.timed_performer import (
    MAX_CALL_EVENTS,
    call_length_steps,
    checked_steps_per_beat,
    in_beats,
    mean_velocity,
    told_conditions,
)
from bridge.reference.generator import MagentaGenerator
from bridge.reference.grid import GridCall, GridGenerator
from bridge.reference.timed import TimedGenerator

_SIXTEENTHS_PER_BEAT = 4
_TOO_LONG = "The call is too long.", "End the call after fewer bars."
_UNHEARD = {
    "density": 0.0,
    "register_bias": 0.0,
    "variety": 0.0,
    "top_p": 1.0,
    "scale": 0,
    "lock": 0,
    "candidates": 1,
}
"""Controls that Magenta has nothing of, at rest."""


class MagentaPerformer(ABC):
    """Plays Magenta's own generator for one player; each answer is made whole, when it is due.

    It listens to no part of a call: Magenta hears a call only when it is complete.

    Args:
        player: Player number, repeated in every chunk.
        generator: Magenta's generator of the bundle.
        tell: Takes a sentence for the console.
    """

    def __init__(
        self, player: int, generator: MagentaGenerator, tell: Callable[[str], None]
    ) -> None:
        self._player, self._tell = player, tell
        self.steps_per_quarter, self.drums = generator.steps_per_quarter, generator.drums
        self._made: Answers[AnswerChunk] = Answers()
        self._told = False

    def prime(self, request: PrimeCall) -> None:
        """Listen to nothing: Magenta hears a call only when it is complete."""
        del request

    def start(self, request: StartAnswer) -> AnswerChunk:
        """Answer a call.

        Raises:
            PrimerRejected: The call's or the answer's length or the tempo is not a usable number,
                or Magenta can't go on from the call.
            ControlsRejected: The conditions are none that are possible.
        """
        heard = joined(request.memory, request.call)
        check_lengths(heard, request)
        self._tell_what_is_not_heard(request.controls)
        notes, likelihood = self._answer(request, heard)
        chunk = AnswerChunk(
            self._player,
            request.answer_id,
            tuple(ended_by(note, request.answer_beats) for note in notes),
            request.answer_beats,
            True,
            likelihood,
        )
        self._made.add(replace(chunk, notes=()))
        return chunk

    def resume(self, request: ContinueAnswer) -> AnswerChunk:
        """Nothing more: the whole answer was handed over when it started.

        Raises:
            NothingToAnswer: That answer was not started here.
        """
        return self._made.find(request.answer_id)

    @abstractmethod
    def _answer(self, request: StartAnswer, heard: Phrase) -> tuple[list[Note], Likelihood]:
        """The notes of an answer to all that is heard."""

    def _tell_what_is_not_heard(self, controls: AnswerControls) -> None:
        unheard = unheard_by_magenta(controls)
        if self._told or not unheard:
            return
        self._told = True
        self._tell(f"Magenta knows nothing of {', '.join(unheard)}: without effect here.")


class GridPerformer(MagentaPerformer):
    """Plays models that play in steps of a beat.

    Args:
        player: Player number, repeated in every chunk.
        generator: Magenta's generator of the bundle.
        tell: Takes a sentence for the console.
    """

    def __init__(self, player: int, generator: GridGenerator, tell: Callable[[str], None]) -> None:
        super().__init__(player, generator, tell)
        self._generator = generator

    def _answer(self, request: StartAnswer, heard: Phrase) -> tuple[list[Note], Likelihood]:
        call, per_quarter = request.call, self.steps_per_quarter
        steps = phrase_steps(heard, per_quarter)
        if steps > MAX_CALL_STEPS:
            raise PrimerRejected(*_TOO_LONG)
        made = self._generator.answer(
            GridCall(
                tuple(on_grid(heard.notes, per_quarter, steps)),
                steps,
                phrase_steps(call, per_quarter),
            ),
            answer_steps(request.answer_beats, per_quarter),
            request.controls,
        )
        feel = Feel.of(call, per_quarter, drums=self.drums, bar_beats=request.bar_beats)
        strength = min(1.0, max(0.0, request.controls.feel))
        return [feel.played(note, strength) for note in made.notes], made.likelihood


class TimedPerformer(MagentaPerformer):
    """Plays models that play in seconds.

    Args:
        player: Player number, repeated in every chunk.
        generator: Magenta's generator of the bundle.
        tell: Takes a sentence for the console.
    """

    def __init__(self, player: int, generator: TimedGenerator, tell: Callable[[str], None]) -> None:
        super().__init__(player, generator, tell)
        self._generator = generator

    def _answer(self, request: StartAnswer, heard: Phrase) -> tuple[list[Note], Likelihood]:
        call, controls = request.call, request.controls
        per_beat = checked_steps_per_beat(request.tempo_qpm)
        call_steps = call_length_steps(heard, per_beat)
        notes = placed(heard.notes, per_beat, call_steps)
        # A note is four events or less, and a second of silence one.
        if max(4 * len(notes), call_steps // 100) > MAX_CALL_EVENTS:
            raise PrimerRejected(*_TOO_LONG)
        made = self._generator.answer(
            notes,
            call_steps,
            answer_steps(request.answer_beats, per_beat),
            controls,
            told_conditions(controls),
            remembered_steps=int(request.memory.length_beats * per_beat),
        )
        share = 0.0 if self._generator.velocities else min(1.0, max(0.0, controls.feel))
        velocity = mean_velocity(call)
        beats = request.answer_beats
        played = [in_beats(note, per_beat, beats, velocity, share) for note in made.notes]
        sixteenths = [
            round(steps / per_beat * _SIXTEENTHS_PER_BEAT)
            for steps in (made.likelihood.call_steps, made.likelihood.answer_steps)
        ]
        told = replace(made.likelihood, call_steps=sixteenths[0], answer_steps=sixteenths[1])
        return played, told


def unheard_by_magenta(controls: AnswerControls) -> list[str]:
    """Names of the controls that are set and that Magenta has nothing of."""
    return [name for name, rest in _UNHEARD.items() if getattr(controls, name) != rest]
