"""Guards: a jam that falls silent is woken, one in circles loosened, one too dense thinned."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.crowd import Crowd
from bridge.core.events import Guard, GuardActed
from bridge.core.notes import Note
from bridge.core.requests import ContinueAnswer, StartAnswer
from bridge.core.settings import PlayerSettings
from bridge.engine.report import describe
from tests.fakes.room import KICK, Room, SlowModel, random_bundle_file, silent_drummer

MakeRoom = Callable[..., Room]
BAR = 1920
SNARE = 38


def acted(room: Room, guard: Guard) -> list[GuardActed]:
    events = [event for event in room.events if isinstance(event, GuardActed)]
    assert {event.player for event in events} <= {1, 2}
    return [event for event in events if event.guard is guard]


def started(room: Room) -> list[StartAnswer]:
    assert isinstance(room.model, SlowModel)
    return [request for request in room.model.requests if isinstance(request, StartAnswer)]


def bars_played(room: Room) -> list[int]:
    return sorted({tick // BAR for tick in room.sounded_ticks()})


# --- silence ------------------------------------------------------------------------------------


def test_where_nobody_plays_it_begins_by_itself_and_says_so(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(wake_bars=2, feel=0.0))
    room.run(bars=6.9)
    # Two quiet bars; the next bar line is the first at which an answer can begin.
    assert bars_played(room) == [3, 4]
    [woken] = acted(room, Guard.SILENCE)
    assert describe(woken).text == (
        "Player 1 begins out of nothing, with many notes, after 2 quiet bars."
    )


def test_it_is_off_unless_set(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=12)
    assert bars_played(room) == [2]
    assert acted(room, Guard.SILENCE) == []


def test_it_comes_back_to_the_last_call_that_was_answered_with_music(make_room: MakeRoom) -> None:
    player = PlayerSettings(wake_bars=3, memory_bars=8, seed=5, feel=0.0)
    room = make_room(player=player, model_delay_s=0.001)
    room.play_phrase([(0.0, KICK), (1.5, SNARE)])
    room.run(bars=8.9)
    assert bars_played(room) == [2, 7]
    first, second = room.answers
    assert second.call == first.call
    controls = [request.controls for request in started(room)]
    assert [(c.density, c.temperature) for c in controls] == [(0.0, 1.0), (0.5, 1.0)]
    assert started(room)[1].memory.notes == ()
    [woken] = acted(room, Guard.SILENCE)
    assert "answers its last good call again" in woken.text


def test_a_model_that_stays_silent_is_asked_out_of_nothing(tmp_path: Path) -> None:
    player = PlayerSettings(wake_bars=1, answer_bars=1, feel=0.0, temperature=0.5)
    room = Room(silent_drummer(tmp_path), tmp_path, player=player, model_delay_s=0.001)
    room.run(bars=10)
    assert len(acted(room, Guard.SILENCE)) > 3
    for request in started(room):
        assert request.call.notes == ()
        assert (request.controls.density, request.controls.temperature) == (1.0, 1.2)
    assert room.sounded_ticks() == []
    room.close()


def test_a_silent_loop_is_left(tmp_path: Path) -> None:
    player = PlayerSettings(wake_bars=2, answer_bars=1, loop=True, feel=0.0)
    room = Room(silent_drummer(tmp_path), tmp_path, player=player, model_delay_s=0.001)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=12)
    assert len(started(room)) > 3
    room.close()


def test_one_who_plays_is_not_woken_and_rests_between_phrases_are_no_silence(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(wake_bars=2, call_bars=2, answer_bars=2, feel=0.0))
    for phrase in range(3):
        room.play_phrase([(0.0, KICK), (1.0, SNARE)], from_beat=16.0 * phrase)
    room.run(bars=11.9)
    assert acted(room, Guard.SILENCE) == []
    assert bars_played(room) == [2, 3, 6, 7, 10, 11]


def test_a_lift_is_for_one_answer_and_holds_while_it_is_made(make_room: MakeRoom) -> None:
    player = PlayerSettings(wake_bars=2, answer_bars=2, feel=0.0)
    room = make_room(player=player, model_delay_s=0.001)
    room.run(bars=4.9)
    room.play_phrase([(20.0, KICK), (21.0, SNARE)])
    room.run(bars=8.9)
    assert isinstance(room.model, SlowModel)
    densities = {1: set[float](), 2: set[float]()}
    for request in room.model.requests:
        if isinstance(request, StartAnswer | ContinueAnswer):
            densities[request.answer_id].add(request.controls.density)
    assert densities == {1: {1.0}, 2: {0.0}}


def test_two_that_listen_to_each_other_are_woken_when_one_drops_out(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, wake_bars=2, answer_bars=1))
    second = room.add_device()
    second.parameters["listen"] = 1
    second.command("/param/wake_bars", 8, at_s=0.5)
    room.device.parameters["listen"] = 2
    # The second is silenced in the midst of its answer; without a guard that were the end.
    second.command("/panic", at_s=room.at_beat(17.0))
    room.run(bars=30)
    heard = sorted({tick // BAR for d in room.devices for tick in room.sounded_ticks(d)})
    gaps = [after - before for before, after in itertools.pairwise(heard)]
    assert max(gaps) <= 4, "two quiet bars and the one in which the answer is asked for"
    assert heard[-1] >= 28
    assert room.device.player.stuck() == []


def test_stop_and_start_begin_to_count_anew(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, wake_bars=2))
    room.transport.stop(room.at_beat(7.0))
    room.transport.play(room.at_beat(20.0))
    room.run(until_s=room.at_beat(28.7))
    assert room.sounded_ticks() == []
    room.run(until_s=room.at_beat(30.0))
    assert room.sounded_ticks()[0] == 4 * BAR


# --- circles ------------------------------------------------------------------------------------


def test_the_same_answer_over_and_over_is_left(make_room: MakeRoom) -> None:
    player = PlayerSettings(same_answers=2, call_bars=1, answer_bars=1, seed=4, feel=0.0)
    room = make_room(player=player, model_delay_s=0.001)
    for phrase in range(5):
        room.play_phrase([(0.0, KICK)], from_beat=8.0 * phrase)
    room.run(bars=10)
    assert [(r.controls.variety, r.controls.temperature) for r in started(room)] == [
        (0.0, 1.0),
        (0.0, 1.0),
        (0.5, 1.2),
        (0.0, 1.0),
        (0.5, 1.2),
    ]
    [first, *_] = acted(room, Guard.SAMENESS)
    assert describe(first).text == (
        "Player 1 takes more chances, after 2 answers that were the same."
    )


# --- density ------------------------------------------------------------------------------------


def dense_room(tmp_path: Path, limit: int, **others: float) -> Room:
    player = PlayerSettings(
        max_notes_per_beat=limit,
        answer_bars=4,
        density=1.0,
        seed=9,
        **others,  # type: ignore[arg-type]
    )
    room = Room(random_bundle_file(tmp_path, "drum_kit"), tmp_path, player=player)
    room.device.parameters["density"] = 1.0
    room.play_phrase([(0.02, KICK), (0.98, SNARE), (2.03, 42), (3.5, 46)])
    return room


def beats(room: Room) -> Counter[int]:
    """Notes by beat; a note a little early or late belongs to the sixteenth it is nearest to."""
    return Counter((tick + 60) // 480 for tick in room.sounded_ticks())


@pytest.mark.parametrize("feel", [0.0, 1.0])
@pytest.mark.parametrize("limit", [1, 5])
def test_no_beat_has_more_notes_than_the_limit(tmp_path: Path, limit: int, feel: float) -> None:
    free, limited = dense_room(tmp_path, 0, feel=feel), dense_room(tmp_path, limit, feel=feel)
    for room in (free, limited):
        room.device.parameters["feel"] = feel
        room.run(bars=7)
    assert max(beats(free).values()) > limit
    assert max(beats(limited).values()) == limit
    [told] = acted(limited, Guard.DENSITY)
    [answer] = limited.answers
    made = len(free.answers[0].answer.notes)
    left_out = made - len(limited.sounded_ticks())
    assert told.text == f"left out {left_out} of {made} notes: more than a beat may have"
    assert len(answer.answer.notes) == len(limited.sounded_ticks()), "what sounded is what is told"
    # The limit chooses among the notes; it makes none, and the model plays on as if all sounded.
    kept = {(note.target_ticks, note.pitch) for note in limited.device.sounded}
    assert kept <= {(note.target_ticks, note.pitch) for note in free.device.sounded}
    for room in (free, limited):
        room.close()


def test_an_answer_within_the_limit_is_not_touched(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(max_notes_per_beat=4, feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=4)
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(16)]
    assert acted(room, Guard.DENSITY) == []


def test_what_stays_is_the_beat_then_its_half(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(max_notes_per_beat=2, feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.command("/param/max_notes_per_beat", 1, beat=9.0)
    room.run(bars=4)
    [answer] = room.answers
    places = [note.start_beats for note in answer.answer.notes]
    # Beats are made whole, so a turn is heard in the second beat after it.
    assert places == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


NOTES = st.lists(
    st.builds(
        Note,
        pitch=st.integers(35, 60),
        velocity=st.integers(1, 127),
        start_beats=st.floats(0.0, 8.0),
        duration_beats=st.just(0.1),
    ),
    max_size=80,
)


@settings(max_examples=200, deadline=None)
@given(notes=NOTES, limit=st.integers(1, 9), cuts=st.lists(st.floats(0.0, 8.0), max_size=6))
def test_however_it_is_cut_into_stretches_no_beat_has_too_many_and_none_too_few(
    notes: list[Note], limit: int, cuts: list[float]
) -> None:
    crowd = Crowd()
    edges = [-1.0, *sorted(cuts), 9.0]
    kept: list[Note] = []
    for low, high in itertools.pairwise(edges):
        kept += crowd.thinned([n for n in notes if low <= n.start_beats < high], limit)

    def by_beat(which: list[Note]) -> Counter[int]:
        return Counter(int(note.start_beats + 0.125) for note in which)

    assert by_beat(kept) == {beat: min(count, limit) for beat, count in by_beat(notes).items()}
    assert crowd.left_out == len(notes) - len(kept)
