"""The figures that the ranking of answers rests on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bridge.errors import BundleInvalid
from bridge.models.library import BundleLibrary
from bridge.models.loading import load_model
from bridge.training.continuations import ANSWER_BARS, CALL_BARS
from bridge.training.phrases import FIGURES, measured
from tests.fakes.bundle_writer import nade_bundle, random_bundle

BAR = [1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 3, 0, 4, 8]


def test_people_the_bundle_and_its_best_are_measured_on_the_same_calls() -> None:
    model = BundleLibrary.of().load("groove_drums")
    steps = np.array(BAR * 10)
    found = measured(model, [steps, steps[:50]], calls=5, candidates=3)
    assert [one.name for one in found] == [
        "people",
        "the bundle",
        "likeliest of 3",
        "best of 3",
    ]
    # 160 steps hold two calls with what followed, 50 steps none.
    assert len(steps) == (CALL_BARS + 2 * ANSWER_BARS) * 16
    assert all(one.figures.shape == (2, len(FIGURES)) for one in found)
    people, bundle, likeliest, _ = (one.figures for one in found)
    gap, loop, copy, octaves = people[0][1:]
    assert (loop, copy) == (1.0, 1.0)
    assert gap == pytest.approx(1 / 16)
    assert octaves == pytest.approx(0.0)
    assert (likeliest[:, 0] >= bundle[:, 0] - 1e-6).all()
    assert len(list(found[0].lines())) == 1 + len(FIGURES)


def test_a_melodys_steps_are_codes() -> None:
    model = BundleLibrary.of().load("session_melody")
    tune = np.array([14, 0, 0, 1, 16, 0, 18, 0] * 12)
    (people, *_) = measured(model, [tune], calls=1, candidates=2)
    assert people.figures[0][2:4].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("name", ["polyphony", "performance", "rnn-nade"])
def test_bundles_without_an_event_for_each_step_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.mag"
    path.write_bytes(nade_bundle(name) if name == "rnn-nade" else random_bundle(name))
    with pytest.raises(BundleInvalid, match=f"'odd' plays {name}"):
        measured(load_model("odd", path), [np.zeros(160, np.int64)], calls=1, candidates=2)
