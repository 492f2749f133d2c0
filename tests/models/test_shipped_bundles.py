"""The bundles that travel with the package: they load, answer, and answer as Magenta does."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.models.bundle import read_bundle
from bridge.models.library import BundleLibrary
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.stack import stack_weights
from bridge.paths import data_folder
from tests.models.magenta_oracle import POLYPHONY_IDS, MagentaPlayer
from tests.models.parity import check_softmax, equal_answers

BUNDLES = sorted(data_folder("bundles").glob("*.mag"))
IN_MAGENTA = [path for path in BUNDLES if path.stem != "groove_lookback"]
"""Magenta does not have that one's encoding."""
LIBRARY = BundleLibrary.of()
GROOVE = Phrase.of(
    [Note(36, 110, beat, 0.1) for beat in (0.0, 1.5, 2.0)]
    + [Note(38, 90, beat, 0.1) for beat in (1.0, 3.0)]
    + [Note(42, 50 + 20 * (i % 2), i / 2, 0.1) for i in range(8)],
    4.0,
)
SCALE = (60, 62, 64, 65, 67, 65, 64, 62)
TUNE = Phrase.of([Note(pitch, 90, i / 2, 0.5) for i, pitch in enumerate(SCALE)], 4.0)


CLAVE = Phrase.of([Note(39, 90, beat, 0.1) for beat in (0.0, 1.5, 2.0, 3.0)], 4.0)


def call_for(player: RnnPerformer) -> Phrase:
    """A beat, a tune, or what somebody taps on one drum; hats would be a steady stream to it."""
    if player.steps_per_quarter == 2:
        return CLAVE
    return GROOVE if player.drums else TUNE


@cache
def model(path: Path) -> LoadedModel:
    return LIBRARY.load(path.stem)


def answer(path: Path, seed: int = 1) -> tuple[Note, ...]:
    player = RnnPerformer(1, model(path))
    controls = AnswerControls(1.0, seed, 0.0)
    return player.start(StartAnswer(1, 1, call_for(player), 16.0, controls, 16.0)).notes


def test_at_least_one_bundle_ships() -> None:
    assert BUNDLES


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_it_is_listed_without_a_problem(path: Path) -> None:
    (entry,) = [entry for entry in LIBRARY.entries() if entry.name == path.stem]
    assert entry.problem == ""
    assert entry.description
    assert entry.layers == stack_weights(read_bundle(path)).units


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_it_answers_differently_each_time_and_never_with_silence(path: Path) -> None:
    answers = {answer(path, seed) for seed in range(6)}
    assert len(answers) == 6
    assert all(answers)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_it_expects_music_more_than_noise(path: Path) -> None:
    player = RnnPerformer(1, model(path))
    pitches = (36, 38, 42, 46, 49) if player.drums else (60, 61, 66, 73, 80)
    noise = [Note(pitches[i * 7 % 5], 90, i / 4, 0.1) for i in range(16)]
    music = call_for(player)
    if player.steps_per_quarter == 2:
        # One drum hears no pitches: a stream of hats is music, taps without any order are noise.
        music, noise = GROOVE, [Note(39, 90, beat, 0.1) for beat in (0.5, 1.0, 2.5, 3.5)]

    def nats_per_step(call: Phrase) -> float:
        request = StartAnswer(1, 1, call, 1.0, AnswerControls(), 1.0)
        return player.start(request).likelihood.call_nats_per_step

    assert nats_per_step(music) > nats_per_step(Phrase.of(noise, 4.0))


SCRIPT = """
from tests.models.test_shipped_bundles import BUNDLES, answer
print([answer(path) for path in BUNDLES])
"""


def test_another_process_answers_the_same() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "7"}
    there = subprocess.run(
        [sys.executable, "-c", SCRIPT], check=True, env=environment, capture_output=True, text=True
    )
    assert there.stdout.strip() == str([answer(path) for path in BUNDLES])


RUNS, ANSWER_STEPS = 6, 128


@pytest.mark.magenta
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", IN_MAGENTA, ids=lambda path: path.stem)
def test_it_is_magentas_twin(path: Path) -> None:
    """Softmax after 300 events, and the same seed gives the same notes."""
    player = MagentaPlayer(path)
    check_softmax(path, player, trained=True)
    equal = equal_answers(path, player, runs=RUNS, answer_steps=ANSWER_STEPS)
    if player.generator_id not in POLYPHONY_IDS:  # It is played without beam search.
        assert equal_answers(path, player, runs=2, answer_steps=32, beam=(4, 4, 1)) == 2
    player.close()
    # A draw that falls within a rounding of a class's edge may differ, in less than one in fifty.
    assert equal >= RUNS - 1
    print(f"{path.stem}: {equal} of {RUNS} answers of {ANSWER_STEPS} steps are Magenta's own")
