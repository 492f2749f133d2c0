"""A file is there whole, or what was there before still is."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from bridge.errors import TrainingError
from bridge.training.whole_file import written_whole


class Killed(BaseException):
    """Stands for the power cut."""


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "mine.mag"
    for words in ("the first", "the second"):
        with written_whole(path) as half:
            half.write_text(words)
        assert path.read_text() == words
    assert [one.name for one in path.parent.iterdir()] == ["mine.mag"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.mag"
    path.write_text("the old one")
    with (
        pytest.raises(TrainingError, match=r"No space left.*Make room"),
        written_whole(path) as half,
    ):
        half.write_text("hal")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert [one.name for one in tmp_path.iterdir()] == ["mine.mag"]
    assert path.read_text() == "the old one"


def test_a_kill_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.mag"
    path.write_text("the old one")
    with pytest.raises(Killed), written_whole(path) as half:
        half.write_text("hal")
        raise Killed
    assert path.read_text() == "the old one"
    with written_whole(path) as half:
        half.write_text("the new one")
    assert path.read_text() == "the new one"
