import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.errors import TrainingError
from bridge.models.bundle import read_bundle
from bridge.models.library import BundleLibrary
from bridge.models.stack import stack_weights
from bridge.training.batches import SamplerOptions
from bridge.training.from_bundle import learnable, learnt
from bridge.training.job import Job, run_job
from bridge.training.keeper import FileKeeper, Kept
from bridge.training.kinds import KINDS, coding_of
from bridge.training.network import NO_DROPOUT, Dropout, Shape, weight_shapes
from bridge.training.optimise import LearnerOptions
from bridge.training.train import Epoch, Material, Outcome, Plan, Training, learning_rate

BAR = np.array([1, 0, 4, 0, 3, 0, 4, 0, 1, 1, 4, 0, 2, 0, 4, 8])
SONGS = [np.tile(BAR, 6)]
DRUM_CODING = coding_of("drum_kit")
SAMPLER = SamplerOptions(steps=8, lanes=4)
NAN = float("nan")


class Killed(Exception):
    """Stands for the power cut."""


def training(
    epochs: int, attn_length_steps: int = 0, dropout: Dropout = NO_DROPOUT, **plan: float
) -> Training:
    return Training(
        Shape(DRUM_CODING.table, (24,), 8, attn_length_steps),
        DRUM_CODING,
        Material(SONGS * 20, SONGS),
        Plan(epochs, **{"rate": 0.03, **plan}),
        LearnerOptions(dropout, mean_decay=0.9),
        SAMPLER,
    )


def outcome(best: int, *nats: float) -> Outcome:
    curve = tuple(Epoch(i, 1.0, value, NAN, 60.0 * i) for i, value in enumerate(nats, start=1))
    return Outcome({}, curve[best - 1], curve, 20)


def test_the_rate_rises_shortly_then_falls():
    plan = Plan(epochs=10, rate=1.0)
    rates = [learning_rate(plan, share, 1000) for share in (0.0, 0.5, 1.0)]
    assert rates == pytest.approx([1.0, 0.51, 0.02])
    assert learning_rate(plan, 0.0, 0) == pytest.approx(0.02)


def test_the_verdict_says_whether_a_minimum_was_reached():
    reached = outcome(2, 1.5, 1.25, 1.3, 1.31).verdict()
    assert "stopped improving at epoch 2 of 4: 1.2500 nats a step, 4.0 minutes" in reached
    assert "still falling" in outcome(3, 1.5, 1.4, 1.3).verdict()
    start = Epoch(0, NAN, 1.2, NAN, 0.0)
    assert (
        "Nothing was gained" in Outcome({}, start, (start, Epoch(1, 1, 1.3, NAN, 9)), 9).verdict()
    )


def test_an_epoch_is_told_in_one_line():
    whole = Epoch(3, 1.5, 1.25, 1.125, 75.4).line()
    assert whole == "epoch 3: training 1.5000, validation 1.2500, old data 1.1250 nats a step, 75 s"
    assert Epoch(0, NAN, 1.25, NAN, 0.0).line() == "epoch 0: validation 1.2500 nats a step, 0 s"


@pytest.mark.magenta
@pytest.mark.parametrize("attn_length_steps", [0, 4])
def test_a_repeated_bar_is_learnt(tensorflow, attn_length_steps):
    told: list[Epoch] = []
    found = training(4, attn_length_steps).run(told.append)
    assert found.best.validation_nats < 1.0
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]
    assert found.curve == tuple(told)


@pytest.mark.magenta
def test_a_training_that_is_killed_ends_where_it_would_have_ended(tensorflow, tmp_path):
    dropout = Dropout(0.1, 0.1, 0.2)
    whole = training(3, dropout=dropout).run(lambda _epoch: None)
    keeper = FileKeeper(tmp_path / "state.npz", "the same")
    updates = 0

    def power_cut(done: int, every: int) -> None:
        nonlocal updates
        updates += 1
        if updates == every + every // 2:
            raise Killed

    with pytest.raises(Killed):
        training(3, dropout=dropout).run(lambda _epoch: None, power_cut, keeper)
    told: list[Epoch] = []
    again = training(3, dropout=dropout).run(told.append, keeper=keeper)
    assert [epoch.number for epoch in told] == [1, 2, 3]
    assert [e.validation_nats for e in again.curve] == [e.validation_nats for e in whole.curve]
    for name, values in whole.weights.items():
        assert np.array_equal(values, again.weights[name]), name


@pytest.mark.magenta
def test_it_stops_when_validation_stops_improving(tensorflow):
    # At this rate nothing is learnt for long.
    found = training(30, rate=3.0, patience_epochs=2).run(lambda _epoch: None)
    assert found.curve[-1].number == found.best.number + 2
    assert found.curve[-1].number < 30


