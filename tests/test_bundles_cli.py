"""``magenta-bridge bundles``: what is told about the models on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bridge.cli import app
from bridge.paths import data_folder
from tests.fakes.bundle_writer import Shape, random_bundle

SHIPPED = data_folder("bundles")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and files go to a folder of the test."""
    for name in list(os.environ):
        if name.startswith("BRIDGE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


def call(*args: object) -> Result:
    return CliRunner().invoke(app, ["bundles", *(str(arg) for arg in args)])


def test_inspect_describes_a_shipped_bundle_by_name() -> None:
    result = call("inspect", "groove_drums")
    assert result.exit_code == 0, result.output
    for words in ("drum_kit", "256 x 256", "1,450,496", "C (since May 2017)", "can be played"):
        assert words in result.output


def test_inspect_as_json_says_the_same() -> None:
    result = call("inspect", SHIPPED / "session_melody.mag", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert (told["encoder"], told["layers"], told["playable"]) == ("lookback_rnn", [128, 128], True)


def test_inspect_says_what_is_wrong_with_any_file_and_exits_with_1(tmp_path: Path) -> None:
    page = tmp_path / "drum_kit_rnn.mag"
    page.write_text("<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code></Error>")
    result = call("inspect", page)
    assert result.exit_code == 1
    assert "a web page, not a bundle" in result.output and "Traceback" not in result.output


def test_inspect_of_a_folder_or_of_nothing_exits_with_2(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, words in (("folder", "is a folder"), ("gone", "There is no bundle 'gone'")):
        result = call("inspect", name)
        assert result.exit_code == 2 and words in result.output


def test_a_strangers_words_can_not_steer_the_terminal(tmp_path: Path) -> None:
    name = "evil\x1b[2J\x07[red]"
    (tmp_path / "evil.mag").write_bytes(random_bundle(name, shape=Shape(2, 2)))
    (tmp_path / "jam.yaml").write_text("bundles: {folders: ['.']}\n")
    for result in (call("inspect", "evil.mag"), call("list", "--config", "jam.yaml")):
        assert result.exit_code == 0, result.output
        assert "\x1b" not in result.output and "\x07" not in result.output
        assert "[red]" in result.output


def test_list_as_json_holds_what_the_table_shows(tmp_path: Path) -> None:
    (tmp_path / "broken.mag").write_bytes(b"no bundle")
    (tmp_path / "jam.yaml").write_text("bundles: {folders: ['.']}\n")
    result = call("list", "--config", "jam.yaml", "--json")
    assert result.exit_code == 0, result.output
    told = {entry["name"]: entry for entry in json.loads(result.output)}
    assert told["broken"]["problem"] and not told["groove_drums"]["problem"]
    assert told["groove_drums"]["layers"] == [256, 256]


def test_convert_there_and_back_by_the_endings(tmp_path: Path) -> None:
    mag = SHIPPED / "session_melody.mag"
    for source, target in ((mag, "a.safetensors"), ("a.safetensors", "b.mag")):
        result = call("convert", source, target)
        assert result.exit_code == 0 and "every tensor as it was" in result.output
    told = json.loads(call("inspect", "b.mag", "--json").output)
    assert told["playable"] and told["encoder"] == "lookback_rnn"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.safetensors", "b.mag"]


def test_convert_says_what_is_wrong_and_loses_nothing(tmp_path: Path) -> None:
    mag = SHIPPED / "session_melody.mag"
    (tmp_path / "there.safetensors").write_text("keep me")
    (tmp_path / "bad.safetensors").write_text("no tensors at all")
    for arguments, words in (
        ((mag, "b.mag"), "is no conversion"),
        ((mag, "there.safetensors"), "is there already"),
        (("gone.mag", "b.safetensors"), "No bundle 'gone.mag' can be read"),
        (("bad.safetensors", "b.mag"), "bad.safetensors: The file is no safetensors file"),
        ((mag, "no_folder/b.safetensors"), "can't be written"),
    ):
        result = call("convert", *arguments)
        assert result.exit_code == 2 and words in result.output, result.output
    assert (tmp_path / "there.safetensors").read_text() == "keep me"
    assert call("convert", mag, "there.safetensors", "--force").exit_code == 0
