"""What a bundle tells about itself, whether it can be played or not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import BundleMissing
from bridge.models.inspection import inspect_bundle
from bridge.paths import data_folder
from tests.fakes.bundle_writer import (
    SHAPES,
    Shape,
    bundle_bytes,
    checkpoint,
    metagraph,
    random_bundle,
    random_tensors,
    state_shapes,
)

AROUND = {"A": "all layers", "B": "all layers", "C": "first layer"}


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "a.mag"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("era", ["A", "B", "C"])
@pytest.mark.parametrize("generator_id", SHAPES)
def test_a_bundle_of_every_era_is_described(generator_id: str, era: str, tmp_path: Path) -> None:
    path = saved(tmp_path, random_bundle(generator_id, era, batch=3))
    shape = SHAPES[generator_id]
    report = inspect_bundle("a", path)
    assert report.playable and report.problems == ()
    assert (report.generator_id, report.encoder, report.era) == (generator_id, generator_id, era)
    assert report.layers == shape.units
    assert report.attention_length == shape.attention
    assert report.attention_around == (AROUND[era] if shape.attention else "")
    tensors = random_tensors(shape, era)
    assert report.parameters == sum(tensor.size for tensor in tensors.values())
    assert (report.input_width, report.batch_size) == (shape.inputs, 3)
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert any("batch of 3" in note for note in report.notes)
    assert any("no temperature" in note for note in report.notes) == (era == "A")


def test_residual_connections_are_told(tmp_path: Path) -> None:
    shape = Shape(74, 40, (8, 6), 5, residual=True)
    report = inspect_bundle("a", saved(tmp_path, random_bundle("attention_rnn", shape=shape)))
    assert report.playable and report.residual
    assert (report.layers, report.attention_length) == ((8, 6), 5)
    plain = inspect_bundle("b", saved(tmp_path, random_bundle("attention_rnn")))
    assert not plain.residual


def test_a_shipped_bundle_has_nothing_to_complain_about() -> None:
    path = data_folder("bundles") / "groove_drums.mag"
    report = inspect_bundle("groove_drums", path)
    assert (report.layers, report.parameters) == ((256, 256), 1_450_496)
    assert (report.steps_per_quarter, report.notes, report.problems) == (4, (), ())
    assert report.abilities[0].startswith("plays drums")


def test_what_only_training_needs_is_not_counted(tmp_path: Path) -> None:
    shape = SHAPES["one_drum"]
    tensors = random_tensors(shape, "C")
    moments = {f"{name}/Adam": tensor for name, tensor in tensors.items()}
    moments |= {f"{name}/Adam_1": tensor for name, tensor in tensors.items()}
    moments["beta1_power"] = np.ones((1,), np.float32)
    graph = metagraph((1, -1, 2), state_shapes(shape, "C", 1))
    data = bundle_bytes("my_own_drums", checkpoint(tensors | moments), graph)
    report = inspect_bundle("a", saved(tmp_path, data))
    assert report.playable and report.layers == shape.units
    assert report.parameters == sum(tensor.size for tensor in tensors.values())
    assert any("only training" in note for note in report.notes)
    assert any("'my_own_drums'" in note for note in report.notes)


def test_a_family_that_no_encoding_fits_is_described_all_the_same(tmp_path: Path) -> None:
    data = random_bundle("new_family", shape=Shape(77, 33, (6, 4)))
    report = inspect_bundle("a", saved(tmp_path, data))
    assert not report.playable
    assert (report.layers, report.input_width, report.encoder) == ((6, 4), 77, "")
    assert report.abilities == () and len(report.problems) == 1


def test_what_is_no_bundle_is_one_problem(tmp_path: Path) -> None:
    report = inspect_bundle("a", saved(tmp_path, b"<?xml version='1.0'?><Error/>"))
    assert not report.playable
    (problem,) = report.problems
    assert "web page" in problem and "Download the file again" in problem


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.mag"):
        with pytest.raises(BundleMissing):
            inspect_bundle("a", path)


def test_a_performance_model_is_not_said_to_have_a_grid(tmp_path: Path) -> None:
    path = tmp_path / "piano.mag"
    path.write_bytes(random_bundle("performance_with_dynamics"))
    abilities = inspect_bundle("piano", path).abilities
    assert abilities[0] == (
        "plays pitched notes in hundredths of a second, with velocities of its own"
    )
