"""What a player answers next: to which call, with which seed and chords, and what it remembers.

*When* it answers is decided in `bridge.core.player`; here the request to the model is made.
"""

from __future__ import annotations

import random
from dataclasses import replace

from bridge.core.answer import Answer
from bridge.core.answering import Answering, controls_of
from bridge.core.chord_part import ChordPart
from bridge.core.guards import Guards
from bridge.core.memory import NOTHING, Conversation
from bridge.core.modes import turn_remembered
from bridge.core.notes import Phrase
from bridge.core.now import Now
from bridge.core.requests import AnswerControls, PrimeCall, StartAnswer
from bridge.core.seeds import Seeds
from bridge.core.settings import PlayerSettings


class Planning:
    """The last call and the last answer, the conversation before, and what follows from them.

    Args:
        settings: The player's parameters; `set_parameters` changes them.
        answering: Its answers.
        guards: What steps in when models play by themselves.
        seeds: Source of new seeds.
    """

    def __init__(
        self,
        settings: PlayerSettings,
        answering: Answering,
        guards: Guards,
        seeds: random.Random,
    ) -> None:
        self._settings = settings
        self._answering = answering
        self._guards = guards
        self._seeds = Seeds(seeds)
        self._chords = ChordPart(settings.chords)
        self._conversation = Conversation()
        self.last_call: Phrase | None = None
        self._last_call_start: float | None = None
        self.last_answer: Phrase | None = None

    def set_parameters(self, settings: PlayerSettings) -> None:
        """Take new parameters; another seed begins its row anew."""
        if settings.seed != self._settings.seed:
            self._seeds.start_over()
        self._settings = settings

    def next_seed(self) -> None:
        """The same call is to be answered otherwise."""
        self._seeds.move_on()

    def controls(self) -> AnswerControls:
        """What the parameters mean for one more answer: with a seed of its own."""
        return controls_of(self._settings, self._seeds.take(self._settings.seed))

    def heard(self, call: Phrase, start_beats: float | None) -> None:
        """A call is over, or was given as a clip; None: nobody played it at any time."""
        self.last_call, self._last_call_start = call, start_beats

    def change_chords(self, now: Now) -> None:
        """Give the answers that play and come the chords that are set now."""
        self._chords.change(self._settings.chords, self._answering.answers(), now)

    def primed(self, request: PrimeCall, start_beats: float, now: Now) -> PrimeCall:
        """The request to hear a call that is being played, with the chords it is played over."""
        return self._chords.primed(request, start_beats, now)

    def plan(
        self, call: Phrase, line: float, length_beats: float, controls: AnswerControls, now: Now
    ) -> StartAnswer:
        """Make an answer the next one; returns what to ask of the model.

        Args:
            call: What is answered.
            line: The answer's bar line, in run beats.
            length_beats: Its length.
            controls: Its controls, but for the chords.
            now: Where the beat is.
        """
        lift, bundle = self._guards.lift, self._settings.bundle
        if lift is not None:
            controls, call = lift.applied(controls), call if lift.call is None else lift.call
        start = self._last_call_start if call is self.last_call else None
        # A clip, or an answer to be varied, is heard as if it were played right before.
        start = line - call.length_beats if start is None else start
        chords = self._chords.over(start, call.length_beats, line, length_beats, now)
        controls = replace(controls, chords=chords)
        memory = self.memory_before(call, now) if lift is None else NOTHING
        return self._answering.plan(call, line, length_beats, controls, bundle, now, memory, lift)

    def memory_before(self, call: Phrase, now: Now) -> Phrase:
        """What the model hears before a call, as far as its player remembers."""
        return self._conversation.before(call, self._settings.memory_bars, now.bar_beats)

    def begun(self, answer: Answer, played: PlayerSettings, now: Now) -> None:
        """An answer begins: the turn before it belongs to the conversation now.

        Args:
            answer: The answer.
            played: The parameters as the player's mode has them.
            now: Where the beat is.
        """
        self._conversation.add(turn_remembered(played, answer.call), now.bar_beats)

    def made(self, answer: Phrase) -> None:
        """An answer is complete."""
        self.last_answer = answer
        self._conversation.add_answer(answer)

    def forget(self) -> None:
        """The conversation is over."""
        self._conversation.forget()
