"""Node, and Sets in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device.node_host import FakeLive, node_or_skip
from tests.device.stage import Stage
from tests.fakes.room import silent_drummer, steady_drummer

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


MakeStage = Callable[..., Stage]


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a drummer that strikes on every step, and a silent one."""
    folder = tmp_path_factory.mktemp("bundles")
    steady_drummer(folder)
    silent_drummer(folder)
    return folder


@pytest.fixture
def make_stage(node: str, bundle_folder: Path) -> Iterator[MakeStage]:
    """Makes stages with the steady drummer. At the end nobody may have complained of anything."""
    made: list[Stage] = []

    def make(**options: object) -> Stage:
        bundle = str(options.pop("bundle", "steady_drummer"))
        stage = Stage(node, bundle, bundle_folder, **options)  # type: ignore[arg-type]
        made.append(stage)
        return stage

    yield make
    for stage in made:
        faults = stage.engine._timekeeper.faults if stage.engine is not None else 0
        stage.close()
        assert stage.live.complaints == [], "the script did what Live refuses"
        assert stage.live.unknown == set(), "the script asked for what Live does not have"
        assert stage.live.posts == []
        assert faults == 0, "a mistake of the engine was caught; see the log"
