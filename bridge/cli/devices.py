"""The commands ``devices install`` and ``devices check``."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from bridge.amxd.lint import Severity, lint_device
from bridge.cli.text import at_home, printable, size_text
from bridge.errors import DeviceFileInvalid, DeviceFileMissing, FolderUnusable
from bridge.paths import data_folder

LIBRARY = ("Ableton", "User Library")
DEVICES_IN_LIBRARY = ("Presets", "MIDI Effects", "Max MIDI Effect")
MOST_BYTES = 256 * 2**20


def user_library(system: str, home: Path, environment: Mapping[str, str]) -> Path | None:
    """Where Live keeps a user's own devices unless told otherwise; None where Live doesn't run.

    Args:
        system: As ``sys.platform``.
        home: The user's home folder.
        environment: The environment's variables; Windows tells its folders there.
    """
    if system == "darwin":
        return home / "Music" / Path(*LIBRARY)
    if system == "win32":
        documents = Path(environment.get("USERPROFILE", str(home))) / "Documents"
        return documents / Path(*LIBRARY)
    return None


def install_command(out: Console, to: Path | None) -> None:
    """Copy the shipped devices.

    Raises:
        FolderUnusable: The folder is not there, or can't be written to.
        DeviceFileMissing: This version came without devices.
    """
    folder = to if to is not None else _library_folder()
    found = sorted(data_folder("m4l_devices").glob("*.amxd"))
    if not found:
        raise DeviceFileMissing("This copy of Magenta Bridge has no device.")
    for device in found:
        target = folder / device.name
        _copy(device, target)
        out.print(f"{device.name} is in {printable(at_home(folder))}.")
    out.print("Live shows it in the browser under User Library; drag it onto a MIDI track.")


def check_command(out: Console, files: list[Path]) -> bool:
    """Print what is wrong with device files; returns whether something must be mended.

    Raises:
        DeviceFileMissing: A file can't be read.
    """
    faulty = False
    for path in files:
        data = _bytes(path)
        try:
            findings = lint_device(data)
        except DeviceFileInvalid as error:
            out.print(f"{printable(path.name)}: {error}", markup=False)
            faulty = True
            continue
        for one in findings:
            line = f"{one.severity.value}: {one.where}: {one.text}"
            out.print(f"{printable(path.name)}: {printable(line)}", markup=False)
        if not findings:
            out.print(f"{printable(path.name)}: {size_text(len(data))}, nothing to mend.")
        faulty |= any(one.severity is Severity.FAULT for one in findings)
    return faulty


def _library_folder() -> Path:
    library = user_library(sys.platform, Path.home(), os.environ)
    if library is None:
        raise FolderUnusable(
            "Live does not run on this system, so there is no User Library.",
            "Name a folder with --to, and take the device from there to the machine with Live.",
        )
    if not library.is_dir():
        raise FolderUnusable(
            f"There is no {at_home(library)}.",
            "Live's Preferences > Library tell where your User Library is: name its folder"
            f" {'/'.join(DEVICES_IN_LIBRARY)} with --to.",
        )
    folder = library.joinpath(*DEVICES_IN_LIBRARY)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(f"{at_home(folder)} can't be made: {error.strerror}.") from error
    return folder


def _copy(device: Path, target: Path) -> None:
    """Put the whole file there or nothing: Live may be looking."""
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(device.read_bytes())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise FolderUnusable(
            f"{at_home(target.parent)} can't be written to: {error.strerror}."
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DeviceFileInvalid(f"{printable(path.name)} is larger than any device.")
        return path.read_bytes()
    except OSError as error:
        raise DeviceFileMissing(
            f"{printable(at_home(path))} can't be read: {error.strerror}."
        ) from error
