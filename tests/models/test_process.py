"""The model in a process of its own: it answers, it dies, it never stays behind."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from multiprocessing.connection import wait
from pathlib import Path

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    BundleReady,
    ContinueAnswer,
    MakeClip,
    ModelFailed,
    ModelReply,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import ModelFault
from bridge.models import process
from bridge.models.library import BundleLibrary
from bridge.models.threads import children_with_one_blas_thread
from bridge.models.worker import InProcessModel, ModelProcess
from tests.fakes.bundle_writer import random_bundle

CALL = Phrase.of([Note(36, 90, beat, 0.1) for beat in range(4)], 4.0)
READY = BundleReady(1, "drums", 2, True)
PATIENCE_S = 60.0


def start(answer_id: int, ready_beats: float = 4.0) -> StartAnswer:
    return StartAnswer(1, answer_id, CALL, 4.0, AnswerControls(), ready_beats)


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    (tmp_path / "drums.mag").write_bytes(random_bundle("one_drum"))
    return BundleLibrary((tmp_path,))


@pytest.fixture
def port(library: BundleLibrary) -> Iterator[ModelProcess]:
    port = ModelProcess(library)
    yield port
    port.close()


def replies(port: ModelProcess, count: int) -> list[ModelReply]:
    got: list[ModelReply] = []
    while len(got) < count:
        assert wait([port.connection], PATIENCE_S), "the process fell silent"
        got += port.poll()
    return got


def test_it_answers_what_the_same_model_answers_here(
    port: ModelProcess, library: BundleLibrary
) -> None:
    here = InProcessModel(library)
    for request in (
        SelectBundle(1, "drums"),
        start(1, 1.0),
        ContinueAnswer(1, 1, 4.0, AnswerControls()),
    ):
        port.submit(request)
        here.submit(request)
    assert replies(port, 3) == here.poll()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_dead_process_is_replaced_and_its_debts_are_told(port: ModelProcess) -> None:
    port.submit(SelectBundle(1, "drums"))
    assert replies(port, 1) == [READY]
    old = port.pid
    os.kill(old, signal.SIGSTOP)
    port.submit(start(7))
    port.submit(ContinueAnswer(1, 7, 4.0, AnswerControls()))
    os.kill(old, signal.SIGKILL)
    failed, ready = replies(port, 2)
    assert isinstance(failed, ModelFailed)
    assert (failed.player, failed.answer_id) == (1, 7)
    assert failed.wire_code == ModelFault.wire_code
    assert ready == READY
    assert port.pid != old
    port.submit(start(8))
    (chunk,) = replies(port, 1)
    assert isinstance(chunk, AnswerChunk)
    assert chunk.answer_id == 8


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_process_that_hangs_is_replaced(
    port: ModelProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    port.submit(SelectBundle(1, "drums"))
    assert replies(port, 1) == [READY]
    old = port.pid
    os.kill(old, signal.SIGSTOP)
    monkeypatch.setattr(process, "HUNG_S", 0.2)
    port.submit(start(7))
    deadline_s = time.monotonic() + PATIENCE_S
    got: list[ModelReply] = []
    while not got:
        assert time.monotonic() < deadline_s, "nobody noticed"
        wait([port.connection], 0.1)
        got = port.poll()
    [failed] = got
    assert isinstance(failed, ModelFailed)
    assert (failed.answer_id, failed.wire_code) == (7, ModelFault.wire_code)
    monkeypatch.setattr(process, "HUNG_S", PATIENCE_S)
    assert replies(port, 1) == [READY]
    assert port.pid != old


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_clip_is_owed_until_its_last_slice(port: ModelProcess) -> None:
    port.submit(MakeClip(-1001, 3, "drums", CALL, 4000.0, AnswerControls()))
    [first, *_] = replies(port, 1)
    assert isinstance(first, AnswerChunk)
    assert not first.done
    os.kill(port.pid, signal.SIGKILL)
    got: list[ModelReply] = []
    while not any(isinstance(reply, ModelFailed) for reply in got):
        got += replies(port, 1)
    assert isinstance(got[-1], ModelFailed)
    assert (got[-1].player, got[-1].answer_id) == (-1001, 3)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_process_that_dies_again_and_again_is_left_alone(
    port: ModelProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "MAX_RESTARTS", 0)
    os.kill(port.pid, signal.SIGKILL)
    assert wait([port.connection], PATIENCE_S)
    assert port.poll() == []
    assert not wait([port.connection], 0), "a closed pipe would wake its waiter for ever"
    port.submit(start(1))
    (failed,) = port.poll()
    assert isinstance(failed, ModelFailed)
    monkeypatch.setattr(process, "MAX_RESTARTS", 3)
    port.submit(SelectBundle(1, "drums"))
    assert replies(port, 1) == [READY]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_ctrl_c_is_the_parents_business(port: ModelProcess) -> None:
    port.submit(SelectBundle(1, "drums"))
    replies(port, 1)
    os.kill(port.pid, signal.SIGINT)
    port.submit(start(1))
    assert isinstance(replies(port, 1)[0], AnswerChunk)


PARENT = """
import sys
from pathlib import Path
from bridge.core.requests import SelectBundle
from bridge.models.library import BundleLibrary
from bridge.models.worker import ModelProcess
if __name__ == "__main__":
    port = ModelProcess(BundleLibrary((Path(sys.argv[1]),)))
    if sys.argv[2] == "ready":
        port.submit(SelectBundle(1, "drums"))
        port.connection.poll(60)
    print(port.pid, flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs process descriptors")
@pytest.mark.parametrize("when", ["ready", "starting"])
def test_it_does_not_outlive_its_parent(library: BundleLibrary, tmp_path: Path, when: str) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    command = [sys.executable, str(script), str(library.folders[0]), when]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
        gone, _, _ = select.select([child], [], [], PATIENCE_S)
        os.close(child)
    assert gone


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_its_blas_has_one_thread_and_ours_is_as_it_was(
    library: BundleLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    with closing(ModelProcess(library)) as port:
        port.submit(SelectBundle(1, "drums"))
        port.submit(start(1))
        replies(port, 2)
        status = Path(f"/proc/{port.pid}/status").read_text()
    (threads,) = (line.split()[1] for line in status.splitlines() if line.startswith("Threads:"))
    assert int(threads) == 2, "the model and the reader of the pipe; BLAS adds none"
    with children_with_one_blas_thread():
        assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    assert os.environ["OPENBLAS_NUM_THREADS"] == "3"


def test_the_child_loads_only_what_it_needs() -> None:
    script = (
        "import sys; import bridge.models.child; assert 'numpy' not in sys.modules;"
        "import bridge.models.desk;"
        "heavy = {'tensorflow', 'pydantic', 'typer', 'rich', 'mido', 'yaml', 'pythonosc'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
