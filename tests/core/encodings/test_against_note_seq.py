"""Our encodings against note-seq's own, event by event."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bridge.core.encodings.catalog import ENCODINGS, ModelEncoding
from bridge.core.encodings.drum_classes import DRUM_CLASS_PITCHES
from bridge.core.encodings.drums import ONE_DRUM_PITCH
from bridge.core.encodings.grid import CallEvents
from bridge.core.encodings.melody import MelodyPart
from bridge.core.notes import Note
from tests.models.chord_cases import conditions, random_symbols
from tests.models.magenta_oracle import QPM, require_magenta
from tests.models.plain_network import dense_inputs

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]


OWN_ENCODINGS = ("drum_kit_lookback",)
"""Those that Magenta has not."""
STEPWISE = [
    encoding
    for encoding in ENCODINGS
    if encoding.one_event_a_step and encoding.name not in OWN_ENCODINGS
]
"""Polyphony has tests of its own (`test_polyphony_against_magenta`)."""


def theirs(encoding: ModelEncoding, event: int) -> object:
    """One of our events as note-seq writes it."""
    if not encoding.drums:
        return event
    if encoding.name == "one_drum":
        return frozenset([ONE_DRUM_PITCH] if event else [])
    return frozenset(p[0] for i, p in enumerate(DRUM_CLASS_PITCHES) if event >> i & 1)


@pytest.mark.parametrize("encoding", STEPWISE, ids=lambda e: e.name)
@pytest.mark.parametrize("seed", range(3))
def test_inputs_and_classes_are_theirs(encoding: ModelEncoding, seed: int) -> None:
    oracle = require_magenta().configs[encoding.name].encoder_decoder
    choice, tracker, classes = random.Random(seed), encoding.inputs.tracker(), []
    for _ in range(150):
        # Mostly silence and repeats, as in music: plain chance would rarely repeat anything.
        drawn = choice.choice([choice.randrange(encoding.inputs.class_count), 0, 36, 37, 38, 39])
        event = tracker.event_of(drawn % encoding.inputs.class_count)
        classes.append(tracker.class_of(event))
        tracker.push(event)
    events = [theirs(encoding, event) for event in tracker.events]
    symbols = random_symbols(len(events) + 1, seed)
    chords = [symbols] if encoding.chord_rows is not None else []
    ours = dense_inputs(encoding.inputs, tracker.events, conditions(encoding, symbols[1:]))
    for i in range(len(events)):
        assert np.array_equal(ours[i], oracle.events_to_input(*chords, events, i))
        assert classes[i] == oracle.events_to_label(events, i)
    assert oracle.input_size == encoding.inputs.input_width
    assert oracle.num_classes == encoding.inputs.class_count
    for index in range(oracle.num_classes):
        expected = oracle.class_index_to_event(index, events)
        assert theirs(encoding, tracker.event_of(index)) == expected


def random_call(choice: random.Random, steps: int, per_quarter: int) -> list[Note]:
    """Notes off the grid, chords and overlaps, but none that rounds out of the call."""
    last = (steps - 0.6) / per_quarter
    first = choice.choice([0.0, 0.0, last / 2])
    return [
        Note(choice.randrange(20, 110), 80, choice.uniform(first, last), choice.uniform(0, 2))
        for _ in range(choice.randrange(1, 24))
    ]


def their_call(encoding: ModelEncoding, notes: list[Note], steps: int) -> CallEvents:
    m = require_magenta()
    sequence = m.music_pb2.NoteSequence()
    sequence.tempos.add().qpm = QPM
    beat_s = 60.0 / QPM
    for note in notes:
        end_s = min(note.end_beats, steps / encoding.steps_per_quarter) * beat_s
        start_s = note.start_beats * beat_s
        sequence.notes.add(pitch=note.pitch, velocity=80, start_time=start_s, end_time=end_s)
    quantized = m.note_seq.quantize_note_sequence(sequence, encoding.steps_per_quarter)
    if encoding.drums:
        drums = m.note_seq.DrumTrack()
        drums.from_quantized_sequence(quantized, gap_bars=float("inf"), ignore_is_drum=True)
        drums.set_length(steps - drums.start_step)
        one_hot = m.configs[encoding.name].encoder_decoder._one_hot_encoding
        return CallEvents(tuple(one_hot.encode_event(event) for event in drums))
    melody = m.note_seq.Melody()
    melody.from_quantized_sequence(quantized, gap_bars=float("inf"), ignore_polyphonic_notes=True)
    melody.set_length(steps - melody.start_step)
    config = m.configs[encoding.name]
    amount = melody.squash(config.min_note, config.max_note, config.transpose_to_key)
    return CallEvents(tuple(melody), amount)


@pytest.mark.parametrize("encoding", STEPWISE, ids=lambda e: e.name)
def test_calls_are_read_as_theirs(encoding: ModelEncoding) -> None:
    for seed in range(60):
        choice = random.Random(seed)
        steps = choice.choice([1, 2, 3]) * 4 * encoding.steps_per_quarter
        notes = random_call(choice, steps, encoding.steps_per_quarter)
        ours = encoding.part.read(notes, encoding.steps_per_quarter, steps)
        assert ours == their_call(encoding, notes, steps), seed


@pytest.mark.parametrize("encoding", STEPWISE, ids=lambda e: e.name)
def test_answers_are_written_as_theirs(encoding: ModelEncoding) -> None:
    m = require_magenta()
    for seed in range(20):
        choice, tracker = random.Random(seed), encoding.inputs.tracker()
        for _ in range(40):
            drawn = choice.choice([choice.randrange(encoding.inputs.class_count), 0, 1, 36, 37])
            tracker.push(tracker.event_of(drawn % encoding.inputs.class_count))
        to_c_major = isinstance(encoding.part, MelodyPart) and encoding.part.to_c_major
        amount = choice.randrange(-60, 60) if to_c_major else 0
        events = [theirs(encoding, event) for event in tracker.events]
        track = (m.note_seq.DrumTrack if encoding.drums else m.note_seq.Melody)(events)
        if not encoding.drums:
            track.transpose(-amount)
        step_s = 60.0 / QPM / 4
        expected = sorted(
            (round(n.start_time / step_s), n.pitch, round(n.end_time / step_s))
            for n in track.to_sequence(qpm=QPM).notes
        )
        writer = encoding.part.writer(amount)
        ours = [note for event in tracker.events for note in writer.push(event)]
        ours += writer.finish()
        assert sorted((n.start_step, n.pitch, n.end_step) for n in ours) == expected
