"""Drum patterns written as text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.errors import FileRejected
from bridge.paths import data_folder
from bridge.training.corpus.collect import collect
from bridge.training.corpus.patterns import LANES, pattern_pieces
from bridge.training.kinds import encoding_of

GOOD = """
pieces:
  - name: one
    kick:  "X.......x....... o..............."
    snare: "....X.......X... ....X.......X..."
"""


def saved(folder: Path, text: str) -> Path:
    (folder / "mine.yaml").write_text(text)
    return folder / "mine.yaml"


def test_lanes_become_notes_with_their_loudness(tmp_path: Path) -> None:
    [piece] = pattern_pieces(saved(tmp_path, GOOD), "mine.yaml")
    assert piece.name == "mine.yaml #1 one"
    assert piece.length_beats == 8.0
    [voice] = piece.voices
    kicks = [(n.start_beats, n.velocity) for n in voice.notes if n.pitch == LANES["kick"]]
    assert kicks == [(0.0, 118), (2.0, 90), (4.0, 45)]
    assert (LANES["hat"], LANES["open"], LANES["crash"], LANES["ride"]) == (42, 46, 49, 51)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pieces: [", "no YAML"),
        ("kick: x", "no list of pieces"),
        ("pieces: [3]", "piece 1"),
        (GOOD.replace("snare", "cowbell"), "no drum 'cowbell'"),
        (GOOD.replace("o...", "y..."), "kick holds 'y'"),
        (GOOD.replace("....X.......X... ....X", "....X.......X... ...X"), "equally long"),
        ("pieces: [{name: empty}]", "no lanes"),
    ],
)
def test_what_is_written_wrongly_is_said(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FileRejected, match=words):
        list(pattern_pieces(saved(tmp_path, text), "mine.yaml"))


def test_the_breaks_that_travel_along_are_sixty_bars_and_more_and_all_different() -> None:
    corpus = collect(data_folder("bundles") / "data", encoding_of("drum_kit"), "drums")
    [report] = corpus.files
    assert (report.name, report.used, report.words) == ("breaks.yaml", True, "")
    assert report.bars >= 60
    assert report.examples == report.bars / 4
    held_out = len(corpus.validation) + len(corpus.test)
    assert held_out >= 2
    every = [bar.tobytes() for steps in corpus.train for bar in steps.reshape(-1, 16)]
    assert len(set(every)) > len(every) / 2
