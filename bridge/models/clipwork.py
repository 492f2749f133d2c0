"""A clip made in slices, so that a live answer never waits for more than one of them."""

from __future__ import annotations

from bridge.core.notes import Phrase
from bridge.core.requests import (
    AnswerChunk,
    ContinueAnswer,
    Likelihood,
    MakeClip,
    PrimeCall,
    StartAnswer,
)
from bridge.models.base import Performer

PRIME_BEATS = 8.0
STRETCH_BEATS = 2.0
"""What a slice hears or makes: 32 and 8 sixteenths, a few milliseconds of a large network."""


class ClipWork:
    """One clip in the making.

    Args:
        performer: Who makes it, and nothing else meanwhile.
        request: What is to be made.
        heard: The clip that the performer has heard last; None if there was none.
    """

    def __init__(self, performer: Performer, request: MakeClip, heard: Phrase | None) -> None:
        self.request = request
        self._performer = performer
        call = request.call
        self._heard_beats = call.length_beats if heard == call else 0.0
        self._made_beats = 0.0

    def step(self) -> AnswerChunk:
        """Do a slice.

        Raises:
            ModelError: The clip can't be heard or made.
        """
        request = self.request
        player, number = request.player, request.answer_id
        self._heard_beats += PRIME_BEATS
        if self._heard_beats < request.call.length_beats:
            self._performer.prime(
                PrimeCall(
                    player, number, request.call, self._heard_beats, tempo_qpm=request.tempo_qpm
                )
            )
            return AnswerChunk(player, number, (), 0.0, False, Likelihood(0.0, 0, 0.0, 0))
        first = not self._made_beats
        self._made_beats = min(request.answer_beats, self._made_beats + STRETCH_BEATS)
        if not first:
            more = ContinueAnswer(player, number, self._made_beats, request.controls)
            return self._performer.resume(more)
        return self._performer.start(
            StartAnswer(
                player,
                number,
                request.call,
                request.answer_beats,
                request.controls,
                self._made_beats,
                request.bar_beats,
                tempo_qpm=request.tempo_qpm,
            )
        )
