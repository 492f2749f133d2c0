"""Guards of a player: against a jam that falls silent, goes in circles, or grows without end.

All are off unless set (`PlayerSettings`), and each time one steps in it says so. Two models that
listen to each other have nobody who notices: a silent answer is a silent call, and a dense one is
the model's licence for more.
"""

from __future__ import annotations

from dataclasses import replace

from bridge.core.answer import Answer
from bridge.core.events import Guard, GuardActed
from bridge.core.lift import Lift
from bridge.core.modes import answer_beats, from_nothing
from bridge.core.notes import Phrase
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.outbox import Outbox
from bridge.core.settings import PlayerSettings

QUIET_ONSETS = 1
"""A bar with so many onsets at most, heard and played together, is a quiet one."""
LIVELY_BEATS = 2.0
"""An answer with a note for each so many beats, at least, makes its call one to come back to."""
MOMENT_PARTS = 24
"""Answers are the same if their notes are, to this part of a beat."""


FIRST_WAKING = Lift(density=0.5, temperature=1.0)
"""The last call that was answered with more than silence, once more."""
NEXT_WAKING = Lift(density=1.0, temperature=1.2)
"""Out of nothing: where the first was not enough."""
LOOSENED = Lift(temperature=1.2, variety=0.5)


class Guards:
    """Watches one player bar by bar and answer by answer.

    Args:
        player: Its number.
        outbox: Takes the events.

    Attributes:
        lift: What the next answer is to be made with; None: as ever.
    """

    def __init__(self, player: int, outbox: Outbox) -> None:
        self.lift: Lift | None = None
        self._player = player
        self._outbox = outbox
        self._onsets: list[float] = []
        self._line: float | None = None
        self._quiet_bars = self._wakings = self._same = 0
        self._good_call: Phrase | None = None
        self._last: tuple[tuple[int, int], ...] = ()

    def sounded(self, settings: PlayerSettings, at_beats: float) -> None:
        """A note was heard, or is played, at a moment in run beats."""
        if settings.wake_bars:
            self._onsets.append(at_beats)

    def wakes(self, settings: PlayerSettings, now: Now) -> bool:
        """At a bar line: whether it has been quiet for too long; the next answer is lifted then."""
        line = now.bars.bar_line_at_or_before(now.beats + EPSILON_BEATS)
        if not settings.wake_bars or line == self._line:
            return False
        first, self._line = self._line is None, line
        count = sum(at_beats < line for at_beats in self._onsets)
        self._onsets = [at_beats for at_beats in self._onsets if at_beats >= line]
        if count > QUIET_ONSETS:
            self._quiet_bars = self._wakings = 0
            return False
        self._quiet_bars += 0 if first else 1
        if self._quiet_bars < settings.wake_bars:
            return False
        self._wake(settings)
        return True

    def opening(self, settings: PlayerSettings, bar_beats: float) -> tuple[Phrase, float]:
        """What a player that wakes answers by itself, and how long in beats."""
        call = self.lift.call if self.lift is not None else None
        if call is None or not call.notes:
            return from_nothing(settings, bar_beats)
        return call, answer_beats(settings, call, bar_beats)

    def begun(self, answer: Answer) -> None:
        """An answer begins: the lift was for this one alone."""
        if answer.lift is self.lift:
            self.lift = None

    def answer_made(self, settings: PlayerSettings, answer: Answer) -> None:
        """An answer is complete."""
        if answer.left_out:
            made = answer.left_out + len(answer.phrase().notes)
            text = f"left out {answer.left_out} of {made} notes: more than a beat may have"
            self._tell(Guard.DENSITY, answer.answer_id, text)
        notes = answer.phrase().notes
        if answer.call.notes and len(notes) * LIVELY_BEATS >= answer.length_beats:
            self._good_call = answer.call
        self._compare(settings, answer)

    def reset(self) -> None:
        """The song stopped, or everything was silenced."""
        self._onsets.clear()
        self._line = self.lift = None
        self._quiet_bars = self._wakings = self._same = 0

    def _wake(self, settings: PlayerSettings) -> None:
        self._quiet_bars = 0
        self._wakings += 1
        if self._wakings == 1 and self._good_call is not None:
            self.lift = replace(FIRST_WAKING, call=self._good_call)
            what = "answers its last good call again, with more notes"
        else:
            self.lift = replace(NEXT_WAKING, call=Phrase((), 0.0))
            what = "begins out of nothing, with many notes"
        self._tell(Guard.SILENCE, 0, f"{what}, after {settings.wake_bars} quiet bars")

    def _compare(self, settings: PlayerSettings, answer: Answer) -> None:
        notes = answer.phrase().notes
        now = tuple((round(note.start_beats * MOMENT_PARTS), note.pitch) for note in notes)
        self._same = self._same + 1 if now and now == self._last else 1
        self._last = now
        if settings.same_answers and self._same >= max(2, settings.same_answers):
            text = f"takes more chances, after {self._same} answers that were the same"
            self._same = 0
            if self.lift is None:
                self.lift = LOOSENED
                self._tell(Guard.SAMENESS, answer.answer_id, text)

    def _tell(self, guard: Guard, answer_id: int, text: str) -> None:
        self._outbox.events.append(GuardActed(self._player, guard, answer_id, text))
