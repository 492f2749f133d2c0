"""The best setting, and whether it is more than luck."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.training.sweep.one_run import Result
from bridge.training.sweep.ranking import firmness, ranking
from bridge.training.sweep.settings import Run, Setting, all_runs

SMALL, LARGE = Setting((64,), 0.01, 0.2), Setting((128, 128), 0.003, 0.4)


def results(**nats: list[float]) -> dict[Run, Result]:
    settings = {"small": SMALL, "large": LARGE}
    return {
        Run(settings[name], seed): Result(one, 3, 5, 60.0, b"bundle")
        for name, seeds in nats.items()
        for seed, one in enumerate(seeds, start=1)
    }


def test_every_combination_is_tried_with_every_seed_and_none_twice() -> None:
    runs = all_runs([(64,), (64,), (8, 8)], [0.01, 0.02], [0.4], seeds=2)
    assert len(runs) == len(set(runs)) == 8
    assert [run.seed for run in runs] == [1] * 4 + [2] * 4
    assert runs[0].words() == "64 rate 0.01 dropout 0.4 seed 1"
    assert Setting((), 0.001, 0.0).words() == "rate 0.001 dropout 0"


def test_validation_chooses_by_the_mean_of_the_seeds() -> None:
    first, second = ranking(results(small=[1.0, 1.6], large=[1.1, 1.2]))
    assert (first.setting, first.nats) == (LARGE, pytest.approx(1.15))
    assert second.best[0].seed == 1
    assert first.best[1].nats == 1.1


@pytest.mark.parametrize(
    ("nats", "words"),
    [
        ({"small": [1.0, 1.02], "large": [1.5, 1.51]}, "is firm: the next setting is 0.4950"),
        ({"small": [1.0, 1.3], "large": [1.1, 1.25]}, "is not firm"),
        ({"small": [1.0], "large": [1.1]}, "one seed: --seeds 3"),
        ({"small": [1.0, 1.1]}, "one setting, so nothing was chosen"),
        ({"small": [1.0, 1.1], "large": [nan, 1.0]}, "no other setting was trained to the end"),
        ({"small": [1.0, nan], "large": [nan, 1.2]}, "no setting was trained to the end"),
    ],
)
def test_it_is_said_how_firm_the_choice_is(nats: dict[str, list[float]], words: str) -> None:
    assert words in firmness(ranking(results(**nats)))


def test_what_burst_or_failed_is_never_the_best() -> None:
    found = results(small=[nan, 1.5], large=[nan, nan])
    found[Run(SMALL, 1)] = Result(nan, 0, 0, 0.0, b"", "no room")
    [first, _] = ranking(found)
    assert first.best == (Run(SMALL, 2), found[Run(SMALL, 2)])


@given(st.lists(st.floats(0.5, 5.0), min_size=4, max_size=4), st.permutations(range(4)))
def test_the_order_of_finishing_changes_nothing(nats: list[float], order: list[int]) -> None:
    found = list(results(small=nats[:2], large=nats[2:]).items())
    ranked = ranking(dict(found))
    shuffled = ranking(dict(found[place] for place in order))
    if ranked[0].nats != ranked[1].nats:
        assert shuffled == ranked
