"""``magenta-bridge train`` from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.cli.app import app
from bridge.models.loading import load_model
from tests.fakes.bundle_writer import random_bundle

PATTERNS = """
pieces:
  - {name: a, kick: "X...X...X...X...", hat: "x.x.x.x.x.x.x.x."}
  - {name: b, kick: "X.....x.X.......", snare: "....X.......X..."}
  - {name: c, kick: "X.x.....X.x.....", snare: "....X..o....X..."}
"""


def train(folder: Path, *options: str) -> Result:
    out = folder / "mine.mag"
    return CliRunner().invoke(app, ["train", str(folder), "--out", str(out), *options])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").write_text(PATTERNS)
    return tmp_path


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--model", "rock_and_roll"), "Choose one of one_drum, drum_kit"),
        (("--model", "drum_kit", "--part", "bass"), "It learns drums"),
        (("--model", "lookback_rnn"), "no melody: drums alone"),
        (("--model", "polyphony"), "no voices: drums alone"),
        (("--model", "polyphony", "--part", "melody"), "It learns voices"),
        (("--model", "chord_pitches_improv", "--part", "bass"), "It learns melody"),
        (("--model", "drum_kit", "--layers", "7,big"), "one to four sizes"),
        (("--model", "drum_kit", "--from", "groove_drums", "--layers", "64"), "from scratch"),
        (("--model", "drum_kit", "--from", "nobody_knows"), "nobody_knows"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_trained(
    folder: Path, options: tuple[str, ...], words: str
) -> None:
    result = train(folder, *options)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert not (folder / "mine.mag").exists()


def test_a_bundle_that_is_learnt_from_is_not_written_over(folder: Path) -> None:
    source = folder / "mine.mag"
    source.write_bytes(random_bundle("drum_kit"))
    before = source.read_bytes()
    result = train(folder, "--model", "drum_kit", "--from", str(source))
    assert result.exit_code == 2
    assert "would take the place of the bundle to begin with" in " ".join(result.output.split())
    assert source.read_bytes() == before
    assert not (folder / "mine.mag.training").exists()


def test_a_sweep_does_not_write_over_the_bundle_that_it_begins_with(folder: Path) -> None:
    source = folder / "best.mag"
    source.write_bytes(random_bundle("drum_kit"))
    words = ["--model", "drum_kit", "--out", str(folder), "--from", str(source)]
    result = CliRunner().invoke(app, ["sweep", str(folder), *words])
    assert result.exit_code == 2
    assert "would take the place of the bundle to begin with" in " ".join(result.output.split())


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = train(tmp_path / "nowhere", "--model", "drum_kit")
    assert result.exit_code == 2
    assert "There is no folder" in result.output


@pytest.mark.magenta
@pytest.mark.filterwarnings("ignore")
def test_music_becomes_a_bundle_that_plays_and_the_verdict_is_told(folder: Path) -> None:
    pytest.importorskip("magenta", reason="needs Magenta itself (docs/install.md): it is absent")
    (folder / "empty.mid").write_bytes(b"")
    options = ("--model", "drum_kit_lookback", "--epochs", "2", "--layers", "8,8", "--old")
    result = train(folder, *options, str(folder / "mine.yaml"))
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "not used empty.mid: the file is empty" in told
    assert "1 of 2 files used, 3 bars" in told
    assert "epoch 2: training" in told
    assert "still falling" in told
    assert load_model("mine", folder / "mine.mag").encoding.name == "drum_kit_lookback"
    assert '"used": true' in (folder / "mine.mag.training" / "files.json").read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--rate", "0.01", "--rate", "2"), "--rate is 0.01, 2. Give numbers above 0, up to 1"),
        (("--dropout", "-0.1"), "Give numbers from 0 to 0.9"),
        (("--layers", "64", "--layers", "7,big"), "one to four sizes"),
        (("--from", "groove_drums", "--layers", "64"), "from scratch"),
        (("--workers", "2", "--on", "ray"), "exclude each other"),
        (("--on", "spark"), "Give ray, or ray:ADDRESS"),
    ],
)
def test_a_sweep_that_cannot_be_is_said_before_anything_is_trained(
    folder: Path, options: tuple[str, ...], words: str
) -> None:
    out = folder / "sweep"
    command = ["sweep", str(folder), "--model", "drum_kit", "--out", str(out), *options]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert not out.exists()


def test_one_piece_alone_is_too_little_and_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(
        'pieces:\n  - name: alone\n    kick: "X.......X....... X.......X......."\n',
        encoding="utf-8",
    )
    for command in (
        ["train", str(tmp_path), "--model", "drum_kit", "--out", str(tmp_path / "x.mag")],
        ["sweep", str(tmp_path), "--model", "drum_kit", "--out", str(tmp_path / "sweep")],
        ["evaluate", "groove_drums", str(tmp_path)],
    ):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2, result.output
        assert "Only one piece can be used" in " ".join(result.output.split())
    assert not (tmp_path / "x.mag").exists()
