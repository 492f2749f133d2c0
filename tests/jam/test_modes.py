"""The modes of a player, bar by bar: reply, trade, continuous, accompany (docs/jamming.md).

Fill, loop, mutate, memory, feel, the best of several and scale are parameters and buttons in every
mode; they have tests of their own beside this one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.accompany import CLOSED_HAT, KICK, SNARE
from bridge.core.modes import Mode
from bridge.core.requests import StartAnswer
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.paths import data_folder
from tests.fakes.room import Room, SlowModel

MakeRoom = Callable[..., Room]
BAR = 1920


def settings(mode: Mode, **others: int) -> PlayerSettings:
    return PlayerSettings(mode=mode, feel=0.0, **others)  # type: ignore[arg-type]


def bars_played(room: Room) -> list[int]:
    """The bars in which the steady drummer played, each with all its strokes and none twice."""
    ticks = room.sounded_ticks()
    bars = sorted({tick // BAR for tick in ticks})
    assert ticks == [bar * BAR + 120 * step for bar in bars for step in range(16)]
    return bars


def calls(room: Room) -> list[tuple[float, list[float]]]:
    """Length of each call, and the song's beats of its notes."""
    return [
        (
            answer.call.length_beats,
            [
                round(answer.start_beats - answer.call.length_beats + note.start_beats, 3)
                for note in answer.call.notes
            ],
        )
        for answer in room.answers
    ]


# --- reply --------------------------------------------------------------------------------------


def test_reply_answers_when_the_call_is_over(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.REPLY))
    room.play_phrase([(0.0, KICK), (5.0, SNARE), (21.0, KICK)])
    room.run(bars=9)
    assert bars_played(room) == [3, 4, 7]


# --- trade --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "expected"), [(Mode.TRADE, [2, 3, 6, 7]), (Mode.REPLY, [2, 3, 7, 8])]
)
def test_in_trade_whoever_rests_at_first_keeps_the_bars(
    make_room: MakeRoom, mode: Mode, expected: list[int]
) -> None:
    room = make_room(player=settings(mode, call_bars=2, answer_bars=2))
    room.play_phrase([(0.0, KICK), (4.0, KICK), (21.0, SNARE)])
    room.run(bars=11)
    assert bars_played(room) == expected


def test_trade_hears_no_more_than_the_bars_of_the_call(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.TRADE, call_bars=2, answer_bars=1))
    room.play_phrase([(float(beat), KICK) for beat in range(36)])
    room.run(bars=9)
    assert bars_played(room) == [2, 5, 8]
    assert calls(room) == [
        (8.0, [float(beat) for beat in range(start, start + 8)]) for start in (0, 12, 24)
    ]


def test_trade_begins_anew_after_bars_without_a_note(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.TRADE, call_bars=2, answer_bars=1))
    room.play_phrase([(0.0, KICK), (21.0, KICK)])
    room.run(bars=9)
    # Bars 3 and 4 were the human's; the call of bar 5 has two bars again.
    assert bars_played(room) == [2, 7]


def test_trade_without_lengths_trades_twos_and_one_length_stands_for_both(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=settings(Mode.TRADE))
    room.play_phrase([(0.0, KICK)])
    room.command("/param/answer_bars", 1, beat=15.0)
    room.play_phrase([(16.0, KICK)])
    room.run(bars=8)
    assert bars_played(room) == [2, 3, 5]


# --- continuous ---------------------------------------------------------------------------------


def test_continuous_plays_on_without_a_gap_and_answers_what_was_just_played(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=1))
    room.play_phrase([(float(beat), KICK) for beat in range(0, 24, 2)])
    room.run(bars=10)
    assert bars_played(room) == [1, 2, 3, 4, 5, 6]
    assert calls(room) == [(4.0, [4.0 * bar, 4.0 * bar + 2.0]) for bar in range(6)]
    assert room.device.states[-1][1] == State.IDLE


@pytest.mark.parametrize("rest_beats", [0.5, 3.0, 5.0, 7.5])
def test_continuous_has_no_gap_where_the_human_rests_at_first(
    make_room: MakeRoom, rest_beats: float
) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, answer_bars=2))
    room.play_phrase([(0.0, KICK)] + [(8.0 * turn + rest_beats, KICK) for turn in range(1, 4)])
    room.run(bars=12)
    assert bars_played(room) == list(range(2, 10))
    assert [call[0] for call in calls(room)] == [8.0] * 4


def test_continuous_hears_a_longer_window_than_it_answers(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=4, answer_bars=1))
    room.play_phrase([(4.0 * bar + 1.0, KICK) for bar in range(7)])
    room.run(bars=14)
    # It goes on until no bar that it hears has a note any more: bar 6 is the last.
    assert bars_played(room) == list(range(4, 11))
    assert calls(room) == [
        (16.0, [4.0 * bar + 1.0 for bar in range(first, min(first + 4, 7))]) for first in range(7)
    ]


def test_continuous_may_hear_only_the_last_of_the_bars_that_it_plays(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=1, answer_bars=3))
    room.play_phrase([(0.0, KICK), (5.0, KICK), (9.0, KICK), (13.0, SNARE), (18.0, KICK)])
    room.run(bars=9)
    # Beats 5 and 9 are before the window, and so is beat 18: alone it gets no answer.
    assert bars_played(room) == [1, 2, 3, 4, 5, 6]
    assert calls(room) == [(4.0, [0.0]), (4.0, [13.0])]


