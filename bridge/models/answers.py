"""What all performers do alike: the answers of a player, and how far each of them is wanted."""

from __future__ import annotations

import math
from collections import deque
from typing import Generic, Protocol, TypeVar

from bridge.core.encodings.grid import is_moment
from bridge.core.notes import Phrase
from bridge.core.requests import StartAnswer
from bridge.errors import NothingToAnswer, PrimerRejected

ANSWERS_KEPT = 2
"""A planned answer may yet be withdrawn, and the one before it then goes on."""

CANDIDATES_SHARE = 0.5
"""Of the time until the first notes must be there, what candidates may take. The other half is for
the chosen one's first beats and for the way back."""

_ALMOST = 1e-6


def standing_still() -> float:
    """A clock for which no time passes."""
    return 0.0


class Numbered(Protocol):
    """Something with the number of the answer that it is."""

    @property
    def answer_id(self) -> int:
        """Counts the answers of a player."""
        ...


AnswerT = TypeVar("AnswerT", bound=Numbered)


class Answers(Generic[AnswerT]):
    """The last answers of one player."""

    def __init__(self) -> None:
        self._kept: deque[AnswerT] = deque(maxlen=ANSWERS_KEPT)

    def add(self, answer: AnswerT) -> None:
        """An answer was begun; the oldest is forgotten for it."""
        self._kept.append(answer)

    def find(self, answer_id: int) -> AnswerT:
        """The answer of this number.

        Raises:
            NothingToAnswer: It was not begun here, or is forgotten.
        """
        for answer in reversed(self._kept):
            if answer.answer_id == answer_id:
                return answer
        raise NothingToAnswer("That answer is no longer being played.")


def check_lengths(heard: Phrase, request: StartAnswer) -> None:
    """See that what is heard and the answer have lengths.

    Raises:
        PrimerRejected: One of them has none that is a usable number.
    """
    if not (is_moment(heard.length_beats) and is_moment(request.answer_beats)):
        raise PrimerRejected("The call or the answer has no length.", "Play the phrase again.")


def answer_steps(answer_beats: float, steps_per_beat: float) -> int:
    """Whole steps of an answer, 1 or more."""
    return max(1, math.floor(answer_beats * steps_per_beat + _ALMOST))


def wanted_steps(ready_beats: float, steps_per_beat: float, steps: int) -> int:
    """Up to which of an answer's steps it must be ready; all of them at most."""
    if not ready_beats * steps_per_beat < steps:
        return steps
    return math.ceil(max(0.0, ready_beats) * steps_per_beat - _ALMOST)
