"""How a report of the beat looks on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from bridge.core.syncstats import LATENESS_EDGES_MS, SyncReport

BAR_CELLS = 30


def view(report: SyncReport) -> Table:
    """A table of a line for each figure, with the lateness of notes as bars."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", justify="right")
    table.add_column()
    for name, text in _lines(report):
        table.add_row(name, text)
    return table


def _lines(report: SyncReport) -> Iterator[tuple[str, Text]]:
    if not report.source:
        yield "source", Text("none yet: press Play in Live, with the device on a track", "yellow")
        yield from _link(report)
        return
    state = "playing" if report.playing else "stopped"
    lock = Text("locked", "green") if report.locked else Text("not locked", "yellow")
    yield "source", Text(f"{report.source}, {state}, ").append_text(lock)
    yield "tempo", Text(f"{report.tempo_qpm:.2f}")
    yield "bar|beat", Text(f"{report.bar}|{report.beat:.2f}")
    if report.phase_error_ms is not None:
        yield "phase", Text(f"{report.phase_error_ms:+.3f} ms off the line, the newest messages")
    if (jitter := report.jitter) is not None:
        yield (
            "jitter",
            Text(
                f"p50 {jitter.p50_ms:.3f}  p90 {jitter.p90_ms:.3f}"
                f"  p99 {jitter.p99_ms:.3f}  max {jitter.max_ms:.3f} ms"
            ),
        )
    if report.drift_ppm is not None:
        yield "drift", Text(f"{report.drift_ppm:+.1f} ppm")
    if report.messages:
        lost = Text(f"{report.lost} lost", "yellow" if report.lost else "")
        yield "clock", Text(f"{report.messages_per_s:.1f} messages/s, ").append_text(lost)
    if report.breaks:
        yield "broke", Text(", ".join(f"{kind} {count}" for kind, count in report.breaks))
    yield from _link(report)
    yield from _lateness(report)


def _link(report: SyncReport) -> Iterator[tuple[str, Text]]:
    if report.link_peers is not None:
        yield "Link", Text(f"{report.link_peers} peer(s)")


def _lateness(report: SyncReport) -> Iterator[tuple[str, Text]]:
    latest = report.lateness_max_ms
    if latest is None:
        yield "notes", Text("none yet")
        return
    yield "notes", Text(f"{report.notes} sent, the latest {latest:+.2f} ms after it was due")
    names = [f"≤ {edge:g} ms" for edge in LATENESS_EDGES_MS] + [f"> {LATENESS_EDGES_MS[-1]:g} ms"]
    most = max(report.lateness_counts)
    # What is later than the last bucket that holds a note needs no line.
    last = max(place for place, count in enumerate(report.lateness_counts) if count)
    for name, count in list(zip(names, report.lateness_counts, strict=True))[: last + 1]:
        cells = -(-count * BAR_CELLS // most)
        yield name, Text("█" * cells, "green").append(f" {count}", "dim")
