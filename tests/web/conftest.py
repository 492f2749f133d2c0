"""A page's server with a real engine behind it, and a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.chromium import NoBrowser, open_browser
from tests.fakes.page import Page, served
from tests.fakes.room import steady_drummer
from tests.web.browser import REQUIRE_BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A server on loopback, without a token; its player strikes the kick on every step."""
    with served(tmp_path, steady_drummer(tmp_path)) as one:
        yield one


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, or a skip; a failure where a browser is required."""
    try:
        with open_browser() as opened:
            yield opened
    except NoBrowser as missing:
        if REQUIRE_BROWSER:
            pytest.fail(f"BRIDGE_REQUIRE_BROWSER is set: {missing}")
        pytest.skip(f"{missing} (tests/README.md)")
