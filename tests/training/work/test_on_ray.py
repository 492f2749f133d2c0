"""A ray cluster does what this machine does."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import ConfigError
from bridge.paths import data_folder
from bridge.training.corpus.collect import collect
from bridge.training.kinds import encoding_of
from bridge.training.sweep.sweep import run_sweep
from bridge.training.work.on_ray import OnRay
from bridge.training.work.processes import Processes
from bridge.training.work.workers import Workers
from tests.training.sweep.small import RUNS, small_sweep
from tests.training.work.cluster import ENVIRONMENT, two_workers

# ray reads its environment when it is imported, so it is not imported before that stands.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(find_spec("ray") is None, reason="needs the [scale] extra: ray is absent"),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a cluster of two workers."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        with two_workers() as found:
            yield found


def test_music_read_on_ray_is_the_music_read_here(address: str) -> None:
    music, encoding = data_folder("bundles") / "data", encoding_of("drum_kit")
    here, there = (
        collect(music, encoding, "drums"),
        collect(music, encoding, "drums", workers=OnRay(address)),
    )
    for side in ("train", "validation", "test"):
        assert [one.tobytes() for one in getattr(there, side)] == [
            one.tobytes() for one in getattr(here, side)
        ]
    assert there.files == here.files
    assert here.files


@pytest.mark.parametrize("wrong", ["127.0.0.1:1", "nowhere", "127.0.0.1:port"])
def test_a_cluster_that_is_not_there_is_told(address: str, wrong: str) -> None:
    with pytest.raises(ConfigError, match="Nobody answers at"):
        list(OnRay(wrong).each(max, 0, [1]))


@pytest.mark.magenta
def test_a_sweep_on_ray_is_the_sweep_here(address: str, tensorflow: Any, tmp_path: Path) -> None:
    def found(name: str, workers: Workers) -> list[tuple[float, bytes]]:
        ranked = run_sweep(small_sweep(tmp_path / name), RUNS[:1], workers, lambda *_told: None)
        return [(one.nats, one.best[1].bundle) for one in ranked]

    assert found("there", OnRay(address, fresh=True)) == found("here", Processes(1, fresh=True))
