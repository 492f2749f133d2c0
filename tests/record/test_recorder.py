"""The supervisor's end of the tape: crash reports, full disks, and what is lost on the way."""

from __future__ import annotations

import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from bridge.core.player import Player
from bridge.core.settings import JamSettings
from bridge.engine.recorder import MOST_REPORTS, MOST_WAITING, LastMinute, Recorder, RecordingThread
from bridge.engine.report import EngineEvent
from bridge.engine.tapeline import MOST_ENTRIES, SPARE_S, Batch, TapeLine
from bridge.errors import RecordingFailed
from bridge.record.file import Recording, RecordingWriter
from bridge.record.header import Header
from bridge.record.tape import Entry, Tape
from bridge.replay import replay
from tests.fakes.room import KICK, Room, steady_drummer
from tests.fakes.taped_jam import header

PATIENCE_S = 20.0


class Wire:
    """A tape, its line, and what comes out at the other end of a real pipe."""

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self.ours, self.theirs = multiprocessing.Pipe()
        self.line = TapeLine(tape, self.theirs)

    def carry(self) -> list[bytes]:
        self.line.carry_all()
        return self.come()

    def come(self) -> list[bytes]:
        data = []
        while self.ours.poll():
            data.append(self.ours.recv())
        return data


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire(Tape())
    yield made
    made.ours.close()
    made.theirs.close()


class Console:
    """What was said, and a way to wait for it."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.said = threading.Event()

    def __call__(self, event: EngineEvent) -> None:
        self.lines.append(event.text)
        self.said.set()

    def wait(self) -> str:
        assert self.said.wait(PATIENCE_S), "nothing was said"
        return self.lines[-1]


def head(whole: bool = True) -> Header:
    return Header("0.1.0", "2026-01-02T03:04:05+00:00", JamSettings(), 1, 2, whole=whole)


def turns(first: int, count: int) -> list[Entry]:
    return [("turn", float(n), True) for n in range(first, first + count)]


def test_a_mistake_on_stage_leaves_a_report_that_can_be_replayed(
    tmp_path: Path, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(steady_drummer(tmp_path), tmp_path, tape=wire.tape)
    assert room.engine is not None
    console, setup = Console(), room.engine.setup
    recorder = Recorder(lambda whole: header(setup, whole=whole), tmp_path / "reports", console)

    def bug(_player: Player) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Player, "mutate", bug)
    room.play_phrase([(0.0, KICK)])
    room.command("/mutate", beat=3.0)
    for bar in range(4):
        room.run(bars=bar)
        for data in wire.carry():
            recorder.take(data)
    text = console.wait()
    room.close()
    (report,) = (tmp_path / "reports").iterdir()
    assert str(report) in text
    assert "attach" in text
    lines = [line.entry for line in Recording(report).lines()]
    assert ("fault", "ZeroDivisionError: a bug") in lines
    (trace,) = [entry[1] for entry in lines if entry[0] == "trace"]
    assert trace.rstrip().endswith("ZeroDivisionError: a bug")
    outcome = replay(Recording(report))
    assert outcome.difference is None
    assert outcome.ended == "The engine made a mistake, and the jam went on."


def test_mistakes_in_a_row_make_one_report_a_minute(tmp_path: Path, wire: Wire) -> None:
    console = Console()
    recorder = Recorder(head, tmp_path, console)
    for _ in range(5):
        wire.tape.note(("turn", 1.0, True))
        wire.tape.trace(ValueError("again"))
        for data in wire.carry():
            recorder.take(data)
    console.wait()
    assert len(list(tmp_path.iterdir())) == 1


def test_an_engine_that_never_began_leaves_no_report(tmp_path: Path) -> None:
    assert Recorder(head, tmp_path / "reports", Console()).close(died=True) is None
    assert not (tmp_path / "reports").exists()


def test_old_reports_make_room(tmp_path: Path, wire: Wire) -> None:
    for day in range(20):
        (tmp_path / f"crash-202601{day:02}-000000.jsonl").touch()
    recorder = Recorder(head, tmp_path, Console())
    wire.tape.note(("turn", 1.0, True))
    for data in wire.carry():
        recorder.take(data)
    report = recorder.close(died=True)
    assert report is not None
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert len(kept) == MOST_REPORTS
    assert kept[-1] == report.name
    assert kept[0] == "crash-20260111-000000.jsonl"


def test_a_minute_is_kept_and_no_more(wire: Wire) -> None:
    minute = LastMinute()
    for second in range(200):
        minute.keep(Batch(second, False, b"x" * 100), float(second))
    assert [batch.number for batch in minute.batches()] == list(range(139, 200))


def test_a_storm_is_kept_within_its_bytes(wire: Wire) -> None:
    minute = LastMinute()
    for number in range(60):
        minute.keep(Batch(number, False, bytes(1_000_000)), 1.0)
    assert [batch.number for batch in minute.batches()] == list(range(28, 60))


def test_a_report_that_begins_later_says_so(tmp_path: Path, wire: Wire) -> None:
    recorder = Recorder(head, tmp_path, Console())
    recorder.take(b"\0" * 7 + b"\5\0" + pickle.dumps(turns(5, 2)))
    report = recorder.close(died=True)
    assert report is not None
    assert not Recording(report).header.whole


def test_what_was_lost_on_the_way_is_told_and_ends_the_recording(
    tmp_path: Path, wire: Wire
) -> None:
    console, file = Console(), tmp_path / "jam.jsonl"
    recorder = Recorder(head, tmp_path / "reports", console, file)
    sent = []
    for batch in range(4):
        wire.tape.note(("turn", float(batch), True))
        sent += wire.carry()
    for data in (*sent[:2], sent[3]):
        recorder.take(data)
    report = recorder.close(died=True)
    assert console.lines == [
        "The recording ends here: some of the jam was lost on its way. The jam goes on."
    ]
    lines = [line.entry for line in Recording(file).lines()]
    assert lines[:-1] == turns(0, 2)
    assert lines[-1][0] == "end"
    assert report is not None
    lines = [line.entry for line in Recording(report).lines()]
    assert lines[:-1] == [*turns(0, 2), ("lost", 1), *turns(3, 1)]


class SlowDisk(RecordingWriter):
    """A disk that stands still until it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, head())
        self.go = threading.Event()

    def write(self, entries: Iterable[Entry]) -> None:
        assert self.go.wait(PATIENCE_S)
        super().write(entries)


