"""Device files from bytes. What is wrong is one `DeviceFileInvalid` that says what and where."""

from __future__ import annotations

from bridge.amxd.chunks import inner_chunks, outer_chunks, read_u32
from bridge.amxd.device_file import DeviceFile, DeviceKind, FrozenFile
from bridge.errors import DeviceFileEncrypted, DeviceFileInvalid

ARCHIVE_TAG = b"mx@c"
ARCHIVE_HEADER_BYTES = 16

_KNOWN = ("ampf", "meta", "ciph", "ptch")


def read_device(data: bytes) -> DeviceFile:
    """A device file, as any Max since 8.0 writes it.

    Args:
        data: The whole file.

    Raises:
        DeviceFileEncrypted: The device's author has locked it.
        DeviceFileInvalid: The file is cut short, damaged, or no device file.
    """
    chunks = _chunks(data)
    kind = _kind(chunks["ampf"])
    if "ciph" in chunks:
        raise DeviceFileEncrypted("The device file is encrypted.")
    if "ptch" not in chunks:
        raise DeviceFileInvalid("The device file ends before its patch.")
    meta = read_u32(chunks["meta"], 0, "little") if "meta" in chunks else None
    payload = chunks["ptch"]
    if not payload.startswith(ARCHIVE_TAG):
        return DeviceFile(kind, payload, meta)
    files = _archive(payload)
    return DeviceFile(kind, files[0].data, meta, files)


def _chunks(data: bytes) -> dict[str, bytes]:
    if data[:4] != b"ampf":
        raise DeviceFileInvalid("This is no Max for Live device: it does not begin with 'ampf'.")
    found: dict[str, bytes] = {}
    for tag, payload in outer_chunks(data):
        if tag not in _KNOWN:
            raise DeviceFileInvalid(f"The device file has a part {tag!r}, which no device has.")
        if tag in found:
            raise DeviceFileInvalid(f"The device file has its part {tag!r} twice.")
        if "ptch" in found:
            raise DeviceFileInvalid(f"The device file has a part {tag!r} behind its patch.")
        found[tag] = payload
    return found


def _kind(payload: bytes) -> DeviceKind:
    letters = payload.decode("latin-1")
    for kind in DeviceKind:
        if kind.value == letters:
            return kind
    raise DeviceFileInvalid(f"Live has no devices of the kind {letters!r}.")


def _archive(payload: bytes) -> tuple[FrozenFile, ...]:
    """Files of a frozen device; offsets count from the archive's first byte."""
    if len(payload) < ARCHIVE_HEADER_BYTES:
        raise DeviceFileInvalid("The frozen archive ends within its header.")
    header_bytes = read_u32(payload, 4, "big")
    if header_bytes != ARCHIVE_HEADER_BYTES:
        raise DeviceFileInvalid(f"The frozen archive's header has {header_bytes} bytes, not 16.")
    list_at = int.from_bytes(payload[8:16], "big")
    lists = list(inner_chunks(payload[list_at:]))
    if [tag for tag, _ in lists] != ["dlst"]:
        raise DeviceFileInvalid("The frozen archive has no list of its files where it says.")
    files = tuple(_entry(tag, entry, payload) for tag, entry in inner_chunks(lists[0][1]))
    if not files:
        raise DeviceFileInvalid("The frozen archive holds no file.")
    return files


def _entry(tag: str, entry: bytes, payload: bytes) -> FrozenFile:
    if tag != "dire":
        raise DeviceFileInvalid(f"The list of the frozen archive has a part {tag!r}.")
    fields = dict(inner_chunks(entry))
    missing = [
        name for name in ("type", "fnam", "sz32", "of32", "flag", "mdat") if name not in fields
    ]
    if missing:
        raise DeviceFileInvalid(f"A file of the frozen archive has no {', '.join(missing)}.")
    name = _name(fields["fnam"])
    start, size = (read_u32(fields[field], 0, "big") for field in ("of32", "sz32"))
    if start < ARCHIVE_HEADER_BYTES or start + size > len(payload):
        raise DeviceFileInvalid(f"The frozen file {name!r} lies outside the archive.")
    return FrozenFile(
        name,
        payload[start : start + size],
        fields["type"].decode("latin-1"),
        read_u32(fields["flag"], 0, "big"),
        read_u32(fields["mdat"], 0, "big"),
    )


def _name(field: bytes) -> str:
    try:
        return field.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError as error:
        raise DeviceFileInvalid("The name of a frozen file is not UTF-8 text.") from error
