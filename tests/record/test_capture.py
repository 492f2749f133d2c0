"""What was just played, written down afterwards: it begins on the right bar line."""

from __future__ import annotations

import pickle
import queue
from dataclasses import replace
from pathlib import Path

import mido
import pytest

from bridge.config import EngineConfig
from bridge.core.chronicle import BARS_KEPT, BarLine, Played, TempoFrom
from bridge.core.commands import Capture, Key
from bridge.core.events import Captured, CommandDone
from bridge.core.notes import Note
from bridge.core.score import Score, just_played
from bridge.core.settings import JamSettings, PlayerSettings, PlayerSetup
from bridge.core.timebase import COMMON_TIME
from bridge.engine import EngineEvent, RunningEngine
from bridge.engine.captureline import PART_ROWS, CapturedEnd, CapturedPart, parts_of, whole
from bridge.engine.captures import capture_path, captures_of, write_capture
from bridge.engine.running import Said
from bridge.errors import EngineBusy, FolderUnusable, NothingPlayed, ValueRefused
from tests.fakes.engine_process import free_port
from tests.fakes.room import KICK, Room, steady_drummer

pytestmark = pytest.mark.real_time

BAR = 1920


def captured(room: Room, bars: int = 0) -> Score:
    assert room.engine is not None
    room.engine.command(Capture(bars, 5), room.clock.now_s())
    room.run(until_s=room.clock.now_s() + 0.01)
    (event,) = [event for event in room.events if isinstance(event, Captured)]
    room.events.remove(event)
    assert event.stamp == 5
    *parts, end = (pickle.loads(pickle.dumps(one)) for one in parts_of(event))
    assert isinstance(end, CapturedEnd)
    arrived = whole(end, parts)
    assert arrived == event
    return just_played(arrived.lanes, arrived.bars or None)


def silent_but_for_one_key(bars: int) -> tuple[Played, ...]:
    """One player's bars, with a key in the first."""
    lines = tuple(BarLine(4.0 * bar, 2.0 * bar, COMMON_TIME) for bar in range(bars))
    key = Note(KICK, 90, 1.0, 0.5)
    now_beats = 4.0 * bars - 1.0
    return (Played(1, "Ann", True, now_beats, lines, (TempoFrom(0.0, 120.0),), (key,), ()),)


def starts(score: Score) -> dict[str, list[int]]:
    return {
        track.name.rsplit(" ", 1)[1]: [n.start_ticks for n in track.notes] for track in score.tracks
    }


@pytest.fixture
def room(tmp_path: Path):
    player = PlayerSettings(call_bars=1, feel=0.0)
    made = Room(steady_drummer(tmp_path), tmp_path, player=player)
    yield made
    made.close()


def test_it_begins_with_the_bar_of_the_first_note(room: Room) -> None:
    room.play_phrase([(0.0, KICK), (2.5, 38)], from_beat=16.0)
    room.run(bars=5.8)
    score = captured(room)
    assert (score.first_bar, score.bars) == (5, 2)
    steps = [BAR + 120 * step for step in range(13)]
    assert starts(score) == {"call": [0, 1200], "answer": steps}


def test_a_first_note_that_came_early_was_meant_for_the_bar(room: Room) -> None:
    room.play_phrase([(-0.06, KICK), (1.0, 38)], from_beat=16.0)
    room.run(bars=5.4)
    score = captured(room)
    assert score.first_bar == 5
    assert starts(score)["call"] == [0, 480]


def test_only_the_last_bars_if_so_many_are_asked_for(room: Room) -> None:
    for bar in range(8):
        room.play_phrase([(0.0, KICK), (1.0, 38)], from_beat=8.0 * bar)
    room.run(bars=15.5)
    assert captured(room).bars == 16
    score = captured(room, bars=4)
    assert (score.first_bar, score.bars) == (13, 4)
    assert starts(score)["call"] == [0, 480, 2 * BAR, 2 * BAR + 480]


def test_a_key_that_is_still_held_is_as_long_as_it_is_so_far(room: Room) -> None:
    room.device.key(room.at_beat(8.0), KICK, 90)
    room.run(until_s=room.at_beat(10.5))
    score = captured(room)
    (call,) = [track for track in score.tracks if track.name.endswith("call")]
    assert (call.notes[0].start_ticks, call.notes[0].end_ticks) == (0, pytest.approx(1200, abs=1))


