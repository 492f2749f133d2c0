"""What a turn of each knob does to the music of the bundles that ship."""

from __future__ import annotations

from functools import cache
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.encodings.drum_classes import CLASS_OF_PITCH
from bridge.core.notes import Note, Phrase
from bridge.core.requests import AnswerChunk, AnswerControls, ContinueAnswer, StartAnswer
from bridge.core.settings import LOCK_PITCHES, LOCK_RHYTHM
from bridge.models.library import BundleLibrary
from bridge.models.loading import LoadedModel
from bridge.models.performer import RnnPerformer
from bridge.models.primer import Primer
from bridge.models.sampling import log_probability

DRUMS, MELODY = "groove_drums", "session_melody"
BOTH = pytest.mark.parametrize("bundle", [DRUMS, MELODY])
SEEDS = range(4)

GROOVE = Phrase.of(
    [Note(36, 110, beat, 0.1) for beat in (0.0, 1.5, 2.0, 4.0, 6.5)]
    + [Note(38, 90, beat, 0.1) for beat in (1.0, 3.0, 5.0, 7.0)]
    + [Note(42, 50, i / 2, 0.1) for i in range(16) if i != 5],
    8.0,
)
TUNE = Phrase.of(
    [
        Note(pitch, 90, start, length)
        for pitch, start, length in [
            (60, 0.0, 0.5),
            (64, 0.5, 0.25),
            (67, 1.0, 1.0),
            (65, 2.0, 0.5),
            (62, 2.75, 0.25),
            (64, 4.0, 1.5),
            (60, 6.0, 0.5),
            (59, 7.0, 0.75),
        ]
    ],
    8.0,
)


@cache
def model(bundle: str) -> LoadedModel:
    return BundleLibrary.of().load(bundle)


def call_for(bundle: str) -> Phrase:
    return GROOVE if bundle == DRUMS else TUNE


def chunk(
    bundle: str, seed: int, call: Phrase | None = None, beats: float = 16.0, **controls: float
) -> AnswerChunk:
    wanted = AnswerControls(seed=seed, feel=0.0, **controls)  # type: ignore[arg-type]
    request = StartAnswer(1, 1, call or call_for(bundle), beats, wanted, beats)
    return RnnPerformer(1, model(bundle)).start(request)


def answers(bundle: str, **controls: float) -> list[tuple[Note, ...]]:
    return [chunk(bundle, seed, **controls).notes for seed in SEEDS]


def onset_count(phrases: list[tuple[Note, ...]]) -> int:
    return sum(len(notes) for notes in phrases)


def starts(notes: tuple[Note, ...]) -> list[float]:
    return sorted({note.start_beats for note in notes})


@BOTH
def test_density_is_how_much_is_played(bundle: str) -> None:
    counts = [onset_count(answers(bundle, density=d)) for d in (-1.0, -0.5, 0.0, 0.5, 1.0)]
    assert counts == sorted(counts)
    assert counts[0] < 0.7 * counts[2]
    assert counts[4] > 1.1 * counts[2]


def test_register_is_how_high_a_melody_lies() -> None:
    heights = [
        fmean(note.pitch for notes in answers(MELODY, register_bias=r) for note in notes)
        for r in (-1.0, 0.0, 1.0)
    ]
    assert heights[0] + 3 < heights[1] < heights[2] - 3


def test_register_is_kick_and_toms_or_cymbals() -> None:
    def low_share(register: float) -> float:
        drums = [n.pitch for notes in answers(DRUMS, register_bias=register) for n in notes]
        return sum(pitch in (36, 45, 48) for pitch in drums) / len(drums)

    assert low_share(-1.0) > low_share(0.0) > low_share(1.0)


@BOTH
def test_variety_is_how_little_comes_again(bundle: str) -> None:
    def repeated(variety: float) -> float:
        """Share of half bars that were played before in the same answer, cold and long."""
        shares = []
        for seed in SEEDS:
            notes = chunk(bundle, seed, beats=32.0, temperature=0.6, variety=variety).notes
            played = {(round(n.start_beats * 4), n.pitch) for n in notes}
            halves = [
                frozenset((step - at, pitch) for step, pitch in played if at <= step < at + 8)
                for at in range(0, 128, 8)
            ]
            shares.append(1 - len(set(halves)) / len(halves))
        return fmean(shares)

    assert repeated(1.0) < repeated(0.0) - 0.05


@BOTH
def test_top_p_plays_it_safe(bundle: str) -> None:
    found = [
        fmean(chunk(bundle, seed, top_p=p).likelihood.answer_nats_per_step for seed in SEEDS)
        for p in (0.3, 0.8, 1.0)
    ]
    assert found[0] > found[1] > found[2]


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4095), st.integers(-7, 7), st.integers(0, 99), st.integers(0, 2))
def test_no_note_outside_the_scale_in_whatever_key_the_call_was(
    scale: int, key: int, seed: int, lock: int
) -> None:
    call = Phrase.of([Note(n.pitch + key, 90, n.start_beats, 0.4) for n in TUNE.notes], 8.0)
    notes = chunk(MELODY, seed, call, 8.0, scale=scale, lock=lock).notes
    assert all(scale >> note.pitch % 12 & 1 for note in notes)


