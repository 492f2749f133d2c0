"""Clips made to order: continuations and variations of a clip, while the jam stands or plays."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.protocol import ASK_CONTINUE, ASK_VARY, CLIP_IS_MADE, CLIP_IS_MATERIAL
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    MakeClip,
    SelectBundle,
    StartAnswer,
)
from bridge.core.settings import PlayerSettings
from bridge.errors import (
    AskWithdrawn,
    BundleMissing,
    NothingToAnswer,
    OutOfRange,
    TooManyAsks,
)
from bridge.models.desk import Inbox, ModelDesk, unfinished
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from tests.fakes.room import KICK, START_S, BadClockNetwork, Room, random_bundle_file

MakeRoom = Callable[..., Room]
BAR = 1920
BEFORE_THE_SONG_S = START_S - 0.1


@pytest.fixture
def wild_folder(tmp_path: Path) -> Path:
    random_bundle_file(tmp_path, "drum_kit")
    return tmp_path


@pytest.fixture
def linked(make_room: MakeRoom) -> Room:
    """A room whose device is linked, with Live standing still."""
    room = make_room(player=PlayerSettings(feel=0.0))
    room.run(until_s=0.5)
    return room


def kicks(beats: float, every: float = 1.0) -> Phrase:
    return Phrase.of([Note(KICK, 100, i * every, 0.1) for i in range(int(beats / every))], beats)


def starts(phrase: Phrase) -> list[float]:
    return [note.start_beats for note in phrase.notes]


def test_four_continuations_of_a_clip_come_while_live_stands(linked: Room) -> None:
    device = linked.device
    ask = device.ask_for_clips(kicks(8.0), ASK_CONTINUE, 4)
    linked.run(until_s=BEFORE_THE_SONG_S)
    assert [clip.length_beats for clip in device.clips_of(ask)] == [8.0] * 4
    assert all(starts(clip) == [i / 4 for i in range(32)] for clip in device.clips_of(ask))
    assert [one.index for one in device.wishes.made] == [0, 1, 2, 3]
    assert len({one.seed for one in device.wishes.made}) == 4
    assert {one.temperature for one in device.wishes.made} == {1.0}
    assert {clip.kind for clip in device.clips} == {CLIP_IS_MADE}
    assert device.sounded == [], "a clip is not played"


def test_the_clips_are_what_the_model_gives_for_their_seeds(wild_folder: Path) -> None:
    settings = PlayerSettings(feel=0.5, seed=40, temperature=1.2)
    room = Room("random_drum_kit", wild_folder, player=settings)
    room.run(until_s=0.5)
    clip = Phrase.of([Note(p, 90, i * 0.5, 0.1) for i, p in enumerate((36, 42, 38, 42))], 2.0)
    ask = room.device.ask_for_clips(clip, ASK_CONTINUE, 3, 4.0)
    room.run(until_s=BEFORE_THE_SONG_S)
    model = InProcessModel(BundleLibrary((wild_folder,)))
    for index, made in enumerate(room.device.clips_of(ask)):
        controls = AnswerControls(temperature=settings.temperature, seed=40 + index, feel=0.5)
        model.submit(MakeClip(-2000, 1 + index, "random_drum_kit", made_of(clip), 4.0, controls))
        notes = [note for reply in model.poll() for note in reply.notes]  # type: ignore[union-attr]
        assert [(n.pitch, n.velocity) for n in made.notes] == [
            (n.pitch, n.velocity) for n in Phrase.of(notes, 4.0).notes
        ]
    assert [one.seed for one in room.device.wishes.made] == [40, 41, 42]
    assert len({clip.notes for clip in room.device.clips_of(ask)}) == 3
    room.close()


def made_of(clip: Phrase) -> Phrase:
    """As the clip arrives: lengths are float32 on the wire."""

    def wire(value: float) -> float:
        return float(struct.unpack(">f", struct.pack(">f", value))[0])

    notes = [
        Note(n.pitch, n.velocity, wire(n.start_beats), wire(n.duration_beats), n.channel)
        for n in clip.notes
    ]
    return Phrase.of(notes, clip.length_beats)


@pytest.mark.parametrize(
    ("length", "count"), [(3.0, 12), (3.5, 14), (7.0, 28), (5.3, 21), (0.75, 3), (64.0, 256)]
)
def test_a_variation_is_as_long_as_its_clip_whatever_that_is(
    linked: Room, length: float, count: int
) -> None:
    ask = linked.device.ask_for_clips(kicks(length, 0.5), ASK_VARY, 1, 16.0)
    linked.run(until_s=BEFORE_THE_SONG_S)
    [clip] = linked.device.clips_of(ask)
    assert clip.length_beats == pytest.approx(length, abs=1e-6)
    assert len(clip.notes) == count
    assert max(note.end_beats for note in clip.notes) <= length + 1e-6


def test_an_empty_clip_and_none_at_all_let_the_model_begin(linked: Room) -> None:
    silence = linked.device.ask_for_clips(Phrase((), 6.0), ASK_VARY, 1)
    nothing = linked.device.ask_for_clips(None, ASK_CONTINUE, 1)
    wished = linked.device.ask_for_clips(None, ASK_CONTINUE, 1, 3.0)
    linked.run(until_s=BEFORE_THE_SONG_S)
    lengths = [linked.device.clips_of(ask)[0].length_beats for ask in (silence, nothing, wished)]
    assert lengths == [6.0, 8.0, 3.0]


def test_notes_outside_the_clip_are_not_heard(wild_folder: Path) -> None:
    inside = [Note(KICK, 100, i * 1.0, 0.1) for i in range(4)]
    outside = [Note(49, 100, -3.0, 0.1), Note(51, 100, 4.0, 0.1), Note(51, 100, 7.5, 0.1)]
    made = []
    for notes in (inside, inside + outside):
        room = Room("random_drum_kit", wild_folder, player=PlayerSettings(seed=3))
        room.run(until_s=0.5)
        ask = room.device.ask_for_clips(Phrase.of(notes, 4.0), ASK_CONTINUE, 1)
        room.run(until_s=BEFORE_THE_SONG_S)
        made += room.device.clips_of(ask)
        room.close()
    assert made[0] == made[1]


def test_five_hundred_notes_on_a_bad_network_are_worked_on_exactly_once(
    make_room: MakeRoom,
) -> None:
    network = BadClockNetwork(0.05, 0.05, 0.05, 2.0, clips_too=True)
    room = make_room(network=network, player=PlayerSettings(feel=0.0, seed=7))
    room.run(until_s=0.5)
    notes = [Note(KICK + i % 8, 1 + i % 127, i * 0.125, 0.1) for i in range(500)]
    ask = room.device.ask_for_clips(Phrase.of(notes, 62.5), ASK_CONTINUE, 6)
    room.run(bars=6)
    assert [clip.length_beats for clip in room.device.clips_of(ask)] == [62.5] * 6
    assert {len(clip.notes) for clip in room.device.clips_of(ask)} == {250}
    assert sorted(one.clip for one in room.device.wishes.made) == [1, 2, 3, 4, 5, 6]
    assert sorted(clip.clip for clip in room.device.clips) == [1, 2, 3, 4, 5, 6]
    assert room.device.wishes.lost == []


def test_an_ask_that_comes_again_is_told_again_and_made_once(linked: Room) -> None:
    device = linked.device
    ask = device.ask_for_clips(kicks(4.0), ASK_CONTINUE, 2)
    linked.run(until_s=1.0)
    assert device.received["/clip/made"] == 2
    for _ in range(3):
        device.command("/clip/ask", ask, 1, ASK_CONTINUE, 2, 0.0)
    linked.run(until_s=BEFORE_THE_SONG_S)
    assert device.received["/clip/made"] == 8
    assert len(device.wishes.made) == len(device.clips) == 2


@pytest.mark.parametrize("delay_s", [0.0, 0.2])
def test_the_live_answer_is_the_same_with_clips_being_made(
    make_room: MakeRoom, delay_s: float
) -> None:
    played = []
    for asks in (0, 1, 4):
        room = make_room(player=PlayerSettings(feel=0.0, seed=5), model_delay_s=delay_s)
        room.play_phrase([(0.0, KICK), (1.0, 38), (2.5, KICK)])
        room.run(until_s=room.at_beat(3.0))
        for _ in range(asks):
            room.device.ask_for_clips(kicks(32.0), ASK_CONTINUE, 4)
        room.run(bars=8)
        played.append(room.sounded_ticks())
        assert len(room.device.clips) == 1 + 4 * asks
    late = 1 if delay_s else 0  # a slow model's first answer, with clips or without
    assert played[0] == [2 * BAR + 120 * step for step in range(late, 16)]
    assert played[1] == played[2] == played[0]


def test_a_live_answer_waits_for_one_slice_of_a_clip_at_most(bundle_folder: Path) -> None:
    desk, inbox = ModelDesk(BundleLibrary((bundle_folder,))), Inbox()
    clip = MakeClip(-2000, 1, "steady_drummer", kicks(256.0), 256.0, AnswerControls())
    live = StartAnswer(1, 1, kicks(4.0), 4.0, AnswerControls(), 1.0)
    desk.handle(SelectBundle(1, "steady_drummer"))
    inbox.put(clip)
    slices = 0
    while len(inbox):
        request = inbox.take()
        replies = desk.handle(request)
        slices += 1
        if unfinished(request, replies):
            inbox.put_back(request)
        inbox.put(live)
        assert inbox.take() == live, "it goes before the rest of the clip"
        [chunk] = desk.handle(live)
        assert isinstance(chunk, AnswerChunk)
        assert [note.start_beats for note in chunk.notes] == [0.0, 0.25, 0.5, 0.75]
    assert slices == 31 + 128, "8 beats heard or 2 made at a time; the last heard go with the first"


def test_what_can_not_be_made_is_refused_in_numbers_and_may_be_asked_again(linked: Room) -> None:
    device = linked.device
    device.command("/clip/ask", 9, 33, ASK_CONTINUE, 2, 0.0)
    long_one = device.ask_for_clips(kicks(1100.0, 4.0), ASK_VARY, 1)
    linked.run(until_s=1.0)
    assert device.wishes.failed == {long_one: OutOfRange.wire_code}
    assert (NothingToAnswer.wire_code, 1) in device.errors
    clip = device.wishes.send(kicks(4.0), CLIP_IS_MATERIAL)
    linked.run(until_s=1.2)
    device.command("/clip/ask", 9, clip, ASK_CONTINUE, 2, 0.0)
    linked.run(until_s=BEFORE_THE_SONG_S)
    assert len(device.clips_of(9)) == 2


def test_a_model_that_fails_ends_the_ask_and_the_next_one_is_made(bundle_folder: Path) -> None:
    room = Room("missing", bundle_folder, bundles=("steady_drummer",))
    room.run(until_s=0.5)
    asked = room.device.ask_for_clips(kicks(4.0), ASK_CONTINUE, 3)
    room.run(until_s=1.0)
    assert room.device.wishes.failed == {asked: BundleMissing.wire_code}
    room.device.command("/param/bundle", 1)
    again = room.device.ask_for_clips(kicks(4.0), ASK_CONTINUE, 1)
    room.run(until_s=BEFORE_THE_SONG_S)
    assert len(room.device.clips_of(again)) == 1
    room.close()


def test_panic_withdraws_what_was_asked_and_only_so_many_may_be_open(make_room: MakeRoom) -> None:
    room = make_room(model_delay_s=0.5)
    room.run(until_s=0.9)
    asks = [room.device.ask_for_clips(kicks(4.0), ASK_CONTINUE, 2) for _ in range(6)]
    room.run(until_s=1.2)
    assert room.device.wishes.failed == dict.fromkeys(asks[4:], TooManyAsks.wire_code)
    room.device.command("/panic")
    room.run(until_s=BEFORE_THE_SONG_S)
    withdrawn = dict.fromkeys(asks[:4], AskWithdrawn.wire_code)
    assert {ask: room.device.wishes.failed[ask] for ask in asks[:4]} == withdrawn
    assert room.device.clips == []


def test_the_answer_just_played_is_announced_as_a_clip_too(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0, temperature=0.75))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=4)
    [answer] = room.answers
    [made] = room.device.wishes.made
    assert (made.ask, made.index, made.count, made.clip) == (0, 0, 1, 1)
    assert (made.seed, made.temperature) == (answer.seed, 0.75)
    assert made.nats_per_step == pytest.approx(answer.likelihood.answer_nats_per_step, rel=1e-6)
    assert [n.pitch for n in room.device.clips_of(0)[0].notes] == [KICK] * 16


def test_clips_are_numbered_from_one_after_each_welcome(make_room: MakeRoom) -> None:
    room = make_room(player=PlayerSettings(feel=0.0))
    room.play_phrase([(0.0, KICK)])
    room.run(bars=4.5)
    room.device._lose_link(room.clock.time_s)  # the device's own idea: a heartbeat got lost
    room.play_phrase([(24.0, KICK)])
    room.run(bars=10)
    assert [clip.clip for clip in room.device.clips] == [1, 1]
    assert len(room.answers) == 2
