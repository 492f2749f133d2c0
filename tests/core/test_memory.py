"""A conversation as a player remembers it: turns in order, without the waiting between them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.memory import MOST_BARS, MOST_NOTES, NOTHING, Conversation, joined
from bridge.core.notes import Note, Phrase

ELSE = Phrase((), 0.0)


def turn(pitch: int, bars: int = 1, notes: int = 1, bar_beats: float = 4.0) -> Phrase:
    beats = bars * bar_beats
    return Phrase.of([Note(pitch, 90, i * beats / notes, 0.1) for i in range(notes)], beats)


def starts(phrase: Phrase) -> list[tuple[float, int]]:
    return [(note.start_beats, note.pitch) for note in phrase.notes]


def test_turns_follow_each_other_and_only_the_last_bars_are_heard() -> None:
    talk = Conversation()
    for pitch in (60, 62, 64):
        talk.add(turn(pitch, bars=2, notes=2), 4.0)
    assert talk.before(ELSE, 0, 4.0) == NOTHING
    assert starts(talk.before(ELSE, 3, 4.0)) == [(0.0, 62), (4.0, 64), (8.0, 64)]
    whole = talk.before(ELSE, 64, 4.0)
    assert whole.length_beats == 24.0
    assert [pitch for _, pitch in starts(whole)] == [60, 60, 62, 62, 64, 64]


def test_a_turn_that_is_answered_again_is_not_its_own_past() -> None:
    talk = Conversation()
    first, second = turn(60), turn(62)
    for one in (first, second, second):
        talk.add(one, 4.0)
    assert starts(talk.before(second, 8, 4.0)) == [(0.0, 60)]
    assert talk.before(first, 8, 4.0) == NOTHING
    assert talk.before(ELSE, 8, 4.0).length_beats == 8.0


def test_silent_turns_are_not_remembered_and_another_metre_is_a_new_start() -> None:
    talk = Conversation()
    talk.add(turn(60), 4.0)
    talk.add_answer(Phrase((), 4.0))
    assert talk.before(ELSE, 8, 4.0).length_beats == 4.0
    talk.add(turn(62, bar_beats=3.0), 3.0)
    assert starts(talk.before(ELSE, 8, 3.0)) == [(0.0, 62)]
    assert talk.before(ELSE, 8, 4.0) == NOTHING
    talk.forget()
    assert talk.before(ELSE, 8, 3.0) == NOTHING


@settings(max_examples=60, deadline=None)
@given(
    turns=st.lists(st.tuples(st.integers(1, 32), st.integers(1, 300)), max_size=40),
    bars=st.integers(1, 64),
)
def test_however_long_the_jam_what_is_remembered_is_bounded(
    turns: list[tuple[int, int]], bars: int
) -> None:
    talk = Conversation()
    for length, notes in turns:
        talk.add(turn(60, length, notes), 4.0)
    heard = talk.before(ELSE, bars, 4.0)
    assert heard.length_beats <= bars * 4.0
    assert all(0.0 <= note.start_beats < heard.length_beats for note in heard.notes)
    assert sum(len(each.notes) for each in talk._turns) <= MOST_NOTES
    kept = sum(each.length_beats for each in talk._turns)
    assert kept < (MOST_BARS + 32) * 4.0
    dense = sum(notes for _, notes in turns) > MOST_NOTES
    if heard.notes and not dense:  # bars of nothing but rest are not heard at all
        assert heard.length_beats == min(bars, sum(length for length, _ in turns)) * 4.0


def test_joined_is_the_call_after_its_past() -> None:
    call = turn(62)
    assert joined(NOTHING, call) is call
    assert starts(joined(turn(60, 2), call)) == [(0.0, 60), (8.0, 62)]
    assert joined(turn(60, 2), call).length_beats == pytest.approx(12.0)
