from itertools import islice

import numpy as np

from bridge.core.encodings.grid import GridNote
from bridge.core.encodings.polyphony import START, STEP_END, polyphonic_events
from bridge.training.batches import SamplerOptions, evaluation_segments, training_segments
from bridge.training.kinds import coding_of

DRUM_CODING, VOICES_CODING = coding_of("drum_kit"), coding_of("polyphony")


def test_evaluation_covers_every_label_once():
    lengths = (16, 48, 160, 33)
    sequences = [np.arange(length) for length in lengths]
    segments = list(evaluation_segments(sequences, DRUM_CODING, 32, 3))
    assert sum(segment.weights.sum() for segment in segments) == sum(lengths) - len(lengths)
    seen = np.concatenate([segment.labels[segment.weights > 0] for segment in segments])
    expected = np.concatenate([sequence[1:] for sequence in sequences])
    assert sorted(seen.tolist()) == sorted(expected.tolist())


def test_lanes_start_on_bar_lines_and_carry_on_without_a_gap():
    sequence = np.arange(320)
    options = SamplerOptions(steps=32, lanes=4, restart_share=0.4)
    stream = training_segments([sequence], DRUM_CODING, options, np.random.default_rng(5))
    last = np.full(4, -1)
    fresh = 0
    for segment in islice(stream, 40):
        for lane in range(4):
            start = int(segment.rows[0, lane, 0])
            if segment.carried[lane]:
                assert start == last[lane]
            else:
                assert start % 16 == 0
                fresh += 1
            filled = int(segment.weights[:, lane].sum())
            last[lane] = segment.labels[filled - 1, lane]
    assert 0 < fresh < 160


def test_the_sampler_is_seeded():
    sequences = [np.arange(64), np.arange(100, 180)]
    first, second = (
        next(
            training_segments(
                sequences,
                DRUM_CODING,
                SamplerOptions(steps=16, lanes=8),
                np.random.default_rng(9),
            )
        )
        for _ in range(2)
    )
    assert np.array_equal(first.rows, second.rows)


def test_lanes_of_many_voices_start_with_the_mark_on_a_bar_line():
    # The pitch of each step's note tells which step it is.
    notes = [GridNote(step, step, step + 1) for step in range(96)]
    sequence = np.array(polyphonic_events(notes, 96))
    options = SamplerOptions(steps=24, lanes=4, restart_share=0.4)
    stream = training_segments([sequence], VOICES_CODING, options, np.random.default_rng(5))
    last = np.full(4, -1)
    fresh = 0
    for segment in islice(stream, 40):
        for lane in range(4):
            start = int(segment.rows[0, lane, 0])
            if segment.carried[lane]:
                assert start == last[lane]
            else:
                assert start == START
                first = int(segment.labels[0, lane])
                assert (first - STEP_END - 1) % 16 == 0
                fresh += 1
            filled = int(segment.weights[:, lane].sum())
            last[lane] = segment.labels[filled - 1, lane]
    assert 0 < fresh < 160
