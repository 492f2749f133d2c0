"""The musical knobs turned over OSC while a shipped bundle answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bridge.core.requests import StartAnswer
from bridge.core.settings import PlayerSettings
from bridge.engine.report import describe
from bridge.paths import data_folder
from tests.fakes.room import Room, SlowModel

BAR = 1920
BEAT = 480
GROOVE = [(beat, 36) for beat in (0.0, 1.5, 2.0)] + [(1.0, 38), (3.0, 38)]
GROOVE += [(i / 2, 42) for i in range(8)]
TUNE = [(0.0, 60), (0.5, 64), (1.0, 67), (2.0, 65), (2.5, 62), (3.0, 59)]

Duet = Callable[..., Room]


@pytest.fixture
def duet() -> Iterator[Duet]:
    """A room in which a shipped bundle answers a bar with eight."""
    rooms: list[Room] = []

    def begin(bundle: str, phrase: list[tuple[float, int]], **player: float) -> Room:
        settings = PlayerSettings(call_bars=1, answer_bars=8, seed=4, feel=0.0)
        room = Room(bundle, data_folder("bundles"), player=settings)
        rooms.append(room)
        for name, value in player.items():
            room.device.parameters[name] = value
        room.play_phrase(phrase, length_beats=0.4)
        return room

    yield begin
    for room in rooms:
        room.close()
        for device in room.devices:
            assert device.refused == []


def heard(room: Room) -> list[tuple[int, int]]:
    return [(note.target_ticks, note.pitch) for note in room.device.sounded]


def test_density_turned_in_mid_answer_is_heard_within_the_horizon(duet: Duet) -> None:
    played = {}
    for density in (-1.0, 0.0, 1.0):
        room = duet("groove_drums", GROOVE)
        room.command("/param/density", density, beat=4.0 + 8.0)
        room.run(bars=10)
        played[density] = heard(room)
        assert room.device.errors == []
    # What sounds up to the turn is the same; a beat of horizon and a bar later all has changed.
    turned, changed = BAR + 8 * BEAT, BAR + 10 * BEAT
    assert len({tuple(n for n in notes if n[0] < turned) for notes in played.values()}) == 1
    after = {d: sum(start >= changed for start, _ in notes) for d, notes in played.items()}
    assert after[-1.0] < after[0.0] < after[1.0]
    assert after[1.0] > 2 * after[-1.0]


def test_a_scale_turned_in_mid_answer_lets_no_foreign_note_start(duet: Duet) -> None:
    black_keys = 0b010101001010
    room = duet("session_melody", TUNE)
    room.command("/param/scale", black_keys, beat=4.0 + 8.0)
    room.run(bars=10)
    before = [pitch for start, pitch in heard(room) if start < BAR + 8 * BEAT]
    after = [pitch for start, pitch in heard(room) if start >= BAR + 10 * BEAT]
    assert any(not black_keys >> pitch % 12 & 1 for pitch in before)
    assert after
    assert all(black_keys >> pitch % 12 & 1 for pitch in after)


def test_a_rhythm_lock_set_in_the_device_keeps_the_calls_rhythm_bar_after_bar(duet: Duet) -> None:
    room = duet("session_melody", TUNE, lock=1)
    room.run(bars=10)
    onsets = [round(beat * BEAT) for beat, _ in TUNE]
    expected = [BAR * bar + onset for bar in range(1, 9) for onset in onsets]
    assert sorted(start for start, _ in heard(room)) == expected


def test_knobs_at_neutral_change_nothing(duet: Duet) -> None:
    rooms = []
    for turned in (False, True):
        room = duet("groove_drums", GROOVE)
        if turned:
            for name in ("density", "register_bias", "variety"):
                room.command(f"/param/{name}", 0.0, beat=6.0)
            room.command("/param/top_p", 1.0, beat=6.0)
            room.command("/param/scale", 4095, beat=6.0)
        room.run(bars=10)
        rooms.append(heard(room))
    assert rooms[0] == rooms[1]


def test_the_best_of_eight_begins_on_the_downbeat_and_says_what_it_is(duet: Duet) -> None:
    room = duet("groove_drums", GROOVE, candidates=8)
    room.run(bars=10)
    (made,) = room.answers
    assert made.choice is not None
    assert (made.choice.tried, made.choice.ranked_steps) == (8, 128)
    assert made.seed == made.choice.seed
    text = describe(made).text
    assert f"best of 8 by their first 128 steps, score {made.choice.score:.2f}" in text
    assert min(start for start, _ in heard(room)) >= BAR
    # The seed that is shown gives the same answer alone.
    alone = duet("groove_drums", GROOVE, seed=made.seed)
    alone.run(bars=10)
    assert heard(alone) == heard(room)
    assert alone.answers[0].choice is None


def test_candidates_are_given_the_time_until_the_notes_must_leave(duet: Duet) -> None:
    room = duet("groove_drums", GROOVE, candidates=8)
    slow = SlowModel(room.model, room.clock, 0.0)
    assert room.engine is not None
    room.engine._timekeeper.model = slow
    room.run(bars=3)
    (request,) = [one for one in slow.requests if isinstance(one, StartAnswer)]
    # 40 ms of lead and 80 ms more for candidates; the look-ahead is not theirs.
    assert request.time_s == pytest.approx(0.12, abs=0.02)


def test_a_late_note_keeps_the_candidate_that_was_chosen(duet: Duet) -> None:
    room = duet("groove_drums", GROOVE, candidates=8)
    slow = SlowModel(room.model, room.clock, 0.0)
    assert room.engine is not None
    room.engine._timekeeper.model = slow
    # Inside the lead: the answer is asked for 180 ms (0.36 beats) before its bar line.
    room.play_phrase([(3.8, 49)])
    room.run(bars=10)
    (made,) = room.answers
    assert any(note.pitch == 49 for note in made.call.notes)
    first, second = (one for one in slow.requests if isinstance(one, StartAnswer))
    assert (first.controls.candidates, second.controls.candidates) == (8, 1)
    assert second.controls.seed == made.seed
    assert min(start for start, _ in heard(room)) >= BAR
