"""The answer starts on the next downbeat, at any tempo, in any metre, over a bad network."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bridge.core.settings import PlayerSettings
from bridge.core.units import beats_to_ticks
from tests.effort import every_pair
from tests.fakes.room import KICK, BadClockNetwork, Room

NETWORKS = {
    "good-network": BadClockNetwork(),
    "bad-network": BadClockNetwork(loss=0.05, duplication=0.05, reordering=0.05, delay_ms=1.0),
}
TEMPI = (60.0, 120.0, 174.0, 240.0)
METRES = ((3, 4), (4, 4), (7, 8))

MakeRoom = Callable[..., Room]


def phrase(bar_beats: float, bars: int) -> list[tuple[float, int]]:
    """A human's strikes: early, late, dense, and one in the last 16th of the phrase."""
    notes = []
    for bar in range(bars):
        start = bar * bar_beats
        notes += [(start + 0.02 * bar, 36), (start + 1.03, 38), (start + 1.74, 36)]
        notes += [(start + bar_beats - 0.26, 42)]
    return notes


def note_keys(room: Room) -> list[tuple[int, float]]:
    [answer] = room.answers
    return sorted((note.pitch, round(note.start_beats, 2)) for note in answer.call.notes)


def check(room: Room, played: list[tuple[float, int]], call_bars: int, answer_bar: int) -> None:
    bar_ticks = beats_to_ticks(room.bar_beats)
    ticks = room.sounded_ticks()
    assert ticks[0] == answer_bar * bar_ticks
    # The drummer strikes each 16th: no step is missing, none is doubled, none off the grid.
    steps = round(call_bars * room.bar_beats * 4)
    assert ticks == [answer_bar * bar_ticks + 120 * step for step in range(steps)]
    [answer] = room.answers
    assert answer.call.length_beats == call_bars * room.bar_beats
    assert note_keys(room) == sorted((pitch, round(beat, 2)) for beat, pitch in played)
    assert room.device.player.late == []


@pytest.mark.parametrize(
    ("tempo", "metre", "network"), every_pair(TEMPI, METRES, tuple(NETWORKS)), ids=str
)
def test_after_a_silent_bar(
    make_room: MakeRoom, tempo: float, metre: tuple[int, int], network: str
) -> None:
    room = make_room(
        tempo_qpm=tempo, signature=metre, network=NETWORKS[network], player=PlayerSettings(feel=0.0)
    )
    played = phrase(room.bar_beats, 2)
    room.play_phrase(played)
    room.run(bars=6)
    check(room, played, call_bars=2, answer_bar=3)


@pytest.mark.parametrize(
    ("tempo", "metre", "network"), every_pair(TEMPI, METRES, tuple(NETWORKS)), ids=str
)
def test_after_a_call_of_fixed_length_played_to_its_very_end(
    make_room: MakeRoom, tempo: float, metre: tuple[int, int], network: str
) -> None:
    room = make_room(
        tempo_qpm=tempo,
        signature=metre,
        network=NETWORKS[network],
        player=PlayerSettings(call_bars=2, feel=0.0),
    )
    played = phrase(room.bar_beats, 2)
    room.play_phrase(played)
    room.run(bars=5)
    check(room, played, call_bars=2, answer_bar=2)


@pytest.mark.parametrize(
    ("tempo", "metre", "before_line_ms"),
    every_pair(TEMPI, METRES, (400.0, 90.0, 30.0, 5.0)),
    ids=str,
)
def test_end_call_a_moment_before_the_bar_line_still_takes_that_bar_line(
    make_room: MakeRoom, tempo: float, metre: tuple[int, int], before_line_ms: float
) -> None:
    room = make_room(tempo_qpm=tempo, signature=metre, player=PlayerSettings(feel=0.0))
    played = [(0.0, 36), (0.5, 42), (1.0, 38)]
    room.play_phrase(played)
    room.command("/end_call", beat=room.bar_beats - before_line_ms / 1000.0 / room.beat_s)
    room.run(bars=3)
    check(room, played, call_bars=1, answer_bar=1)


@pytest.mark.parametrize("stamped", [True, False], ids=["stamped-by-the-device", "by-arrival"])
@pytest.mark.parametrize("tempo", TEMPI)
def test_a_strike_just_before_the_bar_line_counts_into_the_bar_it_was_meant_for(
    make_room: MakeRoom, tempo: float, stamped: bool
) -> None:
    room = make_room(tempo_qpm=tempo, stamped_notes=stamped, player=PlayerSettings(feel=0.0))
    room.play_phrase([(3.9, 36), (5.0, 38), (6.0, 36), (7.0, 38)])
    room.run(bars=5)
    [answer] = room.answers
    assert answer.call.length_beats == 4.0
    first = answer.call.notes[0]
    assert first.pitch == 36
    assert first.start_beats == pytest.approx(-0.1, abs=0.01)
    assert room.sounded_ticks()[0] == 3 * 1920


