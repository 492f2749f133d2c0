import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BundleInvalid
from bridge.models.sampling import Sampler, log_probability, softmax, softmax_rows


def logits_of(count: int, seed: int) -> np.ndarray:
    return np.random.RandomState(seed).randn(count).astype(np.float32) * 3


@given(st.integers(0, 2**31 - 1), st.sampled_from([1, 4, 128]), st.floats(0.1, 2.0))
def test_draws_what_numpys_choice_draws_for_a_padded_batch(
    seed: int, batch: int, temperature: float
) -> None:
    sampler, oracle = Sampler(seed, batch), np.random.RandomState(seed)
    for step in range(4):
        logits = logits_of(40, step)
        shares = softmax(logits, temperature)
        expected, *_padding = (oracle.choice(40, p=shares) for _ in range(batch))
        drawn, nats = sampler.draw(logits, temperature)
        assert drawn == expected
        assert nats == pytest.approx(log_probability(logits, drawn), abs=1e-5)


def test_softmax_sums_to_one_and_heats() -> None:
    logits = logits_of(512, 3)
    assert softmax(logits).sum() == pytest.approx(1.0, abs=1e-5)
    assert softmax(logits, 0.1).max() > softmax(logits).max() > softmax(logits, 2.0).max()
    assert softmax(logits).dtype == np.float32


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), 1e-300, 1e300, float("inf")])
def test_absurd_temperatures_still_draw_a_class(temperature: float) -> None:
    assert 0 <= Sampler(1, 1).draw(logits_of(40, 1), temperature)[0] < 40


def test_log_probability_is_natural_and_at_temperature_one() -> None:
    logits = np.log(np.array([0.25, 0.75], np.float32))
    assert log_probability(logits, 0) == pytest.approx(np.log(0.25), abs=1e-6)
    assert log_probability(np.array([0.0, -1e4], np.float32), 0) == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    logits = np.full(4, bad, np.float32)
    with np.errstate(all="ignore"), pytest.raises(BundleInvalid):
        softmax(logits)


def test_a_negative_seed_is_as_good_as_any() -> None:
    assert Sampler(-1, 1).draw(logits_of(40, 1), 1.0) == Sampler(2**32 - 1, 1).draw(
        logits_of(40, 1), 1.0
    )


@given(st.integers(0, 1000), st.sampled_from([2, 38, 130, 512]), st.floats(0.1, 2.0))
def test_many_rows_at_once_are_the_same_to_the_last_bit(
    seed: int, count: int, temperature: float
) -> None:
    rows = np.stack([logits_of(count, seed + i) for i in range(5)])
    each = np.stack([softmax(row, temperature) for row in rows])
    assert softmax_rows(rows, temperature).tolist() == each.tolist()
