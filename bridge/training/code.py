"""A checksum of the code that trains, so that nobody has to remember to count a version up.

A state that was kept by other code may not fit, or would be gone on with by another trainer; a
result of other code is not what would come out today.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

import bridge

LEARNING = (
    "batches",
    "bundle_writer",
    "chorded",
    "cutting",
    "divided",
    "encode",
    "from_bundle",
    "job",
    "kinds",
    "network",
    "optimise",
    "own_bundle",
    "recurrence",
    "rewritten",
    "train",
)
"""Modules of this package on which it depends what comes of a training."""
ENCODINGS = "core/encodings/*.py"
PACKAGES = ("tensorflow", "tensorflow-cpu", "numpy")


@cache
def trainer_checksum() -> str:
    """A checksum of the code that trains, and the versions of the packages that it trains with."""
    return checksum_of((*(f"training/{name}.py" for name in LEARNING), ENCODINGS), PACKAGES)


def checksum_of(files: Iterable[str], packages: Iterable[str]) -> str:
    """A checksum of code.

    Args:
        files: Patterns of paths in this package, as ``core/*.py``; ``**`` for any depth.
        packages: Names of others, of which the installed versions count.
    """
    root = Path(bridge.__file__).parent
    found = hashlib.sha256()
    for path in sorted({path for pattern in files for path in root.glob(pattern)}):
        found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    for package in packages:
        found.update(f"{package} {_version(package)}".encode())
    return found.hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"
