"""Bundles that Magenta's own graph builder writes, played by both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.models.bundle import read_bundle
from bridge.models.kernel.library import KernelLibrary
from bridge.models.loading import load_model
from bridge.models.performer import RnnPerformer
from tests.models.chord_cases import changes, random_symbols
from tests.models.magenta_oracle import (
    ALL_IDS,
    DRUM_IDS,
    IMPROV_IDS,
    POLYPHONY_IDS,
    MagentaPlayer,
    StepNote,
    build_bundle,
)
from tests.models.parity import check_softmax, equal_answers, our_answer, step_call

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module", params=ALL_IDS)
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, MagentaPlayer]]:
    path = tmp_path_factory.mktemp("magenta") / f"{request.param}.mag"
    build_bundle(request.param, path)
    player = MagentaPlayer(path)
    yield path, player
    player.close()


def test_every_tensor_is_what_tensorflow_reads(
    played: tuple[Path, MagentaPlayer], tmp_path: Path
) -> None:
    path, player = played
    checkpoint = tmp_path / "weights.ckpt"
    checkpoint.write_bytes(player.bundle.checkpoint_file[0])
    theirs = player.m.tf.train.load_checkpoint(str(checkpoint))
    ours = read_bundle(path).tensors
    assert set(ours) == set(theirs.get_variable_to_shape_map())
    for name, tensor in ours.items():
        assert np.array_equal(tensor, theirs.get_tensor(name))


def test_softmax_after_300_events(played: tuple[Path, MagentaPlayer]) -> None:
    check_softmax(*played)


def test_softmax_after_300_events_with_the_compiled_kernel(
    played: tuple[Path, MagentaPlayer], engaged_kernel: KernelLibrary
) -> None:
    check_softmax(*played)


def test_the_same_seed_gives_the_same_notes_with_the_compiled_kernel(
    played: tuple[Path, MagentaPlayer], engaged_kernel: KernelLibrary
) -> None:
    path, player = played
    assert equal_answers(path, player, runs=4, answer_steps=64) == 4


def test_the_same_seed_gives_the_same_notes(played: tuple[Path, MagentaPlayer]) -> None:
    path, player = played
    assert equal_answers(path, player, runs=8, answer_steps=64) == 8


@pytest.mark.parametrize("beam", [(4, 4, 1), (3, 2, 4), (1, 5, 1), (4, 1, 3)], ids=str)
def test_beam_search_with_the_same_seed_gives_the_same_notes(
    played: tuple[Path, MagentaPlayer], beam: tuple[int, int, int]
) -> None:
    path, player = played
    if player.generator_id in POLYPHONY_IDS:
        pytest.skip("polyphony is played without beam search")
    assert equal_answers(path, player, runs=2, answer_steps=24, beam=beam) == 2


def test_an_empty_call_gives_the_same_notes(played: tuple[Path, MagentaPlayer]) -> None:
    path, player = played
    if player.generator_id in IMPROV_IDS:
        # Nothing has no chords there; here the answer begins from silence.
        with pytest.raises(player.m.note_seq.chords_lib.BadChordError):
            player.answer([], 16, 32, seed=3)
        ours = RnnPerformer(1, load_model("x", path))
        assert our_answer(ours, [], 16, 32, seed=3, temperature=1.0)
        return
    ours = RnnPerformer(1, load_model("x", path))
    # Magenta needs the answer to start after step 0, or its silent step has no room.
    theirs = player.answer([], 16, 32, seed=3, primer=(False, False))
    assert our_answer(ours, [], 16, 32, seed=3, temperature=1.0) == theirs


def test_the_calls_likelihood_is_magentas(played: tuple[Path, MagentaPlayer]) -> None:
    path, player = played
    model = load_model("x", path)
    per_quarter = model.encoding.steps_per_quarter
    notes = step_call(random.Random(2), 8 * per_quarter, model.encoding.drums)
    notes.append(StepNote(60, 0, 1))
    events, _ = player.call_events(notes, 8 * per_quarter)
    symbols = random_symbols(8 * per_quarter, 2)
    over = {"control_events": symbols} if player.generator_id in IMPROV_IDS else {}
    # `_evaluate_log_likelihood` is Magenta's at temperature 1, without the first event.
    theirs = player.model._evaluate_log_likelihood([events], **over)[0]
    call = Phrase.of(
        [
            Note(n.pitch, 90, n.start_step / per_quarter, (n.end_step - n.start_step) / per_quarter)
            for n in notes
        ],
        8.0,
    )
    controls = AnswerControls(0.5, chords=changes(symbols, per_quarter, -8 * per_quarter))
    chunk = RnnPerformer(1, model).start(StartAnswer(1, 1, call, 1.0, controls, 1.0))
    assert chunk.likelihood.call_nats == pytest.approx(theirs, abs=2e-3)
    assert chunk.likelihood.call_steps == len(events) - 1


@pytest.mark.parametrize("generator_id", ["drum_kit", "attention_rnn", "basic_improv"])
def test_a_bundle_saved_with_a_batch_gives_the_same_notes(
    generator_id: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{generator_id}.mag"
    build_bundle(generator_id, path, batch=4)
    player = MagentaPlayer(path)
    assert player.model._batch_size() == 4
    assert equal_answers(path, player, runs=3, answer_steps=24) == 3
    # Sixteen branches are four batches; fifteen are four with one answer of padding.
    assert equal_answers(path, player, runs=1, answer_steps=24, beam=(4, 4, 1)) == 1
    assert equal_answers(path, player, runs=1, answer_steps=24, beam=(5, 3, 2)) == 1
    player.close()


def test_the_downbeats_that_magenta_loses(played: tuple[Path, MagentaPlayer]) -> None:
    """Defects 1 and 2: an answer that starts on a step is Magenta's only if its time is nudged."""
    path, player = played
    if player.generator_id not in DRUM_IDS:
        pytest.skip("one family is enough")
    notes = [StepNote(36, 0, 1)]
    options = player.m.generator_pb2.GeneratorOptions()
    options.generate_sections.add(start_time=16 * player.step_s, end_time=32 * player.step_s + 1e-7)
    steps = player.m.note_seq.quantize_to_step(
        options.generate_sections[0].start_time, 1 / player.step_s, quantize_cutoff=0
    )
    assert steps == 17
    ours = RnnPerformer(1, load_model("x", path))
    firsts = [
        any(n.start_step == 0 for n in our_answer(ours, notes, 16, 16, seed=s, temperature=1.0))
        for s in range(20)
    ]
    assert any(firsts)
