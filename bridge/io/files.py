"""Files that are there whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from bridge.errors import BridgeError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, and move it there when it is complete and on the disk.

    Raises:
        BridgeError: It can't be written; what was there before is as it was.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise BridgeError(
            f"{path} can't be written: {error.strerror or error}.", "Choose another place."
        ) from error
