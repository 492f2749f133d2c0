"""The page under a full jam: its frames, and what three pages do to the engine's notes.

Four players loop answers at 240 quarter notes a minute, one of them a note on every step, on a
port of JACK's dummy driver. The engine runs as in `magenta-bridge run --web`, first without a
page, then with three in one browser, which draws without a graphics card and so takes what it can
get of the processor. Lateness is that of the engine's own histogram: the upper edge of the bucket.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.rows import Row
from bridge.config import EngineConfig
from bridge.config.web import WebSettings
from bridge.core.commands import Key
from bridge.core.settings import ClockSettings, JamSettings, PlayerSettings, PlayerSetup
from bridge.core.syncstats import LATENESS_EDGES_MS, SyncReport
from bridge.engine import RunningEngine
from bridge.errors import BridgeError
from bridge.paths import bundle_folders
from bridge.web.server import PageServer
from tests.fakes.chromium import NoBrowser, Tab, open_browser, open_tab
from tests.fakes.engine_process import wait_until
from tests.fakes.jack import NoJack, jack_server
from tests.fakes.room import steady_drummer

PERIOD = 128
PORT = "bench_page"
TEMPO_QPM = 240.0
PAGES = 3
SETTLE_S = 3.0
OTHERS = ("groove_drums", "session_melody", "groove_drums")
QUANTILES = (50.0, 99.0)


@dataclass
class _Heard:
    """What the engine tells of its notes."""

    reports: list[SyncReport] = field(default_factory=list)
    ready: bool = False

    def take(self, said: object) -> None:
        if isinstance(said, SyncReport):
            self.reports.append(said)
        elif "ready" in getattr(said, "text", ""):
            self.ready = True

    def counts(self) -> tuple[int, ...]:
        return self.reports[-1].lateness_counts if self.reports else ()


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    seconds = 8.0 if quick else 30.0
    with ExitStack() as stack:
        try:
            stack.enter_context(jack_server(PERIOD, waits=False))
            output: tuple[str, ...] = (PORT,)
        except NoJack:
            output = ()
        alone = _measure(seconds, output, pages=0)[0]
        try:
            watched, frames = _measure(seconds, output, pages=PAGES)
        except NoBrowser:
            watched, frames = (), {}
    for name, title in (("gap", "frame to frame"), ("draw", "drawing a frame")):
        for quantile in ("P50", "P99"):
            metric = f"page, {PAGES} open: {title}, {quantile.lower()}, the slowest page"
            yield Row(metric, frames.get(f"{name}{quantile}Ms"), "ms")
    for quantile in QUANTILES:
        yield Row(
            f"note leaves late, {PAGES} pages open, p{quantile:g} of {sum(watched)}, at most",
            _upper_edge(watched, quantile),
            "ms",
            peer="no page",
            peer_value=_upper_edge(alone, quantile),
        )


def _upper_edge(counts: tuple[int, ...], quantile: float) -> float | None:
    """Edge in ms below which so many per cent lie; None of nothing, or beyond the last edge."""
    left = sum(counts) * quantile / 100.0
    if not left:
        return None
    for count, edge in zip(counts, LATENESS_EDGES_MS, strict=False):
        left -= count
        if left <= 0.0:
            return edge
    return None


def _measure(
    seconds: float, output: tuple[str, ...], *, pages: int
) -> tuple[tuple[int, ...], dict[str, float]]:
    """Histogram of lateness, and the slowest page's frame times."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        config = _config(Path(folder), output)
        heard, engine, server = stack.enter_context(_engine(config))
        tabs: list[Tab] = []
        if pages:
            browser = stack.enter_context(open_browser())
            tabs = [open_tab(browser, server.address) for _ in range(pages)]
        for player in range(1, len(config.jam.players) + 1):
            engine.command(Key(player, 36 if player != 3 else 60, 100))
            engine.command(Key(player, 36 if player != 3 else 60, 0))
        _wait(tabs, SETTLE_S + 8 * 60.0 / TEMPO_QPM)
        for tab in tabs:
            tab.run("bridge.stage.frames.reset()")
        before = heard.counts()
        _wait(tabs, seconds)
        after = heard.counts()
        found = [tab.run("bridge.stage.frames.summary()") for tab in tabs]
        lateness = tuple(b - a for a, b in zip(before, after, strict=True))
        return lateness, _slowest(found)


def _slowest(found: list[dict[str, Any]]) -> dict[str, float]:
    names = found[0] if found else {}
    return {name: max(one[name] for one in found) for name in names}


def _wait(tabs: list[Tab], seconds: float) -> None:
    """Let time pass; a browser's pipe must be served meanwhile."""
    if tabs:
        tabs[0].page.wait_for_timeout(seconds * 1000.0)
    else:
        time.sleep(seconds)


def _config(folder: Path, output: tuple[str, ...]) -> EngineConfig:
    steady = steady_drummer(folder)
    looped = PlayerSettings(bundle=steady, call_bars=1, loop=True, seed=1, feel=0.0)
    players = [PlayerSetup("steady", looped, (), output)]
    players += [
        PlayerSetup(f"player {number}", replace(looped, bundle=bundle, overlap=True))
        for number, bundle in enumerate(OTHERS, 2)
    ]
    jam = JamSettings(
        bundles=(steady, *dict.fromkeys(OTHERS)),
        player=looped,
        clock=ClockSettings(("internal",), TEMPO_QPM),
        players=tuple(players),
    )
    return EngineConfig(
        port=0,
        jam=jam,
        bundle_folders=bundle_folders((str(folder),)),
        web=WebSettings(enabled=True, port=0),
    )


@contextmanager
def _engine(config: EngineConfig) -> Iterator[tuple[_Heard, RunningEngine, PageServer]]:
    heard = _Heard()
    engine = RunningEngine(config, sync_reports=True)
    server = PageServer(engine, config)
    leave = engine.subscribe(heard.take)
    server.start()
    engine.start()
    try:
        wait_until("the engine is ready", lambda: heard.ready)
        yield heard, engine, server
    except BridgeError as error:
        raise SystemExit(str(error)) from error
    finally:
        leave()
        server.stop()
        engine.end()
