"""Build the devices: ``python -m m4l_devices.build``; ``--check`` compares with what lies there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bridge.amxd.device_file import DeviceFile
from bridge.amxd.writer import write_device
from m4l_devices.magenta_jam import device as magenta_jam

FOLDER = Path(__file__).parent

DEVICES: dict[str, Callable[[], DeviceFile]] = {magenta_jam.NAME: magenta_jam.device}
"""File name to what makes the device."""


def stale(folder: Path = FOLDER) -> list[str]:
    """Names of the devices in a folder that are missing or other than they would be built now."""
    return [
        name
        for name, make in DEVICES.items()
        if not (folder / name).is_file() or (folder / name).read_bytes() != write_device(make())
    ]


def build(folder: Path = FOLDER) -> list[Path]:
    """Write all devices into a folder; returns their paths."""
    paths = []
    for name, make in DEVICES.items():
        path = folder / name
        path.write_bytes(write_device(make()))
        paths.append(path)
    return paths


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m m4l_devices.build", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--to", type=Path, default=FOLDER, help="folder; default: where they lie")
    options = parser.parse_args(arguments)
    if options.check:
        old = stale(options.to)
        for name in old:
            sys.stderr.write(
                f"{name} is not as it would be built: run python -m m4l_devices.build\n"
            )
        return 1 if old else 0
    for path in build(options.to):
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
