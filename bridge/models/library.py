"""Finds bundles by name or by path."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bridge.errors import BundleMissing, ModelError
from bridge.paths import data_folder

if TYPE_CHECKING:
    # Whoever only finds bundles (the timekeeper) does not wait for what plays them.
    from bridge.models.loading import PlayableModel

SUFFIX = ".mag"


@dataclass(frozen=True, slots=True)
class BundleEntry:
    """One bundle in a list.

    Args:
        name: What a player selects it by.
        path: Where it lies.
        generator_id: The id inside it, "" where it can't be read.
        size_bytes: Size of the file.
        layers: Width of each LSTM layer.
        attention_length: How many steps its attention sees, 0 without attention.
        description: What its maker says about it, or "".
        problem: Why it can't be played, "" where it can.
    """

    name: str
    path: Path
    generator_id: str = ""
    size_bytes: int = 0
    layers: tuple[int, ...] = ()
    attention_length: int = 0
    description: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class BundleLibrary:
    """Folders with bundles; earlier folders win where two hold the same name.

    Args:
        folders: Where to look.
    """

    folders: tuple[Path, ...]

    @staticmethod
    def of(*extra_folders: Path) -> BundleLibrary:
        """The caller's folders, then the bundles that travel with the package."""
        return BundleLibrary((*extra_folders, data_folder("bundles")))

    def find(self, name: str) -> Path:
        """The file of a bundle.

        Args:
            name: Its name, with or without ``.mag``, or its path.

        Raises:
            BundleMissing: There is none.
        """
        if not name or "\0" in name:
            raise BundleMissing("No bundle was named.")
        for candidate in self._candidates(name):
            # A name can be too long for the system, or go through folders that are closed to us.
            with contextlib.suppress(OSError):
                if candidate.is_file():
                    return candidate
        raise BundleMissing(f"There is no bundle {name!r}.")

    def _candidates(self, name: str) -> list[Path]:
        path = Path(name)
        file_name = name if path.suffix == SUFFIX else name + SUFFIX
        inside = [] if path.is_absolute() else [folder / file_name for folder in self.folders]
        # A bare name means the folders; only something that looks like a path is taken as one.
        if len(path.parts) > 1 or path.suffix == SUFFIX:
            return [*inside, path, Path(file_name)]
        return inside

    def load(self, name: str) -> PlayableModel:
        """Reads a bundle and prepares its network.

        Raises:
            BundleMissing: There is none of that name.
            BundleInvalid: It is damaged, or of a kind that this engine doesn't play.
        """
        from bridge.models.loading import load_model

        return load_model(name, self.find(name))

    def entries(self) -> list[BundleEntry]:
        """Every bundle in the folders, by name; unreadable ones say what is wrong."""
        paths: dict[str, Path] = {}
        for folder in self.folders:
            if folder.is_dir():
                for path in folder.glob("*" + SUFFIX):
                    paths.setdefault(path.stem, path)
        return [_entry(name, path) for name, path in sorted(paths.items())]


def _entry(name: str, path: Path) -> BundleEntry:
    from bridge.models.bundle import read_bundle
    from bridge.models.loading import playable_encoding
    from bridge.models.stack import stack_weights

    try:
        bundle = read_bundle(path)
    except ModelError as error:
        return BundleEntry(name, path, problem=error.message)
    try:
        weights = stack_weights(bundle)
        playable_encoding(bundle, weights)
    except ModelError as error:
        return BundleEntry(
            name,
            path,
            bundle.generator_id,
            bundle.size_bytes,
            description=bundle.description,
            problem=error.message,
        )
    return BundleEntry(
        name,
        path,
        bundle.generator_id,
        bundle.size_bytes,
        weights.units,
        weights.attention.length if weights.attention else 0,
        bundle.description,
    )
