"""What was played before the call: the conversation, turn by turn, as far as a player remembers it.

The waiting between turns is left out, and so are turns of nothing: a model that hears bars of
silence learns to be silent. Rests inside a turn stay.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from bridge.core.notes import Note, Phrase

MOST_BARS = 64
MOST_NOTES = 2048
"""Older turns are forgotten beyond this, so that a dense jam costs no more than a sparse one."""

NOTHING = Phrase((), 0.0)


class Conversation:
    """Calls and answers in the order of their turns, each a whole number of bars."""

    def __init__(self) -> None:
        self._turns: deque[Phrase] = deque()
        self._bar_beats = 0.0
        self._found: tuple[tuple[Phrase, int, float], Phrase] | None = None

    def add(self, turn: Phrase, bar_beats: float) -> None:
        """A turn was played; one that is remembered already, or is silent, is not added.

        Args:
            turn: Whole bars.
            bar_beats: Length of a bar. Where it changes, what lies before is forgotten: its bars
                have no place in the new metre.
        """
        if bar_beats != self._bar_beats:
            self.forget()
            self._bar_beats = bar_beats
        self.add_answer(turn)

    def add_answer(self, turn: Phrase) -> None:
        """The answer to the call that was added last, in the same metre."""
        if not turn.notes or any(turn is each for each in self._turns):
            return
        self._turns.append(turn)
        self._found = None
        while len(self._turns) > 1 and self._is_too_much():
            self._turns.popleft()

    def forget(self) -> None:
        """Panic: a fresh start."""
        self._turns.clear()
        self._found = None

    def before(self, call: Phrase, bars: int, bar_beats: float) -> Phrase:
        """The last bars before a call, as one phrase.

        Args:
            call: The call. If it is a turn of the conversation itself (it is answered again, or an
                answer is varied), what came from it on is left out.
            bars: At most so many; fewer if no more was played.
            bar_beats: Length of a bar.

        Returns:
            A phrase of whole bars that ends where the call begins; of length 0.0 for nothing.
        """
        if bars <= 0 or bar_beats != self._bar_beats:
            return NOTHING
        found = self._found
        if found is None or found[0][0] is not call or found[0][1:] != (bars, bar_beats):
            found = (call, bars, bar_beats), self._look_back(call, bars * bar_beats)
            self._found = found
        return found[1]

    def _look_back(self, call: Phrase, most_beats: float) -> Phrase:
        turns: list[Phrase] = []
        for turn in self._turns:
            if turn is call:
                break
            turns.append(turn)
        length = sum(turn.length_beats for turn in turns)
        kept = min(length, most_beats)
        start = kept - length
        notes: list[Note] = []
        for turn in turns:
            notes += [
                replace(note, start_beats=note.start_beats + start)
                for note in turn.notes
                if note.start_beats + start >= 0.0
            ]
            start += turn.length_beats
        return Phrase.of(notes, kept) if notes else NOTHING

    def _is_too_much(self) -> bool:
        later = list(self._turns)[1:]
        beats = sum(turn.length_beats for turn in later)
        notes = sum(len(turn.notes) for turn in self._turns)
        return beats >= MOST_BARS * self._bar_beats or notes > MOST_NOTES


def joined(memory: Phrase, call: Phrase) -> Phrase:
    """A call with what came before it."""
    if not memory.length_beats:
        return call
    moved = call.moved(memory.length_beats)
    return Phrase.of((*memory.notes, *moved.notes), memory.length_beats + call.length_beats)
