"""Presets: a player's parameters under a name, in files that can be read and edited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bridge.config import load_config
from bridge.core.settings import PlayerSettings
from bridge.errors import PresetUnusable
from bridge.web.plain import plain
from bridge.web.presets import NOT_KEPT, Presets
from tests.fakes.page import Page


def ask(page: Page, what: str, **fields: object):
    return page.ask("POST", f"/api/presets/{what}", fields)


def change(page: Page, name: str, value: object) -> None:
    command = {"command": "set", "player": 1, "name": name, "value": value}
    assert page.ask("POST", "/api/commands", command).status == 200


def settings(page: Page) -> PlayerSettings:
    return page.engine.engine.views()[0].settings


def test_a_sound_is_kept_and_comes_back(page: Page):
    for name, value in (("temperature", 1.7), ("loop", True), ("chords", "C | F"), ("listen", 3)):
        change(page, name, value)
    assert ask(page, "save", name="wild night", player=1).json == {"presets": ["wild night"]}
    for name, value in (("temperature", 0.5), ("loop", False), ("chords", ""), ("listen", 2)):
        change(page, name, value)
    reply = ask(page, "load", name="wild night", player=1)
    assert (reply.status, reply.json) == (200, {"done": 3})
    found = settings(page)
    assert (found.temperature, found.loop, found.chords) == (1.7, True, "C | F")
    # Who listens to whom is no sound.
    assert found.listen == 2
    assert page.ask("GET", "/api/presets").json == {"presets": ["wild night"]}
    assert ask(page, "delete", name="wild night").json == {"presets": []}


def test_everybody_can_be_told_to_sound_so(page: Page):
    ask(page, "save", name="a", player=1)
    change(page, "temperature", 0.3)
    assert ask(page, "load", name="a", player=0).json == {"done": 1}
    assert settings(page).temperature == 1.0


def test_the_file_is_a_configuration(page: Page, tmp_path: Path):
    change(page, "temperature", 1.25)
    ask(page, "save", name="x", player=1)
    (file,) = (tmp_path / "presets").iterdir()
    assert file.name == "x.yaml"
    loaded = load_config(file, flags={"bundles.offer": ("steady_drummer",)})
    assert loaded.engine.jam.player.temperature == 1.25
    assert not NOT_KEPT & set(yaml.safe_load(file.read_text())["player"])


def test_a_name_is_written_over_only_if_that_is_meant(page: Page):
    ask(page, "save", name="calm", player=1)
    change(page, "temperature", 0.2)
    again = ask(page, "save", name="Calm", player=1)
    assert (again.status, again.code) == (409, "preset-exists")
    assert ask(page, "save", name="calm", player=1, replace=True).status == 200
    change(page, "temperature", 1.9)
    ask(page, "load", name="calm", player=1)
    assert settings(page).temperature == 0.2


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../up",
        "a/b",
        "a\\b",
        ".hidden",
        "a.yaml",
        "con",
        "LPT1",
        "x" * 65,
        "ä",
        "a\n",
        " a",
        "a ",
    ],
)
def test_a_name_that_can_be_no_file_is_refused(page: Page, tmp_path: Path, name: str):
    before = sorted(tmp_path.rglob("*"))
    for what, fields in (("save", {"player": 1}), ("load", {"player": 1}), ("delete", {})):
        reply = ask(page, what, name=name, **fields)
        assert (reply.status, reply.code) == (400, "preset-unusable")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_not_there_is_said(page: Page):
    assert ask(page, "load", name="x", player=1).code == "preset-missing"
    assert ask(page, "delete", name="x").code == "preset-missing"
    assert ask(page, "save", name="x", player=9).code == "player-unknown"
    ask(page, "save", name="x", player=1)
    assert ask(page, "load", name="x", player=9).code == "player-unknown"


@pytest.mark.parametrize(
    "text",
    [
        "player: {temperature: 9}",
        "player: {volume: 1}",
        "osc: {host: 0.0.0.0, token: 5}",
        "player: {temperature: 1}\nosc: {port: 2000}",
        "player: 5",
        "player: [1]",
        "player: {bundle: elsewhere}",
        "player: !!python/object/apply:os.system [x]",
        "- 1",
        "",
        "\0",
    ],
)
def test_a_file_that_somebody_spoiled_is_refused_and_changes_nothing(
    page: Page, tmp_path: Path, text: str
):
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "bad.yaml").write_text(text)
    before = settings(page)
    reply = ask(page, "load", name="bad", player=1)
    assert (reply.status, reply.code) == (400, "preset-unusable")
    assert settings(page) == before


def test_every_parameter_comes_back_as_it_was(tmp_path: Path):
    presets = Presets(tmp_path, ("groove_lookback",))
    presets.save("all", plain(PlayerSettings()))  # type: ignore[arg-type]
    for name, value in presets.load("all").items():
        assert value == getattr(PlayerSettings(), name), name


def test_a_sound_given_to_another_player_leaves_it_its_ports(tmp_path: Path):
    presets = Presets(tmp_path, ("groove_lookback",))
    drummer = replace(PlayerSettings(), temperature=1.5, input_ports=1, output_ports=1)
    presets.save("drummer", plain(drummer))  # type: ignore[arg-type]
    loaded = presets.load("drummer")
    assert loaded["temperature"] == 1.5
    assert not {"input_ports", "output_ports"} & set(loaded)


def test_a_folder_that_can_not_be_written_is_said(tmp_path: Path):
    (tmp_path / "presets").write_text("a file")
    with pytest.raises(PresetUnusable):
        Presets(tmp_path / "presets", ("b",)).save("x", {"temperature": 1.0})
