"""The configuration: what it accepts, what it refuses, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config import EngineConfig, load_config
from bridge.config.schema import Configuration
from bridge.config.yaml_file import MAX_BYTES, read_yaml
from bridge.errors import ConfigError
from bridge.models.library import BundleLibrary
from bridge.paths import data_folder


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "jam.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_default_yaml_says_what_the_built_in_defaults_are() -> None:
    loaded = load_config(data_folder("configs") / "default.yaml")
    assert loaded.engine == load_config().engine == EngineConfig()


def test_default_yaml_documents_every_key() -> None:
    data = read_yaml(data_folder("configs") / "default.yaml").data
    schema = {section: set(values) for section, values in Configuration().model_dump().items()}
    assert {section: set(values) for section, values in data.items()} == schema


@pytest.mark.parametrize(
    "path", sorted(data_folder("configs").glob("*.yaml")), ids=lambda p: p.stem
)
def test_every_shipped_configuration_runs_as_it_is(path: Path) -> None:
    engine = load_config(path).engine
    assert engine.jam.player.bundle in engine.jam.bundles
    for name in engine.jam.bundles:
        assert BundleLibrary((data_folder("bundles"),)).find(name).is_file()


def test_drum_trade_trades_two_bars() -> None:
    player = load_config(data_folder("configs") / "drum_trade.yaml").engine.jam.player
    assert (player.bundle, player.call_bars, player.answer_bars) == ("groove_lookback", 2, 2)


def test_melody_jam_plays_the_melody_model() -> None:
    jam = load_config(data_folder("configs") / "melody_jam.yaml").engine.jam
    assert jam.bundles == ("session_melody",) and jam.player.bundle == "session_melody"


def test_flag_beats_environment_beats_file_beats_default(written) -> None:
    path = written("osc:\n  port: 17601\nplayer:\n  temperature: 0.7\n  loop: true\n")
    loaded = load_config(
        path,
        {"BRIDGE_OSC_PORT": "17602", "BRIDGE_PLAYER_TEMPERATURE": "0.8"},
        {"osc.port": 17603, "osc.host": None},
    )
    player = loaded.engine.jam.player
    assert (loaded.engine.port, player.temperature, player.loop) == (17603, 0.8, True)
    sources = {setting.key: setting.source for setting in loaded.settings}
    assert sources["osc.port"] == "flag"
    assert sources["player.temperature"] == "BRIDGE_PLAYER_TEMPERATURE"
    assert sources["player.loop"] == "jam.yaml, line 5"
    assert sources["player.seed"] == "default"


def test_environment_lists_are_separated_by_commas() -> None:
    loaded = load_config(environment={"BRIDGE_BUNDLES_OFFER": "session_melody, groove_lookback"})
    assert loaded.engine.jam.bundles == ("session_melody", "groove_lookback")


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load_config(environment={"BRIDGE_TOLL": "7"}).engine == EngineConfig()


def test_conditions_are_one_value_or_a_list(written) -> None:
    path = written(
        "player:\n  notes_per_second: 4\n  pitch_class_histogram: [1,0,1,0,1,1,0,1,0,1,0,1]\n"
        "  disable_conditioning: [true, false]\n"
    )
    player = load_config(path).engine.jam.player
    assert player.notes_per_second == (4.0,)
    assert player.pitch_class_histogram == (
        1.0,
        0.0,
        1.0,
        0.0,
        1.0,
        1.0,
        0.0,
        1.0,
        0.0,
        1.0,
        0,
        1.0,
    )
    assert player.disable_conditioning == (True, False)
    path = written(
        "player:\n  notes_per_second: [4, 8.5]\n"
        "  pitch_class_histogram: [[1,0,0,0,0,0,0,0,0,0,0,0], [0,0,0,0,0,0,0,0,0,0,0,2]]\n"
    )
    player = load_config(path, {"BRIDGE_PLAYER_DISABLE_CONDITIONING": "true"}).engine.jam.player
    assert player.notes_per_second == (4.0, 8.5)
    assert player.pitch_class_histogram == (1.0, *[0.0] * 22, 2.0)
    assert player.disable_conditioning == (True,)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "player:\n  notes_per_second: 300\n",
            "player.notes_per_second (jam.yaml, line 2): It is 300; it must be a number from 0 to"
            " 200, or a list of 1 to 64.",
        ),
        (
            "player:\n  notes_per_second: []\n",
            "player.notes_per_second (jam.yaml, line 2): It is []; it must be a number from 0 to"
            " 200, or a list of 1 to 64.",
        ),
        (
            "player:\n  pitch_class_histogram: [1, 2, 3]\n",
            "player.pitch_class_histogram (jam.yaml, line 2): pitch_class_histogram has 3 weights;"
            " it must have twelve, from C to B, for each of up to 64 stretches.",
        ),
        (
            "player:\n  disable_conditioning: perhaps\n",
            "player.disable_conditioning (jam.yaml, line 2): It is 'perhaps'; it must be true,"
            " false, or a list of these.",
        ),
        (
            "player:\n  temperature: 3.5\n",
            "player.temperature is 3.5 (jam.yaml, line 2); it must be a number from 0.1 to 2.0.",
        ),
        (
            "player:\n  answer_bars: many\n",
            "player.answer_bars is 'many' (jam.yaml, line 2);"
            " it must be a whole number from 0 to 32.",
        ),
        (
            "player:\n  loop: 1\n",
            "player.loop is 1 (jam.yaml, line 2); it must be true or false.",
        ),
        (
            "engine:\n  log_level: loud\n",
            "engine.log_level is 'loud' (jam.yaml, line 2);"
            " it must be one of debug, info, warning, error.",
        ),
        (
            "bundles:\n  offer: []\n",
            "bundles.offer is [] (jam.yaml, line 2); it must be a list of 1 to 128 names.",
        ),
        (
            "osc:\n  prot: 17600\n",
            "There is no key osc.prot (jam.yaml, line 2); osc has host, port, token.",
        ),
        (
            "music: {}\n",
            "jam.yaml, line 1: music is no section;"
            " there are osc, engine, bundles, player, clock, midi, controls, metronome, players,"
            " web, push2, feed.",
        ),
        ("osc: 5\n", "jam.yaml, line 1: osc is 5; it must hold keys of its own."),
    ],
)
def test_a_mistake_is_told_with_key_line_value_and_range(written, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(text))
    assert caught.value.message == sentence
    assert caught.value.hint


@pytest.mark.parametrize("value", [".nan", ".inf", "-.inf", "1e400"])
def test_a_temperature_that_is_no_number_is_refused(written, value: str) -> None:
    with pytest.raises(ConfigError, match=r"player\.temperature"):
        load_config(written(f"player:\n  temperature: {value}\n"))


@pytest.mark.parametrize("word", ["off", "'off'", '"off"', "false"])
def test_yaml_reads_off_as_false_and_it_is_understood(written, word: str) -> None:
    loaded = load_config(written(f"engine:\n  kernel: {word}\n"))
    assert loaded.engine.kernel == "off"
    assert load_config(environment={"BRIDGE_ENGINE_KERNEL": "off"}).engine.kernel == "off"
    assert load_config().engine.kernel == "auto"
    with pytest.raises(ConfigError, match=r"engine\.kernel is 'fast'.*one of auto, off"):
        load_config(written("engine:\n  kernel: fast\n"))


def test_a_wrong_variable_is_named() -> None:
    with pytest.raises(ConfigError, match=r"osc\.port is 80 \(BRIDGE_OSC_PORT\)"):
        load_config(environment={"BRIDGE_OSC_PORT": "80"})


def test_who_offers_bundles_and_names_none_begins_with_the_first(written) -> None:
    text = "bundles:\n  offer: [game_bass, groove_drums]\nplayers:\n  - {name: low}\n"
    jam = load_config(written(text)).engine.jam
    assert jam.player.bundle == jam.players[0].settings.bundle == "game_bass"
    named = text + "  - {bundle: groove_drums}\nplayer: {bundle: groove_drums}\n"
    jam = load_config(written(named)).engine.jam
    assert [jam.player.bundle, *(one.settings.bundle for one in jam.players)] == [
        "groove_drums",
        "groove_drums",
        "groove_drums",
    ]


def test_a_bundle_that_is_not_offered_is_refused(written) -> None:
    with pytest.raises(ConfigError, match=r"bundles\.offer lacks: groove_lookback"):
        load_config(written("player:\n  bundle: my_own\n"))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20"])
def test_an_open_port_needs_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="other machines can reach"):
        load_config(flags={"osc.host": host})
    assert load_config(flags={"osc.host": host, "osc.token": 4711}).engine.jam.token == 4711


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_alone_needs_no_token(host: str) -> None:
    assert load_config(flags={"osc.host": host}).engine.host == host


@pytest.mark.parametrize("host", ["studio", "::1", "127.0.0", "0.0.0.0; rm"])
def test_a_host_that_is_no_ipv4_address_is_refused(host: str) -> None:
    with pytest.raises(ConfigError, match=r"osc\.host is .* must be an IPv4 address"):
        load_config(flags={"osc.host": host, "osc.token": 1})


def test_a_folder_is_meant_as_seen_from_the_file(written) -> None:
    path = written("bundles:\n  folders: [mine]\n")
    assert load_config(path).engine.bundle_folders[0] == path.parent / "mine"


def test_aliases_are_refused_before_they_can_grow(written) -> None:
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [
        f"{b}: &{b} [{', '.join(['*' + a] * 9)}]"
        for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(ConfigError, match="aliases are not allowed"):
        load_config(written("\n".join(rows)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 20000, "nests too deep"),
        ("osc: {port: 1, port: 2}", "osc.port stands there twice"),
        ("player: !!python/object/apply:os.getcwd []", "not plain YAML"),
        ("osc:\n\tport: 1", "not plain YAML"),
        ("- osc", "must be a mapping"),
        ("player: {seed: " + "9" * 5000 + "}", "not plain YAML"),
        ("? [a]\n: b", "a key must be a plain word"),
    ],
)
def test_hostile_or_broken_yaml_is_one_clear_error(written, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load_config(written(text))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match="65536 bytes"):
        load_config(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml can't be read"):
        load_config(tmp_path / "nowhere.yaml")


def test_an_empty_file_changes_nothing(written) -> None:
    assert load_config(written("# nothing\n")).engine == EngineConfig()


@given(
    temperature=st.floats(0.1, 2.0),
    bars=st.integers(0, 32),
    seed=st.integers(-1, 2**31 - 1),
    feel=st.floats(0.0, 1.0),
)
def test_every_legal_value_arrives_as_it_was(temperature, bars, seed, feel) -> None:
    flags = {
        "player.temperature": temperature,
        "player.call_bars": bars,
        "player.seed": seed,
        "player.feel": feel,
    }
    player = load_config(flags=flags).engine.jam.player
    assert (player.temperature, player.call_bars, player.seed, player.feel) == (
        temperature,
        bars,
        seed,
        feel,
    )


@given(bars=st.integers().filter(lambda bars: not 0 <= bars <= 32))
def test_every_illegal_length_is_refused(bars: int) -> None:
    with pytest.raises(ConfigError, match="whole number from 0 to 32"):
        load_config(flags={"player.answer_bars": bars})


@given(text=st.text(max_size=200))
def test_no_text_in_a_variable_gets_past_the_check(text: str) -> None:
    try:
        loaded = load_config(environment={"BRIDGE_OSC_PORT": text})
    except ConfigError as error:
        assert "osc.port" in error.message
    else:
        assert 1024 <= loaded.engine.port <= 65535


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("off", 0),
        ("C major", 0b101010110101),
        ('"A minor pentatonic"', 0b001010010101),
        ("[C, Eb, G]", 0b10001001),
        ("[0, 3, 7]", 0b10001001),
        ("2741", 2741),
    ],
)
def test_a_scale_is_written_as_musicians_name_it(written, text: str, mask: int) -> None:
    path = written(f"player:\n  scale: {text}\n")
    assert load_config(path).engine.jam.player.scale == mask
    from_variable = load_config(environment={"BRIDGE_PLAYER_SCALE": text.strip('"')})
    assert from_variable.engine.jam.player.scale == mask


def test_a_scale_that_is_none_is_refused_with_the_line_and_the_names(written) -> None:
    path = written("player:\n  scale: C mayor\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.message == (
        "player.scale (jam.yaml, line 2): The scale can't be read: "
        "'C mayor' names no scale after the root."
    )
    assert "Harmonic Minor" in caught.value.hint


def test_chords_that_are_none_are_named_with_their_bar(written) -> None:
    path = written("player:\n  chords: C | Am7 | Hm7 | G7\n")
    with pytest.raises(
        ConfigError, match=r"player\.chords \(.*line 2\): Bar 3 .*'Hm7' is no chord"
    ):
        load_config(path)
    assert load_config(environment={"BRIDGE_PLAYER_CHORDS": "C | F"}).engine.jam.player.chords


@pytest.mark.parametrize(("word", "number"), [("trade", 1), ("accompany", 3), ("2", 2)])
def test_a_mode_is_written_as_a_word(written, word: str, number: int) -> None:
    path = written(f"player:\n  mode: {word}\n")
    assert load_config(path).engine.jam.player.mode == number
    from_variable = load_config(environment={"BRIDGE_PLAYER_MODE": word})
    assert from_variable.engine.jam.player.mode == number


@pytest.mark.parametrize("word", ["sideways", "4", "true", "[]"])
def test_a_mode_that_is_none_is_refused_with_the_line_and_the_words(written, word: str) -> None:
    path = written(f"player:\n  mode: {word}\n")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.message.startswith("player.mode (jam.yaml, line 2): ")
    assert caught.value.hint == "There are reply, trade, continuous, accompany."


def test_push_2_is_found_by_itself_or_by_the_names_that_are_given(written) -> None:
    push2 = load_config(written("push2: {input: auto, output: AUTO}\n")).engine.jam.push2
    assert push2.input == push2.output == "Ableton Push 2 User Port"
    push2 = load_config(written("push2: {input: in 1, output: out 1}\n")).engine.jam.push2
    assert (push2.input, push2.output) == ("in 1", "out 1")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "push2:\n  encoders: [temperature, chords]\n",
            "push2.encoders (jam.yaml, line 2): It has 'chords', which an encoder can't set.",
        ),
        (
            "push2:\n  encoders: []\n",
            "push2.encoders is [] (jam.yaml, line 2); it must be a list of 1 to 16 names.",
        ),
        ("push2:\n  input: auto\n", "push2.input is set and push2.output is not."),
        (
            "push2: {input: a, output: b}\nplayers: [{name: p, input: c, output: b}]\n",
            "push2.output is 'b', which is used for something else too.",
        ),
        (
            "push2: {input: a, output: b}\nmidi: {clock_input: a}\n",
            "push2.input is 'a', which is used for something else too.",
        ),
        (
            "push2:\n  enter_user_mode: 1\n",
            "push2.enter_user_mode is 1 (jam.yaml, line 2); it must be true or false.",
        ),
    ],
)
def test_a_mistake_about_push_2_names_the_key(written, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(text))
    assert caught.value.message == sentence
