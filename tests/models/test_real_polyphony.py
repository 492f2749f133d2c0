"""A bundle that a user of Magenta trained in 2017 or later, played by both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.magenta_oracle import MagentaPlayer
from tests.models.parity import check_softmax, equal_answers

pytestmark = [
    pytest.mark.magenta,
    pytest.mark.shared,
    pytest.mark.filterwarnings("ignore"),
]

BUNDLE = Path(__file__).resolve().parents[3] / "shared" / "bundles" / "lakh_segment_polyphony.mag"


def test_a_users_bundle_plays_as_in_magenta() -> None:
    if not BUNDLE.is_file():
        pytest.skip("../shared/bundles/lakh_segment_polyphony.mag is not there")
    player = MagentaPlayer(BUNDLE)
    check_softmax(BUNDLE, player, trained=True)
    assert equal_answers(BUNDLE, player, runs=4, answer_steps=8) == 4
    player.close()
