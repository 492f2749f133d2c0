"""Melodies over chords: what is read of scores with chord symbols, and what is said without."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.chord_symbols import parse_chord
from bridge.errors import CorpusEmpty
from bridge.training.chorded import chord_numbers, chord_of, places_of
from bridge.training.corpus.collect import collect, read_examples
from bridge.training.corpus.merge import originals
from bridge.training.kinds import KINDS

KIND = KINDS["chord_pitches_improv"]


def chord(root: str, kind: str = "major") -> str:
    return f"<harmony><root><root-step>{root}</root-step></root><kind>{kind}</kind></harmony>"


def note(step: str, octave: int = 4) -> str:
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        "<duration>1</duration></note>"
    )


def score(*measures: str) -> str:
    """A score of bars of four quarter notes."""
    attributes = (
        "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time>"
        "<clef><sign>G</sign><line>2</line></clef></attributes>"
    )
    bars = "".join(
        f'<measure number="{number}">{attributes if number == 1 else ""}{measure}</measure>'
        for number, measure in enumerate(measures, 1)
    )
    return (
        '<?xml version="1.0"?><score-partwise version="3.0"><part-list><score-part id="P1">'
        "<part-name>Voice</part-name></score-part></part-list>"
        f'<part id="P1">{bars}</part></score-partwise>'
    )


def lead_sheet(root: str, song: int) -> str:
    """Four bars over two chords; the numbers of songs make different tunes."""
    bars = []
    for bar in range(4):
        steps = ["CDEFGAB"[(song * (at + 2) + at * at + bar * song) % 7] for at in range(4)]
        notes = "".join(note(step, 4 + (song + bar) % 2) for step in steps)
        bars.append(chord("G" if bar % 2 else root, "dominant" if bar % 2 else "major") + notes)
    return score(*bars)


def words(folder: Path, kind: str = KIND.name) -> dict[str, str]:
    corpus = collect(folder, KINDS[kind].encoding, "melody")
    return {report.name: report.words for report in corpus.files}


@pytest.mark.magenta
def test_the_chord_of_every_step_goes_with_it(magenta: object, tmp_path: Path) -> None:
    tune = "".join(note(step) for step in "CEGE")
    first = chord("C") + note("C") + note("E") + chord("A", "minor-seventh") + note("G") + note("E")
    (tmp_path / "song.musicxml").write_text(score(first, tune, chord("F") + tune, tune))
    [example], [report] = read_examples(tmp_path, KIND.encoding, "melody")
    assert (report.bars, report.words) == (4, "")
    chords = [chord_of(number) for number in chord_numbers(example.steps)]
    assert chords[:8] == [parse_chord("C")] * 8
    assert chords[8:32] == [parse_chord("Am7")] * 24
    assert chords[32:] == [parse_chord("F")] * 32
    place = KIND.encoding.meaning.plain_class
    assert places_of(example.steps)[:16:4].tolist() == [place(p) for p in (60, 64, 67, 64)]


@pytest.mark.magenta
def test_of_two_chords_on_one_note_the_later_holds(magenta: object, tmp_path: Path) -> None:
    tune = "".join(note(step) for step in "CEGE")
    (tmp_path / "song.musicxml").write_text(score(chord("C") + chord("D") + tune, tune, tune, tune))
    [example], _ = read_examples(tmp_path, KIND.encoding, "melody")
    assert chord_of(int(chord_numbers(example.steps)[0])) == parse_chord("D")


@pytest.mark.magenta
def test_every_key_moves_melody_and_chords_alike(magenta: object, tmp_path: Path) -> None:
    (tmp_path / "song.musicxml").write_text(lead_sheet("C", 3))
    examples, [report] = read_examples(
        tmp_path, KIND.encoding, "melody", transpositions=KIND.transpositions
    )
    assert (report.examples, len(examples)) == (1, 12)
    [written] = originals(examples)
    up = next(example.steps for example in examples if example.transposition == 2)
    assert chord_of(int(chord_numbers(up)[0])) == parse_chord("D")
    pitched = places_of(written) > 1
    assert ((places_of(up) - places_of(written))[pitched] % 12 == 2).all()
    assert (places_of(up) == places_of(written))[~pitched].all()


@pytest.mark.magenta
def test_a_score_without_chord_symbols_is_named_and_not_used(
    magenta: object, tmp_path: Path
) -> None:
    bare = score(*["".join(note(step) for step in "CEGE")] * 4)
    (tmp_path / "bare.musicxml").write_text(bare)
    with pytest.raises(CorpusEmpty, match=r"bare.musicxml: no chord symbols"):
        words(tmp_path)
    (tmp_path / "song.musicxml").write_text(lead_sheet("C", 3))
    assert words(tmp_path)["bare.musicxml"].startswith("no chord symbols")
    # A model without chords learns from both.
    assert words(tmp_path, "lookback_rnn") == {"bare.musicxml": "", "song.musicxml": ""}
