"""Bundles that went through safetensors load in the real Magenta and play the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.models.checkpoint_writer import write_checkpoint
from bridge.models.convert import to_bundle, to_safetensors
from bridge.paths import data_folder
from tests.models.magenta_oracle import MagentaPlayer, StepNote, require_magenta

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]


@pytest.mark.parametrize("name", ["groove_drums", "session_melody"])
def test_magenta_loads_it_and_answers_the_same(name: str, tmp_path: Path) -> None:
    original = data_folder("bundles") / f"{name}.mag"
    returned = tmp_path / f"{name}.mag"
    returned.write_bytes(to_bundle(to_safetensors(original.read_bytes())))
    notes = [StepNote(pitch, step, step + 2) for step, pitch in ((0, 60), (4, 64), (8, 67))]
    answers = []
    for path in (original, returned):
        player = MagentaPlayer(path)
        answers.append(player.answer(notes, 16, 64, seed=5))
        player.close()
    assert answers[0] == answers[1] and answers[0]


def test_tensorflow_reads_every_tensor_of_a_checkpoint_we_wrote(tmp_path: Path) -> None:
    tf = require_magenta().tf
    random = np.random.RandomState(1)
    tensors = {
        "a/kernel": random.randn(3, 4).astype(np.float32),
        "a": np.asarray(7, np.int64),
        "z/é": random.randint(-9, 9, (2, 1, 3)).astype(np.int32),
        "b" * 300: random.randn(5).astype(np.float64),
    }
    path = tmp_path / "weights.ckpt"
    path.write_bytes(write_checkpoint(tensors))
    reader = tf.train.load_checkpoint(str(path))
    assert set(reader.get_variable_to_shape_map()) == set(tensors)
    for name, tensor in tensors.items():
        assert np.array_equal(reader.get_tensor(name), tensor)
        assert reader.get_tensor(name).dtype == tensor.dtype
