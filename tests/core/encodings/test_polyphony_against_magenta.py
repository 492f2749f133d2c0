"""Calls and answers of many voices as Magenta's own ``polyphony_lib`` has them."""

from __future__ import annotations

import random

import pytest

from bridge.core.encodings.polyphony import START, STEP_END, PolyphonyPart
from bridge.core.notes import Note
from tests.models.magenta_oracle import QPM, require_magenta

pytestmark = [pytest.mark.magenta, pytest.mark.filterwarnings("ignore")]

PER_QUARTER = 4
STEP_S = 60.0 / QPM / PER_QUARTER


def test_calls_are_read_as_theirs() -> None:
    m = require_magenta()
    one_hot = m.configs["polyphony"].encoder_decoder._one_hot_encoding
    for seed in range(60):
        choice = random.Random(seed)
        steps = choice.choice([8, 16, 32])
        last = (steps - 0.6) / PER_QUARTER
        # Few pitches, so that the same one often sounds twice at once.
        notes = [
            Note(choice.randrange(60, 66), 80, choice.uniform(0, last), choice.uniform(0, 2))
            for _ in range(choice.randrange(1, 20))
        ]
        sequence = m.music_pb2.NoteSequence()
        sequence.tempos.add().qpm = QPM
        for note in notes:
            start_s = note.start_beats * PER_QUARTER * STEP_S
            end_s = min(note.end_beats * PER_QUARTER, steps) * STEP_S
            sequence.notes.add(pitch=note.pitch, velocity=80, start_time=start_s, end_time=end_s)
        quantized = m.note_seq.quantize_note_sequence(sequence, PER_QUARTER)
        (theirs,), _ = m.polyphony_lib.extract_polyphonic_sequences(quantized)
        theirs.set_length(steps)
        theirs.trim_trailing_end_events()
        ours = PolyphonyPart().read(notes, PER_QUARTER, steps).events
        assert list(ours) == [one_hot.encode_event(event) for event in theirs], seed


def test_any_events_are_written_as_theirs() -> None:
    m = require_magenta()
    one_hot = m.configs["polyphony"].encoder_decoder._one_hot_encoding
    for seed in range(60):
        choice = random.Random(seed)
        kinds = [STEP_END, STEP_END, 0, 1, *range(63, 67), *range(191, 195)]
        events = [choice.choice(kinds) for _ in range(60)]
        steps = events.count(STEP_END) + 1
        track = m.polyphony_lib.PolyphonicSequence(steps_per_quarter=PER_QUARTER)
        for event in events:
            track.append(one_hot.decode_event(event))
        track.set_length(steps)
        expected = sorted(
            (n.pitch, round(n.start_time / STEP_S), round(n.end_time / STEP_S))
            for n in track.to_sequence(qpm=QPM).notes
        )
        writer = PolyphonyPart().writer(0, (START,))
        written = [note for event in [*events, STEP_END] for note in writer.push(event)]
        written += writer.finish()
        assert sorted((n.pitch, n.start_step, n.end_step) for n in written) == expected, seed
