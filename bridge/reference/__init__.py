"""The reference engine: the real Magenta on the same bundle, in a process of its own.

This module imports nothing of it, so that anybody may ask whether it is there.
"""

from __future__ import annotations

import importlib.util

from bridge.errors import EngineMissing

PARTS = ("tensorflow", "tf_keras", "note_seq", "magenta")


def require_magenta() -> None:
    """See that the real Magenta is installed.

    Raises:
        EngineMissing: A part of it is not.
    """
    missing = [part for part in PARTS if importlib.util.find_spec(part) is None]
    if missing:
        raise EngineMissing(
            f"The real Magenta is not installed: {', '.join(missing)} can't be found."
        )
