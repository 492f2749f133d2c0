"""The defects of the 2017 program, by their numbers, each shown to be gone.

The numbers are those of the list of what `magenta_midi` got wrong; each test says what it did.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.encodings.drum_classes import drum_set
from bridge.core.notes import Phrase
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from bridge.core.units import nearest_step
from tests.fakes.room import KICK, Room, random_bundle_file, silent_drummer

MakeRoom = Callable[..., Room]
FLAT = PlayerSettings(feel=0.0)
BAR = 1920


def drum_steps(call: Phrase) -> dict[int, int]:
    """The call as the model is told it: drum sets by step."""
    steps: dict[int, list[int]] = {}
    for note in call.notes:
        steps.setdefault(nearest_step(note.start_beats, 4), []).append(note.pitch)
    return {step: drum_set(pitches) for step, pitches in steps.items()}


def states(room: Room) -> list[tuple[int, int, int]]:
    return [(int(state), int(bar), int(bars)) for _, state, bar, bars in room.device.states]


def test_defect_1_the_downbeat_of_the_call_was_dropped_and_its_grid_shifted(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK), (1.0, KICK), (2.0, KICK), (3.0, KICK)])
    room.run(bars=4)
    assert drum_steps(room.answers[0].call) == {0: 1, 4: 1, 8: 1, 12: 1}


@pytest.mark.parametrize("tempo", [61.7, 100.0, 119.99, 133.333, 171.3])
@pytest.mark.parametrize("late_ms", [0.0, 0.3, 7.7])
def test_defect_2_the_first_16th_of_the_answer_was_often_empty_and_the_last_lost(
    make_room: MakeRoom, tempo: float, late_ms: float
) -> None:
    room = make_room(tempo_qpm=tempo, player=FLAT)
    room.play_phrase([(late_ms / 1000.0, KICK), (1.0, 38)])
    room.run(bars=4)
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(16)]


def test_defect_3_panic_during_an_answer_was_ignored(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, answer_bars=4))
    room.play_phrase([(0.0, KICK)])
    room.command("/panic", beat=9.1)
    room.run(bars=8)
    assert room.sounded_ticks()[-1] <= beat_ticks(9.1)
    assert room.device.sounding == ()
    assert states(room)[-1] == (State.IDLE, 0, 0)


def test_defect_3_mutate_during_an_answer_was_ignored(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK)])
    room.command("/mutate", beat=9.5)
    room.run(bars=6)
    first, mutation = room.answers
    assert mutation.call == first.answer
    assert mutation.answer.length_beats == first.answer.length_beats
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(32)]


def test_defect_3_end_call_while_an_answer_plays_ends_the_call_being_played_over_it(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, overlap=True, answer_bars=4))
    room.play_phrase([(0.0, KICK), (9.0, 38)])
    room.command("/end_call", beat=10.0)
    room.run(bars=7)
    [second] = room.answers  # the first one gave way before it was complete
    assert [note.pitch for note in second.call.notes] == [38]
    assert second.start_beats == 12.0
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(16 + 64)]


def test_defect_3_end_call_without_a_call_is_answered_in_words(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK)])
    room.command("/end_call", beat=9.0)
    room.run(bars=4)
    assert [code for code, _ in room.device.errors] == [402]
    assert len(room.sounded_ticks()) == 16


def test_defect_4_a_lost_note_off_kept_the_call_open_for_ever(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.device.key(room.at_beat(0.0), KICK, 90)  # its release never comes
    room.play_phrase([(1.0, 38), (4.0, KICK), (5.0, 38)])
    room.run(bars=12)
    assert room.answers, "the call never ended"
    assert room.sounded_ticks()[0] % BAR == 0
    # The later strike of the same pitch counts as well.
    pitches = [note.pitch for note in room.answers[0].call.notes]
    assert pitches.count(KICK) == 2


def test_defect_4_even_a_lone_hanging_note_ends_after_four_bars(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.device.key(room.at_beat(0.0), KICK, 90)
    room.run(bars=12)
    assert room.sounded_ticks()[0] == 5 * BAR


def test_defect_5_a_key_held_across_the_call_s_end_cost_the_next_call_its_first_strike(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, call_bars=1))
    room.device.key(room.at_beat(0.0), KICK, 90)
    room.device.key(room.at_beat(5.0), KICK, 0)  # released while the answer plays
    room.play_phrase([(8.0, KICK), (9.0, KICK)])
    room.run(bars=5)
    second = room.answers[1]
    assert [note.start_beats for note in second.call.notes] == [0.0, 1.0]


@pytest.mark.parametrize("bars", [2, 4])
def test_defect_6_a_loop_collapsed_to_the_last_note(make_room: MakeRoom, bars: int) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, loop=True, answer_bars=bars))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=2 + 3 * bars)
    shown = states(room)
    first = shown.index((State.ANSWERING, 1, bars))
    one_pass = [(bar, bars) for bar in range(1, bars + 1)]
    looping = [(bar, of) for state, bar, of in shown[first:] if state >= State.ANSWERING]
    assert looping[: 3 * bars] == one_pass * 3
    assert shown[first + bars][0] == State.LOOPING


def test_defect_6_a_loop_keeps_its_length_where_the_notes_end_early(tmp_path: Path) -> None:
    silent = silent_drummer(tmp_path)
    room = Room(silent, tmp_path, player=PlayerSettings(loop=True, answer_bars=4))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=14)
    looping = [(bar, bars) for state, bar, bars in states(room) if state >= State.ANSWERING]
    assert looping == [(bar, 4) for bar in (1, 2, 3, 4)] * 3 + [(1, 4)]
    assert room.device.sounded == []
    room.close()


@pytest.mark.parametrize("share_of_a_bar", [0.2, 0.375, 0.9])
def test_defect_7_a_slow_model_made_a_burst_or_put_the_answer_a_bar_late(
    make_room: MakeRoom, share_of_a_bar: float
) -> None:
    room = make_room(
        player=PlayerSettings(feel=0.0, answer_bars=2), model_delay_s=share_of_a_bar * 2.0
    )
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=6)
    ticks = room.sounded_ticks()
    # What comes too late is left out; all the rest sounds where it belongs, one by one.
    assert ticks, "nothing was played at all"
    assert set(ticks) <= {2 * BAR + 120 * step for step in range(32)}
    assert ticks == sorted(set(ticks))
    assert all(note.late_ms < 10.0 for note in room.device.player.late)
    assert ticks[0] > 2 * BAR


@pytest.mark.parametrize("tempo", [60.0, 97.3, 120.0, 174.0, 240.0])
def test_defect_8_the_tempo_came_from_a_flag_and_not_from_the_clock(
    make_room: MakeRoom, tempo: float
) -> None:
    room = make_room(tempo_qpm=tempo, player=PlayerSettings(feel=0.0, seed=3))
    room.play_phrase([(0.0, KICK), (0.5, 42), (1.0, 38), (2.75, KICK), (3.0, 38)])
    room.run(bars=4)
    assert drum_steps(room.answers[0].call) == {0: 1, 2: 4, 4: 2, 11: 1, 12: 2}
    assert room.sounded_ticks()[0] == 2 * BAR


def test_defect_12_velocities_were_thrown_away(make_room: MakeRoom) -> None:
    soft = make_room(player=PlayerSettings(feel=1.0))
    soft.play_phrase([(0.0, KICK), (1.0, KICK), (2.0, KICK), (3.0, KICK)], velocity=40)
    soft.run(bars=4)
    loud = make_room(player=PlayerSettings(feel=1.0))
    loud.play_phrase([(0.0, KICK), (1.0, KICK), (2.0, KICK), (3.0, KICK)], velocity=120)
    loud.run(bars=4)
    assert max(note.velocity for note in soft.device.sounded) < 60
    assert min(note.velocity for note in loud.device.sounded) > 90


def test_defect_12_every_drum_lasted_exactly_one_step(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=1.0))
    room.play_phrase([(0.0, KICK), (1.0, KICK), (2.0, KICK)], length_beats=0.08)
    room.run(bars=4)
    assert {note.duration_ticks for note in room.device.sounded} != {120}


def test_defect_12_notes_on_channel_10_were_invisible_to_melody_models(tmp_path: Path) -> None:
    melody = random_bundle_file(tmp_path, "lookback_rnn")
    calls = {}
    for channel in (0, 9):
        room = Room(melody, tmp_path, player=PlayerSettings(seed=4))
        for beat, pitch in ((0.0, 60), (1.0, 64), (2.0, 67)):
            room.device.key(room.at_beat(beat), pitch, 90, channel)
            room.device.key(room.at_beat(beat + 0.9), pitch, 0, channel)
        room.run(bars=4)
        [answer] = room.answers
        calls[channel] = (answer.likelihood, [note.target_ticks for note in room.device.sounded])
        room.close()
    assert calls[9] == calls[0]
    assert calls[0][0].call_steps == 15


def beat_ticks(beats: float) -> int:
    return round(beats * 480)
