"""Whoever works, every item is done once, and a lost worker is told."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from bridge.errors import ConfigError, TrainingError
from bridge.training.work.choice import workers_of
from bridge.training.work.on_ray import OnRay
from bridge.training.work.processes import Processes
from bridge.training.work.workers import HERE, Workers


def product(common: int, item: int) -> tuple[int, int]:
    return common * item, os.getpid()


def killed_at_two(_common: None, item: int) -> int:
    if item == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


@pytest.mark.parametrize(
    "workers",
    [HERE, Processes(1), Processes(2), Processes(2, fresh=True)],
    ids=["here", "one process", "two processes", "two fresh processes"],
)
def test_every_item_is_done_once_and_known_by_its_place(workers: Workers) -> None:
    found = dict(workers.each(product, 3, range(5)))
    assert {place: number for place, (number, _) in found.items()} == {n: 3 * n for n in range(5)}


def test_fresh_processes_do_one_item_each() -> None:
    found = dict(Processes(2, fresh=True).each(product, 1, range(3)))
    assert len({process for _, process in found.values()} - {os.getpid()}) == 3


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(Processes(2).each(product, 3, [])) == []


@pytest.mark.parametrize("fresh", [False, True])
def test_a_process_that_is_killed_is_told(fresh: bool) -> None:
    with pytest.raises(TrainingError, match="ended from outside") as told:
        list(Processes(1, fresh).each(killed_at_two, None, range(4)))
    assert "fewer --workers" in told.value.hint


def test_what_was_asked_for_is_chosen() -> None:
    assert workers_of(1, "") is HERE
    assert isinstance(workers_of(1, "", fresh=True), Processes)
    assert isinstance(workers_of(3, ""), Processes)
    assert isinstance(workers_of(1, "ray"), OnRay)
    with pytest.raises(ConfigError, match="spark"):
        workers_of(1, "spark")
    with pytest.raises(ConfigError, match="exclude each other"):
        workers_of(2, "ray:1.2.3.4:6379")


def test_without_ray_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match="not installed") as told:
        list(OnRay().each(product, 3, range(2)))
    assert "[scale]" in told.value.hint
