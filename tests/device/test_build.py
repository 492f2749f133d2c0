"""The device file: the same bytes from the same source, and all in it that Live needs."""

from __future__ import annotations

import shutil
from pathlib import Path

from bridge.amxd.reader import read_device
from bridge.amxd.writer import write_device
from m4l_devices.build import DEVICES, FOLDER, build, main, stale
from m4l_devices.magenta_jam import device as magenta_jam
from m4l_devices.magenta_jam.script import PARTS, script_text
from m4l_devices.magenta_jam.wiring import SCRIPT


def test_what_lies_in_the_repository_is_what_its_source_makes():
    assert stale() == []
    assert main(["--check"]) == 0
    assert {path.name for path in FOLDER.glob("*.amxd")} == set(DEVICES)


def test_two_builds_are_the_same_bytes(tmp_path: Path):
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        build(folder)
    one, two = ((tmp_path / each / magenta_jam.NAME).read_bytes() for each in ("one", "two"))
    assert one == two == write_device(read_device(one))


def test_a_byte_that_differs_is_found(tmp_path: Path, capsys):
    shutil.copy(FOLDER / magenta_jam.NAME, tmp_path)
    data = bytearray((tmp_path / magenta_jam.NAME).read_bytes())
    data[-1] ^= 1
    (tmp_path / magenta_jam.NAME).write_bytes(data)
    assert main(["--check", "--to", str(tmp_path)]) == 1
    assert "Magenta Jam.amxd is not as it would be built" in capsys.readouterr().err
    assert main(["--to", str(tmp_path)]) == 0
    assert stale(tmp_path) == []


def test_a_missing_device_is_stale(tmp_path: Path):
    assert stale(tmp_path) == [magenta_jam.NAME]


def test_the_device_carries_its_one_script():
    device = read_device((FOLDER / magenta_jam.NAME).read_bytes())
    assert device.frozen
    assert [file.name for file in device.files] == [magenta_jam.NAME, SCRIPT]
    assert device.file(SCRIPT).decode("utf-8") == script_text()


def test_every_part_of_the_script_is_in_it():
    folder = Path(magenta_jam.__file__).parent / "js"
    assert {path.stem for path in folder.glob("*.js")} == set(PARTS)
