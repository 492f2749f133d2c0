"""The compiled kernel: NumPy's results, and every way in which there is none."""

from __future__ import annotations

import logging
import os
import shutil
import sys
import threading
from multiprocessing.connection import wait
from pathlib import Path

import numpy as np
import pytest

from bridge.core.encodings.catalog import ModelEncoding, encoding_for
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, SelectBundle, StartAnswer
from bridge.errors import CompilerMissing, KernelUnavailable
from bridge.models.bundle import parse_bundle
from bridge.models.fused import fused_weights
from bridge.models.kernel import build
from bridge.models.kernel.choice import engage, engaged
from bridge.models.kernel.engage import engage_kernel, ready_kernel
from bridge.models.kernel.library import MAX_LAYERS, KernelLibrary
from bridge.models.kernel.proof import prove
from bridge.models.kernel.steps import KernelSteps
from bridge.models.layout import Layout, StackState
from bridge.models.library import BundleLibrary
from bridge.models.loading import load_model
from bridge.models.performer import RnnPerformer
from bridge.models.rnn import NumpySteps, StackNetwork
from bridge.models.sampling import softmax
from bridge.models.stack import stack_weights
from bridge.models.weights import StackWeights
from bridge.models.worker import ModelProcess
from bridge.paths import data_folder
from tests.fakes.bundle_writer import SHAPES, Shape, random_bundle
from tests.models.plain_network import PlainNetwork, dense_inputs
from tests.models.test_rnn import random_events

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files and commands")
CALL = Phrase.of([Note(36, 90, beat, 0.1) for beat in range(4)], 4.0)


def both(
    kernel: KernelLibrary, generator_id: str, era: str = "C", **kwargs: object
) -> tuple[KernelSteps, NumpySteps, ModelEncoding, StackWeights]:
    weights = stack_weights(parse_bundle(random_bundle(generator_id, era, **kwargs)))
    encoding = encoding_for(weights.input_width, weights.class_count)
    assert encoding is not None
    fused = fused_weights(weights, encoding.inputs.blocks)
    return KernelSteps(kernel, fused), NumpySteps(fused), encoding, weights


def rows_of(encoding: ModelEncoding, count: int, seed: int = 0) -> list[tuple[int, ...]]:
    tracker, rows = encoding.inputs.tracker(), []
    for event in random_events(encoding, count, seed):
        tracker.push(event)
        rows.append(tuple(tracker.rows()))
    return rows


# --- the same results ------------------------------------------------------------------------


@pytest.mark.parametrize("era", ["A", "B", "C"])
@pytest.mark.parametrize("generator_id", SHAPES)
def test_every_era_computes_what_a_plain_float64_network_does(
    kernel: KernelLibrary, generator_id: str, era: str
) -> None:
    steps, _, encoding, weights = both(kernel, generator_id, era, gain=0.7)
    events = random_events(encoding, 60)
    expected = PlainNetwork(weights).softmaxes(dense_inputs(encoding.inputs, events))
    state = StackState.zeros(Layout.of(weights), 1)
    got = [softmax(steps.step(state, (rows,))[0]) for rows in rows_of(encoding, 60)]
    assert np.abs(np.array(got) - expected).max() < 2e-5


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 5, 8, 32])
@pytest.mark.parametrize("units", [(7,), (6, 9), (33, 17, 17)])
@pytest.mark.parametrize("attention", [0, 3])
@pytest.mark.parametrize(("era", "residual"), [("A", False), ("C", False), ("C", True)])
def test_batches_of_every_cell_and_odd_widths(
    kernel: KernelLibrary,
    era: str,
    residual: bool,
    attention: int,
    units: tuple[int, ...],
    batch: int,
) -> None:
    """Era A wraps the attention around all layers, era C around the lowest."""
    shape = Shape(2, 2, units, attention, residual)
    steps, plain, encoding, weights = both(kernel, "one_drum", era, shape=shape)
    layout = Layout.of(weights)
    ours, theirs = StackState.zeros(layout, batch), StackState.zeros(layout, batch)
    sequences = [rows_of(encoding, 12, seed) for seed in range(batch)]
    for rows in zip(*sequences, strict=True):
        got, expected = steps.step(ours, rows), plain.step(theirs, rows)
        assert got.shape == expected.shape
        assert np.abs(got - expected).max() < 1e-5
    assert np.abs(ours.buffer - theirs.buffer).max() < 1e-5
    assert np.abs(ours.outputs - theirs.outputs).max(initial=0) < 1e-5
    assert np.abs(ours.features - theirs.features).max(initial=0) < 1e-5
    assert ours.position == theirs.position


