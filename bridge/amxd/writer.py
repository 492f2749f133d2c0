"""Device files to bytes: the same parts give the same bytes, on every system and day."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bridge.amxd.chunks import inner_chunk, outer_chunk
from bridge.amxd.device_file import (
    FLAG_DEVICE,
    META_FROZEN,
    META_UNFROZEN,
    DeviceFile,
    DeviceKind,
    FrozenFile,
)
from bridge.amxd.reader import ARCHIVE_HEADER_BYTES, ARCHIVE_TAG
from bridge.errors import DeviceFileInvalid

_U32_END = 2**32


def unfrozen_device(kind: DeviceKind, patch: Mapping[str, Any]) -> DeviceFile:
    """A device that finds its scripts beside it.

    Args:
        kind: What it is to Live.
        patch: A mapping with the key ``patcher``; its order is kept.
    """
    return DeviceFile(kind, patch_text(patch), META_UNFROZEN)


def frozen_device(
    kind: DeviceKind, name: str, patch: Mapping[str, Any], scripts: Mapping[str, str]
) -> DeviceFile:
    """A device that carries all it needs.

    Args:
        kind: What it is to Live.
        name: Its file name, with ``.amxd``.
        patch: A mapping with the key ``patcher``; its order is kept.
        scripts: Text of each script by its file name.
    """
    text = patch_text(patch)
    carried = (FrozenFile(script, body.encode("utf-8")) for script, body in scripts.items())
    files = (FrozenFile(name, text, "JSON", FLAG_DEVICE), *carried)
    return DeviceFile(kind, text, META_FROZEN, files)


def patch_text(patch: Mapping[str, Any]) -> bytes:
    """A patch as Max on macOS ends it: JSON, a line end, a NUL."""
    return json.dumps(patch, indent="\t", ensure_ascii=False).encode("utf-8") + b"\n\0"


def write_device(device: DeviceFile) -> bytes:
    """The whole file.

    Raises:
        DeviceFileInvalid: The parts do not fit the container: a name that is empty, given twice or
            holds a NUL, a type that is not four letters, a number that is not 32 bits wide, or a
            text that is not the first file's.
    """
    meta = b"" if device.meta is None else outer_chunk("meta", _u32(device.meta, "meta", "<I"))
    payload = _archive(device) if device.files else device.text
    kind = outer_chunk("ampf", device.kind.value.encode("ascii"))
    return kind + meta + outer_chunk("ptch", payload)


def _archive(device: DeviceFile) -> bytes:
    files = device.files
    if device.text != files[0].data:
        raise DeviceFileInvalid("A frozen device's text must be its first file.")
    name, count = Counter(file.name for file in files).most_common(1)[0]
    if count > 1:
        raise DeviceFileInvalid(f"The file {name!r} is there {count} times.")
    entries, at = [], ARCHIVE_HEADER_BYTES
    for file in files:
        entries.append(_entry(file, at))
        at += len(file.data)
    header = ARCHIVE_TAG + struct.pack(">IQ", ARCHIVE_HEADER_BYTES, at)
    data = b"".join(file.data for file in files)
    return header + data + inner_chunk("dlst", b"".join(entries))


def _entry(file: FrozenFile, at: int) -> bytes:
    type_code = file.type_code.encode("latin-1", errors="replace")
    name = file.name.encode("utf-8")
    if not name or b"\0" in name:
        raise DeviceFileInvalid(f"A frozen file can't be named {file.name!r}.")
    if len(type_code) != 4:
        raise DeviceFileInvalid(f"The type {file.type_code!r} of {file.name!r} has not 4 letters.")
    # At least one NUL: no file that Max wrote has a name that fills its field.
    padding = b"\0" * (4 - len(name) % 4)
    numbers = {
        "sz32": len(file.data),
        "of32": at,
        "vers": 0,
        "flag": file.flag,
        "mdat": file.modified_mac_s,
    }
    fields = [inner_chunk("type", type_code), inner_chunk("fnam", name + padding)]
    fields += [inner_chunk(tag, _u32(value, tag, ">I")) for tag, value in numbers.items()]
    return inner_chunk("dire", b"".join(fields))


def _u32(value: int, what: str, layout: str) -> bytes:
    if not 0 <= value < _U32_END:
        raise DeviceFileInvalid(f"{what} is {value}, which is no 32-bit number.")
    return struct.pack(layout, value)
