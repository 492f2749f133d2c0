"""A ray cluster does what this machine does."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from bridge.errors import ConfigError
from bridge.paths import data_folder
from bridge.training.corpus.collect import collect
from bridge.training.kinds import encoding_of
from bridge.training.work.on_ray import OnRay
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
