"""An answer: where it lies in time, what of it is made, and what of it is sent.

Positions are run beats; the notes inside an answer count from its start.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.core.crowd import Crowd
from bridge.core.lift import Lift
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, Choice, Likelihood


class Answer:
    """One pass of an answer.

    Args:
        answer_id: Counts the answers of the player.
        call: What it answers.
        start_beats: Its bar line, in run beats.
        length_beats: Its length; it takes this long even where its notes end early.
        controls: What it is made with.
        bundle: Name of the model that makes it.
    """

    def __init__(
        self,
        answer_id: int,
        call: Phrase,
        start_beats: float,
        length_beats: float,
        controls: AnswerControls,
        bundle: str,
    ) -> None:
        self.bundle = bundle
        self.answer_id = answer_id
        self.call = call
        self.start_beats = start_beats
        self.length_beats = length_beats
        self.controls = controls
        self.asked_beats = 0.0
        self.done = False
        self.told = False
        self.likelihood = Likelihood(0.0, 0, 0.0, 0)
        self.choice: Choice | None = None
        self.lift: Lift | None = None
        self.made: list[Note] = []
        """Every note so far, in the order in which they were made."""

        self._crowd = Crowd()
        self._waiting: list[Note] = []
        self._sent: list[Note] = []

    @property
    def end_beats(self) -> float:
        """Where it ends, in run beats."""
        return self.start_beats + self.length_beats

    @property
    def seed(self) -> int:
        """The seed that gives this answer alone: its own, or that of the chosen candidate."""
        return self.choice.seed if self.choice is not None else self.controls.seed

    def settled_controls(self) -> AnswerControls:
        """What to make it with once more: the candidate that was chosen is not chosen anew."""
        if self.choice is None:
            return self.controls
        return replace(self.controls, seed=self.choice.seed, candidates=1)

    @property
    def any_sent(self) -> bool:
        """Whether the device has any of its notes."""
        return bool(self._sent)

    @property
    def left_out(self) -> int:
        """How many of its notes were more than a beat may have."""
        return self._crowd.left_out

    def take(self, chunk: AnswerChunk, notes_per_beat: int) -> None:
        """Add a stretch that the model has made, with so many notes in a beat at most (0: all)."""
        notes = self._crowd.thinned(chunk.notes, notes_per_beat)
        self.made.extend(notes)
        self._waiting.extend(notes)
        self._waiting.sort(key=_by_start)
        self.done = chunk.done
        self.likelihood = chunk.likelihood
        self.choice = chunk.choice

    def repeated(self) -> Answer:
        """The same once more, right after this pass: its whole length, not up to its last note."""
        again = Answer(
            self.answer_id, self.call, self.end_beats, self.length_beats, self.controls, self.bundle
        )
        again.asked_beats, again.done, again.told = self.asked_beats, self.done, True
        again.likelihood, again.choice = self.likelihood, self.choice
        again.made = self.made
        again._waiting = sorted(self._sent + self._waiting, key=_by_start)
        return again

    def unsend(self, after_beats: float) -> None:
        """The device has dropped what waited: what lies after this (run beats) is to send again."""
        position = after_beats - self.start_beats
        dropped = [note for note in self._sent if note.start_beats > position]
        self._sent = [note for note in self._sent if note.start_beats <= position]
        self._waiting = sorted(self._waiting + dropped, key=_by_start)

    def due(self, until_beats: float, stop_beats: float) -> list[Note]:
        """Notes to send now, with starts in run beats; they count as sent from here on.

        Args:
            until_beats: Everything that starts at or before this moment.
            stop_beats: But nothing that starts at or after this one: another answer begins there.
        """
        count = 0
        for note in self._waiting:
            start = self.start_beats + note.start_beats
            if start > until_beats or start >= stop_beats:
                break
            count += 1
        due, self._waiting = self._waiting[:count], self._waiting[count:]
        self._sent += due
        return [replace(n, start_beats=self.start_beats + n.start_beats) for n in due]

    def next_start_beats(self) -> float:
        """Where its next unsent note starts, in run beats; infinity where there is none."""
        if not self._waiting:
            return float("inf")
        return self.start_beats + self._waiting[0].start_beats

    def phrase(self) -> Phrase:
        """The answer as made so far."""
        return Phrase.of(self._sent + self._waiting, self.length_beats)


def _by_start(note: Note) -> tuple[float, int]:
    return note.start_beats, note.pitch
