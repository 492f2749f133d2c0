"""A bundle beside baselines, another bundle and people, and the page that shows it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bridge.cli.app import app
from bridge.core.chord_symbols import parse_chord
from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.polyphony import polyphonic_events
from bridge.errors import ConfigError, CorpusEmpty
from bridge.models.library import BundleLibrary
from bridge.models.loading import load_model
from bridge.paths import data_folder
from bridge.training.appraisal import PEOPLE, appraised
from bridge.training.chorded import chorded
from bridge.training.continuations import call_pairs, gone_round
from bridge.training.corpus.collect import Corpus
from bridge.training.report_page import report_page
from tests.fakes.bundle_writer import random_bundle

BAR = [5, 0, 4, 0, 6, 0, 4, 0, 4, 0, 5, 0, 6, 0, 4, 0]
PIECE = np.array(BAR * 8)
CORPUS = Corpus([PIECE], [PIECE], [np.array(BAR * 6)], [])
BREAKS = data_folder("bundles") / "data" / "breaks.yaml"


class Reader(HTMLParser):
    """Notes the tags of a page, and that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_bundle_stands_beside_baselines_and_people() -> None:
    model = BundleLibrary.of().load("groove_drums")
    found = appraised([model], CORPUS, calls=3)
    by_name = {one.name: one for one in found.predicted}
    assert len(by_name) == 5
    assert (found.steps, found.notes) == (14 * 16, 14 * 10 + 14 * 2)
    # The bundle hears that the bar comes again and again; to the unigram every step is alike.
    assert by_name["groove_drums"].nats_per_step < by_name["unigram"].nats_per_step
    per_note = by_name["unigram"].nats_per_step * found.steps / found.notes
    assert by_name["unigram"].nats_per_note == pytest.approx(per_note)
    assert list(found.manners) == [PEOPLE, "groove_drums"]
    [density, *_] = found.likenesses["groove_drums"]
    assert density.people == 12
    assert 0.0 <= density.alike <= 1.0


def test_cold_answers_keep_closer_to_what_the_model_expects() -> None:
    model = BundleLibrary.of().load("groove_drums")
    repeats = {}
    for temperature in (0.3, 2.0):
        found = appraised([model], CORPUS, calls=3, temperature=temperature)
        assert found.temperature == temperature
        figures = found.manners["groove_drums"].figures
        repeats[temperature] = figures["bar repeated, share of steps"].mean()
    assert repeats[0.3] > repeats[2.0]


def test_loops_of_four_bars_are_answered_as_they_go_round() -> None:
    loop = np.concatenate([np.roll(BAR, bar) for bar in range(4)])
    [pair] = call_pairs(gone_round([loop, loop[:48]], 16), 16)
    call, following = pair
    assert call.tolist() == loop[:32].tolist()
    assert following.tolist() == [*loop[32:].tolist(), *loop[:32].tolist()]


def test_only_bundles_of_one_kind_are_compared(tmp_path: Path) -> None:
    library = BundleLibrary.of()
    drums, melody = library.load("groove_drums"), library.load("session_melody")
    with pytest.raises(ConfigError, match="same kind"):
        appraised([drums, melody], CORPUS, calls=1)
    (tmp_path / "p.mag").write_bytes(random_bundle("performance_with_dynamics"))
    with pytest.raises(ConfigError, match="can't be measured so"):
        appraised([load_model("p", tmp_path / "p.mag")], CORPUS, calls=1)


def test_many_voices_are_predicted_and_what_is_not_measured_is_said(tmp_path: Path) -> None:
    (tmp_path / "p.mag").write_bytes(random_bundle("polyphony"))
    chords = [GridNote(pitch, at, at + 4) for at in range(0, 64, 4) for pitch in (60, 64)]
    hymn = np.array(polyphonic_events(chords, 64))
    found = appraised([load_model("p", tmp_path / "p.mag")], Corpus([hymn], [hymn], [], []), 1)
    assert (found.steps, found.notes) == (64, 32)
    by_name = {one.name: one for one in found.predicted}
    assert by_name["6-gram by place in the bar"].nats_per_step < by_name["p"].nats_per_step
    assert (found.manners, found.likenesses) == ({}, {"p": ()})
    assert "is not measured" in found.unmeasured
    assert "is not measured" in report_page(found, [], "hymns")


def test_melodies_over_chords_answer_over_the_chords_that_followed(tmp_path: Path) -> None:
    (tmp_path / "p.mag").write_bytes(random_bundle("chord_pitches_improv"))
    places = np.tile([2, 0, 0, 0, 9, 0, 0, 0], 16)
    figures = [("C", "Am7", "F", "G7")[step // 16 % 4] for step in range(len(places))]
    song = chorded(places, map(parse_chord, figures))
    model = load_model("p", tmp_path / "p.mag")
    found = appraised([model], Corpus([song], [song], [song], []), calls=2)
    assert (found.steps, found.notes) == (256, 64)
    assert len(found.predicted) == 6
    assert found.unmeasured == ""
    assert found.manners[PEOPLE].figures["density, notes a bar"].tolist() == [4.0, 4.0]


def test_pieces_too_short_for_an_answer_are_no_measure() -> None:
    short = Corpus([PIECE], [np.array(BAR * 3)], [], [])
    with pytest.raises(CorpusEmpty, match="six bars"):
        appraised([BundleLibrary.of().load("groove_drums")], short, calls=1)


def test_the_command_writes_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    music = tmp_path / "music"
    music.mkdir()
    (music / "b&w.yaml").write_text(
        re.sub(r'"([^"]*)"', r'"\1 \1"', BREAKS.read_text(encoding="utf-8")), encoding="utf-8"
    )
    arguments = [
        "evaluate",
        "groove_drums",
        str(music),
        "--against",
        "groove_drums",
        "--calls",
        "2",
    ]
    result = CliRunner().invoke(app, [*arguments, "--page", str(page)])
    assert result.exit_code == 0, result.output
    assert "1 of 1 files used, 160 bars" in result.output
    assert "nats a note" in result.output
    text = page.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert not reader.open
    assert reader.seen.count("svg") == 8
    assert "script" not in reader.seen
    assert "b&amp;w.yaml" in text
    assert "http" not in text


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "groove_drums", str(tmp_path / "none")])
    assert result.exit_code == 2
    assert "There is no folder" in result.output
