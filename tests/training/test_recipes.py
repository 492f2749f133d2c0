import subprocess
import sys

import pytest
from typer.testing import CliRunner

from bridge.errors import ConfigError
from bridge.training.__main__ import app
from bridge.training.recipes import RECIPES, read_splits, recipe_of
from tests.training.test_drum_data import groove_folder


def test_a_bundle_is_measured_by_the_recipe_of_its_id():
    assert recipe_of("drum_kit") is RECIPES["drums"]
    assert recipe_of("drum_kit_lookback") is RECIPES["drums-lookback"]
    assert recipe_of("lookback_rnn") is RECIPES["melody"]
    with pytest.raises(ConfigError, match="polyphony"):
        recipe_of("polyphony")


@pytest.mark.parametrize("inner", [".", "groove"])
def test_drums_learn_from_beats_and_fills_and_are_measured_on_beats(tmp_path, inner):
    folder = tmp_path / inner
    folder.mkdir(exist_ok=True)
    groove_folder(folder)
    splits = read_splits(RECIPES["drums"], tmp_path)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [2, 1, 1]


def test_missing_data_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"info\.csv"):
        read_splits(RECIPES["drums"], tmp_path)
    with pytest.raises(ConfigError, match="cre_corpus"):
        read_splits(RECIPES["melody"], tmp_path)


def test_importing_the_trainer_loads_no_tensorflow():
    code = (
        "import sys, bridge.training.__main__, bridge.training.optimise;"
        "print([name for name in ('tensorflow', 'magenta', 'note_seq') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_help_names_the_commands():
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for command in (*RECIPES, "evaluate"):
        assert command in shown.output
