"""What the tests over real MIDI ports share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.jack import NoJack, jack_server


@pytest.fixture(scope="session")
def jack() -> Iterator[None]:
    server = jack_server()
    try:
        server.__enter__()
    except NoJack as reason:
        pytest.skip(str(reason))
    yield
    server.__exit__(None, None, None)