def test_a_state_goes_from_numpy_to_the_kernel_and_back(kernel: KernelLibrary) -> None:
    steps, plain, encoding, weights = both(kernel, "attention_rnn", gain=0.5)
    layout = Layout.of(weights)
    mixed, theirs = StackState.zeros(layout, 1), StackState.zeros(layout, 1)
    for i, rows in enumerate(rows_of(encoding, 60)):
        who = plain if i % 3 == 0 else steps
        got = who.step(mixed, (rows,))
        assert np.abs(got - plain.step(theirs, (rows,))).max() < 1e-4
    copy = mixed.copy()
    first = steps.step(mixed, (rows,))
    assert np.array_equal(steps.step(copy, (rows,)), first)


def test_the_logits_are_the_callers_own(kernel: KernelLibrary) -> None:
    steps, _, encoding, weights = both(kernel, "basic_rnn")
    state = StackState.zeros(Layout.of(weights), 1)
    rows = rows_of(encoding, 2)
    first = steps.step(state, rows[:1])
    kept = first.copy()
    steps.step(state, rows[1:])
    assert np.array_equal(first, kept)


def test_weights_that_overflow_are_found_as_with_numpy(kernel: KernelLibrary) -> None:
    steps, _, encoding, weights = both(kernel, "attention_rnn")
    state = StackState.zeros(Layout.of(weights), 1)
    state.buffer[:] = np.nan
    assert np.isnan(steps.step(state, rows_of(encoding, 1))).all()


def test_wrong_rows_are_refused_and_change_nothing(kernel: KernelLibrary) -> None:
    steps, _, encoding, weights = both(kernel, "attention_rnn")
    state = StackState.zeros(Layout.of(weights), 1)
    steps.step(state, rows_of(encoding, 1))
    before, position = state.buffer.copy(), state.position
    for rows in ((-1,), (10_000,), (0, 2**31 - 1)):
        with pytest.raises(IndexError):
            steps.step(state, (rows,))
    with pytest.raises(ValueError, match="2 inputs for 1"):
        steps.step(state, ((0,), (0,)))
    assert np.array_equal(state.buffer, before)
    assert state.position == position


def test_a_state_of_another_layout_in_memory_is_refused(kernel: KernelLibrary) -> None:
    steps, _, _, weights = both(kernel, "basic_rnn")
    state = StackState.zeros(Layout.of(weights), 1)
    state.buffer = np.zeros((1, state.buffer.shape[1]))
    with pytest.raises(ValueError, match="contiguous float32"):
        steps.step(state, ((0,),))


@pytest.mark.parametrize("name", ["groove_drums", "session_melody"])
def test_the_shipped_bundles_play_the_same_notes(engaged_kernel: KernelLibrary, name: str) -> None:
    path = data_folder("bundles") / f"{name}.mag"
    with_kernel = RnnPerformer(1, load_model(name, path))
    engage(None)
    with_numpy = RnnPerformer(1, load_model(name, path))
    for seed in range(6):
        request = StartAnswer(1, seed, CALL, 16.0, AnswerControls(1.0, seed), 16.0)
        ours, theirs = with_kernel.start(request), with_numpy.start(request)
        assert ours.notes == theirs.notes
        assert ours.likelihood.answer_nats == pytest.approx(theirs.likelihood.answer_nats, abs=1e-3)


