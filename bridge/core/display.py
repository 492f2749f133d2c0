"""What a player's device shows of it."""

from __future__ import annotations

from bridge.core.answer import Answer
from bridge.core.listening import Listening
from bridge.core.now import EPSILON_BEATS, Now
from bridge.core.outbox import Outbox
from bridge.core.protocol import outgoing
from bridge.core.session import State

Shown = tuple[int, int, int]
"""A state's number, the bar of the call or answer, and its length in bars."""


class Display:
    """Tells the device what its player does, on every change and every bar.

    Args:
        outbox: Takes the messages.

    Attributes:
        shown: What is shown; another object only when it has changed.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.shown: Shown = int(State.IDLE), 0, 0
        self._told = False

    def show(self, state: State, bar: int = 0, bars: int = 0) -> None:
        """Show a state with the bar of the call or answer and its length, 0 where there is none."""
        shown = (int(state), bar, bars)
        if shown != self.shown or not self._told:
            self.shown, self._told = shown, True
            self._outbox.messages.append(outgoing("/state", *shown))

    def follow(
        self, state: State, answer: Answer | None, listening: Listening, call_bars: int, now: Now
    ) -> None:
        """Show the answer that plays, else the call that is being played, else the state alone."""
        if answer is not None:
            self._show_answer(state, answer, now)
        elif listening.active:
            self.show(state, listening.bar_number(now), call_bars)
        else:
            self.show(state)

    def _show_answer(self, state: State, answer: Answer, now: Now) -> None:
        bar = int((now.beats - answer.start_beats) / now.bar_beats + EPSILON_BEATS) + 1
        # Live's song may stall, and the beat with it goes back.
        self.show(state, max(1, bar), round(answer.length_beats / now.bar_beats))