def test_a_state_of_another_training_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    kept = Kept({"weights/in": np.ones((2, 3), np.float32)}, np.zeros((1, 5)), 1)
    FileKeeper(path, "one").save(kept)
    found = FileKeeper(path, "one").load()
    assert found is not None
    assert np.array_equal(found.arrays["weights/in"], kept.arrays["weights/in"])
    with pytest.raises(TrainingError, match="other data, settings or version"):
        FileKeeper(path, "another").load()
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(TrainingError, match="damaged"):
        FileKeeper(path, "one").load()
    assert FileKeeper(tmp_path / "none.npz", "one").load() is None


@pytest.mark.parametrize(
    ("bundle", "kind"), [("groove_drums", "drum_kit"), ("session_melody", "lookback_rnn")]
)
def test_a_finished_bundle_is_a_network_that_goes_on_learning(bundle, kind):
    weights = stack_weights(read_bundle(BundleLibrary.of().find(bundle)))
    shape = learnable(weights, coding_of(kind).table, KINDS[kind].droppable)
    assert {name: value.shape for name, value in learnt(weights).items()} == weight_shapes(shape)


@pytest.mark.magenta
def test_fine_tuning_begins_where_the_bundle_stands_and_writes_one(magenta, tmp_path):
    source = BundleLibrary.of().find("groove_drums")
    job = Job(
        KINDS["drum_kit"],
        tmp_path / "mine.mag",
        Plan(epochs=2, rate=1e-3),
        "a test",
        source,
        sampler=SAMPLER,
    )
    told: list[Epoch] = []
    found = run_job(job, Material(SONGS * 2, SONGS, SONGS), told.append)
    assert [epoch.number for epoch in told] == [0, 1, 2]
    before = stack_weights(read_bundle(source))
    after = stack_weights(read_bundle(job.out))
    assert after.units == before.units
    assert 0 < np.abs(after.layers[0].kernel - before.layers[0].kernel).max() < 0.1
    assert found.best.validation_nats < told[0].validation_nats == told[0].old_nats
    lines = (job.folder / "curve.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [0, 1, 2]
    assert json.loads(lines[0])["training_nats"] is None
    again: list[Epoch] = []
    run_job(job, Material(SONGS * 2, SONGS, SONGS), again.append)
    assert [epoch.line() for epoch in again] == [epoch.line() for epoch in told]
    with pytest.raises(TrainingError, match="is no lookback_rnn"):
        run_job(replace(job, kind=KINDS["lookback_rnn"]), Material(SONGS, SONGS), again.append)


@pytest.mark.magenta
def test_a_newer_trainer_does_not_go_on_where_an_older_one_was_killed(
    tensorflow, tmp_path, monkeypatch
):
    job = Job(
        KINDS["drum_kit_lookback"],
        tmp_path / "mine.mag",
        Plan(epochs=1),
        "a test",
        layer_sizes=(8,),
        sampler=SAMPLER,
    )
    run_job(job, Material(SONGS, SONGS), lambda _epoch: None)
    monkeypatch.setattr("bridge.training.job.trainer_checksum", lambda: "a newer one")
    with pytest.raises(TrainingError, match="other data, settings or version"):
        run_job(job, Material(SONGS, SONGS), lambda _epoch: None)


@pytest.mark.magenta
def test_a_bundle_that_cannot_be_written_leaves_the_old_one_and_can_be_made_good(
    tensorflow, tmp_path
):
    job = Job(
        KINDS["drum_kit_lookback"],
        tmp_path / "mine.mag",
        Plan(epochs=1),
        "a test",
        layer_sizes=(8,),
        sampler=SAMPLER,
    )
    job.out.write_bytes(b"the old one")
    in_the_way = tmp_path / "mine.mag.part"
    in_the_way.mkdir()
    with pytest.raises(TrainingError, match=r"mine\.mag can't be written.*Make room, and go on"):
        run_job(job, Material(SONGS, SONGS), lambda _epoch: None)
    assert job.out.read_bytes() == b"the old one"
    in_the_way.rmdir()
    run_job(job, Material(SONGS, SONGS), lambda _epoch: None)
    assert read_bundle(job.out).generator_id == "drum_kit_lookback"
    assert not in_the_way.exists()


def test_what_the_trainer_cannot_go_on_with_is_said():
    weights = stack_weights(read_bundle(BundleLibrary.of().find("groove_drums")))
    odd = replace(
        weights, layers=(replace(weights.layers[0], forget_bias=0.0), *weights.layers[1:])
    )
    with pytest.raises(TrainingError, match="forget bias"):
        learnable(odd, DRUM_CODING.table, (0,))


def test_the_state_lies_beside_the_bundle():
    job = Job(KINDS["drum_kit"], Path("x/mine.mag"), Plan(epochs=1), "")
    assert job.folder == Path("x/mine.mag.training")
