"""Files that are there whole or not at all: a kill or a full disk leaves what was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bridge.errors import TrainingError

ROOM = "Make room, and go on."


@contextmanager
def written_whole(path: Path, hint: str = ROOM) -> Iterator[Path]:
    """Gives the name of a file beside, which takes the place when it is written.

    Args:
        path: The file that is wanted; its folder is made.
        hint: What to do where it can't be written.

    Raises:
        TrainingError: It can't be written; what was there before still is.
    """
    half = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield half
        # Before its name changes, or a power switch may leave the name without the content.
        with half.open("r+b") as file:
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        why = error.strerror or error
        raise TrainingError(f"{path} can't be written: {why}.", hint) from error
