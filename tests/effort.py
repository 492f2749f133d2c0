"""How much is tried: enough in an ordinary run, and more where `BRIDGE_TEST_ALL=1`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import product
from typing import Any

ALL = os.environ.get("BRIDGE_TEST_ALL", "") not in ("", "0")


def tried(some: int, more: int) -> int:
    """How many examples, seeds or cases of one kind a test tries.

    Args:
        some: In an ordinary run.
        more: With `BRIDGE_TEST_ALL=1`, as before each release.
    """
    return more if ALL else some


def every_pair(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Cases that differ in several ways: each two values of two ways meet; with all, all meet.

    Args:
        axes: The values of each way, three ways at least.
    """
    fewest = 1 if ALL else min(len(axis) for axis in axes)
    cases = product(*(enumerate(axis) for axis in axes))
    return [
        tuple(value for _, value in case)
        for case in cases
        if sum(index for index, _ in case) % fewest == 0
    ]
