"""``magenta-bridge sync``: the engine, and how well it follows the beat, second by second."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.live import Live

from bridge.cli.run import load_for_run, tell
from bridge.cli.sync_view import view
from bridge.core.syncstats import LATENESS_EDGES_MS, SyncReport
from bridge.engine import EngineEvent, run_engine


def sync_command(
    out: Console,
    config: Path | None,
    port: int | None,
    host: str | None,
    seconds: int | None,
    as_json: bool,
    verbose: bool,
) -> None:
    """Run the engine and show a report a second until Ctrl-C.

    Args:
        out: Standard output.
        config: Configuration file.
        port: UDP port.
        host: Address.
        seconds: End by itself so long after the first report; None: never.
        as_json: One JSON object a line on standard output, and nothing else there.
        verbose: Tell more.

    Raises:
        BridgeError: The configuration is wrong, or the engine can't start.
    """
    engine = load_for_run(config, port, host, None, verbose).engine
    if as_json:
        errors = Console(stderr=True, highlight=False)
        try:
            run_engine(engine, lambda event: tell(errors, engine, event), _until(seconds, _print))
        except BrokenPipeError:
            # The reader has seen enough. Python would complain once more when it flushes.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    with Live(view(SyncReport()), console=out, auto_refresh=False) as live:

        def on_event(event: EngineEvent) -> None:
            tell(live.console, engine, event)

        def on_report(report: SyncReport) -> None:
            live.update(view(report), refresh=True)

        run_engine(engine, on_event, _until(seconds, on_report))


def as_object(report: SyncReport) -> dict[str, object]:
    """A report as it is written in JSON."""
    fields = asdict(report)
    fields["breaks"] = dict(report.breaks)
    fields["lateness"] = {
        "edges_ms": list(LATENESS_EDGES_MS),
        "counts": list(fields.pop("lateness_counts")),
        "max_ms": fields.pop("lateness_max_ms"),
    }
    return fields


def _print(report: SyncReport) -> None:
    sys.stdout.write(json.dumps(as_object(report), allow_nan=False) + "\n")
    sys.stdout.flush()


def _until(seconds: int | None, show: Callable[[SyncReport], None]) -> Callable[[SyncReport], None]:
    """Show reports, and end the engine with the first one that comes late enough."""
    first_s: list[float] = []

    def watch(report: SyncReport) -> None:
        now_s = time.monotonic()
        if not first_s:
            first_s.append(now_s)
        show(report)
        if seconds is not None and now_s - first_s[0] >= seconds - 0.5:
            raise KeyboardInterrupt

    return watch
