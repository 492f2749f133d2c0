"""A page's server with a real engine behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.page import Page, served
from tests.fakes.room import steady_drummer


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A server on loopback, without a token; its player strikes the kick on every step."""
    with served(tmp_path, steady_drummer(tmp_path)) as one:
        yield one