def test_a_scale_of_one_pitch_class_still_plays() -> None:
    assert {n.pitch % 12 for notes in answers(MELODY, scale=1 << 6) for n in notes} == {6}


def test_drums_ignore_a_scale() -> None:
    assert answers(DRUMS, scale=1) == answers(DRUMS)


@BOTH
def test_a_rhythm_lock_keeps_the_calls_onsets(bundle: str) -> None:
    call = call_for(bundle)
    once = starts(call.notes)
    for notes in answers(bundle, lock=LOCK_RHYTHM):
        assert starts(notes) == once + [8.0 + beat for beat in once]
    pitches = {tuple(note.pitch for note in notes) for notes in answers(bundle, lock=LOCK_RHYTHM)}
    assert len(pitches) > 1


def test_a_rhythm_lock_keeps_a_melodys_rests() -> None:
    for notes in answers(MELODY, lock=LOCK_RHYTHM):
        ends = [note.end_beats for note in notes if note.end_beats < 8.0]
        assert ends == [note.end_beats for note in TUNE.notes if note.end_beats < 8.0]


@BOTH
def test_a_rhythm_lock_keeps_silent_bars_before_the_first_note(bundle: str) -> None:
    call = Phrase.of([Note(60 if bundle == MELODY else 38, 90, 5.0, 0.5)], 8.0)
    for seed in SEEDS:
        notes = chunk(bundle, seed, call, lock=LOCK_RHYTHM).notes
        assert starts(notes) == [5.0, 13.0]


def test_a_pitch_lock_keeps_a_melodys_notes_in_their_order() -> None:
    called = [note.pitch for note in TUNE.notes]
    for notes in answers(MELODY, lock=LOCK_PITCHES):
        pitches = [note.pitch for note in sorted(notes, key=lambda note: note.start_beats)]
        assert pitches == (called * 8)[: len(pitches)]
    rhythms = {tuple(starts(notes)) for notes in answers(MELODY, lock=LOCK_PITCHES)}
    assert len(rhythms) > 1


def test_a_pitch_lock_keeps_the_drums_struck_together_in_their_order() -> None:
    def strokes(notes: tuple[Note, ...]) -> list[set[int]]:
        return [
            {CLASS_OF_PITCH[note.pitch] for note in notes if note.start_beats == beat}
            for beat in starts(notes)
        ]

    called = strokes(GROOVE.notes)
    for notes in answers(DRUMS, lock=LOCK_PITCHES):
        played = strokes(notes)
        assert played == (called * 8)[: len(played)]


@BOTH
def test_a_lock_to_a_call_of_nothing_is_none(bundle: str) -> None:
    empty = Phrase((), 4.0)
    for lock in (LOCK_RHYTHM, LOCK_PITCHES):
        assert chunk(bundle, 1, empty, lock=lock).notes == chunk(bundle, 1, empty).notes


def test_the_likelihood_stays_the_models_own_whatever_the_knobs() -> None:
    loaded = model(DRUMS)
    player = RnnPerformer(1, loaded)
    controls = AnswerControls(0.7, 3, 0.0, density=0.5, variety=0.5, top_p=0.8, lock=LOCK_RHYTHM)
    made = player.start(StartAnswer(1, 1, GROOVE, 8.0, controls, 8.0))
    events = list(player._answers.find(1).stream._tracker.events)
    call, answer = events[:32], events[32:]
    primer, tracker = Primer(loaded), loaded.encoding.inputs.tracker()
    for event in call:
        tracker.push(event)
    nats = 0.0
    for i, event in enumerate(answer):
        primer.follow(call + answer[:i])
        nats += log_probability(primer.listened().logits, tracker.class_of(event))
        tracker.push(event)
    assert made.likelihood.answer_nats == pytest.approx(nats, abs=1e-3)
    assert made.likelihood.answer_steps == 32


@BOTH
@pytest.mark.parametrize(
    "turned",
    [{"density": 1.0}, {"register_bias": 1.0}, {"variety": 1.0}, {"top_p": 0.2}, {"lock": 1}],
    ids=str,
)
def test_a_knob_turned_on_the_way_is_heard_from_there(
    bundle: str, turned: dict[str, float]
) -> None:
    def answer(seed: int, later: dict[str, float]) -> list[Note]:
        player = RnnPerformer(1, model(bundle))
        before = AnswerControls(seed=seed, feel=0.0)
        made = player.start(StartAnswer(1, 1, call_for(bundle), 16.0, before, 8.0))
        after = AnswerControls(feel=0.0, **later)  # type: ignore[arg-type]
        return [*made.notes, *player.resume(ContinueAnswer(1, 1, 16.0, after)).notes]

    plain = [answer(seed, {}) for seed in SEEDS]
    other = [answer(seed, turned) for seed in SEEDS]
    for ours, theirs in zip(plain, other, strict=True):
        assert [n for n in ours if n.end_beats <= 8] == [n for n in theirs if n.end_beats <= 8]
    assert plain != other
