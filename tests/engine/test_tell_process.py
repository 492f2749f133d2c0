"""`magenta-bridge tell`, `players` and `learn` against a running engine, and against none."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.cli.app import app
from bridge.config import load_config
from bridge.core.wire import parse_packet
from tests.fakes.engine_process import PATIENCE_S, EngineProcess, free_port
from tests.fakes.room import steady_drummer

pytestmark = pytest.mark.real_time

YAML = """
bundles: {{folders: ["{folder}"], offer: [groove_drums, steady_drummer]}}
engine: {{model_process: false}}
player: {{bundle: steady_drummer}}
osc: {{token: 4711}}
players:
  - {{name: Left}}
  - {{name: Right, listen: Left}}
"""


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    folder = tmp_path_factory.mktemp("tell")
    steady_drummer(folder)
    engine = EngineProcess(folder, YAML.format(folder=folder))
    engine.wait_ready()
    yield engine
    engine.process.send_signal(signal.SIGINT)
    engine.process.wait(20.0)
    engine.close()


def call(engine: EngineProcess, *words: str) -> Result:
    config = Path(engine.folder) / f"config_{engine.port}.yaml"
    assert load_config(config).engine.jam.token == 4711
    more = ["--config", str(config), "--port", str(engine.port)]
    return CliRunner().invoke(app, [*words, *more], env={"COLUMNS": "200"})


def test_players_are_listed_and_told(engine: EngineProcess) -> None:
    listed = call(engine, "players")
    assert listed.exit_code == 0, listed.output
    lines = listed.output.splitlines()
    assert any(line.split()[:3] == ["1", "Left", "port"] for line in lines)
    assert any(line.split()[:3] == ["2", "Right", "port"] for line in lines)

    for words in (
        ("2", "temperature", "1.25"),
        ("right", "density", "-0.5"),
        ("2", "scale", "D dorian"),
        ("2", "mode", "continuous"),
        ("2", "bundle", "groove_drums"),
        ("2", "loop", "on"),
        ("Right", "listen", "0"),
        ("all", "panic"),
        ("1", "go"),
        ("engine", "tempo", "97.5"),
        ("engine", "stop"),
    ):
        told = call(engine, "tell", *words)
        assert told.exit_code == 0, told.output
    shown = {
        line.split()[0]: line.split()[1]
        for line in call(engine, "players", "2").output.splitlines()
    }
    assert shown["temperature"] == "1.25"
    assert shown["density"] == "-0.5"
    assert shown["mode"] == "2"
    assert shown["bundle"] == "groove_drums"
    assert shown["loop"] == "on"
    assert shown["listen"] == "0"
    assert shown["scale"] == str(sum(1 << (degree + 2) % 12 for degree in (0, 2, 3, 5, 7, 9, 10)))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("tell", "3", "go"), "There is no player 3. There are: 1 (Left), 2 (Right)."),
        (("tell", "Nobody", "go"), "There is no player Nobody."),
        (("tell", "1", "dance"), "There is no 'dance' to press or turn."),
        (("tell", "1", "temperature"), "temperature needs a value."),
        (("tell", "1", "temperature", "9"), "temperature is 9; it must be 0.1 to 2."),
        (("tell", "1", "temperature", "hot"), "temperature is 'hot'; it must be a number."),
        (("tell", "1", "loop", "0.5"), "loop is 0.5; it must be a whole number."),
        (("tell", "1", "bundle", "nowhere"), "There is no bundle 'nowhere' on offer."),
        (("tell", "1", "mode", "sleep"), "'sleep' is no mode."),
        (("tell", "all", "loop", "1"), "Only buttons can be pressed for all."),
        (("tell", "1", "go", "now"), "go is a button; it takes no value."),
        (("tell", "1", "listen", "1"), "Player 1 can't listen to itself."),
        (("tell", "right", "listen", "Right"), "Player 2 can't listen to itself."),
        (("tell", "1", "again"), "Play a phrase first."),
        (("tell", "engine", "tempo", "5"), "it must be 20 to 999"),
        (("tell", "engine", "dance"), "There are `tempo 120`, `start` and `stop`."),
        (("learn", "1", "dance"), "Nothing can be learnt for 'dance'."),
        (("learn", "1", "temperature", "--seconds", "1"), "Nothing moved."),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    engine: EngineProcess, words: tuple[str, ...], sentence: str
) -> None:
    call(engine, "tell", "engine", "start")
    told = call(engine, *words)
    assert told.exit_code == 2
    assert sentence in " ".join(told.output.split())


def test_a_player_that_is_not_there_yet_may_be_chosen_and_is_told(engine: EngineProcess) -> None:
    told = call(engine, "tell", "1", "listen", "7")
    assert told.exit_code == 0
    assert "there is no player 7 yet" in told.output
    shown = call(engine, "players", "1").output.splitlines()
    assert any(line.split()[:2] == ["listen", "7"] for line in shown)


def test_ctrl_c_while_learning_leaves_nothing_to_be_learnt(engine: EngineProcess) -> None:
    """A relay between both hears what the engine is sent last."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth,
    ):
        ear.bind(("127.0.0.1", 0))
        mouth.settimeout(PATIENCE_S)
        mouth.connect(("127.0.0.1", engine.port))
        config = Path(engine.folder) / f"config_{engine.port}.yaml"
        words = [sys.executable, "-m", "bridge", "learn", "1", "go", "--seconds", "60"]
        words += ["--config", str(config), "--port", str(ear.getsockname()[1])]
        learner = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            asked: list[str] = []
            ear.settimeout(PATIENCE_S)
            while "/player/unlearn" not in asked:
                data, learner_at = ear.recvfrom(65536)
                mouth.send(data)
                asked += [address for address, _ in parse_packet(data)]
                if asked[-1] == "/player/list":
                    # A bundle's name each, then the players.
                    for _ in range(4):
                        ear.sendto(mouth.recv(65536), learner_at)
                elif asked[-1] == "/player/learn/go":
                    learner.send_signal(signal.SIGINT)
            assert learner.wait(PATIENCE_S) != 0
        finally:
            learner.kill()
            learner.wait()
    assert asked == ["/player/list", "/player/learn/go", "/player/unlearn"]


@pytest.mark.parametrize("words", [("players",), ("tell", "1", "go"), ("learn", "1", "go")])
def test_no_engine_is_told(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(app, [*words, "--port", str(free_port())])
    assert told.exit_code == 2
    assert "No engine answers on 127.0.0.1:" in told.output
    assert "magenta-bridge run" in told.output
