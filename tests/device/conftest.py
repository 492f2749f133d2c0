"""Node, and Sets in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.device.node_host import FakeLive, node_or_skip

MakeLive = Callable[..., FakeLive]


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node, or a skip, or a failure where Node is required."""
    return node_or_skip()


@pytest.fixture
def make_live(node: str) -> Iterator[MakeLive]:
    """Makes Sets; their processes end after the test."""
    made: list[FakeLive] = []

    def make(**description: object) -> FakeLive:
        made.append(FakeLive(node, description))
        return made[-1]

    yield make
    for live in made:
        live.close()
