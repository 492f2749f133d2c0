import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.linefit import BEATS, SENDER_TIME, FitParameters, LineFit
from bridge.core.noiseshape import NoiseShape
from bridge.core.slopechange import ChangeDetector

TICK = 1 / 24


def feed(fit, xs, slope, offset, noise):
    for x, late in zip(xs, noise, strict=True):
        fit.add(x, offset + slope * x + late)


def test_one_point_is_no_line_unless_the_slope_is_expected():
    fit = LineFit(BEATS)
    fit.add(3.0, 10.0)
    assert not fit.ready
    told = LineFit(BEATS)
    told.set_prior(0.5, 20.0)
    told.add(3.0, 10.0)
    assert told.ready
    assert told.at(5.0) == pytest.approx(11.0)


def test_two_points_are_a_line():
    fit = LineFit(BEATS)
    feed(fit, [0.0, TICK], 0.5, 7.0, [0.0, 0.0])
    assert fit.ready
    assert fit.slope == pytest.approx(0.5)
    assert fit.where(fit.at(3.3)) == pytest.approx(3.3)


@pytest.mark.parametrize("slope", [60 / 20, 60 / 120, 60 / 999])
def test_a_perfect_stream_is_fitted_perfectly(slope):
    fit = LineFit(BEATS)
    xs = np.arange(500) * TICK
    feed(fit, xs, slope, 1e6, np.zeros(500))
    assert fit.slope == pytest.approx(slope, rel=1e-9)
    assert fit.at(xs[-1]) == pytest.approx(1e6 + slope * xs[-1], abs=1e-8)
    assert fit.count == BEATS.window


def test_the_buffers_never_run_over():
    fit = LineFit(FitParameters(window=10))
    xs = np.arange(1000.0)
    feed(fit, xs, 2.0, 0.0, np.zeros(1000))
    assert fit.count == 10
    assert fit.at(1000.0) == pytest.approx(2000.0)


def test_old_points_are_dropped_however_few():
    fit = LineFit(FitParameters(window=100, span=30.0))
    fit.set_prior(1.0, 50.0)
    for x in range(0, 300, 10):
        fit.add(float(x), float(x))
    assert fit.count == 4


def test_symmetric_noise_is_met_in_the_middle():
    rng = np.random.default_rng(1)
    fit = LineFit(BEATS)
    xs = np.arange(2000) * TICK
    feed(fit, xs, 0.5, 3.0, rng.normal(0.0, 0.002, 2000))
    assert fit.skew < 0.3
    assert fit.scale == pytest.approx(0.002, rel=0.2)
    assert fit.at(xs[-1]) == pytest.approx(3.0 + 0.5 * xs[-1], abs=0.001)


def test_one_sided_noise_is_met_at_its_lower_edge():
    rng = np.random.default_rng(2)
    fit = LineFit(SENDER_TIME)
    fit.set_prior(1.0, 50.0)
    xs = np.arange(2000) * 0.02
    feed(fit, xs, 1.0, 3.0, rng.exponential(0.005, 2000))
    assert fit.skew == 1.0
    assert fit.at(xs[-1]) == pytest.approx(3.0 + xs[-1], abs=0.001)


def test_a_stall_hardly_moves_the_line():
    fit = LineFit(SENDER_TIME)
    fit.set_prior(1.0, 50.0)
    rng = np.random.default_rng(3)
    xs = np.arange(600) * 0.02
    noise = rng.exponential(0.0003, 600)
    noise[-5:] = [0.1, 0.08, 0.06, 0.04, 0.02]
    feed(fit, xs, 1.0, 0.0, noise)
    assert fit.at(xs[-1]) == pytest.approx(xs[-1], abs=0.0005)


def test_a_carried_phase_survives_the_change_of_slope():
    fit = LineFit(BEATS)
    rng = np.random.default_rng(4)
    xs = np.arange(300) * TICK
    feed(fit, xs, 0.5, 0.0, rng.normal(0.0, 0.002, 300))
    turn = float(xs[-1])
    fit.carry_over(turn)
    fit.set_prior(0.4, 20.0)
    fit.add(turn, 0.5 * turn + 0.006)
    assert fit.at(turn) == pytest.approx(0.5 * turn, abs=0.001)
    assert fit.slope == pytest.approx(0.4, abs=0.001)


def test_carrying_nothing_over_is_nothing():
    fit = LineFit(BEATS)
    fit.carry_over(1.0)
    assert fit.count == 0


def test_a_restart_takes_the_new_phase_at_once_and_keeps_the_slope():
    fit = LineFit(BEATS)
    feed(fit, np.arange(100) * TICK, 0.5, 0.0, np.zeros(100))
    fit.restart()
    fit.add(100 * TICK, 50.0)
    assert fit.at(100 * TICK) == 50.0
    assert fit.slope == pytest.approx(0.5)


@pytest.mark.parametrize("after", [60 / 140, 60 / 100])
def test_an_untold_change_of_slope_cuts_the_window(after):
    rng = np.random.default_rng(5)
    fit = LineFit(BEATS)
    xs = np.arange(400) * TICK
    feed(fit, xs, 0.5, 0.0, rng.normal(0.0, 0.001, 400))
    turn = float(xs[-1])
    later = turn + np.arange(1, 25) * TICK
    feed(fit, later, after, 0.5 * turn - after * turn, rng.normal(0.0, 0.001, 24))
    assert fit.count <= 26
    assert fit.slope == pytest.approx(after, rel=0.02)


def test_a_told_change_is_not_looked_for():
    fit = LineFit(BEATS)
    fit.watching = False
    feed(fit, np.arange(100) * TICK, 0.5, 0.0, np.zeros(100))
    feed(fit, np.arange(100, 124) * TICK, 0.4, 0.1 * 100 * TICK, np.zeros(24))
    assert fit.count == 124


def test_late_residuals_that_fall_are_a_stall_not_a_change():
    detector = ChangeDetector()
    for n in range(200):
        stalled = max(0.0, 0.05 - 0.02 * (n % 20)) if n % 20 < 3 else 0.0
        assert detector.feed(n * TICK, stalled, 0.0005) is None


def test_residuals_that_grow_are_a_change_where_they_began():
    detector = ChangeDetector()
    found = [detector.feed(n * TICK, max(0, n - 50) * 0.002, 0.001) for n in range(70)]
    changes = [at for at in found if at is not None]
    assert changes
    assert changes[0] == pytest.approx(50 * TICK, abs=3 * TICK)


def test_scale_has_a_floor_and_too_few_points_have_a_guess():
    noise = NoiseShape(100)
    noise.measure_scale(np.zeros(3))
    assert noise.scale >= 5e-4
    noise.measure_scale(np.zeros(100))
    assert noise.scale == 5e-5


def test_weights_distrust_the_late_more_than_the_early():
    noise = NoiseShape(10)
    noise.scale = 0.001
    weight = np.empty(3)
    noise.weigh(np.array([-0.01, 0.0, 0.01]), weight)
    assert weight[1] == 1.0
    assert weight[2] < weight[0] < 1.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(-1e6, 1e6)), min_size=1, max_size=60),
    st.booleans(),
)
def test_nothing_in_range_breaks_the_fit(steps, told):
    fit = LineFit(BEATS)
    if told:
        fit.set_prior(0.5, 20.0)
    x = 0.0
    for step, y in steps:
        x += step
        fit.add(x, y)
        if fit.ready:
            assert np.isfinite(fit.at(x))
            assert fit.slope > 0.0
