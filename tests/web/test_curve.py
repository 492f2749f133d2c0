"""The curve of a training that runs beside the jam."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.web import WebSettings
from bridge.web.curve import MOST_EPOCHS, CurveWatch, TrainingCurve, read_curve
from tests.fakes.page import served
from tests.fakes.room import steady_drummer


def line(number: int, validation: float, **more: object) -> str:
    epoch = {"number": number, "training_nats": None, "validation_nats": validation}
    return json.dumps(epoch | {"old_nats": None, "spent_s": 1.5 * number} | more)


def test_the_page_is_told_each_epoch_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bridge.web.curve.EVERY_S", 0.01)
    file = tmp_path / "curve.jsonl"
    web = WebSettings(training_curve=str(file))
    with served(tmp_path, steady_drummer(tmp_path), web=web) as page:
        with page.stream() as events:
            _, hello = events.next()
            assert hello["training"] is None
            file.write_text(line(0, 2.5) + "\n")
            assert len(events.wait_for("training")["epochs"]) == 1
            file.write_text(line(0, 2.5) + "\n" + line(1, 2.25) + "\n")
            told = events.wait_for("training", lambda fields: len(fields["epochs"]) == 2)
            assert told["epochs"][1]["validation_nats"] == 2.25
            assert told["epochs"][1]["spent_s"] == 1.5
        with page.stream() as events:
            _, hello = events.next()
            assert hello["training"] == told


def test_an_unchanged_file_is_told_once_and_a_missing_one_never(tmp_path: Path):
    told: list[TrainingCurve] = []
    watch = CurveWatch(tmp_path / "curve.jsonl", told.append)
    watch.look()
    assert told == []
    (tmp_path / "curve.jsonl").write_text(line(0, 1.0))
    watch.look()
    watch.look()
    assert len(told) == 1


def test_the_newest_epochs_are_kept():
    text = "\n".join(line(number, 1.0) for number in range(MOST_EPOCHS + 10))
    assert len(read_curve(text).epochs) == MOST_EPOCHS
    assert read_curve(text).epochs[-1]["number"] == MOST_EPOCHS + 9


def test_what_the_training_writes_is_understood():
    train = pytest.importorskip("bridge.training.train", reason="training needs TensorFlow")
    epoch = train.Epoch(3, math.nan, 1.25, math.nan, 60.0)
    numbers = {name: None if value != value else value for name, value in asdict(epoch).items()}
    assert read_curve(json.dumps(numbers)).epochs == (numbers,)


@given(text=st.text(max_size=60) | st.lists(st.text(max_size=20)).map("\n".join))
def test_any_text_is_a_curve_of_numbers_or_none(text: str):
    for found in (text, '{"number": 1, "validation_nats": ' + text + "}", line(1, 1e999)):
        for epoch in read_curve(found).epochs:
            assert all(value is None or math.isfinite(value) for value in epoch.values())
