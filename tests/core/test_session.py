"""The session's table: what a player may do next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.session import EVENT_MEANING, STATE_MEANING, TRANSITIONS, Event, Session, State
from bridge.errors import IllegalTransition


def after(*events: Event) -> State:
    session = Session()
    for event in events:
        session.handle(event)
    return session.state


def test_call_and_answer() -> None:
    assert after(Event.CALL_BEGINS) is State.LISTENING
    assert after(Event.CALL_BEGINS, Event.CALL_ENDS) is State.THINKING
    assert after(Event.CALL_BEGINS, Event.CALL_ENDS, Event.ANSWER_BEGINS) is State.ANSWERING
    whole = (Event.CALL_BEGINS, Event.CALL_ENDS, Event.ANSWER_BEGINS, Event.ANSWER_ENDS)
    assert after(*whole) is State.IDLE


def test_a_note_in_the_silent_bar_takes_the_call_up_again() -> None:
    assert after(Event.CALL_BEGINS, Event.CALL_ENDS, Event.CALL_GOES_ON) is State.LISTENING


def test_the_next_call_may_be_played_over_an_answer() -> None:
    answering = (Event.ANSWER_ASKED, Event.ANSWER_BEGINS, Event.CALL_BEGINS)
    assert after(*answering) is State.OVERLAPPING
    assert after(*answering, Event.ANSWER_ENDS) is State.LISTENING
    assert after(*answering, Event.ANSWER_BEGINS) is State.OVERLAPPING


def test_an_answer_repeats_until_it_ends() -> None:
    looping = (Event.ANSWER_ASKED, Event.ANSWER_BEGINS, Event.ANSWER_REPEATS, Event.ANSWER_REPEATS)
    assert after(*looping) is State.LOOPING
    assert after(*looping, Event.ANSWER_ENDS) is State.IDLE


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", [Event.PANIC, Event.TRANSPORT_STOPS])
def test_panic_and_stop_lead_to_idle_from_everywhere(state: State, event: Event) -> None:
    assert TRANSITIONS[state, event] is State.IDLE


def test_an_answer_without_a_call_is_refused_in_words() -> None:
    session = Session()
    with pytest.raises(IllegalTransition, match=r"Answer begins makes no sense .* idle"):
        session.handle(Event.ANSWER_BEGINS)
    assert session.state is State.IDLE


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_whatever_happens_a_refused_event_changes_nothing_and_panic_ends_it(
    events: list[Event],
) -> None:
    session = Session()
    for event in events:
        before = session.state
        if session.allows(event):
            assert session.handle(event) is TRANSITIONS[before, event]
        else:
            with pytest.raises(IllegalTransition):
                session.handle(event)
            assert session.state is before
    assert session.handle(Event.PANIC) is State.IDLE


def test_every_state_can_be_reached_and_left_and_is_explained() -> None:
    reached = {State.IDLE} | set(TRANSITIONS.values())
    assert reached == set(State)
    assert {state for state, _ in TRANSITIONS} == set(State)
    assert set(STATE_MEANING) == set(State)
    assert set(EVENT_MEANING) == set(Event)
