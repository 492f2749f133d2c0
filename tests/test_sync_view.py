"""How a report looks, on the terminal and in JSON."""

from __future__ import annotations

import json

from rich.console import Console

from bridge.cli.sync import as_object
from bridge.cli.sync_view import view
from bridge.core.syncstats import LATENESS_EDGES_MS, Spread, SyncReport

FULL = SyncReport(
    source="device 7",
    locked=True,
    playing=True,
    tempo_qpm=137.25,
    bar=17,
    beat=2.5,
    phase_error_ms=-0.012,
    jitter=Spread(0.05, 0.11, 0.3, 1.25),
    drift_ppm=12.34,
    messages=960,
    messages_per_s=48.0,
    lost=3,
    breaks=(("loop-wrap", 2), ("start", 1)),
    notes=30,
    lateness_counts=(24, 5, 0, 1, 0, 0, 0, 0, 0, 0),
    lateness_max_ms=0.61,
    link_peers=2,
)


def _shown(report: SyncReport) -> list[str]:
    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        console.print(view(report))
    return [line.strip() for line in capture.get().splitlines()]


def test_everything_that_is_known_is_shown() -> None:
    text = "\n".join(_shown(FULL))
    for words in (
        "device 7, playing, locked",
        "137.25",
        "17|2.50",
        "-0.012 ms",
        "p50 0.050  p90 0.110  p99 0.300  max 1.250 ms",
        "+12.3 ppm",
        "48.0 messages/s, 3 lost",
        "loop-wrap 2, start 1",
        "2 peer(s)",
        "30 sent, the latest +0.61 ms",
    ):
        assert words in text


def test_the_histogram_ends_with_the_latest_note_and_no_note_is_too_few_to_see() -> None:
    bars = [line for line in _shown(FULL) if line.startswith("≤")]
    assert [line.split()[-1] for line in bars] == ["24", "5", "0", "1"]
    assert [line.count("█") for line in bars] == [30, 7, 0, 2]


def test_before_there_is_a_device_it_says_what_to_do() -> None:
    assert any("press Play in Live" in line for line in _shown(SyncReport()))


def test_json_has_every_field_of_the_report() -> None:
    read = json.loads(json.dumps(as_object(FULL), allow_nan=False))
    assert read["jitter"]["p99_ms"] == 0.3
    assert read["breaks"] == {"loop-wrap": 2, "start": 1}
    assert read["lateness"]["edges_ms"] == list(LATENESS_EDGES_MS)
    assert len(read["lateness"]["counts"]) == len(LATENESS_EDGES_MS) + 1
    assert json.loads(json.dumps(as_object(SyncReport()), allow_nan=False))["jitter"] is None