def test_no_more_than_its_bars_is_remembered(room: Room) -> None:
    assert room.engine is not None
    assert room.engine.jam.chronicle.bars == BARS_KEPT
    room.engine.jam.chronicle.bars = 6
    for bar in range(0, 20, 2):
        room.play_phrase([(0.0, KICK)], from_beat=4.0 * bar)
    room.run(bars=20.5)
    (lane,) = room.engine.jam.chronicle.lanes
    assert len(lane.lines) == 7
    oldest = lane.lines[0].run_beats
    assert all(note.end_beats >= oldest for note in (*lane.keys, *lane.answers))
    assert 16 < len(lane.answers) < 17 * 7
    assert captured(room).bars == 7


def test_nothing_is_captured_where_nothing_was_played(room: Room) -> None:
    assert room.engine is not None
    room.run(bars=2)
    with pytest.raises(NothingPlayed, match="Nothing was played lately"):
        room.engine.command(Capture(), room.clock.now_s())
    for wrong in (Capture(BARS_KEPT + 1), Capture(-1), Capture(1, -1)):
        with pytest.raises(ValueRefused):
            room.engine.command(wrong, room.clock.now_s())


def wait_for(said: queue.Queue[Said], wanted: object) -> Said:
    while True:
        one = said.get(timeout=30.0)
        assert one is not None, "the engine ended"
        if wanted(one):  # type: ignore[operator]
            return one


def test_the_running_engine_writes_the_file(tmp_path: Path) -> None:
    bundle = steady_drummer(tmp_path)
    ann = PlayerSetup("Ann", PlayerSettings(bundle=bundle))
    jam = JamSettings(bundles=(bundle,), player=ann.settings, players=(ann,))
    config = EngineConfig(
        port=free_port(), jam=jam, bundle_folders=(tmp_path,), model_process=False
    )
    folders = {"reports": tmp_path / "reports", "captures": tmp_path / "music" / "captures"}
    engine = RunningEngine(config, **folders)
    said: queue.Queue[Said] = queue.Queue()
    engine.subscribe(said.put)
    engine.start()
    try:
        wait_for(said, lambda one: isinstance(one, EngineEvent) and one.text.startswith("ready"))
        early = engine.command(Capture(stamp=1_700_000_000))
        done = wait_for(said, lambda one: isinstance(one, CommandDone) and one.ticket == early)
        assert isinstance(done, CommandDone)
        assert isinstance(done.error, NothingPlayed)
        engine.command(Key(1, 36, 90))
        engine.command(Key(1, 36, 0))
        engine.command(Capture(stamp=1_700_000_000))
        line = wait_for(said, lambda one: isinstance(one, EngineEvent) and "Captured" in one.text)
    finally:
        engine.end()
    path = capture_path(folders["captures"], 1_700_000_000)
    assert str(path) in line.text  # type: ignore[union-attr]
    call = mido.MidiFile(path).tracks[1]
    assert call.name == "1 Ann: call"
    assert [message.note for message in call if message.type == "note_on"] == [36]


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "music").write_text("a file")
    with pytest.raises(FolderUnusable, match="can't be made"):
        write_capture(Captured(0, 0, silent_but_for_one_key(1)), tmp_path / "music" / "captures")


def test_two_captures_of_one_second_are_two_files(tmp_path: Path) -> None:
    folder, stamp = tmp_path / "captures", 1_700_000_000
    for bars in (1, 2, 3):
        before = captures_of(folder, stamp)
        told = write_capture(Captured(stamp, 0, silent_but_for_one_key(bars)), folder)
        (new,) = captures_of(folder, stamp) - before
        assert told.endswith(str(new))
    stem = capture_path(folder, stamp).stem
    names = [f"{stem}.mid", f"{stem}-2.mid", f"{stem}-3.mid"]
    assert {path.name for path in folder.iterdir()} == set(names)
    for bars, name in enumerate(names, start=1):
        head = mido.MidiFile(folder / name).tracks[0]
        assert sum(message.time for message in head) == 1920 * bars


def test_no_part_of_a_capture_holds_up_the_beat() -> None:
    notes = tuple(Note(KICK, 90, step / 4, 0.25) for step in range(1234))
    lanes = tuple(
        replace(lane, number=number, keys=notes, answers=notes)
        for number in (1, 2, 3)
        for lane in silent_but_for_one_key(64)
    )
    captured = Captured(7, 8, lanes)
    *parts, end = parts_of(captured)
    assert isinstance(end, CapturedEnd)
    rows = [len(part.rows) for part in parts if isinstance(part, CapturedPart)]
    assert max(rows) == PART_ROWS
    assert sum(rows) == 3 * (2 * 1234 + 64 + 1)
    assert not any(one.keys or one.answers or one.lines or one.tempi for one in end.bare.lanes)
    assert whole(end, parts) == captured  # type: ignore[arg-type]
    with pytest.raises(EngineBusy, match="lost on the way"):
        whole(end, parts[1:])  # type: ignore[arg-type]
