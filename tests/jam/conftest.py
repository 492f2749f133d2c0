"""Rooms for the jam tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.room import Room, steady_drummer


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the bundle that strikes the kick on every step."""
    folder = tmp_path_factory.mktemp("bundles")
    steady_drummer(folder)
    return folder


@pytest.fixture
def make_room(bundle_folder: Path) -> Iterator[Callable[..., Room]]:
    """Makes rooms with the steady drummer; closed after the test."""
    rooms: list[Room] = []

    def make(**options: object) -> Room:
        room = Room("steady_drummer", bundle_folder, **options)  # type: ignore[arg-type]
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        if room.engine is not None:
            assert room.engine._timekeeper.faults == 0, "a mistake of ours was caught; see the log"
        room.close()
        for device in room.devices:
            assert device.refused == [], "the engine sent what a device must refuse"
