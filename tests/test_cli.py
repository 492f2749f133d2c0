"""The command line: what a newcomer types, and what it says when something is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge import __version__
from bridge.cli import app, checks, probe
from bridge.cli.checks import Verdict
from bridge.cli.run import load_for_run
from bridge.config import EngineConfig, load_config
from bridge.config.controllers import binding_warnings
from bridge.engine import EngineEvent, LocalEngine
from bridge.errors import PortInUse
from bridge.io.clock import MonotonicClock
from bridge.models.kernel import build
from tests.fakes.room import steady_drummer


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No settings of whoever runs the tests, and files go to a folder of the test."""
    for name in list(os.environ):
        if name.startswith("BRIDGE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with a small bundle and a port that is free."""
    bundle = steady_drummer(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probed:
        probed.bind(("127.0.0.1", 0))
        port = probed.getsockname()[1]
    path = tmp_path / "jam.yaml"
    path.write_text(
        f"osc: {{port: {port}}}\n"
        f"bundles: {{offer: [{bundle}], folders: ['.']}}\n"
        f"player: {{bundle: {bundle}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def blocked_port() -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as blocker:
        blocker.bind(("127.0.0.1", 0))
        yield blocker.getsockname()[1]


def call(*args: object):
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_help_in_a_process_of_its_own_names_every_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", "--help"], capture_output=True, check=True, timeout=60
    )
    text = done.stdout.decode("utf-8", errors="replace")
    for command in ("run", "sync", "demo", "doctor", "devices", "bundles"):
        assert command in text


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, bridge.cli; heavy = {'numpy', 'pydantic', 'mido', 'yaml', 'pythonosc',"
        " 'bridge.engine', 'multiprocessing'} & set(sys.modules); sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_version() -> None:
    assert call("--version").output.strip() == f"magenta-bridge {__version__}"


def test_the_demo_plays_shows_and_writes(config: Path, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BRIDGE_BUNDLES_FOLDERS", str(tmp_path))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    out = tmp_path / "out"
    result = call(
        "demo", "--bars", 4, "--bundle", "steady_drummer", "--out", out, "--synth", "builtin"
    )
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3", "only the model's threads are limited"
    assert result.exit_code == 0, result.output
    for words in (
        "Call, bars 1 to 2",
        "Answer, bars 3 to 4, steady_drummer",
        "ln p a step",
        "32 answered notes sounded",
        "0 came late, 0 were refused, 0 stuck",
        "the built-in synthesiser",
        "magenta-bridge run",
    ):
        assert words in result.output
    assert {path.name for path in out.iterdir()} == {"demo.mid", "demo.wav"}


def test_a_missing_bundle_is_two_lines_and_no_traceback() -> None:
    result = call("demo", "--bundle", "no_such_bundle")
    assert result.exit_code == 2
    assert result.output.splitlines() == [
        "There is no bundle 'no_such_bundle'.",
        "`magenta-bridge bundles list` shows what is there.",
    ]


def test_verbose_shows_the_traceback_too() -> None:
    result = call("demo", "--bundle", "no_such_bundle", "-v")
    assert result.exit_code == 2 and "Traceback" in result.output


@pytest.mark.parametrize("args", [("--temperature", 9), ("--bars", 0), ("--synth", "organ")])
def test_an_option_outside_its_range_is_refused(args: tuple[object, ...]) -> None:
    result = call("demo", *args)
    assert result.exit_code == 2 and "Invalid value" in result.output


def test_run_hands_over_the_configuration_and_prints_what_it_hears(
    config: Path, monkeypatch
) -> None:
    from bridge.cli import run
    from bridge.core.events import Level

    given: list[EngineConfig] = []

    def fake(engine: EngineConfig, report, record=None) -> None:
        given.append(engine)
        report(EngineEvent(Level.DEBUG, "a detail"))
        report(EngineEvent(Level.INFO, "ready on [127.0.0.1]:17700"))
        report(EngineEvent(Level.WARNING, "Device 7 is away."))

    monkeypatch.setattr(run, "run_engine", fake)
    result = call("run", "--config", config, "--port", 17700, "--bundle", "other")
    assert result.exit_code == 0, result.output
    assert given[0].port == 17700
    assert given[0].jam.bundles == ("other", "steady_drummer")
    assert given[0].jam.player.bundle == "other"
    assert "ready on [127.0.0.1]:17700" in result.output
    assert "Device 7 is away." in result.output and "a detail" not in result.output
    assert "a detail" in call("run", "--config", config, "-v").output


def test_run_says_what_to_do_about_a_port_in_use(config: Path, monkeypatch) -> None:
    from bridge.cli import run

    def fake(engine: EngineConfig, report, record=None) -> None:
        raise PortInUse("UDP port 17600 is held by another program.")

    monkeypatch.setattr(run, "run_engine", fake)
    result = call("run")
    assert result.exit_code == 2
    assert "--port" in result.output and "Traceback" not in result.output


def test_run_refuses_a_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("osc: {port: 80}\n", encoding="utf-8")
    result = call("run", "-c", "wrong.yaml")
    assert result.exit_code == 2
    assert result.output.startswith("osc.port is 80 (wrong.yaml, line 1); it must be a whole")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C can't be sent to a process there")
def test_run_gets_ready_and_ends_on_ctrl_c(config: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge", "run", "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    with process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("ready"):
                process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0, "".join(lines)
    assert any(line.startswith("ready on 127.0.0.1:") for line in lines)
    assert "Traceback" not in "".join(lines)


def test_bundles_are_listed_with_what_is_wrong(config: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.mag").write_bytes(b"no bundle")
    result = call("bundles", "list", "--config", config)
    assert result.exit_code == 0
    good = next(line for line in result.output.splitlines() if "steady_drummer" in line)
    assert "drum_kit" in good and "can be played" in good
    assert any(
        "broken" in line and "can be played" not in line for line in result.output.splitlines()
    )


def test_devices_say_plainly_what_there_is(config: Path) -> None:
    result = call("devices", "--config", config)
    assert result.exit_code == 0
    assert "Magenta Jam.amxd" in result.output
    assert "No engine answers" in result.output


def test_doctor_finds_nothing_broken_where_nothing_is(config: Path) -> None:
    result = call("doctor", "--config", config)
    assert result.exit_code == 0, result.output
    for words in ("Python 3.", "numpy", "is free", "there and back", "Nothing is broken."):
        assert words in result.output
    assert "jam.yaml, line 1" in result.output and "(default)" in result.output


def test_doctor_says_who_plays_the_models(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = call("doctor", "--config", config).output
    if any(map(shutil.which, ("cc", "gcc", "clang"))):
        assert "The compiled kernel plays the models" in output
    monkeypatch.setenv("BRIDGE_ENGINE_KERNEL", "off")
    output = call("doctor", "--config", config).output
    assert "NumPy plays the models: engine.kernel is off" in output
    monkeypatch.delenv("BRIDGE_ENGINE_KERNEL")
    monkeypatch.setattr(build, "cache_folder", lambda: config.parent / "none-yet")
    monkeypatch.setenv("PATH", "")
    result = call("doctor", "--config", config)
    assert "NumPy plays the models: There is no C compiler" in result.output
    assert result.exit_code == 0, "it is no fault"


def test_doctor_names_who_holds_the_port(config: Path, blocked_port: int) -> None:
    result = call("doctor", "--config", config, "--port", blocked_port)
    assert result.exit_code == 1
    assert f"UDP port {blocked_port} on 127.0.0.1 can't be used" in result.output
    if sys.platform == "linux":
        assert f"(process {os.getpid()}) holds it" in result.output
    assert "1 thing(s) broken." in result.output


def test_doctor_names_a_missing_bundle_and_a_wrong_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "bundles: {offer: [gone]}\nplayer: {bundle: gone}\n", encoding="utf-8"
    )
    missing = call("doctor", "-c", "a.yaml")
    assert missing.exit_code == 1 and "bundles.offer names gone" in missing.output
    (tmp_path / "b.yaml").write_text("player: {feel: 7}\n", encoding="utf-8")
    wrong = call("doctor", "-c", "b.yaml")
    assert wrong.exit_code == 1 and "player.feel is 7 (b.yaml, line 1)" in wrong.output


def test_a_controller_of_a_player_that_is_not_listed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "players: [{name: One, input: in}]\n"
        "controls: {bindings: [{role: go, controller: 1}, {role: go, player: 0, controller: 2},"
        " {role: loop, player: 9, controller: 3}, {role: run, player: 9, controller: 4}]}\n",
        encoding="utf-8",
    )
    sentence = "controls.bindings: entry 3 (loop) is player 9's, but players lists 1"
    found = call("doctor", "-c", "a.yaml").output
    assert found.count("controls.bindings: entry") == 1 and sentence in found
    jam = load_config(tmp_path / "a.yaml").engine.jam
    assert binding_warnings(replace(jam, players=())) == [], "all players are devices'"


def test_run_names_a_controller_of_a_player_that_is_not_listed(
    tmp_path: Path, blocked_port: int
) -> None:
    (tmp_path / "a.yaml").write_text(
        "players: [{name: One}]\ncontrols: {bindings: [{role: loop, player: 2, controller: 3}]}\n",
        encoding="utf-8",
    )
    result = call("run", "-c", "a.yaml", "--port", blocked_port)
    assert "controls.bindings: entry 1 (loop) is player 2's" in result.output


def test_doctors_report_can_be_pasted_into_an_issue(config: Path, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("BRIDGE_OSC_TOKEN", "918273645")
    output = call("doctor", "--config", config).output
    assert "918273645" not in output and "set, not shown" in output
    assert str(tmp_path) not in output and "~" in output
    assert socket.gethostname() not in output.split()


def test_doctor_knows_an_engine_of_ours(config: Path, tmp_path: Path) -> None:
    engine = LocalEngine(EngineConfig(bundle_folders=(tmp_path,)), MonotonicClock())
    try:
        asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with asked:
            asked.bind(("127.0.0.1", 0))
            asked.settimeout(5.0)
            own_port = asked.getsockname()[1]
            asked.sendto(
                probe.packet("/heartbeat", probe._PROBE_DEVICE, own_port, 0),
                ("127.0.0.1", engine.port),
            )
            while engine.datagrams_received == 0:
                engine.pump(0.0)
            assert asked.recv(2048).startswith(b"/heartbeat")
    finally:
        engine.close()


def test_nobody_answers_on_a_silent_port(blocked_port: int) -> None:
    assert probe.engine_epoch_at("127.0.0.1", blocked_port) is None


def test_an_old_python_is_broken_and_told_what_to_use(monkeypatch) -> None:
    monkeypatch.setattr(checks.sys, "version_info", (3, 9, 1))
    finding = next(checks.check_python())
    assert finding.verdict is Verdict.BROKEN and "3.11 to 3.13" in finding.advice


def test_a_folder_that_can_not_be_written_is_a_note(tmp_path: Path) -> None:
    (finding,) = checks.check_folder(tmp_path / "gone")
    assert finding.verdict is Verdict.NOTE and "--out" in finding.advice


@pytest.mark.parametrize("args", [[], ["--help"], ["bundles", "list", "--help"], ["run", "--help"]])
def test_every_help_page_can_be_shown(args: list[str]) -> None:
    assert "Usage" in call(*args).output


def test_the_real_magenta_begins_with_drums_that_it_knows() -> None:
    jam = load_for_run(None, model_engine="magenta").engine.jam
    assert jam.player.bundle == jam.bundles[0] == "groove_drums"
    assert "groove_lookback" not in jam.bundles
    chosen = load_for_run(None, bundle="game_bass", model_engine="magenta").engine.jam
    assert chosen.player.bundle == chosen.bundles[0] == "game_bass"
    assert load_for_run(None).engine.jam.player.bundle == "groove_lookback"
