"""What a training tells those who watch it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from bridge.training.diary import CURVE, PROGRESS, Diary, announce
from bridge.training.train import Epoch


class Clock:
    """A test's own."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / PROGRESS).read_text())
    return found


def epoch(number: int) -> Epoch:
    return Epoch(number, math.nan, 1.5 / (1 + number), math.nan, 10.0 * number)


def test_the_time_left_follows_the_pace(tmp_path: Path) -> None:
    clock = Clock()
    with Diary(tmp_path, "mine", 4, clock) as diary:
        assert told(tmp_path)["state"] == "running"
        assert told(tmp_path)["left_s"] is None
        diary.step(1, 10)
        clock.now_s += 9.0
        diary.step(10, 10)
        # 9 updates took 9 s; 30 of 40 are left.
        assert told(tmp_path)["left_s"] == pytest.approx(30.0)
        clock.now_s += 4.5  # Measuring takes its time too.
        diary.epoch(epoch(1))
        assert told(tmp_path)["share"] == pytest.approx(0.25)
        assert told(tmp_path)["left_s"] == pytest.approx(45.0)
        diary.end("It is done.")
        assert told(tmp_path)["verdict"] == ""
    assert told(tmp_path) | {"state": "finished", "verdict": "It is done."} == told(tmp_path)


def test_updates_that_follow_quickly_are_not_all_written(tmp_path: Path) -> None:
    clock = Clock()
    with Diary(tmp_path, "mine", 2, clock) as diary:
        clock.now_s += 1.0
        diary.step(1, 10)
        diary.step(2, 10)
        assert told(tmp_path)["share"] == pytest.approx(0.05)
        clock.now_s += 1.0
        diary.step(3, 10)
        assert told(tmp_path)["share"] == pytest.approx(0.15)


def test_a_training_that_goes_on_counts_only_its_own_time(tmp_path: Path) -> None:
    clock = Clock()
    with Diary(tmp_path, "mine", 4, clock) as diary:
        for number in (1, 2):
            diary.epoch(epoch(number))
        diary.step(1, 10)
        clock.now_s += 9.0
        diary.step(10, 10)
        assert told(tmp_path)["left_s"] == pytest.approx(10.0)
        assert told(tmp_path)["share"] == pytest.approx(0.75)
    assert [json.loads(line)["number"] for line in (tmp_path / CURVE).read_text().splitlines()] == [
        1,
        2,
    ]


def test_the_curve_before_goes_when_the_new_one_learns_and_not_when_it_is_refused(
    tmp_path: Path,
) -> None:
    (tmp_path / CURVE).write_text('{"number": 7}\n')
    with pytest.raises(ValueError, match="refused"), Diary(tmp_path, "mine", 4):
        raise ValueError("refused")
    assert told(tmp_path)["state"] == "stopped"
    assert (tmp_path / CURVE).read_text() != ""
    with Diary(tmp_path, "mine", 4) as diary:
        diary.step(1, 10)
        assert (tmp_path / CURVE).read_text() == ""


def test_a_folder_that_cannot_be_written_stops_no_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with Diary(tmp_path / "file" / "below", "mine", 4) as diary:
        diary.step(1, 10)
        diary.epoch(epoch(1))


def test_the_training_begun_last_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = tmp_path / "state" / "note"
    monkeypatch.setattr("bridge.training.diary.user_training_note", lambda: note)
    for name in ("first", "second"):
        announce(tmp_path / name)
    assert note.read_text() == f"{tmp_path / 'second'}\n"