# --- who plays -------------------------------------------------------------------------------


def test_networks_that_were_there_before_are_stepped_by_it_too(kernel: KernelLibrary) -> None:
    path = data_folder("bundles") / "groove_drums.mag"
    model = load_model("x", path)
    tracker = model.encoding.inputs.tracker()
    tracker.push(model.encoding.silence)
    rows = (tracker.rows(),)
    before = model.network.step(model.network.start(), rows)
    engage(kernel)
    try:
        assert isinstance(model.network._steps, KernelSteps)
        assert np.abs(model.network.step(model.network.start(), rows) - before).max() < 1e-4
        assert isinstance(load_model("y", path).network._steps, KernelSteps)
    finally:
        engage(None)
    assert isinstance(load_model("z", path).network._steps, NumpySteps)


def test_a_network_with_too_many_layers_stays_with_numpy(engaged_kernel: KernelLibrary) -> None:
    shape = Shape(2, 2, (4,) * (MAX_LAYERS + 1), 0)
    weights = stack_weights(parse_bundle(random_bundle("one_drum", shape=shape)))
    encoding = encoding_for(2, 2)
    assert encoding is not None
    network = StackNetwork(weights, encoding.inputs.blocks)
    assert isinstance(network._steps, NumpySteps)
    assert network.step(network.start(), ((0,),)).shape == (1, 2)


def test_the_models_process_answers_the_same_with_it(kernel: KernelLibrary, tmp_path: Path) -> None:
    (tmp_path / "drums.mag").write_bytes(random_bundle("one_drum", gain=0.5))
    library = BundleLibrary((tmp_path,))
    answers = []
    for use_kernel in (True, False):
        port = ModelProcess(library, use_kernel=use_kernel)
        try:
            port.submit(SelectBundle(1, "drums"))
            port.submit(StartAnswer(1, 1, CALL, 8.0, AnswerControls(seed=3), 8.0))
            got: list[object] = []
            while len(got) < 2:
                assert wait([port.connection], 60.0), "the process fell silent"
                got += port.poll()
            answers.append(next(reply for reply in got if isinstance(reply, AnswerChunk)))
        finally:
            port.close()
    assert answers[0].notes == answers[1].notes


# --- no kernel -------------------------------------------------------------------------------


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("CC", raising=False)


def one_line(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = [r for r in caplog.records if r.name.startswith("bridge.models.kernel")]
    assert "NumPy plays" in record.getMessage()
    return record


def test_without_a_compiler_numpy_plays(
    no_compiler: None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(CompilerMissing, match="no C compiler"):
        ready_kernel(tmp_path / "cache")
    assert not engage_kernel(tmp_path / "cache")
    assert one_line(caplog).levelno == logging.INFO
    assert engaged() is None


def test_a_cached_kernel_needs_no_compiler(
    kernel: KernelLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    library = ready_kernel(kernel.path.parent)
    assert library is not None
    assert library.path == kernel.path


def test_who_may_not_compile_gets_nothing_and_no_complaint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert ready_kernel(tmp_path / "cache", may_compile=False) is None
    assert not engage_kernel(tmp_path / "cache", may_compile=False)
    assert not caplog.records
    assert not (tmp_path / "cache").exists()


def test_a_source_that_does_not_compile(kernel: KernelLibrary, tmp_path: Path) -> None:
    broken = tmp_path / "step.c"
    broken.write_text(build.SOURCE.read_text() + "\nthis is no C;\n")
    with pytest.raises(KernelUnavailable, match=r"can't compile the kernel: .*step\.c"):
        build.compiled(tmp_path / "cache", broken)
    assert not list((tmp_path / "cache").iterdir()), "nothing is left behind"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("p = p * r + 0.5f;", "p = p * r + 0.25f;"), "computes something else"),
        (("#define INTERFACE 2", "#define INTERFACE 99"), "another version"),
        (("Network *net, float *buffer,", "Network *net, float *buffer0,"), "compile"),
        (("    room.gate_stride = widest(net);", "    *(volatile int *)8 = 1;"), "does not work"),
        (("bridge_step(", "bridge_pace("), "can't be loaded"),
    ],
)
def test_a_kernel_that_is_wrong_is_never_kept(
    kernel: KernelLibrary, tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    """Wrong numbers, another interface, a crash, a missing function."""
    wrong = tmp_path / "step.c"
    text = build.SOURCE.read_text()
    assert change[0] in text
    wrong.write_text(text.replace(*change))
    with pytest.raises(KernelUnavailable, match=problem):
        build.compiled(tmp_path / "cache", wrong)
    assert not list((tmp_path / "cache").iterdir())


@POSIX
def test_a_compiler_that_hangs_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kernel: KernelLibrary
) -> None:
    stuck = tmp_path / "stuck"
    stuck.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    stuck.chmod(0o755)
    monkeypatch.setenv("CC", str(stuck))
    monkeypatch.setattr(build, "COMPILE_S", 0.05)
    with pytest.raises(KernelUnavailable, match="took longer"):
        build.compiled(tmp_path / "cache")
    assert not list((tmp_path / "cache").iterdir())


