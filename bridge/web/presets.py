"""Presets: a player's parameters under a name, as files that the user may read and edit.

A preset is a configuration file with the section ``player`` alone, so it is checked like any other
and can be given to ``magenta-bridge run --config`` too. Who listens to whom, who is muted, and
which ports a player has belongs to the jam and not to its sound: presets leave it as it is.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from bridge.config import load_config
from bridge.config.yaml_file import read_yaml
from bridge.core.parameters import PARAMETERS, ParameterValue
from bridge.errors import BridgeError, PresetExists, PresetMissing, PresetUnusable

SUFFIX = ".yaml"
MOST_PRESETS = 1000
NOT_KEPT = frozenset(("listen", "mute", "solo", "mute_input", "input_ports", "output_ports"))

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _-]{0,62}[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
"""Names that Windows keeps for devices, with any suffix."""


class Presets:
    """The presets in a folder.

    Args:
        folder: The folder; made when the first preset is saved.
        bundles: Names of the bundles on offer.
    """

    def __init__(self, folder: Path, bundles: tuple[str, ...]) -> None:
        self._folder = folder
        self._bundles = bundles

    def names(self) -> list[str]:
        """What there is, in order."""
        if not self._folder.is_dir():
            return []
        found = (path.stem for path in self._folder.glob(f"*{SUFFIX}"))
        return sorted((name for name in found if _is_name(name)), key=str.casefold)

    def save(self, name: str, settings: Mapping[str, object], *, replace: bool = False) -> None:
        """Keep a player's parameters.

        Args:
            name: Letters, digits, blanks, ``-`` and ``_``; at most 64 characters.
            settings: The parameters; those that presets leave alone may be among them.
            replace: Whether a preset of that name may be written over.

        Raises:
            PresetExists: There is one of that name.
            PresetUnusable: The name can't be a file's, or the file can't be written.
        """
        path = self._path(name)
        if name.casefold() in (other.casefold() for other in self.names()) and not replace:
            raise PresetExists(f"There is a preset {name} already.")
        if len(self.names()) >= MOST_PRESETS:
            raise PresetUnusable(f"There are {MOST_PRESETS} presets already.", "Delete some.")
        kept = {key: settings[key] for key in PARAMETERS if key in settings and key not in NOT_KEPT}
        text = f"# {name}: a preset of Magenta Bridge.\n" + yaml.safe_dump(
            {"player": kept}, sort_keys=False, allow_unicode=True
        )
        self._write(path, text)

    def load(self, name: str) -> dict[str, ParameterValue]:
        """A preset's parameters, checked.

        Raises:
            PresetMissing: There is none of that name.
            PresetUnusable: Its file holds what no preset may, or can't be read.
        """
        path = self._path(name)
        if not path.is_file():
            raise PresetMissing(f"There is no preset {name}.")
        try:
            data = read_yaml(path).data
            if set(data) != {"player"} or not isinstance(data["player"], dict):
                raise PresetUnusable(f"{path.name} must have the section player, and no other.")
            settings = load_config(path, flags={"bundles.offer": self._bundles}).engine.jam.player
        except PresetUnusable:
            raise
        except BridgeError as error:
            raise PresetUnusable(error.message, error.hint) from error
        names = [key for key in data["player"] if key in PARAMETERS and key not in NOT_KEPT]
        return {key: getattr(settings, key) for key in names}

    def delete(self, name: str) -> None:
        """Forget a preset.

        Raises:
            PresetMissing: There is none of that name.
            PresetUnusable: Its file can't be removed.
        """
        path = self._path(name)
        try:
            path.unlink()
        except FileNotFoundError:
            raise PresetMissing(f"There is no preset {name}.") from None
        except OSError as error:
            raise _unwritable(error) from error

    def _path(self, name: str) -> Path:
        if not _is_name(name):
            raise PresetUnusable(
                f"{name[:80]!r} can't be a preset's name.",
                "Use 1 to 64 letters, digits, blanks, - and _.",
            )
        return self._folder / f"{name}{SUFFIX}"

    def _write(self, path: Path, text: str) -> None:
        """Write a file so that it is whole or not there."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(made).replace(path)
        except OSError as error:
            raise _unwritable(error) from error


def _is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(name)


def _unwritable(error: OSError) -> PresetUnusable:
    return PresetUnusable(
        f"The preset's file can't be written: {error.strerror}.",
        "See whether the folder of presets may be written to.",
    )
