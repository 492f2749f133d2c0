"""The session: what a player may do next, as one table.

The table is data. `docs/session.md` and its diagram are generated from it, and the code below only
looks it up: an event that the table doesn't allow in a state raises and changes nothing. What
*leads* to an event (a silent bar, a knob, a bar line) is decided in `bridge.core.player`.
"""

from __future__ import annotations

from enum import Enum, IntEnum

from bridge.errors import IllegalTransition


class State(IntEnum):
    """What a player does. The number is what ``/state`` carries."""

    IDLE = 0
    LISTENING = 1
    THINKING = 2
    ANSWERING = 3
    LOOPING = 4
    OVERLAPPING = 5


STATE_MEANING: dict[State, str] = {
    State.IDLE: "Ready: waits for a first note, or for a button.",
    State.LISTENING: "A call is being played; the model is primed along with it.",
    State.THINKING: "The call is over or about to be; its answer is made for the next bar line.",
    State.ANSWERING: "An answer plays.",
    State.LOOPING: "The answer plays again, from its start.",
    State.OVERLAPPING: "An answer plays while the next call is being played.",
}


class Event(Enum):
    """What can happen to a session."""

    CALL_BEGINS = "call begins"
    CALL_GOES_ON = "call goes on"
    CALL_ENDS = "call ends"
    CALL_FORGOTTEN = "call forgotten"
    ANSWER_ASKED = "answer asked for"
    ANSWER_BEGINS = "answer begins"
    ANSWER_REPEATS = "answer repeats"
    ANSWER_ENDS = "answer ends"
    MODEL_FAILS = "model fails"
    TRANSPORT_STOPS = "transport stops"
    PANIC = "panic"


EVENT_MEANING: dict[Event, str] = {
    Event.CALL_BEGINS: "The first note of a call.",
    Event.CALL_GOES_ON: "A note in the bar that would have been the silent one.",
    Event.CALL_ENDS: "Silence, the call's length, or a button ends it at a bar line.",
    Event.CALL_FORGOTTEN: "Silence ends it before its least length: there is no answer.",
    Event.ANSWER_ASKED: "Go, again or mutate: an answer to a call that is already known.",
    Event.ANSWER_BEGINS: "The bar line of the answer is there.",
    Event.ANSWER_REPEATS: "The whole length of the answer has passed and loop is on.",
    Event.ANSWER_ENDS: "The whole length of the answer has passed.",
    Event.MODEL_FAILS: "No answer can be made.",
    Event.TRANSPORT_STOPS: "Live stopped, or jumped to where the bars lie elsewhere.",
    Event.PANIC: "Silence everything.",
}

_S, _E = State, Event

TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.IDLE, _E.CALL_BEGINS): _S.LISTENING,
    (_S.IDLE, _E.ANSWER_ASKED): _S.THINKING,
    (_S.LISTENING, _E.CALL_ENDS): _S.THINKING,
    (_S.LISTENING, _E.CALL_FORGOTTEN): _S.IDLE,
    (_S.THINKING, _E.CALL_GOES_ON): _S.LISTENING,
    (_S.THINKING, _E.ANSWER_ASKED): _S.THINKING,
    (_S.THINKING, _E.ANSWER_BEGINS): _S.ANSWERING,
    (_S.THINKING, _E.MODEL_FAILS): _S.IDLE,
    (_S.ANSWERING, _E.ANSWER_ASKED): _S.ANSWERING,
    (_S.ANSWERING, _E.ANSWER_BEGINS): _S.ANSWERING,
    (_S.ANSWERING, _E.ANSWER_REPEATS): _S.LOOPING,
    (_S.ANSWERING, _E.ANSWER_ENDS): _S.IDLE,
    (_S.ANSWERING, _E.CALL_BEGINS): _S.OVERLAPPING,
    (_S.ANSWERING, _E.MODEL_FAILS): _S.ANSWERING,
    (_S.LOOPING, _E.ANSWER_ASKED): _S.LOOPING,
    (_S.LOOPING, _E.ANSWER_BEGINS): _S.ANSWERING,
    (_S.LOOPING, _E.ANSWER_REPEATS): _S.LOOPING,
    (_S.LOOPING, _E.ANSWER_ENDS): _S.IDLE,
    (_S.LOOPING, _E.CALL_BEGINS): _S.OVERLAPPING,
    (_S.LOOPING, _E.MODEL_FAILS): _S.LOOPING,
    (_S.OVERLAPPING, _E.CALL_ENDS): _S.ANSWERING,
    (_S.OVERLAPPING, _E.CALL_FORGOTTEN): _S.ANSWERING,
    (_S.OVERLAPPING, _E.ANSWER_BEGINS): _S.OVERLAPPING,
    (_S.OVERLAPPING, _E.ANSWER_REPEATS): _S.OVERLAPPING,
    (_S.OVERLAPPING, _E.ANSWER_ENDS): _S.LISTENING,
    (_S.OVERLAPPING, _E.MODEL_FAILS): _S.OVERLAPPING,
    (_S.ANSWERING, _E.CALL_GOES_ON): _S.OVERLAPPING,
    **{(state, _E.TRANSPORT_STOPS): _S.IDLE for state in State},
    **{(state, _E.PANIC): _S.IDLE for state in State},
}


class Session:
    """The state of one player, moved by events through the table."""

    def __init__(self) -> None:
        self._state = State.IDLE

    @property
    def state(self) -> State:
        """The present state."""
        return self._state

    def allows(self, event: Event) -> bool:
        """Whether the table has a step for this event now."""
        return (self._state, event) in TRANSITIONS

    def handle(self, event: Event) -> State:
        """Take a step; returns the new state.

        Raises:
            IllegalTransition: The table has no such step; the state stays as it was.
        """
        following = TRANSITIONS.get((self._state, event))
        if following is None:
            raise IllegalTransition(
                f"{event.value.capitalize()} makes no sense while the player is"
                f" {self._state.name.lower()}.",
                "Wait for the answer to end, or press Panic.",
            )
        self._state = following
        return following
