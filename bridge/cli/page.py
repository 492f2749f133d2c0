"""The engine on the terminal with its page in the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridge.config import EngineConfig
from bridge.engine import EngineEvent, RunningEngine, attend
from bridge.web.server import PageServer


def attend_with_page(
    config: EngineConfig,
    report: Callable[[EngineEvent], None],
    opened: Callable[[str], None],
    record: Path | None = None,
) -> None:
    """Run the engine and serve its page until Ctrl-C.

    Args:
        config: The engine's configuration; ``config.web`` says where the page is.
        report: Is called with each line for the console.
        opened: Is called with the page's address once it is served.
        record: Where the whole jam is recorded; None: it is not.

    Raises:
        PagePortInUse: The page's port is taken.
        BridgeError: The engine can't start, or its timekeeper died.
    """
    engine = RunningEngine(config, sync_reports=True, record=record)
    page = PageServer(engine, config)
    page.start()
    try:
        opened(page.address)
        attend(engine, report)
    finally:
        page.stop()
