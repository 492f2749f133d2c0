"""What the files of an engine's tape say at their head, and where crash reports lie."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import UTC, datetime
from pathlib import Path

from bridge import __version__
from bridge.core.settings import JamSettings
from bridge.engine.timekeeper import EngineSetup
from bridge.errors import BridgeError
from bridge.models.bundle import read_limited
from bridge.models.library import BundleLibrary
from bridge.record.header import Header


def make_header(setup: EngineSetup, whole: bool) -> Header:
    """The header of a file about an engine.

    Args:
        setup: The engine's.
        whole: Whether the file begins with the engine.
    """
    library = BundleLibrary(tuple(Path(folder) for folder in setup.bundle_folders))
    return Header(
        engine=__version__,
        begun=datetime.now(UTC).isoformat(timespec="seconds"),
        jam=setup.jam,
        engine_epoch=setup.engine_epoch,
        seed=setup.seed,
        model_engine=setup.model_engine,
        bundles=tuple((name, checksum(library, name)) for name in _bundles(setup.jam)),
        whole=whole,
    )


def checksum(library: BundleLibrary, name: str) -> str:
    """SHA-256 of a bundle's file; "" if there is none."""
    with contextlib.suppress(BridgeError):
        return hashlib.sha256(read_limited(library.find(name))).hexdigest()
    return ""


def _bundles(jam: JamSettings) -> tuple[str, ...]:
    """The bundles that players may choose or begin with."""
    chosen = (player.settings.bundle for player in jam.players)
    return tuple(dict.fromkeys((*jam.bundles, jam.player.bundle, *chosen)))
