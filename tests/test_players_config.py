"""The list of players in a configuration: what it accepts, what it refuses, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.config import load_config
from bridge.core.settings import PlayerSetup
from bridge.errors import ConfigError


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "jam.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def players(path: Path, **variables: str) -> tuple[PlayerSetup, ...]:
    return load_config(path, variables).engine.jam.players


def test_each_has_what_the_section_player_says_and_what_it_says_itself(written) -> None:
    first, second = players(
        written(
            "player: {feel: 0.25, temperature: 0.8}\n"
            "players:\n"
            "  - {name: drums, input: in 1, output: [out 1, out 2], output_offset_ms: -12.5}\n"
            "  - {bundle: session_melody, temperature: 1.2}\n"
        )
    )
    assert (first.name, first.inputs, first.outputs) == ("drums", ("in 1",), ("out 1", "out 2"))
    assert first.output_offset_ms == -12.5
    assert (first.settings.feel, first.settings.temperature) == (0.25, 0.8)
    assert (second.name, second.inputs, second.outputs) == ("Player 2", (), ())
    assert (second.settings.feel, second.settings.temperature) == (0.25, 1.2)
    assert second.settings.bundle == "session_melody"


def test_they_listen_to_names_or_numbers_forwards_and_backwards(written) -> None:
    path = written(
        "players:\n"
        "  - {name: Human side, listen: machine}\n"
        "  - {name: machine, listen: human SIDE}\n"
        "  - {listen: 9}\n"
        "  - {listen: Player 3}\n"
    )
    assert [one.settings.listen for one in players(path)] == [2, 1, 9, 3]


def test_an_entry_without_keys_is_a_player_too(written) -> None:
    assert [one.name for one in players(written("players: [{}, {}]\n"))] == ["Player 1", "Player 2"]
    assert players(written("players:\n")) == ()


def test_ports_are_counted_once_in_the_order_of_the_players(written) -> None:
    path = written(
        "players:\n"
        "  - {input: keys, output: synth}\n"
        "  - {input: [pads, keys], output: synth}\n"
        "  - {output: sampler}\n"
    )
    jam = load_config(path).engine.jam
    assert (jam.input_ports, jam.output_ports) == (("keys", "pads"), ("synth", "sampler"))


def test_a_variable_or_a_flag_changes_one_of_them(written) -> None:
    path = written("players: [{name: drums}, {}]\n")
    loaded = load_config(path, {"BRIDGE_PLAYERS_2_INPUT": "a, b"}, {"players.1.feel": 0.5})
    first, second = loaded.engine.jam.players
    assert (first.settings.feel, second.inputs) == (0.5, ("a", "b"))
    sources = {setting.key: setting.source for setting in loaded.settings}
    assert sources["players.1.name"] == "jam.yaml, line 1"
    assert sources["players.2.input"] == "BRIDGE_PLAYERS_2_INPUT"
    assert sources["players.1.feel"] == "flag"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "players:\n  - {name: keys}\n  - {name: KEYS}\n",
            "players.2.name is 'KEYS' (jam.yaml, line 3), which is the name of player 1 already.",
        ),
        (
            "players:\n  - {name: keys}\n  - {listen: kays}\n",
            "players.2.listen is 'kays' (jam.yaml, line 3), which is no player's name;"
            " there are keys, player 2.",
        ),
        (
            "players:\n  - name: keys\n    listen: keys\n",
            "players.1.listen (jam.yaml, line 3) is the player itself; nobody can listen to"
            " itself.",
        ),
        (
            "players:\n  - {listen: 65}\n",
            "players.1.listen is 65 (jam.yaml, line 2); it must be a whole number from 0 to 64.",
        ),
        (
            "players:\n  - {}\n  - temperature: 5\n",
            "players.2.temperature is 5 (jam.yaml, line 3); it must be a number from 0.1 to 2.0.",
        ),
        (
            "players:\n  - {input: 7}\n",
            "players.1.input is 7 (jam.yaml, line 2); it must be a list of 0 to 31 names.",
        ),
        (
            "players:\n  - {inptu: keys}\n",
            "There is no key players.1.inptu (jam.yaml, line 2); a player has bundle,",
        ),
        (
            "players:\n  - {bundle: my_own}\n",
            "players.1.bundle is 'my_own', which bundles.offer lacks: groove_lookback,"
            " session_melody,",
        ),
        (
            "players: {name: keys}\n",
            "jam.yaml, line 1: players is {'name': 'keys'}; it must be a list with an entry for"
            " each player.",
        ),
        (
            "players: [keys]\n",
            "jam.yaml, line 1: players.1 is 'keys'; it must hold keys such as name and input.",
        ),
        ("players:\n  - {name: a, name: b}\n", "players.1.name stands there twice"),
        ("players: [" + "{}," * 65 + "]\n", "players has 65 entries; 64 are the most."),
        ("midi: {inputs: [a]}\n", "There is no key midi.inputs (jam.yaml, line 1); midi has"),
    ],
)
def test_a_mistake_is_told_with_player_key_line_and_what_would_be_right(
    written, text: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(text))
    assert sentence in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("BRIDGE_PLAYERS_3_FEEL", "players.3.feel is set (BRIDGE_PLAYERS_3_FEEL), but there"),
        ("BRIDGE_PLAYERS_0_FEEL", "players.0 names no player"),
        ("BRIDGE_PLAYERS_X", "players.x names no player"),
        ("BRIDGE_PLAYERS_1_FELE", "There is no key players.1.fele (BRIDGE_PLAYERS_1_FELE)"),
    ],
)
def test_a_variable_for_nobody_or_nothing_is_named(written, variable: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written("players: [{}]\n"), {variable: "0.5"})
    assert sentence in caught.value.message