@POSIX
def test_a_folder_that_cannot_be_written(tmp_path: Path, kernel: KernelLibrary, caplog) -> None:
    occupied = tmp_path / "cache"
    occupied.write_text("a file where a folder should be")
    with pytest.raises(KernelUnavailable, match="can't be kept in"):
        ready_kernel(occupied)
    assert not engage_kernel(occupied)
    assert one_line(caplog).levelno == logging.WARNING


@POSIX
def test_a_folder_that_others_may_write_is_not_trusted(
    tmp_path: Path, kernel: KernelLibrary
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    shutil.copy(kernel.path, folder)
    folder.chmod(0o777)
    for may_compile in (True, False):
        with pytest.raises(KernelUnavailable, match="not yours alone"):
            ready_kernel(folder, may_compile=may_compile)
    folder.chmod(0o700)
    assert ready_kernel(folder, may_compile=False) is not None


@pytest.mark.parametrize("damage", ["cut", "altered", "empty", "another"])
def test_a_wrong_file_in_the_cache_is_not_loaded_but_made_anew(
    kernel: KernelLibrary, tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    whole = kernel.path.read_bytes()
    bad = {
        "cut": whole[: len(whole) // 2],
        "altered": whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:],
        "empty": b"",
        "another": b"MZ or whatever",
    }[damage]
    (folder / kernel.path.name).write_bytes(bad)
    assert build.cached(folder) is None
    library = ready_kernel(folder)
    assert library is not None
    prove(library)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", "")
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        (folder / kernel.path.name).write_bytes(bad)
        with pytest.raises(CompilerMissing):
            ready_kernel(folder)


def test_a_kernel_for_another_processor_is_not_taken(
    kernel: KernelLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "_machine", lambda: iter(("another",)))
    assert build.cached(kernel.path.parent) is None


def test_two_that_compile_at_once_both_get_a_whole_kernel(
    kernel: KernelLibrary, tmp_path: Path
) -> None:
    folder, found = tmp_path / "cache", []
    threads = [
        threading.Thread(target=lambda: found.append(build.compiled(folder))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    for path in found:
        prove(KernelLibrary(path))
    assert not list(folder.glob("building-*"))


def test_what_was_cut_off_long_ago_is_cleared_away(kernel: KernelLibrary, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    old, fresh = folder / "building-old", folder / "building-fresh"
    old.mkdir(parents=True)
    fresh.mkdir()
    folder.chmod(0o700)
    os.utime(old, (0, 0))
    for i in range(7):
        (folder / f"step-other{i}-0{build._SUFFIX}").write_bytes(b"")
    build.compiled(folder)
    assert not old.exists()
    assert fresh.exists()
    assert len(list(folder.glob("step-*"))) == build.KEPT + 1
