"""The model hears what came before the call: as one primer, of which the call is the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.core.memory import joined
from bridge.core.notes import Phrase
from bridge.core.requests import PrimeCall
from bridge.models.performer import RnnPerformer
from tests.models.test_performer import IDS, performer, random_call, start, whole


def heard_before(player: RnnPerformer, memory: Phrase, call: Phrase, beats: float) -> None:
    player.prime(PrimeCall(1, 1, call, beats, memory=memory))


@pytest.mark.parametrize("generator_id", IDS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_answer_is_the_one_to_the_whole_primer(generator_id: str, seed: int) -> None:
    memory, call = random_call(seed, 8.0), random_call(seed + 10, 4.0)
    request = start(call)
    remembered = performer(generator_id).start(replace(request, memory=memory))
    primer = performer(generator_id).start(replace(request, call=joined(memory, call)))
    assert whole(remembered) == whole(primer)
    assert remembered.likelihood.answer_nats == primer.likelihood.answer_nats


@pytest.mark.parametrize("generator_id", IDS)
def test_priming_along_with_memory_changes_no_note(generator_id: str) -> None:
    memory, call = random_call(4, 16.0), random_call(5, 8.0)
    player = performer(generator_id)
    for beats in (0.5, 1.0, 4.0, 7.5):
        heard_before(player, memory, call, beats)
    primed = player.start(replace(start(call), memory=memory))
    assert primed == performer(generator_id).start(replace(start(call), memory=memory))


@pytest.mark.parametrize("generator_id", IDS)
def test_the_likelihood_of_the_call_is_the_call_s_own(generator_id: str) -> None:
    memory, call = random_call(6, 8.0), random_call(7, 4.0)
    both = performer(generator_id).start(start(joined(memory, call))).likelihood
    part = performer(generator_id).start(replace(start(call), memory=memory)).likelihood
    before = performer(generator_id).start(start(memory)).likelihood
    assert part.call_steps == both.call_steps - before.call_steps > 0
    assert both.call_nats < part.call_nats < 0.0
