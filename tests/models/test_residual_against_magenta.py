"""Residual connections: Magenta can build such networks, and none of its configurations does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.models.kernel.library import KernelLibrary
from bridge.models.loading import load_model
from tests.models.magenta_oracle import POLYPHONY_IDS, MagentaPlayer, build_bundle
from tests.models.parity import check_softmax, equal_answers

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

CASES = {
    "equal_layers": ("basic_rnn", (24, 24), 1),
    "other_layers": ("drum_kit", (20, 20, 32), 1),
    "attention": ("attention_rnn", (24, 24, 16), 1),
    "attention_alone": ("attention_rnn", (24,), 1),
    "chords": ("attention_improv", (24, 16), 1),
    "many_voices": ("polyphony", (32, 24), 1),
    "batch": ("attention_rnn", (24, 16), 4),
}


@pytest.fixture(scope="module", params=CASES)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, MagentaPlayer]]:
    generator_id, units, batch = CASES[request.param]
    path = tmp_path_factory.mktemp("residual") / f"{request.param}.mag"
    # What is added up layer by layer is large; larger weights are chaotic in TensorFlow too.
    build_bundle(generator_id, path, units=units, batch=batch, gain=1.0, residual=True)
    player = MagentaPlayer(path)
    yield path, player
    player.close()


def test_softmax_after_300_events(played: tuple[Path, MagentaPlayer]) -> None:
    check_softmax(*played)


def test_softmax_after_300_events_with_the_compiled_kernel(
    played: tuple[Path, MagentaPlayer], engaged_kernel: KernelLibrary
) -> None:
    check_softmax(*played)


def test_the_same_seed_gives_the_same_notes(played: tuple[Path, MagentaPlayer]) -> None:
    assert equal_answers(*played, runs=4, answer_steps=48) == 4


def test_beam_search_with_the_same_seed_gives_the_same_notes(
    played: tuple[Path, MagentaPlayer], engaged_kernel: KernelLibrary
) -> None:
    path, player = played
    if player.generator_id in POLYPHONY_IDS:
        assert not load_model("x", path).encoding.searchable
        return
    for beam in ((4, 4, 1), (3, 2, 4)):
        assert equal_answers(path, player, runs=1, answer_steps=24, beam=beam) == 1
