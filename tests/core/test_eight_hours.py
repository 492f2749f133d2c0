"""Eight hours of each kind of source: nothing drifts and no bar is missed."""

import pytest

from tests.fakes import eight_hours


@pytest.mark.parametrize(
    ("make", "worst_ms"),
    [
        (lambda: eight_hours.device(stamped=True), 3.0),
        (lambda: eight_hours.device(stamped=False), 2.0),
        (eight_hours.midi, 2.0),
        (eight_hours.link, 0.5),
        (eight_hours.internal, 1e-3),
    ],
    ids=["device", "device without stamps", "MIDI clock", "Link", "internal"],
)
def test_no_drift_and_no_missed_bar(make, worst_ms):
    run = make()
    assert run.bars == pytest.approx(run.true_bars, abs=1e-6)
    assert run.breaks == 1
    assert run.worst_ms <= worst_ms
    assert abs(run.drift_ms) <= 0.25
