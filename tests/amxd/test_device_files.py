"""Device files: what is written is read again, old forms too, damage is one clear error."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.amxd.device_file import (
    FIXED_DATE_MAC_S,
    FLAG_DEVICE,
    DeviceFile,
    DeviceKind,
    FrozenFile,
)
from bridge.amxd.reader import read_device
from bridge.amxd.writer import frozen_device, patch_text, unfrozen_device, write_device
from bridge.errors import DeviceFileEncrypted, DeviceFileInvalid

PATCH = {
    "patcher": {"project": {"amxdtype": 1835887981}, "boxes": [], "lines": [], "note": "Größe"}
}
SCRIPT = "inlets = 1;\nfunction bang() { outlet(0, 1); }\n"
MIDI = DeviceKind.MIDI_EFFECT

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=24)
u32 = st.integers(0, 2**32 - 1)
frozen_files = st.lists(
    st.builds(
        FrozenFile,
        name=names,
        data=st.binary(max_size=300),
        type_code=st.sampled_from(("JSON", "TEXT", "PNG ", "svg ", "iLaX")),
        flag=u32,
        modified_mac_s=u32,
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda file: file.name,
)


@st.composite
def devices(draw: st.DrawFn) -> DeviceFile:
    kind, meta = draw(st.sampled_from(DeviceKind)), draw(st.none() | u32)
    if draw(st.booleans()):
        files = tuple(draw(frozen_files))
        return DeviceFile(kind, files[0].data, meta, files)
    text = draw(st.binary(max_size=300).filter(lambda text: not text.startswith(b"mx@c")))
    return DeviceFile(kind, text, meta)


def frozen() -> DeviceFile:
    return frozen_device(MIDI, "Jam.amxd", PATCH, {"jam.js": SCRIPT, "words.js": "var a = 1;"})


def chunk(tag: bytes, payload: bytes) -> bytes:
    return tag + struct.pack("<I", len(payload)) + payload


def container(*chunks: tuple[bytes, bytes]) -> bytes:
    return b"".join(chunk(tag, payload) for tag, payload in chunks)


@given(device=devices())
def test_whatever_is_written_is_read_as_it_was_and_written_the_same_again(device) -> None:
    data = write_device(device)
    read = read_device(data)
    assert read == device
    assert write_device(read) == data


def test_a_frozen_device_has_itself_first_and_its_scripts_behind() -> None:
    read = read_device(write_device(frozen()))
    assert [(file.name, file.type_code, file.flag) for file in read.files] == [
        ("Jam.amxd", "JSON", FLAG_DEVICE),
        ("jam.js", "TEXT", 0),
        ("words.js", "TEXT", 0),
    ]
    assert (read.kind, read.meta, read.frozen) == (MIDI, 7, True)
    assert read.patch() == PATCH
    assert read.file("jam.js").decode() == SCRIPT
    assert {file.modified_mac_s for file in read.files} == {FIXED_DATE_MAC_S}


def test_the_bytes_of_a_frozen_device_are_those_that_max_writes() -> None:
    """One file laid out by hand, field by field."""
    patch = DeviceFile(MIDI, b"{}\n\0", 7, (FrozenFile("Jam.amxd", b"{}\n\0", "JSON", 0x11, 5),))
    entry = (
        b"type\0\0\0\x0cJSON"
        b"fnam\0\0\0\x14Jam.amxd\0\0\0\0"
        b"sz32\0\0\0\x0c\0\0\0\x04"
        b"of32\0\0\0\x0c\0\0\0\x10"
        b"vers\0\0\0\x0c\0\0\0\0"
        b"flag\0\0\0\x0c\0\0\0\x11"
        b"mdat\0\0\0\x0c\0\0\0\x05"
    )
    assert len(entry) == 0x5C
    archive = b"mx@c\0\0\0\x10" + b"\0\0\0\0\0\0\0\x14" + b"{}\n\0"
    archive += b"dlst\0\0\0\x6c" + b"dire\0\0\0\x64" + entry
    assert write_device(patch) == (
        b"ampf\x04\0\0\0mmmm" + b"meta\x04\0\0\0\x07\0\0\0" + b"ptch\x80\0\0\0" + archive
    )


def test_an_unfrozen_device_is_its_patch() -> None:
    read = read_device(write_device(unfrozen_device(MIDI, PATCH)))
    assert (read.frozen, read.meta, read.patch()) == (False, 1, PATCH)
    assert "Größe".encode() in read.text
    with pytest.raises(DeviceFileInvalid, match=r"no file 'jam\.js'"):
        read.file("jam.js")


@pytest.mark.parametrize(
    "tail",
    [b"\n\0", b"\r\n\0", b"\0", b"", b'\n\0}]"stale\xff\xfe bytes', b"\n\0{}"],
    ids=["macOS", "Windows", "Max 9.1", "nothing", "stale bytes", "a stale patch"],
)
def test_every_end_that_max_has_put_behind_a_patch_is_read_and_kept(tail: bytes) -> None:
    body = patch_text(PATCH).removesuffix(b"\n\0")
    windows = body.replace(b"\n", b"\r\n") if tail.startswith(b"\r") else body
    data = container((b"ampf", b"mmmm"), (b"meta", b"\0\0\0\0"), (b"ptch", windows + tail))
    read = read_device(data)
    assert read.patch() == PATCH
    assert write_device(read) == data


@pytest.mark.parametrize(
    ("meta", "expected"),
    [(None, None), (b"\0\0\0\0", 0), (b"\1\0\0\0", 1), (b"\7\0\0\0", 7), (b"\0\0\0\7", 7 << 24)],
    ids=["Max 8.0", "Max 8.6", "Max 9", "frozen", "byte-swapped"],
)
def test_the_flags_of_every_age_are_read_and_kept(meta, expected) -> None:
    chunks = [
        (b"ampf", b"aaaa"),
        *([(b"meta", meta)] if meta else []),
        (b"ptch", patch_text(PATCH)),
    ]
    data = container(*chunks)
    assert read_device(data).meta == expected
    assert write_device(read_device(data)) == data


def test_names_without_a_closing_nul_are_read_as_some_writers_leave_them() -> None:
    data = write_device(frozen())
    closed = b"fnam\0\0\0\x14words.js\0\0\0\0"
    left_open = b"fnam\0\0\0\x10words.js"
    assert data.count(closed) == 1
    shorter = data.replace(closed, left_open)
    for tag, size in ((b"dlst", 4), (b"dire", 4)):
        at = shorter.rindex(tag) + 4
        grown = int.from_bytes(shorter[at : at + 4], "big") - size
        shorter = shorter[:at] + struct.pack(">I", grown) + shorter[at + 4 :]
    at = shorter.index(b"ptch") + 4
    shorter = shorter[:at] + struct.pack("<I", len(shorter) - at - 4) + shorter[at + 4 :]
    assert [file.name for file in read_device(shorter).files][2] == "words.js"


@pytest.mark.parametrize("device", [frozen(), unfrozen_device(MIDI, PATCH)], ids=["frozen", "not"])
def test_a_file_cut_short_anywhere_is_one_clear_error(device: DeviceFile) -> None:
    data = write_device(device)
    for length in range(len(data)):
        with pytest.raises(DeviceFileInvalid) as caught:
            read_device(data[:length])
        assert caught.value.message.endswith(".")


def test_a_frozen_archive_cut_short_anywhere_is_one_clear_error() -> None:
    """The outer sizes are right; the archive inside is not."""
    data = write_device(frozen())
    archive = data[data.index(b"mx@c") :]
    for length in range(4, len(archive)):
        with pytest.raises(DeviceFileInvalid):
            read_device(container((b"ampf", b"mmmm"), (b"ptch", archive[:length])))


@given(at=st.integers(0), byte=st.integers(0, 255))
def test_a_damaged_byte_is_read_or_refused_and_never_anything_else(at: int, byte: int) -> None:
    data = bytearray(write_device(frozen()))
    data[at % len(data)] = byte
    try:
        read_device(bytes(data)).patch()
    except DeviceFileInvalid as error:
        assert error.hint


@given(data=st.binary(max_size=200))
def test_noise_is_no_device(data: bytes) -> None:
    with pytest.raises(DeviceFileInvalid):
        read_device(data)
    with pytest.raises(DeviceFileInvalid):
        read_device(container((b"ampf", b"mmmm"), (b"ptch", b"mx@c" + data)))


def test_an_encrypted_device_is_told_apart_from_a_damaged_one() -> None:
    data = container((b"ampf", b"mmmm"), (b"ciph", b"\1\0\0\0"), (b"ptch", b"\x93\x11"))
    with pytest.raises(DeviceFileEncrypted, match="encrypted"):
        read_device(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "does not begin with 'ampf'"),
        (b"MThd\0\0\0\x06", "does not begin with 'ampf'"),
        (container((b"ampf", b"zzzz"), (b"ptch", b"{}")), "no devices of the kind 'zzzz'"),
        (container((b"ampf", b"mmmm")), "ends before its patch"),
        (container((b"ampf", b"mmmm"), (b"what", b"")), "part 'what'"),
        (container((b"ampf", b"mmmm"), (b"ptch", b"{}"), (b"meta", b"\0" * 4)), "behind its patch"),
        (container((b"ampf", b"mmmm"), (b"ampf", b"mmmm")), "twice"),
        (container((b"ampf", b"mmmm"), (b"meta", b"\1"), (b"ptch", b"")), "within a number"),
    ],
)
def test_what_is_wrong_with_the_container_is_said(data: bytes, words: str) -> None:
    with pytest.raises(DeviceFileInvalid, match=words):
        read_device(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not JSON: Expecting value in line 1, column 1"),
        (b'{"patcher": {', "not JSON"),
        (b"\xff{}", "not UTF-8 text at byte 0"),
        (b"[]\0", "has no 'patcher'"),
        (b'{"patcher": 3}\0', "has no 'patcher'"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_wrong_with_the_patch_is_said(text: bytes, words: str) -> None:
    device = read_device(container((b"ampf", b"mmmm"), (b"ptch", text)))
    with pytest.raises(DeviceFileInvalid, match=words):
        device.patch()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "can't be named ''"),
        ({"name": "a\0b"}, "can't be named"),
        ({"name": "Jam.amxd"}, "there 2 times"),
        ({"type_code": "TEX"}, "has not 4 letters"),
        ({"flag": -1}, "flag is -1"),
        ({"modified_mac_s": 2**32}, "mdat is 4294967296"),
    ],
)
def test_parts_that_fit_no_container_are_refused(change: dict, words: str) -> None:
    device = frozen()
    files = (*device.files[:1], replace(device.files[1], **change))
    with pytest.raises(DeviceFileInvalid, match=words):
        write_device(replace(device, files=files))


def test_a_text_that_is_not_the_first_file_is_refused() -> None:
    with pytest.raises(DeviceFileInvalid, match="must be its first file"):
        write_device(replace(frozen(), text=b"other"))


def test_the_kind_is_the_number_that_the_patch_holds() -> None:
    assert MIDI.project_number == PATCH["patcher"]["project"]["amxdtype"]