def test_the_first_beat_is_not_lost_when_the_key_comes_with_the_start(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(-0.05, 36), (1.0, 38)], length_beats=0.2)
    room.run(bars=4)
    [answer] = room.answers
    assert [note.pitch for note in answer.call.notes] == [36, 38]
    assert room.sounded_ticks()[0] == 2 * 1920


@pytest.mark.parametrize("bars", [1, 2, 3, 4, 8])
def test_the_answer_is_as_long_as_the_call_or_as_long_as_set(
    make_room: MakeRoom, bars: int
) -> None:
    for answer_bars in (0, 3):
        room = make_room(player=PlayerSettings(answer_bars=answer_bars, feel=0.0))
        room.play_phrase([(4.0 * bar, KICK) for bar in range(bars)])
        room.run(bars=2 * bars + 8)
        length = (answer_bars or bars) * 4
        assert room.answers[0].answer.length_beats == length
        assert len(room.device.sounded) == length * 4


def test_a_tempo_change_during_the_call_and_the_answer_moves_no_note_off_its_step(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.transport.set_tempo(room.at_beat(2.5), 150.0)
    slow_s = room.at_beat(2.5)
    for beat in (3.0, 4.0, 6.0):
        at_s = slow_s + (beat - 2.5) * 60.0 / 150.0
        room.device.key(at_s, 38, 80)
        room.device.key(at_s + 0.05, 38, 0)
    room.play_phrase([(0.0, 36), (2.0, 36)])
    answer_s = slow_s + (12.0 - 2.5) * 60.0 / 150.0
    room.transport.set_tempo(answer_s + 0.7, 90.0)
    room.run(until_s=answer_s + 8.0)
    [answer] = room.answers
    assert [round(note.start_beats, 2) for note in answer.call.notes] == [0.0, 2.0, 3.0, 4.0, 6.0]
    assert room.sounded_ticks() == [3 * 1920 + 120 * step for step in range(32)]
    assert all(abs(note.song_ticks - note.target_ticks) < 0.01 for note in room.device.sounded)


def test_in_a_loop_the_answer_comes_on_the_loop_s_bar_line(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.transport.set_loop(0.0, 8.0)
    room.play_phrase([(0.0, 36), (1.0, 38), (4.0, 36), (5.0, 38)])
    room.run(bars=7)
    [answer] = room.answers
    assert answer.call.length_beats == 8.0
    # Played bars 0 and 1, silent bar 2 (= song bar 0 again), answer in song bars 1 and 0.
    expected = [1920 + 120 * step for step in range(16)] + [120 * step for step in range(16)]
    assert room.sounded_ticks() == expected
    assert room.device.player.late == []


def test_a_strike_in_the_last_moment_makes_the_answer_anew_and_nothing_sounds_twice(
    make_room: MakeRoom,
) -> None:
    room = make_room(tempo_qpm=60.0, player=PlayerSettings(call_bars=1, feel=0.0))
    # At 60 qpm half a 16th is 125 ms: a strike 130 ms before the bar line belongs to the call,
    # and comes when its answer has been asked for already (lead 100 ms) or nearly so.
    room.play_phrase([(0.0, 36), (4.0 - 0.130, 38)], length_beats=0.02)
    room.run(bars=3)
    [answer] = room.answers
    assert [note.pitch for note in answer.call.notes] == [36, 38]
    assert room.sounded_ticks() == [1920 + 120 * step for step in range(16)]


def test_a_strike_in_the_silent_bar_s_last_moment_takes_the_call_up_again(
    make_room: MakeRoom,
) -> None:
    room = make_room(tempo_qpm=240.0, player=PlayerSettings(feel=0.0))
    # 40 ms before the bar line at 240 qpm: inside the lead time, more than half a 16th early.
    room.play_phrase([(0.0, 36), (8.0 - 0.16, 38)], length_beats=0.02)
    room.run(bars=6)
    [answer] = room.answers
    assert answer.call.length_beats == 8.0
    assert [note.pitch for note in answer.call.notes] == [36, 38]
    assert room.sounded_ticks() == [3 * 1920 + 120 * step for step in range(32)]
