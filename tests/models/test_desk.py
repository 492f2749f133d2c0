import logging
from pathlib import Path

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    BundleReady,
    ContinueAnswer,
    ForgetPlayer,
    ModelFailed,
    PrimeCall,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import BundleInvalid, BundleMissing, ModelFault, NothingToAnswer
from bridge.models.desk import Inbox, ModelDesk
from bridge.models.library import BundleLibrary
from bridge.models.worker import InProcessModel
from tests.fakes.bundle_writer import random_bundle

CALL = Phrase.of([Note(36, 90, beat, 0.1) for beat in range(4)], 4.0)


@pytest.fixture
def library(tmp_path: Path) -> BundleLibrary:
    (tmp_path / "drums.mag").write_bytes(random_bundle("one_drum"))
    (tmp_path / "tune.mag").write_bytes(random_bundle("basic_rnn"))
    (tmp_path / "broken.mag").write_bytes(random_bundle("one_drum")[:2000])
    return BundleLibrary((tmp_path,))


def start(player: int = 1, answer_id: int = 1) -> StartAnswer:
    return StartAnswer(player, answer_id, CALL, 4.0, AnswerControls(), 4.0)


def prime(player: int = 1, final_beats: float = 1.0) -> PrimeCall:
    return PrimeCall(player, 1, CALL, final_beats)


def test_a_jam_in_one_process(library: BundleLibrary) -> None:
    port = InProcessModel(library)
    port.submit(SelectBundle(1, "drums"))
    port.submit(SelectBundle(2, "tune.mag"))
    assert port.poll() == [BundleReady(1, "drums", 2, True), BundleReady(2, "tune.mag", 4, False)]
    port.submit(prime())
    port.submit(start())
    port.submit(start(2, 5))
    first, second = port.poll()
    assert isinstance(first, AnswerChunk)
    assert isinstance(second, AnswerChunk)
    assert (first.player, first.answer_id, first.done) == (1, 1, True)
    assert (second.player, second.answer_id, second.done) == (2, 5, True)
    assert port.poll() == []
    port.close()


def test_players_of_one_bundle_share_its_network(library: BundleLibrary) -> None:
    desk = ModelDesk(library)
    for player in (1, 2):
        desk.handle(SelectBundle(player, "drums"))
    assert len(desk._models) == 1
    desk.handle(ForgetPlayer(1))
    assert len(desk._models) == 1
    desk.handle(SelectBundle(2, "tune"))
    assert list(desk._models) == ["tune"]
    desk.handle(ForgetPlayer(2))
    assert (desk._models, desk._performers) == ({}, {})


def test_selecting_the_same_bundle_again_keeps_the_answer(library: BundleLibrary) -> None:
    desk = ModelDesk(library)
    desk.handle(SelectBundle(1, "drums"))
    desk.handle(start())
    desk.handle(SelectBundle(1, "drums"))
    (reply,) = desk.handle(ContinueAnswer(1, 1, 4.0, AnswerControls()))
    assert isinstance(reply, AnswerChunk)


def test_an_answer_goes_on_with_the_model_that_began_it(library: BundleLibrary) -> None:
    desk = ModelDesk(library)
    desk.handle(SelectBundle(1, "drums"))
    desk.handle(StartAnswer(1, 1, CALL, 4.0, AnswerControls(), 1.0))
    desk.handle(SelectBundle(1, "tune"))
    desk.handle(start(1, 2))
    for answer_id in (1, 2):
        (reply,) = desk.handle(ContinueAnswer(1, answer_id, 4.0, AnswerControls()))
        assert isinstance(reply, AnswerChunk)
    desk.handle(start(1, 3))
    (reply,) = desk.handle(ContinueAnswer(1, 1, 4.0, AnswerControls()))
    assert isinstance(reply, ModelFailed)


@pytest.mark.parametrize(
    ("bundle", "code"), [("none", BundleMissing.wire_code), ("broken", BundleInvalid.wire_code)]
)
def test_a_bundle_that_cannot_be_played(library: BundleLibrary, bundle: str, code: int) -> None:
    desk = ModelDesk(library)
    desk.handle(SelectBundle(1, "drums"))
    (reply,) = desk.handle(SelectBundle(1, bundle))
    assert isinstance(reply, ModelFailed)
    assert (reply.answer_id, reply.wire_code) == (-1, code)
    assert bundle in reply.message
    (reply,) = desk.handle(start())
    assert isinstance(reply, AnswerChunk), "the old bundle plays on"


def test_requests_without_a_bundle_or_an_answer(library: BundleLibrary) -> None:
    desk = ModelDesk(library)
    assert desk.handle(prime()) == []
    (reply,) = desk.handle(start())
    assert isinstance(reply, ModelFailed)
    assert (reply.answer_id, reply.wire_code) == (1, BundleMissing.wire_code)
    desk.handle(SelectBundle(1, "drums"))
    (reply,) = desk.handle(ContinueAnswer(1, 8, 4.0, AnswerControls()))
    assert isinstance(reply, ModelFailed)
    assert (reply.answer_id, reply.wire_code) == (8, NothingToAnswer.wire_code)


def test_a_bug_in_a_model_is_logged_and_does_not_end_the_jam(
    library: BundleLibrary, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def start(self, request: StartAnswer) -> AnswerChunk:
            raise ZeroDivisionError

    desk = ModelDesk(library)
    desk.handle(SelectBundle(1, "drums"))
    desk._performers[1] = Broken()
    with caplog.at_level(logging.ERROR):
        (reply,) = desk.handle(start())
    assert isinstance(reply, ModelFailed)
    assert (reply.answer_id, reply.wire_code) == (1, ModelFault.wire_code)
    assert "ZeroDivisionError" in caplog.text


def test_stale_head_starts_are_left_out() -> None:
    inbox = Inbox()
    for request in (
        prime(1, 1.0),
        prime(2, 1.0),
        prime(1, 2.0),
        ContinueAnswer(2, 1, 1.0, AnswerControls()),
    ):
        inbox.put(request)
    inbox.put(prime(1, 3.0))
    taken = [inbox.take() for _ in range(len(inbox))]
    assert taken == [prime(2, 1.0), ContinueAnswer(2, 1, 1.0, AnswerControls()), prime(1, 3.0)]
    inbox.put(prime(1))
    inbox.put(start())
    assert [inbox.take() for _ in range(len(inbox))] == [start()]
