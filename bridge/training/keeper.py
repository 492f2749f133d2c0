"""Keeps a training's state after each epoch, so that it can be killed at any moment and go on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bridge.errors import TrainingError


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept after an epoch.

    Attributes:
        arrays: Weights, their means, the optimiser's moments and the best weights, by name.
        curve: A row for each epoch: number, training, validation and old nats, seconds spent.
        best_epoch: Number of the best.
    """

    arrays: dict[str, NDArray[np.float32]]
    curve: NDArray[np.float64]
    best_epoch: int


class Keeper(Protocol):
    """Where the state is kept."""

    def load(self) -> Kept | None:
        """What was kept last; None where nothing was."""
        ...

    def save(self, kept: Kept) -> None:
        """Keep this, and what was kept before until it is complete."""
        ...


class FileKeeper:
    """Keeps the state in a file.

    Args:
        path: The file.
        fingerprint: What the state is worth something for: data, network, plan, seed and code in
            a checksum. A state of another training is refused.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path, self._fingerprint = path, fingerprint

    def load(self) -> Kept | None:
        """What was kept last; None where nothing was.

        Raises:
            TrainingError: The file is of another training, or is damaged.
        """
        if not self._path.exists():
            return None
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                arrays = {name: found[name] for name in found.files}
            fingerprint, best = str(arrays.pop("fingerprint")), int(arrays.pop("best_epoch"))
            curve = arrays.pop("curve")
        except (OSError, ValueError, KeyError, BadZipFile, EOFError) as error:
            raise TrainingError(
                f"{self._path} is damaged.", "Delete it to begin this training anew."
            ) from error
        if fingerprint != self._fingerprint:
            raise TrainingError(
                f"{self._path} is of a training with other data, settings or version.",
                "Give the same ones to go on, or delete it to begin anew.",
            )
        return Kept(arrays, curve, best)

    def save(self, kept: Kept) -> None:
        """Write the file beside the old one and put it in its place.

        Raises:
            TrainingError: It can't be written; the old one is still there.
        """
        half = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with half.open("wb") as file:
                arrays: dict[str, Any] = dict(kept.arrays)
                arrays |= {
                    "fingerprint": np.array(self._fingerprint),
                    "best_epoch": np.array(kept.best_epoch),
                    "curve": kept.curve,
                }
                np.savez(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            half.replace(self._path)
        except OSError as error:
            raise TrainingError(
                f"{self._path} can't be written: {error.strerror}.", "Make room, and go on."
            ) from error