def batches(entries: Iterable[Entry]) -> Iterator[Batch]:
    for number, entry in enumerate(entries):
        yield Batch(number, False, pickle.dumps([entry]))


def test_a_disk_that_stands_still_holds_nobody_up(tmp_path: Path) -> None:
    console, disk = Console(), SlowDisk(tmp_path / "jam.jsonl")
    thread = RecordingThread(disk, console)
    for batch in batches(turns(0, 3 * MOST_WAITING)):
        thread.take(batch)
    assert console.lines == ["The recording ends here: the disk can't keep up. The jam goes on."]
    disk.go.set()
    thread.end("The engine ended.")
    lines = [line.entry for line in Recording(tmp_path / "jam.jsonl").lines()]
    assert MOST_WAITING <= len(lines) <= MOST_WAITING + 2
    assert lines[:-1] == turns(0, len(lines) - 1)
    assert lines[-1] == ("end", "The recording ends here: the disk can't keep up.")


@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files as Unix does")
def test_a_full_disk_is_told_and_the_file_is_readable_up_to_there(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    file, console = tmp_path / "jam.jsonl", Console()
    writer = RecordingWriter(file, head())
    room = file.stat().st_size + 1000
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        thread = RecordingThread(writer, console)
        for batch in batches(turns(0, 200)):
            thread.take(batch)
        text = console.wait()
        thread.end("The engine ended.")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert text.startswith(f"The recording {file} can't be written: File too large.")
    assert "The jam goes on" in text
    recording = Recording(file)
    lines = [line.entry for line in recording.lines()]
    assert lines == turns(0, len(lines))
    assert len(lines) > 40
    assert file.stat().st_size == room


def test_a_take_is_never_written_over(tmp_path: Path) -> None:
    file = tmp_path / "jam.jsonl"
    file.write_text("the best take")
    with pytest.raises(RecordingFailed, match="is there already"):
        Recorder(head, tmp_path, Console(), file)
    assert file.read_text() == "the best take"


def test_the_tape_goes_when_there_is_time_or_when_it_grows_too_long(wire: Wire) -> None:
    carry: Callable[[float, float], None] = wire.line.carry
    wire.tape.note(("turn", 1.0, True))
    carry(1.0, SPARE_S / 2)
    assert wire.come() == []
    carry(1.001, SPARE_S)
    assert len(wire.come()) == 1
    wire.tape.note(("turn", 1.002, True))
    carry(1.002, SPARE_S)
    assert wire.come() == [], "not every turn"
    for entry in turns(2, MOST_ENTRIES):
        wire.tape.note(entry)
    carry(1.003, 0.0)
    (data,) = wire.come()
    assert len(Batch.of(data).entries()) == MOST_ENTRIES + 1
