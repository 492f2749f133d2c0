"""A preset of configs/, loaded as it is and played over made-up ports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.config import load_config
from bridge.core.events import Level, Notice
from bridge.paths import data_folder
from tests.fakes.ports import PortRoom

CONFIGS = data_folder("configs")


@contextmanager
def preset(name: str) -> Iterator[PortRoom]:
    """The room of a preset; at its end nothing went wrong and nothing sounds on."""
    room = PortRoom.configured(load_config(CONFIGS / f"{name}.yaml").engine)
    try:
        yield room
        assert room.engine._timekeeper.faults == 0
        assert not [e for e in room.events if isinstance(e, Notice) and e.level is Level.WARNING]
    finally:
        room.close()
    assert room.ports.sounding() == []
