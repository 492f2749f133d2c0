"""What a Max for Live device file holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bridge.errors import DeviceFileInvalid

MAC_EPOCH_TO_UNIX_S = 2_082_844_800
"""Seconds from 1904-01-01, from which files in an archive are dated, to 1970-01-01."""

FIXED_DATE_MAC_S = MAC_EPOCH_TO_UNIX_S + 1_704_067_200
"""2024-01-01: the date of every file that is written here, so that builds can be compared."""

FLAG_DEVICE = 0x11
"""Flag of a frozen archive's first file: the device itself."""

META_FROZEN = 7
META_UNFROZEN = 1


class DeviceKind(Enum):
    """What a device is to Live, as the file's four letters."""

    AUDIO_EFFECT = "aaaa"
    MIDI_EFFECT = "mmmm"
    INSTRUMENT = "iiii"
    MIDI_TRANSFORMATION = "natt"
    MIDI_GENERATOR = "nagg"

    @property
    def project_number(self) -> int:
        """The same letters as the integer that the patch's ``project.amxdtype`` holds."""
        return int.from_bytes(self.value.encode("ascii"), "big")


@dataclass(frozen=True, slots=True)
class FrozenFile:
    """A file within a frozen device.

    Args:
        name: File name without a folder, as the patch refers to it.
        data: Its bytes.
        type_code: Four letters: ``JSON`` for patches, ``TEXT`` for scripts, ``PNG `` and so on.
        flag: 0x11 for the device itself, 0 for what it needs, 8 for what must lie on the disk.
        modified_mac_s: Seconds since 1904-01-01, 0 to 2**32 - 1.
    """

    name: str
    data: bytes
    type_code: str = "TEXT"
    flag: int = 0
    modified_mac_s: int = FIXED_DATE_MAC_S


@dataclass(frozen=True, slots=True)
class DeviceFile:
    """A device file's parts; equal parts are equal bytes.

    Args:
        kind: What the device is to Live.
        text: The patch as it stands in the file, whatever follows its JSON included. Of a frozen
            device, the bytes of its first file.
        meta: Flags as a little-endian number, or None where the file has none.
        files: Of a frozen device all files, itself first; empty where it is not frozen.
    """

    kind: DeviceKind
    text: bytes
    meta: int | None = META_UNFROZEN
    files: tuple[FrozenFile, ...] = ()

    @property
    def frozen(self) -> bool:
        """Whether the device carries the files it needs."""
        return bool(self.files)

    def patch(self) -> dict[str, Any]:
        """The patch: a mapping with the key ``patcher``.

        Raises:
            DeviceFileInvalid: The text is not JSON, or no patch.
        """
        return parse_patch(self.text)

    def file(self, name: str) -> bytes:
        """Bytes of a file that the device carries.

        Raises:
            DeviceFileInvalid: It carries no file of that name.
        """
        for file in self.files:
            if file.name == name:
                return file.data
        raise DeviceFileInvalid(f"The device carries no file {name!r}.")


def parse_patch(text: bytes) -> dict[str, Any]:
    """A patch from its text; what follows a NUL is what Max forgot to cut off.

    Raises:
        DeviceFileInvalid: The text is not JSON, or no patch.
    """
    try:
        decoded = text.split(b"\0", 1)[0].decode("utf-8-sig").lstrip()
        patch, _ = json.JSONDecoder().raw_decode(decoded)
    except UnicodeDecodeError as error:
        raise DeviceFileInvalid(f"The patch is not UTF-8 text at byte {error.start}.") from error
    except json.JSONDecodeError as error:
        raise DeviceFileInvalid(
            f"The patch is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except RecursionError as error:
        raise DeviceFileInvalid("The patch is nested too deeply to be one.") from error
    if not isinstance(patch, dict) or not isinstance(patch.get("patcher"), dict):
        raise DeviceFileInvalid("The JSON in the device file is no patch: it has no 'patcher'.")
    return patch
