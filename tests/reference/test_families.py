"""Every family that Magenta can still play: its answers are the native engine's, note for note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.core.chord_chart import ChordChange
from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ModelFailed,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import BundleInvalid
from bridge.models.desk import ModelDesk
from bridge.models.library import BundleLibrary
from bridge.reference.desk import MagentaDesk
from tests.fakes.bundle_writer import Shape, nade_bundle, random_bundle
from tests.models.magenta_oracle import build_bundle, require_magenta
from tests.models.performance_oracle import COMPACT, NOTE_ENCODING

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

UNITS = (24, 20)
TUNE = Phrase.of([Note(60 + step, 70 + step, step * 0.75, 0.7) for step in range(10)], 8.0)
CHORDS = Phrase.of(
    [Note(pitch, 80, beat, 0.9) for beat in range(4) for pitch in (48 + beat, 60, 67)], 4.0
)
BEFORE = Phrase.of([Note(55 + 2 * step, 60, step * 0.5, 0.4) for step in range(8)], 4.0)
LATE = Phrase.of([Note(64, 90, 5.0, 1.0), Note(67, 90, 7.0, 0.9)], 8.0)
EMPTY = Phrase((), 4.0)
CHART = tuple(ChordChange(4.0 * bar, name) for bar, name in ((-2, "C"), (-1, "Am"), (0, "F")))
Desks = tuple[ModelDesk, MagentaDesk]


@pytest.fixture(scope="module")
def desks_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Desks]:
    folder, made = tmp_path_factory.mktemp("families"), dict[str, Desks]()

    def desks(name: str, *, batch: int = 1) -> Desks:
        key = f"{name}_{batch}"
        if key not in made:
            build_bundle(name, folder / f"{key}.mag", units=UNITS, batch=batch)
            library = BundleLibrary((folder,))
            pair = ModelDesk(library), MagentaDesk(library, lambda _: None)
            request = SelectBundle(1, key)
            assert pair[1].handle(request) == pair[0].handle(request)
            made[key] = pair
        return made[key]

    return desks


def both(desks: Desks, request: StartAnswer) -> tuple[AnswerChunk, AnswerChunk]:
    (ours,), (theirs,) = (desk.handle(request) for desk in desks)
    assert isinstance(ours, AnswerChunk), ours
    assert isinstance(theirs, AnswerChunk), theirs
    return ours, theirs


def check_equal(desks: Desks, request: StartAnswer) -> tuple[AnswerChunk, AnswerChunk]:
    ours, theirs = both(desks, request)
    by_start = [
        sorted(chunk.notes, key=lambda n: (n.start_beats, n.pitch, n.duration_beats))
        for chunk in (ours, theirs)
    ]
    assert by_start[0] == by_start[1]
    return ours, theirs


def wanted(call: Phrase, seed: int, beats: float = 4.0, **controls: object) -> StartAnswer:
    knobs = AnswerControls(seed=seed, feel=0.0)
    return StartAnswer(1, seed, call, beats, replace(knobs, **controls), beats)


CALLS = {"tune": TUNE, "chords": CHORDS, "late": LATE, "empty": EMPTY}
GRID = ("drum_kit", "attention_rnn", "chord_pitches_improv", "polyphony")
PERFORMANCES = (
    "performance",
    "performance_with_dynamics",
    "performance_with_dynamics_and_modulo_encoding",
    "density_conditioned_performance_with_dynamics",
    "pitch_conditioned_performance_with_dynamics",
    "multiconditioned_performance_with_dynamics",
    "optional_multiconditioned_performance_with_dynamics",
)


@pytest.mark.parametrize("name", GRID)
@pytest.mark.parametrize(
    "call", [TUNE, CHORDS, LATE, EMPTY], ids=["tune", "chords", "late", "empty"]
)
def test_the_same_seed_gives_the_native_answer(
    desks_of: Callable[..., Desks], name: str, call: Phrase
) -> None:
    desks = desks_of(name)
    for seed, temperature in ((1, 1.0), (2, 0.7)):
        request = wanted(call, seed, temperature=temperature, chords=CHART)
        ours, theirs = check_equal(desks, request)
        a, b = ours.likelihood, theirs.likelihood
        assert (a.call_steps, a.answer_steps) == (b.call_steps, b.answer_steps)
        assert a.call_nats == pytest.approx(b.call_nats, abs=2e-3)


@pytest.mark.parametrize("name", GRID)
def test_magenta_remembers_what_was_played_before(
    desks_of: Callable[..., Desks], name: str
) -> None:
    desks = desks_of(name)
    remembering = replace(wanted(CHORDS, 3, chords=CHART), memory=BEFORE)
    ours, theirs = check_equal(desks, remembering)
    assert ours.likelihood.call_steps == theirs.likelihood.call_steps
    assert ours.likelihood.call_nats == pytest.approx(theirs.likelihood.call_nats, abs=2e-3)
    forgetful, _ = both(desks, replace(remembering, memory=Phrase((), 0.0)))
    assert forgetful.likelihood.call_nats != pytest.approx(ours.likelihood.call_nats, abs=1e-4)


def test_chords_reach_magenta(desks_of: Callable[..., Desks]) -> None:
    desks = desks_of("chord_pitches_improv")
    answers = set()
    for chord in ("C", "F#dim", "Bbmaj7", "N.C."):
        chords = (ChordChange(-8.0, chord),)
        answers.add(check_equal(desks, wanted(TUNE, 4, beats=8.0, chords=chords))[1].notes)
    assert len(answers) > 1


@pytest.mark.parametrize("heard", [True, False])
@pytest.mark.parametrize("memory", [BEFORE, Phrase((), 0.0)], ids=["memory", "none"])
def test_the_call_sounds_along_in_polyphony(
    desks_of: Callable[..., Desks], heard: bool, memory: Phrase
) -> None:
    for seed in range(3):
        request = wanted(CHORDS, seed, condition_on_primer=heard, inject_primer=True)
        _, theirs = check_equal(desks_of("polyphony"), replace(request, memory=memory))
        struck = {(note.pitch, note.start_beats) for note in theirs.notes}
        assert {(note.pitch, note.start_beats) for note in CHORDS.notes} <= struck


@pytest.mark.parametrize(
    "name", ["drum_kit", "attention_rnn", "chord_pitches_improv", *PERFORMANCES[::3]]
)
def test_beam_search_is_magentas(desks_of: Callable[..., Desks], name: str) -> None:
    request = wanted(TUNE, 5, chords=CHART, beam_size=3, branch_factor=2, steps_per_iteration=2)
    check_equal(desks_of(name), request)


@pytest.mark.parametrize("name", ["drum_kit", "performance_with_dynamics"])
def test_a_bundle_with_a_batch_plays_and_tells_no_likelihood(
    desks_of: Callable[..., Desks], name: str
) -> None:
    _, theirs = check_equal(desks_of(name, batch=3), wanted(TUNE, 6))
    assert theirs.likelihood.answer_events == theirs.likelihood.answer_steps == 0


@pytest.mark.parametrize("name", PERFORMANCES)
def test_performances_in_seconds(desks_of: Callable[..., Desks], name: str) -> None:
    told = {
        "notes_per_second": (3.0, 20.0),
        "pitch_class_histogram": (4.0, 0, 1, 0, 2, 0, 0, 3, 0, 0.7, 0, 0),
    }
    for seed, call, memory in ((1, TUNE, EMPTY), (2, CHORDS, BEFORE), (3, EMPTY, EMPTY)):
        conditions = told if call.notes else {}
        request = wanted(call, seed, **conditions)
        memory = memory if memory.notes else Phrase((), 0.0)
        request = replace(request, memory=memory, tempo_qpm=97.0)
        ours, theirs = check_equal(desks_of(name), request)
        a, b = ours.likelihood, theirs.likelihood
        assert (a.call_steps, a.answer_steps) == (b.call_steps, b.answer_steps)
        assert a.answer_nats == pytest.approx(b.answer_nats, abs=2e-3)
        assert a.answer_events == b.answer_events


def test_velocities_of_a_model_without_any_are_the_calls(desks_of: Callable[..., Desks]) -> None:
    ours, theirs = check_equal(desks_of("performance"), wanted(TUNE, 7, feel=1.0))
    assert {note.velocity for note in theirs.notes} == {note.velocity for note in ours.notes}
    assert {note.velocity for note in theirs.notes} != {100}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (lambda: nade_bundle("rnn-nade"), "can't play pianoroll bundles"),
        (lambda: random_bundle(NOTE_ENCODING), "can't play bundles of the note encoding"),
        (lambda: random_bundle("new_family", shape=Shape(2, 2)), "no configuration 'new_family'"),
        (lambda: random_bundle("drum_kit", shape=Shape(38, 38)), "takes 518 inputs, and it takes"),
        (lambda: random_bundle("one_drum")[:900], "odd.mag: "),
    ],
    ids=["pianoroll", "notes", "unknown", "other", "cut"],
)
def test_what_magenta_can_not_play_is_one_clear_error(
    data: Callable[[], bytes], words: str, tmp_path: Path
) -> None:
    require_magenta()
    (tmp_path / "odd.mag").write_bytes(data())
    told: list[str] = []
    desk = MagentaDesk(BundleLibrary((tmp_path,)), told.append)
    (failed,) = desk.handle(SelectBundle(1, "odd"))
    assert isinstance(failed, ModelFailed) and words in failed.message
    assert failed.wire_code == BundleInvalid.wire_code
    assert told == ["Magenta opens odd.mag."]


def test_a_compact_bundle_is_told_by_its_width(tmp_path: Path) -> None:
    build_bundle(COMPACT, tmp_path / "compact.mag", units=UNITS)
    (failed,) = MagentaDesk(BundleLibrary((tmp_path,)), lambda _: None).handle(
        SelectBundle(1, "compact")
    )
    assert isinstance(failed, ModelFailed)
    assert "can't play compact bundles" in failed.message and "native" in failed.hint
