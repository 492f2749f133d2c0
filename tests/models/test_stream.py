"""An answer in the making: to come back to a place, and to take it from there otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.grid import GridNote
from bridge.core.requests import AnswerControls
from bridge.models.primer import Primer
from bridge.models.sampling import Sampler
from bridge.models.stream import AnswerStream
from tests.fakes.bundle_writer import SHAPES
from tests.models.test_performer import model

IDS = tuple(SHAPES)
PLAIN = AnswerControls()
STEERED = AnswerControls(0.8, density=0.5, variety=1.0, top_p=0.9, lock=2)


def stream(generator_id: str, seed: int = 3, steps: int = 48) -> AnswerStream:
    loaded = model(generator_id)
    primer = Primer(loaded)
    primer.follow([loaded.encoding.silence] * 3)
    writer = loaded.encoding.part.writer(0)
    return AnswerStream(loaded, primer.listened(), writer, Sampler(seed, 4), steps)


def rest(one: AnswerStream, controls: AnswerControls = PLAIN) -> tuple[GridNote, ...]:
    return one.advance(48, controls).notes


@pytest.mark.parametrize("generator_id", IDS)
@pytest.mark.parametrize("controls", [PLAIN, STEERED], ids=["plain", "steered"])
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 48), st.integers(0, 2**31))
def test_a_snapshot_goes_on_as_the_stream_would(
    generator_id: str, controls: AnswerControls, place: int, seed: int
) -> None:
    one = stream(generator_id, seed)
    one.advance(place, controls)
    kept, twice = one.snapshot(), one.snapshot()
    expected = rest(one, controls)
    assert rest(kept, controls) == expected
    # Nothing that one of them does reaches another.
    assert rest(twice, controls) == expected
    assert one.nats == kept.nats == twice.nats
    events = range(48, 49) if generator_id != "polyphony" else range(49, 48 * 257)
    assert kept.made_steps in events


@pytest.mark.parametrize("generator_id", IDS)
def test_again_from_a_place_with_another_seed(generator_id: str) -> None:
    one = stream(generator_id)
    one.advance(16, PLAIN)
    kept = one.snapshot()
    answers = {rest(one)}
    for seed in range(6):
        again = kept.snapshot()
        again.reseed(seed)
        answers.add(rest(again))
    assert len(answers) > 4


def test_reseeding_at_the_start_is_the_answer_of_that_seed() -> None:
    one = stream("drum_kit", seed=1)
    one.reseed(77)
    fresh = stream("drum_kit", seed=77)
    # The bundle's own batch size counts from the new seed on, as it does in every answer.
    fresh.reseed(77)
    assert rest(one) == rest(fresh)


def test_from_a_place_on_with_other_controls() -> None:
    one = stream("drum_kit")
    one.advance(16, PLAIN)
    kept = one.snapshot()
    dense = rest(kept, AnswerControls(density=1.0))
    thin = rest(one, AnswerControls(density=-1.0))
    assert len(dense) > len(thin)
    assert min(note.start_step for note in dense) >= 16
