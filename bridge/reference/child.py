"""What runs in the reference engine's process.

Magenta's import takes seconds. It happens here, while the jam goes on: the console is told, and
what is asked meanwhile waits. Whether Magenta is installed is found out before this is started
(`bridge.reference.require_magenta`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.core.requests import ModelNotice
from bridge.models.child import answer_requests
from bridge.models.library import BundleLibrary

if TYPE_CHECKING:
    from bridge.models.desk import ModelDesk


def serve(connection: Connection, folders: tuple[str, ...]) -> None:
    """Answer requests until the parent is gone.

    Args:
        connection: This end of the pipe.
        folders: Where bundles are found.
    """

    def tell(text: str) -> None:
        try:
            connection.send(ModelNotice(text))
        except OSError:
            os._exit(0)

    _prepare()
    answer_requests(connection, lambda: _desk(BundleLibrary(tuple(map(Path, folders))), tell))


def desk_in_this_process(library: BundleLibrary, tell: Callable[[str], None]) -> ModelDesk:
    """Magenta where nothing waits for it: in virtual time.

    Args:
        library: Where bundles are found.
        tell: Takes a sentence for the console.
    """
    _prepare()
    return _desk(library, tell)


def _prepare() -> None:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Without this it takes a graphics card's memory that others may need.
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")


def _desk(library: BundleLibrary, tell: Callable[[str], None]) -> ModelDesk:
    tell("The real Magenta is being imported; that takes some seconds.")
    started_s = time.monotonic()
    from bridge.reference.desk import MagentaDesk
    from bridge.reference.families import quiet_tensorflow

    versions = quiet_tensorflow(tell)
    tell(f"{versions} is there after {time.monotonic() - started_s:.1f} s.")
    return MagentaDesk(library, tell)