@pytest.mark.parametrize("metre", [(3, 4), (7, 8)], ids=["3-4", "7-8"])
@pytest.mark.parametrize("model_delay_s", [0.0, 0.06])
def test_continuous_is_seamless_in_other_metres_and_with_a_slow_model(
    make_room: MakeRoom, metre: tuple[int, int], model_delay_s: float
) -> None:
    player = settings(Mode.CONTINUOUS, call_bars=2, answer_bars=1)
    room = make_room(player=player, signature=metre, model_delay_s=model_delay_s)
    bar = room.bar_beats
    room.play_phrase([(bar * i + 0.25, KICK) for i in range(8)])
    room.run(bars=8.99)
    steps = round(bar * 4)
    assert room.sounded_ticks() == [120 * step for step in range(2 * steps, 9 * steps)]


def test_continuous_with_loop_holds_the_last_answer_when_the_human_stops(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=1, loop=1))
    room.play_phrase([(0.0, KICK), (5.0, KICK), (21.0, SNARE)])
    room.run(bars=7.99)
    assert bars_played(room) == [1, 2, 3, 4, 5, 6, 7]
    assert [beats for _, beats in calls(room)] == [[0.0], [5.0], [21.0]]


# --- accompany ----------------------------------------------------------------------------------

TUNE = [(0.0, 60), (0.5, 62), (1.0, 64), (2.0, 65), (2.0, 69), (2.75, 67), (3.0, 72)]
AS_STROKES = [
    (0.0, KICK),
    (0.5, CLOSED_HAT),
    (1.0, SNARE),
    (2.0, KICK),
    (2.75, CLOSED_HAT),
    (3.0, SNARE),
]


def test_accompany_plays_under_the_tune_and_hears_its_rhythm_as_drums(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.ACCOMPANY, call_bars=1))
    for bar in range(4):
        room.play_phrase(TUNE, from_beat=4.0 * bar, length_beats=0.4)
    room.run(bars=6)
    assert bars_played(room) == [1, 2, 3, 4]
    for answer in room.answers:
        strokes = [(round(note.start_beats, 6), note.pitch) for note in answer.call.notes]
        assert strokes == AS_STROKES


def test_accompany_primes_the_model_with_the_strokes_that_it_answers(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.ACCOMPANY, call_bars=1), model_delay_s=0.001)
    room.play_phrase(TUNE, length_beats=0.4)
    room.run(bars=3)
    assert isinstance(room.model, SlowModel)
    calls = [request.call for request in room.model.requests if hasattr(request, "call")]
    assert len(calls) > 10
    assert {note.pitch for call in calls for note in call.notes} == {KICK, SNARE, CLOSED_HAT}


def test_drums_that_accompany_remember_themselves_alone(make_room: MakeRoom) -> None:
    player = settings(Mode.ACCOMPANY, call_bars=1, memory_bars=2)
    room = make_room(player=player, model_delay_s=0.001)
    room.device.parameters["memory_bars"] = 2
    for bar in range(4):
        room.play_phrase(TUNE, from_beat=4.0 * bar, length_beats=0.4)
    room.run(bars=5)
    assert isinstance(room.model, SlowModel)
    memories = [r.memory for r in room.model.requests if isinstance(r, StartAnswer)]
    assert [memory.length_beats for memory in memories] == [0.0, 4.0, 8.0, 8.0]
    assert {note.pitch for memory in memories for note in memory.notes} == {KICK}
    assert [len(memory.notes) for memory in memories] == [0, 16, 32, 32]


def test_a_melody_model_that_accompanies_hears_the_tune_itself() -> None:
    room = Room("session_melody", data_folder("bundles"), player=settings(Mode.ACCOMPANY, seed=3))
    room.play_phrase([(beat, pitch) for beat, pitch in TUNE if pitch != 69], length_beats=0.4)
    room.run(bars=4)
    [answer] = room.answers
    assert [note.pitch for note in answer.call.notes] == [60, 62, 64, 65, 67, 72]
    room.close()


def test_the_tune_s_touch_is_the_drums_touch() -> None:
    player = PlayerSettings(mode=Mode.ACCOMPANY, call_bars=1, feel=1.0, seed=3)
    room = Room("groove_drums", data_folder("bundles"), player=player)
    room.play_phrase([(beat / 2, 60 + beat) for beat in range(8)], velocity=41, length_beats=0.4)
    room.run(bars=3)
    assert room.device.sounded
    assert {note.velocity for note in room.device.sounded} == {41}
    room.close()


def test_the_mode_is_turned_while_playing(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=1))
    room.play_phrase([(float(beat), KICK) for beat in range(20)])
    room.command("/param/mode", int(Mode.REPLY), beat=13.5)
    room.run(bars=9)
    # The call of bar 3 is under way when it is turned, and is answered; after that it waits for
    # the human to end, whose fifth bar falls under an answer and is not heard.
    assert bars_played(room) == [1, 2, 3, 4]
    assert room.device.errors == []


def test_no_answer_is_made_twice_in_continuous(make_room: MakeRoom) -> None:
    room = make_room(player=settings(Mode.CONTINUOUS, call_bars=1), model_delay_s=0.001)
    room.play_phrase([(float(beat), KICK) for beat in range(16)])
    room.run(bars=6)
    assert isinstance(room.model, SlowModel)
    starts = [r.answer_id for r in room.model.requests if isinstance(r, StartAnswer)]
    assert starts == [1, 2, 3, 4]
