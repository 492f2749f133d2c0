"""Where the files that travel with the package lie: bundles, configurations, devices.

In a checkout they are folders of the repository; in an installed wheel they lie inside the
package. Nothing else needs to know which of the two it runs from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Folder = Literal["bundles", "configs", "m4l_devices"]

_PACKAGE = Path(__file__).resolve().parent


def data_folder(name: Folder) -> Path:
    """The folder of that name: packed in the wheel if there, else beside the package."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


def user_bundle_folder() -> Path:
    """The folder of this user into which bundles may be dropped; it may not exist."""
    return _user_folder() / "bundles"


def user_preset_folder() -> Path:
    """The folder of this user's presets of player parameters; it may not exist."""
    return _user_folder() / "presets"


def _user_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_dir("magenta-bridge", appauthor=False))


def user_report_folder() -> Path:
    """The folder of this user into which crash reports are written; it may not exist."""
    return _user_state_folder() / "reports"


def user_training_note() -> Path:
    """The file that names the folder of the training that this user began last, if any."""
    return _user_state_folder() / "newest-training"


def _user_state_folder() -> Path:
    import platformdirs

    return Path(platformdirs.user_state_dir("magenta-bridge", appauthor=False))


def user_capture_folder() -> Path:
    """The folder of this user into which captured music is written; it may not exist."""
    import platformdirs

    return Path(platformdirs.user_music_dir()) / "Magenta Bridge"


def bundle_folders(extra: tuple[str, ...]) -> tuple[Path, ...]:
    """Where bundles are looked for: the configured folders, the user's, the shipped ones."""
    named = tuple(Path(folder).expanduser() for folder in extra)
    return (*named, user_bundle_folder(), data_folder("bundles"))
