"""How much is tried: enough in an ordinary run, and more where `BRIDGE_TEST_ALL=1`."""

from __future__ import annotations

import os

ALL = os.environ.get("BRIDGE_TEST_ALL", "") not in ("", "0")


def tried(some: int, more: int) -> int:
    """How many examples, seeds or cases of one kind a test tries.

    Args:
        some: In an ordinary run.
        more: With `BRIDGE_TEST_ALL=1`, as before each release.
    """
    return more if ALL else some
