"""What the tape and a capture cost the timekeeper, and how large a recording is.

A jam is recorded in virtual time: devices whose players trade bars with a drummer that strikes
every sixteenth. Its observations are then given to two timekeepers in turns, one with a tape and
one without, so that both do the very same work.
"""

from __future__ import annotations

import gc
import pickle
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.rows import Row
from bridge.core.chronicle import BARS_KEPT, Lane
from bridge.core.events import Captured
from bridge.core.internalclock import InternalClock
from bridge.core.notes import Note
from bridge.core.score import check_played, just_played
from bridge.core.settings import PlayerSettings
from bridge.engine.captureline import CapturedEnd, parts_of
from bridge.record.file import Recording, RecordingWriter
from bridge.record.tape import Tape
from bridge.replay.player import Replay, Step, Steps
from tests.fakes.room import Room, steady_drummer
from tests.fakes.taped_jam import header

CAPTURES = 9
BATCH_TURNS = 10
"""About as many turns lie between two batches that leave the timekeeper."""


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    for players in (1,) if quick else (1, 4):
        with tempfile.TemporaryDirectory() as name:
            yield from _rows_of(Path(name), players, bars=16 if quick else 64)
    yield from _capture_rows()


def _rows_of(folder: Path, players: int, bars: int) -> Iterator[Row]:
    seconds = _record(folder, players, bars)
    plain, packed = folder / "jam.jsonl", folder / "jam.jsonl.gz"
    who = "1 player" if players == 1 else f"{players} players"
    taped, bare, packing_s = _turns(Recording(plain))
    yield Row(f"turn, {who}, with tape", taped * 1e6, "µs", "without", bare * 1e6)
    yield Row(f"a turn with tape over one without, {who}", taped / bare, "ratio", must=1.1)
    share = packing_s / seconds
    yield Row(f"packing the tape for the supervisor, {who}", share * 1e3, "ms/s")
    hour = 3600.0 / seconds / 1e6
    yield Row(f"an hour's recording, {who}", plain.stat().st_size * hour, "MB")
    yield Row(f"an hour's recording, {who}, compressed", packed.stat().st_size * hour, "MB")


def _capture_rows() -> Iterator[Row]:
    """A capture of 16 players that have struck every sixteenth of 64 bars by turns."""
    clock = InternalClock()
    clock.start(0.0)
    lanes: list[Lane] = []
    for number in range(1, 17):
        lane = Lane(number, clock, BARS_KEPT)
        for bar in range(BARS_KEPT):
            lane.look(2.0 * bar)
            notes = lane.answers if bar % 2 else lane.keys
            notes.extend(Note(36, 90, 4.0 * bar + step / 4, 0.25) for step in range(16))
        lanes.append(lane)
    now_s = 2.0 * BARS_KEPT - 0.1
    gc.collect()
    longest_s = median(_longest_s(lanes, now_s) for _ in range(CAPTURES))
    who = "16 players, 64 bars"
    yield Row(
        f"capture, {who}, longest CPU time at once in the timekeeper",
        longest_s * 1e3,
        "ms",
        must=10.0,
    )
    played = tuple(lane.played(now_s) for lane in lanes)
    begun_s = time.perf_counter()
    just_played(played)
    laying_s = time.perf_counter() - begun_s
    yield Row(f"capture, {who}, laid out in the supervisor", laying_s * 1e3, "ms")


def _longest_s(lanes: list[Lane], now_s: float) -> float:
    """CPU seconds of the longest piece of one capture's work in the timekeeper."""
    begun_s = time.thread_time()
    captured = Captured(0, 0, tuple(lane.played(now_s) for lane in lanes))
    check_played(captured.lanes)
    spent_s = [time.thread_time() - begun_s]
    parts, done = parts_of(captured), False
    while not done:
        begun_s = time.thread_time()
        part = next(parts)
        pickle.dumps(part, pickle.HIGHEST_PROTOCOL)
        spent_s.append(time.thread_time() - begun_s)
        done = isinstance(part, CapturedEnd)
    return max(spent_s)


def _record(folder: Path, players: int, bars: int) -> float:
    """Record a jam, plain and compressed; returns its length in seconds."""
    player, dice = PlayerSettings(call_bars=1, answer_bars=1), random.Random(2017)
    room = Room(steady_drummer(folder), folder, tape=Tape(), player=player)
    devices = [room.device] + [room.add_device(settings=player) for _ in range(players - 1)]
    for bar in range(0, bars, 2):
        for device in devices:
            steps = sorted(dice.sample(range(16), 10))
            phrase = [(step / 4, dice.choice((36, 38, 42))) for step in steps]
            room.play_phrase(phrase, from_beat=4.0 * bar, device=device)
    room.run(bars=bars)
    room.close()
    assert room.engine is not None
    assert room.tape is not None
    entries = room.tape.take()
    for name in ("jam.jsonl", "jam.jsonl.gz"):
        writer = RecordingWriter(folder / name, header(room.engine.setup))
        for start in range(0, len(entries), 2 * BATCH_TURNS):
            writer.write(entries[start : start + 2 * BATCH_TURNS])
        writer.close("The engine ended.")
    return room.clock.now_s()


def _turns(recording: Recording) -> tuple[float, float, float]:
    """Seconds of a middling turn with and without tape, and seconds of packing in all."""
    steps = list(Steps(recording))
    tape = Tape()
    machines = [Replay(recording.header, steps[0].call, one) for one in (tape, None)]
    spent: tuple[list[float], list[float]] = [], []
    packing_s = 0.0
    gc.collect()
    gc.freeze()
    for count, step in enumerate(steps):
        # Whoever goes second finds the caches warm: they take turns.
        for which in (0, 1) if count % 2 else (1, 0):
            spent[which].append(_seconds(machines[which], step))
        if count % BATCH_TURNS == 0:
            begun_s = time.perf_counter()
            pickle.dumps(tape.take(), pickle.HIGHEST_PROTOCOL)
            packing_s += time.perf_counter() - begun_s
    gc.unfreeze()
    return median(spent[0]), median(spent[1]), packing_s


def _seconds(machine: Replay, step: Step) -> float:
    for entry in step.observed:
        machine.observe(entry)
    begun_s = time.perf_counter()
    machine.call(step.call)
    return time.perf_counter() - begun_s
