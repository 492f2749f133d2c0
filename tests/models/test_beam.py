"""Magenta's beam search without Magenta: `test_against_magenta.py` holds it to the original."""

from __future__ import annotations

from statistics import fmean

import pytest

from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, ContinueAnswer, StartAnswer
from bridge.models.beam import beam_search
from bridge.models.library import BundleLibrary
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.primer import Primer
from bridge.models.sampling import Sampler
from bridge.models.stream import AnswerStream
from tests.fakes.bundle_writer import SHAPES
from tests.models.test_performer import model

IDS = tuple(SHAPES)
CALL = Phrase.of([Note(60 + beat, 90, float(beat), 0.5) for beat in range(4)], 4.0)


def answer(player: RnnPerformer, *, ready: float = 8.0, **controls: float) -> AnswerChunk:
    wanted = AnswerControls(feel=0.0, **controls)  # type: ignore[arg-type]
    return player.start(StartAnswer(1, 1, CALL, 8.0, wanted, ready))


@pytest.mark.parametrize("generator_id", IDS)
def test_a_beam_of_one_is_no_beam(generator_id: str) -> None:
    loaded = model(generator_id)
    primer = Primer(loaded)
    primer.follow([loaded.encoding.silence] * 5)
    for per_iteration in (1, 3, 100):
        controls = AnswerControls(seed=4, steps_per_iteration=per_iteration)
        found = beam_search(loaded, primer.listened(), 32, controls)
        assert found.events == plain_events(primer, loaded, controls)
        assert found.nats < 0.0


def plain_events(primer: Primer, loaded: LoadedModel, controls: AnswerControls) -> tuple[int, ...]:
    """What a stream without a beam draws after the same events."""
    heard = primer.listened()
    before = len(heard.tracker.events)
    sampler = Sampler(controls.seed, loaded.batch_size)
    stream = AnswerStream(loaded, heard, loaded.encoding.part.writer(0), sampler, 32)
    stream.advance(32, controls)
    return tuple(heard.tracker.events[before : before + 32])


@pytest.mark.parametrize("bundle", ["groove_drums", "session_melody"])
def test_a_beam_finds_likelier_answers(bundle: str) -> None:
    player = RnnPerformer(1, BundleLibrary.of().load(bundle))
    plain, searched = [], []
    for seed in range(4):
        one = answer(player, seed=seed)
        best = answer(player, seed=seed, beam_size=4, branch_factor=4, steps_per_iteration=2)
        plain.append(one.likelihood.answer_nats_per_step)
        searched.append(best.likelihood.answer_nats_per_step)
        assert best.likelihood.answer_steps == one.likelihood.answer_steps == 32
        assert best.likelihood.call_nats == one.likelihood.call_nats
    assert fmean(searched) > fmean(plain) + 0.2


def test_a_beams_answer_is_there_at_once_and_nothing_comes_after_it() -> None:
    player = RnnPerformer(1, model("drum_kit"))
    whole = answer(player, ready=0.25, seed=2, beam_size=3)
    assert whole.done
    assert whole.ready_beats == 8.0
    assert whole == answer(player, ready=8.0, seed=2, beam_size=3)
    rest = player.resume(ContinueAnswer(1, 1, 8.0, AnswerControls()))
    assert (rest.done, rest.notes, rest.likelihood) == (True, (), whole.likelihood)


def test_the_musical_knobs_hold_in_a_beam_too() -> None:
    player = RnnPerformer(1, BundleLibrary.of().load("session_melody"))
    notes = answer(player, seed=1, beam_size=2, branch_factor=2, scale=0b101, lock=1).notes
    assert notes
    assert {note.pitch % 12 for note in notes} <= {0, 2}
    assert [note.start_beats for note in notes] == [float(beat) for beat in range(8)]
