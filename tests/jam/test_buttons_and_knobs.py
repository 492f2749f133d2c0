"""Go, again, mutate, loop, overlap, seed, temperature, clips: what a musician's hands do."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import ContinueAnswer, StartAnswer
from bridge.core.session import State
from bridge.core.settings import PlayerSettings
from tests.fakes.room import KICK, Room, SlowModel, random_bundle_file, steady_drummer

MakeRoom = Callable[..., Room]
BAR = 1920
FLAT = PlayerSettings(feel=0.0)


def wild_room(folder: Path, **options: object) -> Room:
    """A model of random weights, which never plays the same twice unless its seed says so."""
    return Room(random_bundle_file(folder, "drum_kit"), folder, **options)  # type: ignore[arg-type]


def states(room: Room) -> list[int]:
    seen: list[int] = []
    for _, state, _, _ in room.device.states:
        if not seen or seen[-1] != state:
            seen.append(int(state))
    return seen


def test_go_during_a_call_answers_at_the_next_bar_line(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK), (1.5, 38)])
    room.command("/go", beat=2.2)
    room.run(bars=3)
    assert room.sounded_ticks()[0] == BAR
    assert room.answers[0].call.length_beats == 4.0
    assert states(room)[-4:] == [State.LISTENING, State.THINKING, State.ANSWERING, State.IDLE]


def test_go_without_a_call_lets_the_model_start_by_itself(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.command("/go", beat=1.0)
    room.run(bars=4)
    assert room.answers[0].call.notes == ()
    assert room.sounded_ticks() == [BAR + 120 * step for step in range(32)]


def test_go_after_an_answer_answers_the_same_call_again(tmp_path: Path) -> None:
    room = wild_room(tmp_path, player=PlayerSettings(seed=8))
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.command("/go", beat=14.0)
    room.run(bars=6)
    first, second = room.answers
    assert second.call == first.call
    assert second.answer == first.answer
    assert second.start_beats == 16.0
    room.close()


def test_again_changes_only_the_seed(tmp_path: Path) -> None:
    room = wild_room(tmp_path, player=PlayerSettings(seed=8))
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.command("/again", beat=14.0)
    room.run(bars=6)
    first, second = room.answers
    assert second.call == first.call
    assert (first.seed, second.seed) == (8, 9)
    assert second.answer != first.answer
    assert second.likelihood.call_nats == first.likelihood.call_nats
    room.close()


@pytest.mark.parametrize("button", ["/again", "/mutate"])
def test_again_and_mutate_before_anything_was_played_say_so(
    make_room: MakeRoom, button: str
) -> None:
    room = make_room(player=FLAT)
    room.command(button, beat=1.0)
    room.run(bars=2)
    assert [code for code, _ in room.device.errors] == [402]
    assert room.device.sounded == []


def test_mutate_while_a_call_is_played_says_that_it_makes_no_sense(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK), (12.0, KICK)])
    room.command("/mutate", beat=13.0)
    room.run(bars=6)
    assert [code for code, _ in room.device.errors] == [401]
    assert len(room.answers) == 2


def test_a_button_without_a_beat_says_press_play(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.device.command("/go", at_s=1.5)  # linked at once; the song starts at 2 s
    room.run(bars=1)
    assert [code for code, _ in room.device.errors] == [202]


def test_a_loop_repeats_the_answer_until_it_is_turned_off(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK)])
    room.command("/param/loop", 1, beat=9.0)
    room.command("/param/loop", 0, beat=17.0)
    room.run(bars=8)
    # Bars 2, 3 and 4: turned off in bar 4, the pass that plays is played to its end.
    assert room.sounded_ticks() == [2 * BAR + 120 * step for step in range(48)]
    assert states(room)[-3:] == [State.ANSWERING, State.LOOPING, State.IDLE]
    assert len(room.answers) == 1


def test_mutate_in_a_loop_changes_what_is_looped(tmp_path: Path) -> None:
    room = wild_room(tmp_path, player=PlayerSettings(loop=True, seed=-1))
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.command("/mutate", beat=13.0)
    room.run(bars=6.5)
    first, mutation = room.answers
    assert mutation.call == first.answer
    assert mutation.start_beats == 16.0
    room.close()


def test_without_overlap_what_is_played_over_an_answer_is_not_a_call(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK), (9.0, 38), (10.0, 38)])
    room.run(bars=8)
    assert len(room.answers) == 1


def test_with_overlap_what_is_played_over_an_answer_is_the_next_call(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(overlap=True, feel=0.0))
    room.play_phrase([(0.0, KICK), (9.0, 38), (10.0, 38)])
    room.run(bars=8)
    _, second = room.answers
    assert [note.pitch for note in second.call.notes] == [38, 38]
    assert second.start_beats == 16.0
    assert State.OVERLAPPING in states(room)


def test_the_pickup_of_the_next_call_may_come_at_the_answer_s_end(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK), (11.95, KICK), (13.0, 38)])
    room.run(bars=7)
    _, second = room.answers
    assert [note.pitch for note in second.call.notes] == [KICK, 38]
    assert second.call.notes[0].start_beats == pytest.approx(-0.05, abs=0.01)


def test_trading_bars_goes_on_and_on(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(call_bars=1, answer_bars=1, feel=0.0))
    for bar in range(0, 16, 2):
        room.play_phrase([(0.0, KICK), (1.0, 38), (3.0, 38)], from_beat=4.0 * bar)
    room.run(bars=17)
    assert [answer.start_beats for answer in room.answers] == [4.0 * bar for bar in range(1, 16, 2)]
    assert all(len(answer.call.notes) == 3 for answer in room.answers)


def test_the_knob_turned_during_an_answer_reaches_the_model_within_the_horizon(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=PlayerSettings(answer_bars=4), model_delay_s=0.001)
    room.play_phrase([(0.0, KICK)])
    room.command("/param/temperature", 1.75, beat=10.0)
    room.run(bars=7)
    assert isinstance(room.model, SlowModel)
    continued = [r for r in room.model.requests if isinstance(r, ContinueAnswer)]
    before = max(r.ready_beats for r in continued if r.controls.temperature == 1.0)
    after = [r for r in continued if r.controls.temperature == 1.75]
    # Beat 10 is 2 beats into the answer; one beat of horizon, 0.12 of look-ahead, one stretch.
    assert 2.0 < before <= 2.0 + 1.0 + 0.12 + 0.25 + 0.01
    assert after[-1].ready_beats > 15.75


def test_the_model_is_primed_while_the_human_plays(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT, model_delay_s=0.001)
    room.play_phrase([(0.0, KICK), (1.0, 38), (2.0, KICK), (3.0, 38)])
    room.run(bars=4)
    assert isinstance(room.model, SlowModel)
    primes = [r for r in room.model.requests if not isinstance(r, StartAnswer | ContinueAnswer)]
    finals = [r.final_beats for r in primes if hasattr(r, "final_beats")]
    # Once a 16th, from the first step to the lead before the answer.
    assert finals[:15] == [0.25 * step for step in range(1, 16)]


def test_same_seed_same_notes_and_another_seed_other_notes(tmp_path: Path) -> None:
    heard = []
    for seed in (5, 5, 6):
        room = wild_room(tmp_path, player=PlayerSettings(seed=seed))
        room.play_phrase([(0.0, KICK), (1.0, 38), (2.5, 42)])
        room.run(bars=4)
        heard.append([(n.target_ticks, n.pitch, n.velocity) for n in room.device.sounded])
        room.close()
    assert heard[0] == heard[1]
    assert heard[0] != heard[2]


def test_the_score_says_both_likelihoods_and_the_old_running_total(tmp_path: Path) -> None:
    room = wild_room(tmp_path, player=PlayerSettings(seed=5))
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=4)
    [answer] = room.answers
    [(number, seed, call, made, total)] = room.device.scores
    assert (number, seed) == (1, 5)
    assert call == pytest.approx(answer.likelihood.call_nats / 15, rel=1e-5)
    assert made == pytest.approx(answer.likelihood.answer_nats / 16, rel=1e-5)
    assert total == pytest.approx(15 * call + 16 * made, rel=1e-5)
    # Near-uniform over 512 classes: about ln 512 a step.
    assert -2 * math.log(512) < made < 0.0
    room.close()


def test_the_answer_also_comes_as_a_clip(tmp_path: Path) -> None:
    room = wild_room(tmp_path, player=PlayerSettings(seed=5, answer_bars=8))
    room.play_phrase([(0.0, KICK), (1.0, 38)])
    room.run(bars=12)
    [answer] = room.answers
    [clip] = room.device.clips
    assert clip.phrase.length_beats == 32.0
    assert len(clip.phrase.notes) > 48, "one chunk would prove little"
    assert [(n.pitch, n.velocity) for n in clip.phrase.notes] == [
        (n.pitch, n.velocity) for n in answer.answer.notes
    ]
    for sent, received in zip(answer.answer.notes, clip.phrase.notes, strict=True):
        assert received.start_beats == pytest.approx(sent.start_beats, abs=1e-5)
    room.close()


def test_a_clip_sent_as_the_call_is_what_go_answers(make_room: MakeRoom) -> None:
    from bridge.core.cliptransfer import ClipSender
    from bridge.core.protocol import CLIP_IS_CALL

    room = make_room(player=FLAT)
    notes = [Note(38, 77, 0.25 * step, 0.2) for step in range(24)]
    sender = ClipSender(room.device.device, 1, CLIP_IS_CALL, Phrase.of(notes, 6.5))
    for chunk in sender.due(0.0):
        room.device.command(chunk.address, *chunk.values[1:], at_s=room.at_beat(0.5))
    room.command("/go", beat=1.0)
    room.run(bars=5)
    [answer] = room.answers
    assert len(answer.call.notes) == 24
    assert answer.call.length_beats == 8.0  # filled up to whole bars
    assert room.sounded_ticks()[0] == BAR
    assert room.device.received["/clip/ack"] == 1


def test_stop_in_mid_answer_leaves_nothing_sounding_and_play_starts_afresh(
    make_room: MakeRoom,
) -> None:
    room = make_room(player=FLAT)
    room.play_phrase([(0.0, KICK)])
    room.transport.stop(room.at_beat(9.3))
    room.transport.play(room.at_beat(20.0))
    room.run(until_s=room.at_beat(9.4))
    assert room.device.sounding == ()
    assert states(room)[-1] == State.IDLE
    # It goes on at song beat 9.3: the next bar line is song beat 12.
    restart = room.at_beat(20.0)
    room.device.key(restart + 0.5 * (12.0 - 9.3), KICK, 90)
    room.device.key(restart + 0.5 * (12.2 - 9.3), KICK, 0)
    room.run(until_s=restart + 8.0)
    assert room.sounded_ticks()[-16:] == [5 * BAR + 120 * step for step in range(16)]


def test_a_jump_by_whole_bars_keeps_the_answer_going(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, answer_bars=2))
    room.play_phrase([(0.0, KICK)])
    room.transport.locate(room.at_beat(12.0), 40.0)
    room.run(bars=6)
    ticks = room.sounded_ticks()
    assert ticks[:16] == [2 * BAR + 120 * step for step in range(16)]
    assert set(ticks[16:]) <= {10 * BAR + 120 * step for step in range(16)}
    assert len(ticks) >= 30


def test_a_jump_off_the_bar_line_ends_the_answer(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, answer_bars=4))
    room.play_phrase([(0.0, KICK)])
    room.transport.locate(room.at_beat(10.0), 41.3)
    room.run(bars=6)
    assert room.sounded_ticks()[-1] < 10 * 480
    assert room.device.sounding == ()


def test_the_audio_engine_off_in_mid_answer_is_a_stop(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, answer_bars=8))
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(10.0))
    room.network = type(room.network)(loss=1.0)  # not one clock message more
    room.run(until_s=room.at_beat(10.0) + 3.0)
    assert states(room)[-1] == State.IDLE


def test_another_model_chosen_during_an_answer_plays_from_the_next_answer_on(
    tmp_path: Path,
) -> None:
    other = random_bundle_file(tmp_path, "drum_kit")
    steady = steady_drummer(tmp_path)
    room = Room(
        steady, tmp_path, bundles=(other,), player=PlayerSettings(feel=0.0, answer_bars=4, seed=1)
    )
    room.play_phrase([(0.0, KICK), (24.0, KICK)])
    room.command("/param/bundle", 1, beat=10.0)
    room.run(bars=13)
    first, second = room.answers
    assert {note.pitch for note in first.answer.notes} == {KICK}
    assert len(first.answer.notes) == 64
    assert (first.bundle, second.bundle) == (steady, other)
    assert len({note.pitch for note in second.answer.notes}) > 1
    assert room.device.errors == []
    room.close()


def test_a_place_in_the_list_of_bundles_that_is_not_there_is_refused(make_room: MakeRoom) -> None:
    room = make_room(player=FLAT)
    room.command("/param/bundle", 5, beat=0.5)
    room.run(bars=1)
    assert [code for code, _ in room.device.errors] == [324]


def test_a_model_that_can_not_be_loaded_leaves_the_old_one_playing(tmp_path: Path) -> None:
    steady = steady_drummer(tmp_path)
    (tmp_path / "broken.mag").write_bytes(b"no bundle at all")
    room = Room(steady, tmp_path, bundles=("broken",), player=PlayerSettings(feel=0.0, seed=1))
    room.command("/param/bundle", 1, beat=0.5)
    room.play_phrase([(4.0, KICK)])
    room.command("/param/bundle", 1, beat=1.5)
    room.run(bars=5)
    assert [code for code, _ in room.device.errors] == [502, 502]
    [answer] = room.answers
    assert answer.bundle == steady
    assert len(room.device.sounded) == 16
    room.close()
