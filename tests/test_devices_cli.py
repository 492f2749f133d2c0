"""``magenta-bridge devices install`` and ``check``."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.cli.devices import user_library
from bridge.paths import data_folder

JAM = data_folder("m4l_devices") / "Magenta Jam.amxd"


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    return result.exit_code, " ".join(result.output.split())


def test_the_device_is_put_where_it_is_told_to(tmp_path: Path) -> None:
    code, said = call("devices", "install", "--to", tmp_path)
    assert code == 0, said
    assert "Magenta Jam.amxd" in said
    assert [path.name for path in tmp_path.iterdir()] == ["Magenta Jam.amxd"]
    assert (tmp_path / "Magenta Jam.amxd").read_bytes() == JAM.read_bytes()


def test_an_older_one_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "Magenta Jam.amxd").write_bytes(b"old")
    assert call("devices", "install", "--to", tmp_path)[0] == 0
    assert (tmp_path / "Magenta Jam.amxd").read_bytes() == JAM.read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    code, said = call("devices", "install", "--to", tmp_path / "nowhere")
    assert code != 0
    assert "nowhere" in said and "--to" in said
    assert list(tmp_path.iterdir()) == []


def test_the_user_library_is_where_live_looks_for_it() -> None:
    home = Path("hers")
    assert user_library("darwin", home, {}) == home / "Music/Ableton/User Library"
    found = user_library("win32", home, {"USERPROFILE": "d:/her"})
    assert found == Path("d:/her/Documents/Ableton/User Library")
    assert user_library("linux", home, {}) is None


def test_installing_into_the_user_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = tmp_path / "Music/Ableton/User Library"
    monkeypatch.setattr("bridge.cli.devices.sys.platform", "darwin")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    code, said = call("devices", "install")
    assert code != 0 and "--to" in said, "Live has not made its library yet"
    library.mkdir(parents=True)
    assert call("devices", "install")[0] == 0
    there = library / "Presets/MIDI Effects/Max MIDI Effect/Magenta Jam.amxd"
    assert there.read_bytes() == JAM.read_bytes()


def test_a_good_device_passes_and_a_broken_one_does_not(tmp_path: Path) -> None:
    assert call("devices", "check", JAM)[0] == 0
    broken = tmp_path / "broken.amxd"
    broken.write_bytes(JAM.read_bytes().replace(b"mx@c", b"mx@d"))
    code, said = call("devices", "check", JAM, broken)
    assert code == 1 and "broken.amxd:" in said
    text = tmp_path / "notes.txt"
    text.write_text("no device")
    code, said = call("devices", "check", text)
    assert code == 1 and said.count("Save the device in Max again") == 1
    code, said = call("devices", "check", tmp_path / "absent.amxd")
    assert code != 0 and "absent.amxd can't be read" in said
