"""A sweep's results are the same whoever trains, and nothing is trained twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from math import nan
from pathlib import Path
from typing import Any

import pytest

from bridge.errors import TrainingError
from bridge.training.sweep.ledger import Ledger
from bridge.training.sweep.one_run import Result, Sweep, job_of
from bridge.training.sweep.settings import Run
from bridge.training.sweep.sweep import best_bundle, nats_of, run_sweep
from bridge.training.work.processes import Processes
from tests.training.sweep.small import KIND, RUNS, small_sweep


class Pretending:
    """Workers that train nothing: what is tested is what becomes of their results."""

    def __init__(self, *results: Result) -> None:
        self._results, self.asked = results, 0

    def each(
        self, _task: Callable[[Any, Any], Any], _common: Any, items: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        self.asked += len(items)
        yield from reversed(list(zip(range(len(items)), self._results, strict=False)))


def quiet(*_told: object) -> None:
    pass


def result(nats: float, bundle: bytes = b"a bundle") -> Result:
    return Result(nats, 2, 3, 1.5, bundle)


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return small_sweep(tmp_path / "sweep")


def test_what_is_finished_is_not_trained_again(sweep: Sweep) -> None:
    told: list[tuple[Run, int]] = []
    first = Pretending(result(1.5), result(1.25, b"the better one"))
    ranked = run_sweep(sweep, RUNS, first, lambda run, _, done, __: told.append((run, done)))
    assert told == [(RUNS[1], 1), (RUNS[0], 2)]
    assert best_bundle(sweep.folder).read_bytes() == b"the better one"
    again = Pretending()
    assert run_sweep(sweep, RUNS, again, quiet) == ranked
    assert (first.asked, again.asked) == (2, 0)
    table = json.loads((sweep.folder / "sweep.json").read_text())
    assert [row["nats"] for row in table] == [{"1": 1.25}, {"1": 1.5}]


@pytest.mark.parametrize("suffix", [".mag", ".json"])
def test_a_damaged_result_is_trained_again(sweep: Sweep, suffix: str) -> None:
    ledger, run = Ledger(sweep), RUNS[0]
    ledger.save(run, result(1.5))
    assert ledger.load(run) == result(1.5)
    path = ledger.bundle(run).with_suffix(suffix)
    path.write_bytes(path.read_bytes()[:-3])
    assert ledger.load(run) is None
    path.unlink()
    assert ledger.load(run) is None


def test_a_result_that_cannot_be_kept_leaves_the_old_one(sweep: Sweep) -> None:
    run_sweep(sweep, RUNS, Pretending(result(1.5), result(1.25)), quiet)
    best, ledger = best_bundle(sweep.folder), Ledger(sweep)
    for path in (best, ledger.bundle(RUNS[0])):
        path.with_name(f"{path.name}.part").mkdir()
    with pytest.raises(TrainingError, match=r"best\.mag can't be written"):
        run_sweep(sweep, RUNS, Pretending(), quiet)
    assert best.read_bytes() == b"a bundle"
    with pytest.raises(TrainingError, match="Make room, and go on"):
        ledger.save(RUNS[0], result(1.0, b"another"))
    assert ledger.load(RUNS[0]) == result(1.5)


def test_other_settings_are_other_runs(sweep: Sweep) -> None:
    assert len({job_of(sweep, run).out for run in RUNS}) == len(RUNS)


def test_what_an_older_trainer_finished_is_trained_again(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = Ledger(sweep)
    ledger.save(RUNS[0], result(1.5))
    assert ledger.load(RUNS[0]) == result(1.5)
    monkeypatch.setattr("bridge.training.job.trainer_checksum", lambda: "a newer one")
    assert ledger.load(RUNS[0]) is None


def test_a_run_that_failed_is_told_and_tried_again(sweep: Sweep) -> None:
    failed = Result(nan, 0, 0, 0.0, b"", "no room")
    ranked = run_sweep(sweep, RUNS, Pretending(failed, result(1.5)), quiet)
    assert ranked[0].best[1].nats == 1.5
    again = Pretending(failed)
    run_sweep(sweep, RUNS, again, quiet)
    assert again.asked == 1
    with pytest.raises(TrainingError, match=r"Every run failed\. no room"):
        run_sweep(sweep, RUNS[:1], Pretending(failed), quiet)


@pytest.mark.magenta
def test_two_processes_train_what_one_trains(tensorflow: Any, tmp_path: Path) -> None:
    found = []
    for count in (1, 2):
        sweep = small_sweep(tmp_path / str(count))
        ranked = run_sweep(sweep, RUNS, Processes(count, fresh=True), quiet)
        found.append([(one.setting, one.nats, one.best[1].bundle) for one in ranked])
        assert not list(sweep.folder.rglob("state.npz"))
    assert found[0] == found[1]
    assert found[0][0][1] < found[0][1][1]
    # What validation says is what the engine measures on the same music.
    measured = nats_of(best_bundle(sweep.folder), KIND, sweep.material.validation)
    assert measured == pytest.approx(found[0][0][1], abs=1e-4)
