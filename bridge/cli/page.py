"""The engine on the terminal with its page in the browser, or its feed to other programs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from bridge.config import EngineConfig
from bridge.engine import EngineEvent, RunningEngine, attend


def attend_with_watchers(
    config: EngineConfig,
    report: Callable[[EngineEvent], None],
    opened: Callable[[str], None],
    record: Path | None = None,
) -> None:
    """Run the engine, serve its page and send its feed, as configured, until Ctrl-C.

    Args:
        config: The engine's configuration; ``web`` and ``feed`` of it say what is to be there.
        report: Is called with each line for the console.
        opened: Is called with the page's address once it is served, if it is.
        record: Where the whole jam is recorded; None: it is not.

    Raises:
        PagePortInUse: The page's port is taken.
        BridgeError: The engine can't start, or its timekeeper died.
    """
    engine = RunningEngine(config, sync_reports=True, record=record)
    with ExitStack() as watchers:
        if config.web.enabled:
            # The server's packages are loaded only where there is a page.
            from bridge.web.server import PageServer

            page = PageServer(engine, config)
            page.start()
            watchers.callback(page.stop)
            opened(page.address)
        if config.feed.enabled:
            from bridge.web.feed import Feed

            feed = Feed(engine, config.feed)
            feed.start()
            watchers.callback(feed.stop)
        attend(engine, report)
