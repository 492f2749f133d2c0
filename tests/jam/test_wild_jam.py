"""Whatever hands, transports and models do at whatever moment: the jam goes on and comes to rest.

Thousands more, by their seeds: ``python -m tests.jam.test_wild_jam 1000 9000``.
"""

from __future__ import annotations

import sys

import pytest

from tests.effort import tried
from tests.fakes.wild_jam import WildJam


@pytest.mark.parametrize("seed", range(tried(8, 20)))
def test_the_jam_goes_on_and_comes_to_rest(seed: int) -> None:
    WildJam(seed).play(wild_s=6.0)


def main(first: int, last: int) -> None:
    for seed in range(first, last):
        try:
            WildJam(seed).play(wild_s=20.0)
        except Exception:
            print(f"seed {seed}", file=sys.stderr)
            raise


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
