"""What people who watch are told: every note before it sounds, and when one will not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.core.settings import PlayerSettings
from bridge.core.stage_events import MOST_NOTES, BeatNow, KeyHeard, NotesComing, NotesTakenBack
from bridge.demo.packets import packet
from tests.fakes.room import KICK, Room

PLAIN = PlayerSettings(feel=0.0, call_bars=1)
TICKS = 480
MakeRoom = Callable[..., Room]


def told(room: Room, kind: type) -> list:
    return [event for event in room.events if isinstance(event, kind)]


def expected_starts(room: Room) -> list[float]:
    """What a watcher believes to have sounded, in run beats from the start of the song."""
    starts: list[tuple[int, float]] = []
    for event in room.events:
        if isinstance(event, NotesComing):
            starts += [(event.answer_id, note.start_beats) for note in event.notes]
        elif isinstance(event, NotesTakenBack):
            starts = [
                (answer_id, start)
                for answer_id, start in starts
                if answer_id != event.answer_id or start < event.from_beats - 1e-6
            ]
    return sorted(start for _, start in starts)


def sounded_beats(room: Room) -> list[float]:
    return sorted(tick / TICKS for tick in room.sounded_ticks())


def test_every_note_that_sounds_was_told_of_and_no_other(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK), (1.0, 38), (16.0, KICK)])
    room.run(bars=8)
    assert len(room.sounded_ticks()) == 32
    assert expected_starts(room) == pytest.approx(sounded_beats(room))
    assert {event.clock for event in told(room, NotesComing)} == {"player 1"}
    assert {event.player for event in told(room, NotesComing)} == {1}


def test_notes_are_told_of_well_before_they_sound(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK)])
    early: list[float] = []
    seen = 0
    for step in range(200):
        room.run(until_s=room.at_beat(step * 0.05))
        for event in room.events[seen:]:
            if isinstance(event, NotesComing):
                early += [note.start_beats - step * 0.05 for note in event.notes]
        seen = len(room.events)
    # The answer's first beat is asked for 100 ms before its bar line, the rest a beat ahead.
    assert len(early) == 16
    assert min(early) > 0.05
    assert min(early[4:]) > 0.7


def test_a_jam_that_is_watched_plays_the_same_notes(make_room: MakeRoom):
    heard = []
    for watched in (False, True):
        room = make_room(player=replace(PLAIN, loop=True, seed=3), watched=watched)
        room.play_phrase([(0.0, KICK), (1.5, 42)])
        room.command("/again", beat=9.0)
        room.run(bars=6)
        heard.append([(n.target_ticks, n.pitch, n.velocity) for n in room.device.sounded])
    assert heard[0] == heard[1]
    assert heard[0]


def test_panic_takes_back_what_has_not_sounded_and_ends_what_does(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK)])
    room.command("/panic", beat=5.6)
    room.run(bars=4)
    (back,) = told(room, NotesTakenBack)
    assert back.silenced
    assert back.from_beats == pytest.approx(5.6, abs=0.05)
    assert expected_starts(room) == pytest.approx([4 + step / 4 for step in range(7)])


def test_a_late_note_takes_the_planned_answer_back_before_it_has_begun(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    # Struck 75 ms before the bar line: the answer is on its way by then.
    room.play_phrase([(0.0, KICK), (3.85, KICK)])
    room.run(bars=4)
    backs = told(room, NotesTakenBack)
    assert backs and not any(back.silenced for back in backs)
    assert expected_starts(room) == pytest.approx([4 + step / 4 for step in range(16)])


def test_each_round_of_a_loop_is_seen_coming(make_room: MakeRoom):
    room = make_room(player=replace(PLAIN, loop=True), watched=True)
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(7.0))
    # The second round begins at beat 8 and is known by now.
    assert expected_starts(room)[-1] == pytest.approx(8 + 15 / 4)
    room.run(until_s=room.at_beat(13.0))
    room.command("/param/loop", 0, beat=13.1)
    room.run(bars=8)
    assert expected_starts(room) == pytest.approx(sounded_beats(room))
    assert sounded_beats(room)[-1] == pytest.approx(15.75)


def test_the_stop_of_live_takes_everything_back(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(5.0))
    room.transport.stop(room.clock.time_s)
    room.run(until_s=room.at_beat(12.0))
    (back,) = told(room, NotesTakenBack)
    assert back.silenced and back.from_beats == pytest.approx(5.0, abs=0.3)
    assert not told(room, BeatNow)[-1].playing


def test_keys_are_told_with_whether_a_call_heard_them(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK), (1.0, 38)], velocity=77)
    room.play_phrase([(5.0, 40)])
    room.run(bars=3)
    keys = [(k.pitch, k.velocity, round(k.at_beats, 2), k.heard) for k in told(room, KeyHeard)]
    assert keys == [
        (KICK, 77, 0.0, True),
        (KICK, 0, 0.1, True),
        (38, 77, 1.0, True),
        (38, 0, 1.1, True),
        (40, 90, 5.0, False),
        (40, 0, 5.1, False),
    ]


def test_the_beat_is_told_ten_times_a_second_and_is_right(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True, tempo_qpm=90, signature=(3, 4))
    room.run(until_s=room.at_beat(12.0))
    beats = [beat for beat in told(room, BeatNow) if beat.playing]
    assert 75 <= len(beats) <= 95  # 8 s
    for beat in beats:
        wanted = (beat.time_s - room.at_beat(0.0)) / room.beat_s
        assert beat.run_beats == pytest.approx(wanted, abs=0.01)
        assert beat.bar_beats == 3.0
        assert beat.next_bar_line_beats == pytest.approx(-(-beat.run_beats // 3) * 3, abs=1e-6)


def test_a_tempo_change_is_told_at_once(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.run(until_s=room.at_beat(4.01))
    room.transport.set_tempo(room.clock.time_s, 150.0)
    room.run(until_s=room.at_beat(4.1))
    assert told(room, BeatNow)[-1].tempo_qpm == pytest.approx(150.0)


def test_a_device_that_leaves_takes_its_notes_with_it(make_room: MakeRoom):
    room = make_room(player=PLAIN, watched=True)
    room.play_phrase([(0.0, KICK)])
    room.run(until_s=room.at_beat(5.0))
    assert room.engine is not None
    room.engine.jam.receive(packet("/goodbye", 1000), room.engine.jam.seats[0].address, 5.0)
    room.engine.pump(room.clock.time_s)
    room.events += room.engine.take_events()
    assert told(room, NotesTakenBack)[-1].silenced


def test_nobody_watches_nothing_is_told(make_room: MakeRoom):
    room = make_room(player=PLAIN)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=4)
    assert not told(room, NotesComing) and not told(room, BeatNow) and not told(room, KeyHeard)
    assert room.engine is not None
    assert room.engine.jam.seats[0].player.outbox.keys is None


def test_events_are_bounded_in_size(make_room: MakeRoom):
    room = make_room(player=replace(PLAIN, answer_bars=32), watched=True)
    room.play_phrase([(0.0, KICK)])
    room.run(bars=36)
    assert all(len(event.notes) <= MOST_NOTES for event in told(room, NotesComing))
    assert len(expected_starts(room)) == 32 * 16
