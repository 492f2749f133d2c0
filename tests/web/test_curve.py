"""The curve of a training that runs beside the jam."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.config.web import WebSettings
from bridge.web.curve import (
    MOST_EPOCHS,
    SILENT_S,
    STATES,
    CurveWatch,
    TrainingCurve,
    read_curve,
)
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
            events.wait_for("training", lambda fields: len(fields["epochs"]) == 1)
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


def progress(**told: object) -> str:
    return json.dumps({"name": "mine", "state": "running", "most_epochs": 9, **told})


@pytest.fixture
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The note of the training that was begun last."""
    found = tmp_path / "newest-training"
    monkeypatch.setattr("bridge.web.curve.user_training_note", lambda: found)
    return found


def kept(folder: Path, **told: object) -> Path:
    """A training's folder."""
    folder.mkdir(exist_ok=True)
    (folder / "curve.jsonl").write_text(line(1, 1.5) + "\n")
    (folder / "progress.json").write_text(progress(name=folder.name, **told))
    return folder


def test_without_being_named_the_training_that_was_begun_last_is_told(tmp_path: Path, note: Path):
    told: list[TrainingCurve] = []
    watch = CurveWatch(None, told.append)
    watch.look()
    assert told == []
    for name in ("first", "second"):
        note.write_text(f"{kept(tmp_path / name)}\n")
        watch.look()
    assert [one.name for one in told] == ["first", "second"]
    kept(tmp_path / "second", share=0.5, left_s=61.0)
    watch.look()
    assert (told[-1].state, told[-1].share, told[-1].left_s) == ("running", 0.5, 61.0)
    assert told[-1].most_epochs == 9
    kept(tmp_path / "second", state="finished", verdict="It is done.")
    watch.look()
    assert (told[-1].state, told[-1].verdict) == ("finished", "It is done.")


def test_the_training_of_last_week_is_not_told_unless_it_is_named(tmp_path: Path, note: Path):
    folder = kept(tmp_path / "old", state="finished")
    note.write_text(f"{folder}\n")
    next_week_s = time.time() + 7 * 86400
    told: list[TrainingCurve] = []
    CurveWatch(None, told.append, lambda: next_week_s).look()
    assert told == []
    for named in (folder, folder / "curve.jsonl"):
        CurveWatch(named, told.append, lambda: next_week_s).look()
    assert [one.state for one in told] == ["finished", "finished"]


def test_a_training_that_was_killed_is_told_to_be_silent(tmp_path: Path):
    now_s = [time.time()]
    told: list[TrainingCurve] = []
    watch = CurveWatch(kept(tmp_path / "mine"), told.append, lambda: now_s[0])
    watch.look()
    now_s[0] += SILENT_S + 1.0
    watch.look()
    watch.look()
    assert [one.state for one in told] == ["running", "silent"]


def test_a_file_that_is_just_being_written_takes_nothing_back(tmp_path: Path):
    told: list[TrainingCurve] = []
    folder = kept(tmp_path / "mine", share=0.5)
    watch = CurveWatch(folder, told.append)
    watch.look()
    for half in ("", '{"name": "mi'):
        (folder / "progress.json").write_text(half)
        watch.look()
        assert (told[-1].name, told[-1].share) == ("mine", 0.5)


def test_a_note_that_makes_no_sense_is_passed_over(tmp_path: Path, note: Path):
    told: list[TrainingCurve] = []
    watch = CurveWatch(None, told.append)
    for text in (b"", b"\xff\xfe", b"a\0b", b"x" * 5000, str(tmp_path / "gone").encode()):
        note.write_bytes(text)
        watch.look()
    assert told == []


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


@given(
    told=st.text(max_size=60)
    | st.dictionaries(
        st.sampled_from(["name", "state", "most_epochs", "share", "left_s", "verdict"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just([]),
    ).map(json.dumps),
    silent=st.booleans(),
)
def test_any_progress_can_be_told(told: str, silent: bool):
    found = asdict(read_curve(line(1, 1.0), told, silent=silent))
    assert json.loads(json.dumps(found, allow_nan=False))["state"] in ("", "silent", *STATES)
