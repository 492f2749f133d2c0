"""``magenta-bridge bundles pull``: Magenta's own bundles by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import Progress

from bridge.cli.text import at_home, size_text
from bridge.errors import BridgeError, BundleInvalid, ConfigError, DownloadFailed
from bridge.io.download import fetch
from bridge.io.files import write_whole
from bridge.models.bundle import MAX_BUNDLE_BYTES, parse_bundle
from bridge.paths import data_folder, user_bundle_folder

CHECKSUMS = "checksums.json"


def pull_command(out: Console, name: str, addresses: Path | None, folder: Path | None) -> None:
    """Pull a bundle into a folder, the user's if none is named.

    Raises:
        ConfigError: The list of addresses is wrong, or lacks the name.
        DownloadFailed: It can't be fetched, or is not the file that was pulled before.
        BundleInvalid: What came is no bundle.
    """
    address = _address(name, addresses or data_folder("bundles") / "addresses.yaml")
    target = folder or user_bundle_folder()
    with Progress(console=out, transient=True) as shown:
        task = shown.add_task(name, total=None)
        path = pull(name, address, target, lambda there: shown.update(task, completed=there))
    size = size_text(path.stat().st_size)
    out.print(f"{at_home(path)}: {size}, checksum verified.", markup=False, soft_wrap=True)


def pull(name: str, address: str, folder: Path, show: Callable[[int], None]) -> Path:
    """Fetch a bundle, verify it, and only then give it its name.

    Args:
        name: Its name, without ``.mag``.
        address: Where it lies.
        folder: Where it goes; made if it is not there.
        show: Is called with the bytes that are there.

    Raises:
        DownloadFailed: It can't be fetched, or is not the file that was pulled before.
        BundleInvalid: What came is no bundle.
        BridgeError: A file can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BridgeError(f"{folder} can't be made: {error}.", "Name another --to.") from error
    path, part = folder / f"{name}.mag", folder / f"{name}.mag.part"
    known = _checksums(folder / CHECKSUMS)
    recorded = known.get(address)
    if path.is_file() and recorded == hashlib.sha256(path.read_bytes()).hexdigest():
        return path
    fetch(address, part, MAX_BUNDLE_BYTES, show)
    data = part.read_bytes()
    checksum = hashlib.sha256(data).hexdigest()
    if recorded is not None and checksum != recorded:
        part.unlink()
        raise DownloadFailed(
            f"{address} is not the file that was pulled before: its checksum is {checksum[:12]}…,"
            f" recorded is {recorded[:12]}….",
            f"If that is meant to be so, remove its line from {at_home(folder / CHECKSUMS)}.",
        )
    try:
        parse_bundle(data)
    except BundleInvalid as error:
        part.unlink()
        raise BundleInvalid(f"{address}: {error.message}", error.hint) from error
    text = json.dumps(known | {address: checksum}, indent=2, sort_keys=True)
    write_whole(folder / CHECKSUMS, text.encode())
    part.replace(path)
    return path


def _address(name: str, file: Path) -> str:
    try:
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        place, names = str(told["place"]), [str(each) for each in told["names"]]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{at_home(file)} is no list of addresses.", "See bundles/addresses.yaml."
        ) from error
    if name not in names:
        raise ConfigError(f"No address is known for {name!r}.", f"Known: {', '.join(names)}.")
    return f"{place}{name}.mag"


def _checksums(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{at_home(file)} is damaged.", "Remove it, and pull again.") from error
    if not isinstance(known, dict):
        raise ConfigError(f"{at_home(file)} is damaged.", "Remove it, and pull again.")
    return {str(address): str(checksum) for address, checksum in known.items()}
