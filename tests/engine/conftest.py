"""What the tests over real MIDI ports share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bridge.config import EngineConfig
from tests.fakes.jack import NoJack, jack_server
from tests.fakes.port_stage import Stage

OpenStage = Callable[[EngineConfig], Stage]


@pytest.fixture(scope="session")
def jack() -> Iterator[None]:
    server = jack_server()
    try:
        server.__enter__()
    except NoJack as reason:
        pytest.skip(str(reason))
    yield
    server.__exit__(None, None, None)


@pytest.fixture
def open_stage(jack: None, tmp_path: Path) -> Iterator[OpenStage]:
    """Opens a stage with an engine; the one before is closed."""
    opened: list[Stage] = []

    def open_one(config: EngineConfig) -> Stage:
        for stage in opened:
            stage.close()
        opened[:] = [Stage(config, tmp_path / f"{time.monotonic_ns()}.jsonl")]
        return opened[0]

    yield open_one
    for stage in opened:
        stage.close()
