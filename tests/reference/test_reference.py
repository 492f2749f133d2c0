"""The reference engine: the real Magenta behind the same requests and replies as the native one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from multiprocessing.connection import wait

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    BundleReady,
    ContinueAnswer,
    ModelFailed,
    ModelNotice,
    ModelReply,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import NothingToAnswer, PrimerRejected
from bridge.models.desk import ModelDesk
from bridge.models.library import BundleLibrary
from bridge.models.process import ModelProcess
from bridge.reference.child import serve
from bridge.reference.desk import MagentaDesk
from tests.models.magenta_oracle import require_magenta

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

PATIENCE_S = 300.0
DRUMS, MELODY = (1, "groove_drums"), (2, "session_melody")
BEAT = Phrase.of(
    [
        Note(36, 110, 0.02, 0.2),
        Note(38, 90, 1.0, 0.2),
        Note(42, 60, 1.52, 0.2),
        Note(36, 99, 3.9, 0.2),
    ],
    4.0,
)
TUNE = Phrase.of([Note(60 + step, 70 + step, step * 0.75 - 0.03, 0.7) for step in range(10)], 8.0)
LATE = Phrase.of([Note(64, 90, 5.0, 1.0), Note(67, 90, 7.9, 3.0)], 8.0)
NOTHING = Phrase((), 4.0)


def start(player: int, answer_id: int, call: Phrase, **controls: float) -> StartAnswer:
    wanted = AnswerControls(**{"feel": 0.0, **controls})
    return StartAnswer(player, answer_id, call, 8.0, wanted, 8.0)


@pytest.fixture(scope="module")
def desks() -> Iterator[tuple[ModelDesk, MagentaDesk, list[str]]]:
    require_magenta()
    told: list[str] = []
    native, real = ModelDesk(BundleLibrary.of()), MagentaDesk(BundleLibrary.of(), told.append)
    for player, bundle in (DRUMS, MELODY):
        request = SelectBundle(player, bundle)
        assert real.handle(request) == native.handle(request)
    yield native, real, told


@pytest.mark.parametrize("call", [BEAT, TUNE, LATE, NOTHING], ids=["beat", "tune", "late", "empty"])
@pytest.mark.parametrize("player", [1, 2], ids=["drums", "melody"])
def test_the_same_seed_gives_the_native_engines_answer(
    desks: tuple[ModelDesk, MagentaDesk, list[str]], player: int, call: Phrase
) -> None:
    native, real, _ = desks
    for seed, temperature, feel in ((1, 1.0, 0.0), (2, 0.7, 0.0), (3, 1.3, 1.0)):
        request = start(player, seed, call, seed=seed, temperature=temperature, feel=feel)
        (ours,), (theirs,) = native.handle(request), real.handle(request)
        assert isinstance(ours, AnswerChunk) and isinstance(theirs, AnswerChunk)
        by_start = [sorted(c.notes, key=lambda n: (n.start_beats, n.pitch)) for c in (ours, theirs)]
        assert by_start[0] == by_start[1]
        assert (theirs.ready_beats, theirs.done) == (8.0, True)
        a, b = ours.likelihood, theirs.likelihood
        assert (a.call_steps, a.answer_steps) == (b.call_steps, b.answer_steps)
        assert a.call_nats == pytest.approx(b.call_nats, abs=2e-3)
        if player == 1:
            # With lookback classes an event can be drawn as itself or as a repetition; Magenta's
            # scoring always takes it for the repetition, the native engine for what was drawn.
            assert a.answer_nats == pytest.approx(b.answer_nats, abs=2e-3)


def test_an_answer_is_whole_at_once_and_going_on_adds_nothing(
    desks: tuple[ModelDesk, MagentaDesk, list[str]],
) -> None:
    _, real, _ = desks
    (whole,) = real.handle(start(1, 20, BEAT, seed=1))
    (more,) = real.handle(ContinueAnswer(1, 20, 8.0, AnswerControls()))
    assert isinstance(whole, AnswerChunk) and whole.notes
    assert isinstance(more, AnswerChunk) and (more.notes, more.done) == ((), True)
    (gone,) = real.handle(ContinueAnswer(1, 99, 8.0, AnswerControls()))
    assert isinstance(gone, ModelFailed) and gone.wire_code == NothingToAnswer.wire_code


def test_a_knob_that_magenta_lacks_is_told_once(
    desks: tuple[ModelDesk, MagentaDesk, list[str]],
) -> None:
    _, real, told = desks
    told.clear()
    for answer_id in (30, 31):
        assert isinstance(real.handle(start(1, answer_id, BEAT, density=0.5))[0], AnswerChunk)
    (sentence,) = told
    assert sentence.startswith("Magenta knows nothing of density")


def test_a_call_without_a_length_is_refused(
    desks: tuple[ModelDesk, MagentaDesk, list[str]],
) -> None:
    (failed,) = desks[1].handle(start(1, 40, Phrase((), float("nan"))))
    assert isinstance(failed, ModelFailed) and failed.wire_code == PrimerRejected.wire_code


def next_of(port: ModelProcess, notices: list[str]) -> ModelReply:
    while True:
        assert wait([port.connection], PATIENCE_S), "the process fell silent"
        for reply in port.poll():
            if not isinstance(reply, ModelNotice):
                return reply
            notices.append(reply.text)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_its_process_says_what_it_does_and_is_replaced_when_it_dies(
    desks: tuple[ModelDesk, MagentaDesk, list[str]],
) -> None:
    port = ModelProcess(BundleLibrary.of(), serve)
    notices: list[str] = []
    try:
        port.submit(SelectBundle(*DRUMS))
        # Killed in the middle of the import: the second process makes good for it.
        while not notices:
            assert wait([port.connection], PATIENCE_S)
            notices += [told.text for told in port.poll() if isinstance(told, ModelNotice)]
        os.kill(port.pid, signal.SIGKILL)
        failed, ready = next_of(port, notices), next_of(port, notices)
        assert isinstance(failed, ModelFailed) and "ended unexpectedly" in failed.message
        assert ready == BundleReady(1, "groove_drums", 4, True)
        port.submit(start(1, 50, BEAT, seed=6))
        assert next_of(port, notices) == desks[1].handle(start(1, 50, BEAT, seed=6))[0]
    finally:
        port.close()
    told = [words.split(" ")[0] for words in notices if not words.startswith("Magenta opens")]
    assert told == ["The", "The", "TensorFlow", "Magenta"]
    assert "is being imported" in notices[0] and "Magenta follows" in notices[2]
    assert "on TensorFlow" in notices[3] and notices[4] == "Magenta opens groove_drums.mag."
