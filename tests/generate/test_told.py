"""``magenta-bridge generate`` with what only some kinds of models are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.chord_chart import ChordChange, parse_chart
from bridge.core.notes import Phrase
from bridge.core.requests import AnswerControls, StartAnswer
from bridge.generate.primer_file import read_primer
from bridge.io.smf import SongTrack
from bridge.models.loading import LoadedModel, LoadedPerformance, load_model
from bridge.models.performer import RnnPerformer
from bridge.models.timed_performer import TimedPerformer
from tests.fakes.bundle_writer import random_bundle
from tests.generate.files import TUNE, Call, notes_of, saved

CHART = "C | Am7 | F G7"
LATE_TUNE = tuple(replace(note, start_beats=note.start_beats + 4.0) for note in TUNE)


def bundle(name: str) -> Path:
    path = Path(f"{name}.mag")
    path.write_bytes(random_bundle(name, gain=3.0))
    return path


def test_an_improviser_hears_the_chords_of_primer_and_answer(call: Call) -> None:
    improv = bundle("basic_improv")
    primer = saved("in.mid", SongTrack("Tune", TUNE))
    common = ("-b", improv, "-p", primer, "--bars", 4, "--seed", 5, "--feel", 0)
    status, out, _ = call(*common, "--chords", CHART, "-o", "out.mid")
    assert status == 0
    model = load_model("improv", improv)
    assert isinstance(model, LoadedModel)
    heard = (
        ChordChange(-4.0, "C"),
        ChordChange(0.0, "Am7"),
        ChordChange(4.0, "F"),
        ChordChange(6.0, "G7"),
        ChordChange(8.0, "C"),
        ChordChange(12.0, "Am7"),
    )
    controls = AnswerControls(seed=5, feel=0.0, chords=heard)
    phrase = read_primer(primer, drums=False, track=None, bars=0).call
    chunk = RnnPerformer(1, model).start(StartAnswer(1, 1, phrase, 16.0, controls, 16.0))
    assert len(chunk.notes) > 4
    assert [(n.pitch, n.start_beats) for n in notes_of("out.mid")] == [
        (n.pitch, n.start_beats) for n in chunk.notes
    ]
    assert f"call {chunk.likelihood.call_nats_per_step:.2f}" in out
    assert call(*common, "--chords", CHART, "-o", "again.mid")[0] == 0
    assert Path("again.mid").read_bytes() == Path("out.mid").read_bytes()
    assert call(*common, "--chords", "Eb", "-o", "other.mid")[0] == 0
    assert notes_of("other.mid") != notes_of("out.mid")


def test_from_nothing_the_chords_begin_with_the_answer(call: Call) -> None:
    improv = bundle("chord_pitches_improv")
    common = ("-b", improv, "--bars", 2, "--seed", 5)
    for name, chords in (("a", "F#m"), ("b", "|F#m|F#m|"), ("c", "F#m | D"), ("d", "")):
        assert call(*common, "--chords", chords, "-o", f"{name}.mid")[0] == 0
    assert notes_of("a.mid") == notes_of("b.mid") != notes_of("d.mid")
    first_bars = [[n for n in notes_of(f"{x}.mid") if n.end_beats < 4.0] for x in "ac"]
    assert first_bars[0] == first_bars[1] != []
    assert notes_of("a.mid") != notes_of("c.mid")


def test_the_last_bars_of_a_file_keep_their_own_chords() -> None:
    path = saved("in.mid", SongTrack("Tune", TUNE + LATE_TUNE), length_beats=8.0)
    whole = read_primer(path, drums=False, track=None, bars=0)
    last = read_primer(path, drums=False, track=None, bars=1)
    chart = parse_chart("C | D | E")
    assert [(c.start_beats, c.symbol) for c in whole.chords(chart, 2)] == [
        (-8.0, "C"),
        (-4.0, "D"),
        (0.0, "E"),
        (4.0, "C"),
    ]
    assert last.chords(chart, 2) == whole.chords(chart, 2)[1:]
    assert last.chords((), 2) == ()


def test_bars_of_the_chords_are_those_of_the_file() -> None:
    path = saved("in.mid", SongTrack("Tune", TUNE[:6]), signature=(3, 4), length_beats=3.0)
    primer = read_primer(path, drums=False, track=None, bars=0)
    found = primer.chords(parse_chart("C | F G | Am"), 2)
    assert [(c.start_beats, c.symbol) for c in found] == [
        (-3.0, "C"),
        (0.0, "F"),
        (1.5, "G"),
        (3.0, "Am"),
    ]


WEIGHTS = "2 0 1 0 1 1 0 1 0 1 0 1"


def test_a_conditioned_performance_is_told_what_is_wanted(call: Call) -> None:
    name = "optional_multiconditioned_performance_with_dynamics"
    path = bundle(name)
    common = ("-b", path, "--bars", 2, "--seed", 3)
    told = ("--notes-per-second", "2, 20", "--pitch-class-histogram", WEIGHTS)
    told += ("--disable-conditioning", "false true")
    assert call(*common, *told, "-o", "out.mid")[0] == 0
    model = load_model(name, path)
    assert isinstance(model, LoadedPerformance)
    controls = AnswerControls(
        seed=3,
        notes_per_second=(2.0, 20.0),
        pitch_class_histogram=(2.0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1),
        disable_conditioning=(False, True),
    )
    nothing = Phrase((), 0.0)
    chunk = TimedPerformer(1, model).start(StartAnswer(1, 1, nothing, 8.0, controls, 8.0))
    assert len(chunk.notes) > 4
    assert sorted((n.pitch, n.velocity) for n in notes_of("out.mid")) == sorted(
        (n.pitch, n.velocity) for n in chunk.notes
    )
    assert call(*common, *told, "-o", "again.mid")[0] == 0
    assert Path("again.mid").read_bytes() == Path("out.mid").read_bytes()
    assert call(*common, "-o", "plain.mid")[0] == 0
    for index in (0, 2, 4):
        assert call(*common, *told[index : index + 2], "-o", f"{index}.mid")[0] == 0
        assert notes_of(f"{index}.mid") != notes_of("plain.mid")


def test_many_voices_go_on_from_the_primer_or_beside_it(call: Call) -> None:
    primer = saved("in.mid", SongTrack("Tune", TUNE))
    common = ("-b", bundle("polyphony"), "-p", primer, "--bars", 1, "--seed", 3)
    assert call(*common, "-o", "plain.mid")[0] == 0
    assert call(*common, "--no-condition-on-primer", "-o", "alone.mid")[0] == 0
    assert call(*common, "--inject-primer", "-o", "along.mid")[0] == 0
    assert notes_of("alone.mid") != notes_of("plain.mid")
    along = {(note.pitch, note.start_beats) for note in notes_of("along.mid")}
    assert {(note.pitch, note.start_beats) for note in TUNE} <= along


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--chords", "C | H7"), "Bar 2 of the chords: 'H7'"),
        (("--notes-per-second", "2 x"), "--notes-per-second: It has 'x'; it must be a number from"),
        (("--notes-per-second", "900"), "--notes-per-second: It is ['900']; it must be a number"),
        (
            ("--pitch-class-histogram", "1 2 3"),
            "--pitch-class-histogram: pitch_class_histogram has",
        ),
        (
            ("--disable-conditioning", "maybe"),
            "--disable-conditioning: It is ['maybe']; it must be",
        ),
        (("--lock", "rhythm", "--engine", "magenta"), "Magenta knows nothing of lock."),
    ],
)
def test_what_is_wrong_is_two_lines(call: Call, arguments: tuple[str, ...], words: str) -> None:
    status, _, errors = call(*arguments)
    assert status == 2
    assert len(errors.splitlines()) == 2 and words in errors
    assert not list(Path().glob("generated/*"))
