"""The models of a recording asked once more: the same bundles, calls, parameters and seeds.

An answer is settled by its bundle, its call and what came before it, its parameters and its seed;
where it was chosen among several, by the seed of the one that was chosen. So every answer that the
recording holds can be made again, in the order in which they were asked for.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.core.notes import Note
from bridge.core.requests import (
    AnswerChunk,
    MakeClip,
    ModelFailed,
    ModelReply,
    ModelRequest,
    PrimeCall,
    StartAnswer,
)
from bridge.models.desk import ModelDesk, unfinished
from bridge.models.library import BundleLibrary
from bridge.record.tape import Entry

SAME_NATS = 1e-3
"""Likelihoods are sums of float32 products, whose last digits depend on the processor."""

Which = tuple[int, int]
"""Player number as the models know it, and number of the answer."""


@dataclass(frozen=True, slots=True)
class AnswerDiffers:
    """An answer that came out otherwise.

    Args:
        player: Player number as the models know it.
        answer_id: The answer.
        why: What is different, as a sentence.
    """

    player: int
    answer_id: int
    why: str


@dataclass(frozen=True, slots=True)
class ModelOutcome:
    """What came of asking the models again.

    Args:
        answers: Answers that were made again.
        different: Those that came out otherwise.
        unanswered: Answers that the recording does not hold whole: it failed or breaks off.
    """

    answers: int
    different: tuple[AnswerDiffers, ...]
    unanswered: int


class ModelTalk:
    """What was asked of the models in a recording, and what they said."""

    def __init__(self) -> None:
        self._requests: list[ModelRequest] = []
        self._chunks: dict[Which, list[AnswerChunk]] = defaultdict(list)
        self._failed: set[Which] = set()

    def hear(self, decided: Sequence[Entry], observed: Sequence[Entry]) -> None:
        """Take a turn's requests and replies."""
        self._requests += (
            entry[1]
            for entry in decided
            if entry[0] == "asked" and not isinstance(entry[1], PrimeCall)
        )
        for entry in observed:
            for reply in entry[1] if entry[0] == "replied" else ():
                if isinstance(reply, AnswerChunk):
                    self._chunks[reply.player, reply.answer_id].append(reply)
                elif isinstance(reply, ModelFailed):
                    self._failed.add((reply.player, reply.answer_id))

    def ask_again(self, library: BundleLibrary) -> ModelOutcome:
        """Ask the native engine everything once more.

        Args:
            library: Where the bundles are; what is missing there makes its answers differ.
        """
        desk, made = ModelDesk(library), _Made()
        for asked in self._requests:
            request = self._settled(asked)
            replies = desk.handle(request)
            made.take(replies)
            while unfinished(request, replies):
                replies = desk.handle(request)
                made.take(replies)
        whole = {
            which: chunks
            for which, chunks in self._chunks.items()
            if which not in self._failed and chunks[-1].done
        }
        differing = (
            AnswerDiffers(*which, why)
            for which, chunks in whole.items()
            if (why := made.difference(which, chunks))
        )
        unanswered = len(self._chunks.keys() | self._failed) - len(whole)
        return ModelOutcome(len(whole), tuple(differing), unanswered)

    def _settled(self, request: ModelRequest) -> ModelRequest:
        """The request for the candidate that was chosen, where there was a choice."""
        if not isinstance(request, StartAnswer | MakeClip):
            return request
        chunks = self._chunks.get((request.player, request.answer_id), [])
        choice = next((chunk.choice for chunk in chunks if chunk.choice is not None), None)
        if choice is None:
            return request
        return replace(request, controls=replace(request.controls, seed=choice.seed, candidates=1))


class _Made:
    """The answers that were made again."""

    def __init__(self) -> None:
        self._chunks: dict[Which, list[AnswerChunk]] = defaultdict(list)
        self._failures: dict[Which, ModelFailed] = {}
        self._lost: dict[int, ModelFailed] = {}

    def take(self, replies: Sequence[ModelReply]) -> None:
        """Take what the models say now."""
        for reply in replies:
            if isinstance(reply, AnswerChunk):
                self._chunks[reply.player, reply.answer_id].append(reply)
            elif isinstance(reply, ModelFailed):
                self._failures.setdefault((reply.player, reply.answer_id), reply)
                if reply.answer_id < 0:
                    self._lost[reply.player] = reply

    def difference(self, which: Which, recorded: Sequence[AnswerChunk]) -> str:
        """What is different about an answer; "" if nothing is."""
        failure = self._failures.get(which)
        if failure is not None:
            why = self._lost.get(which[0], failure)
            return f"It can't be made here: {why.message}"
        wanted, made = _notes(recorded), _notes(self._chunks[which])
        for place, (one, other) in enumerate(zip(wanted, made, strict=False), start=1):
            if one != other:
                return f"Note {place} was {_words(one)}, and is {_words(other)}."
        if len(wanted) != len(made):
            return f"It had {len(wanted)} notes, and has {len(made)}."
        before, now = recorded[-1].likelihood, self._chunks[which][-1].likelihood
        for name in ("call_nats", "answer_nats"):
            old, new = getattr(before, name), getattr(now, name)
            if not math.isclose(old, new, rel_tol=SAME_NATS, abs_tol=SAME_NATS):
                return f"Its {name} were {old:.3f}, and are {new:.3f}."
        return ""


def _notes(chunks: Sequence[AnswerChunk]) -> list[Note]:
    return [note for chunk in chunks for note in chunk.notes]


def _words(note: Note) -> str:
    return f"pitch {note.pitch}, velocity {note.velocity}, at beat {note.start_beats:g}"
