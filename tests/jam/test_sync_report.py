"""What the engine says of its own timing during a jam."""

from __future__ import annotations

from pathlib import Path

from bridge.core.syncstats import SyncReport
from tests.fakes.room import BadClockNetwork, Room, steady_drummer


def _report(folder: Path, network: BadClockNetwork | None = None) -> tuple[Room, SyncReport]:
    room = Room(steady_drummer(folder), folder, network=network)
    try:
        room.play_phrase([(0.0, 36), (1.0, 38), (2.0, 36), (3.0, 38)])
        room.run(bars=6.5)
        assert room.engine is not None
        return room, room.engine.jam.sync_report(room.clock.time_s)
    finally:
        room.close()


def test_a_jam_on_a_good_network(tmp_path: Path) -> None:
    _, report = _report(tmp_path)
    assert report.source == "device 1000"
    assert (report.locked, report.playing, report.tempo_qpm) == (True, True, 120.0)
    assert (report.bar, round(report.beat, 3)) == (7, 3.0)
    assert report.jitter is not None and report.jitter.max_ms < 0.1
    assert dict(report.breaks) == {"start": 1}
    assert report.lost == 0


def test_every_note_is_counted_with_its_lateness(tmp_path: Path) -> None:
    room, report = _report(tmp_path)
    assert len(room.device.sounded) <= report.notes > 0
    assert sum(report.lateness_counts) == report.notes
    # In virtual time each leaves at its moment.
    assert report.lateness_counts[0] == report.notes


def test_a_bad_network_shows(tmp_path: Path) -> None:
    _, report = _report(tmp_path, BadClockNetwork(loss=0.1, delay_ms=2.0))
    assert report.jitter is not None and report.jitter.p50_ms > 0.2
    assert report.lost > 10


def test_without_a_device_there_is_no_source(tmp_path: Path) -> None:
    room = Room(steady_drummer(tmp_path), tmp_path)
    try:
        assert room.engine is not None
        assert room.engine.jam.sync_report(0.0).source == ""
    finally:
        room.close()
