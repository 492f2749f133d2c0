"""A real browser: Debian's Chromium, driven by Playwright; and the page in it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.engine_process import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


class NoBrowser(Exception):
    """There is no browser to test with; the text says what is missing."""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The browser; only while it is open an event loop runs in this thread.

    Raises:
        NoBrowser: Chromium or Playwright is not installed.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if importlib.util.find_spec("playwright") is None:
        raise NoBrowser("Playwright is not installed, and it drives the browser")
    if path is None:
        raise NoBrowser("Chromium is not installed, and the page is tried in it")
    from playwright.sync_api import sync_playwright

    # As root, as in most containers, Chromium's own sandbox can't be set up.
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Tab:
    """A page in a browser, and what it complained of."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def run(self, script: str) -> Any:
        """The value of an expression in the page, where ``bridge`` is the page's own object."""
        return self.page.evaluate(
            f"(() => {{ const bridge = globalThis.magentaBridge; return {script}; }})()"
        )

    def wait(self, script: str) -> None:
        """Wait for an expression to be true; the page's policy lets no one else evaluate text."""
        wait_until(script, lambda: self.run(f"Boolean(bridge && ({script}))"))

    def wait_linked(self) -> None:
        self.wait(
            "bridge.linked && bridge.jam.players.size > 0 && bridge.engineTime.pings.length > 2"
        )

    def beat(self) -> float:
        return float(self.run("bridge.jam.clockOf(1).at(bridge.engineS)"))

    def offset_s(self) -> float:
        """The engine's clock less the page's, found without the page: by the shortest of calls."""
        best: tuple[float, float] = (float("inf"), 0.0)
        for _ in range(15):
            before_s = time.monotonic()
            page_s = float(self.page.evaluate("performance.now()")) / 1000.0
            after_s = time.monotonic()
            best = min(best, (after_s - before_s, (before_s + after_s) / 2.0 - page_s))
        return best[1]

    def close(self) -> None:
        self.context.close()


def open_tab(browser: Browser, address: str, **options: Any) -> Tab:
    """A new page of a person of its own, linked."""
    options = {"viewport": {"width": 1280, "height": 800}, **options}
    context = browser.new_context(**options)
    tab = Tab(context, context.new_page())
    tab.page.on("console", lambda message: _note(tab, message.type, message.text))
    tab.page.on("pageerror", lambda error: tab.complaints.append(f"thrown: {error}"))
    tab.page.goto(address)
    tab.wait_linked()
    return tab


def _note(tab: Tab, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        tab.complaints.append(f"{kind}: {text}")
