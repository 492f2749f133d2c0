"""Everything with a pitch that a piece plays, as one sequence of many voices."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.core.encodings.polyphony import (
    CONTINUED_NOTE,
    NEW_NOTE,
    START,
    STEP_END,
)
from bridge.core.notes import Note
from bridge.errors import CorpusEmpty
from bridge.io.smf import DRUM_CHANNEL, Song, SongTrack, write_song
from bridge.training.corpus.collect import read_examples
from bridge.training.corpus.merge import originals
from bridge.training.kinds import KINDS

KIND = KINDS["polyphony"]


def voice(name: str, pitch: int, beats: float = 1.0, count: int = 16, at: float = 0.0) -> SongTrack:
    notes = (Note(pitch, 90, at + beats * place, beats, 0) for place in range(count))
    return SongTrack(name, tuple(notes))


def save(folder: Path, name: str, *tracks: SongTrack) -> None:
    write_song(folder / name, Song(120.0, (4, 4), tracks))


def test_the_voices_of_a_piece_sound_together(tmp_path: Path) -> None:
    hits = tuple(Note(36, 90, float(at), 0.2, DRUM_CHANNEL) for at in range(16))
    parts = (voice("High", 72), voice("Low", 48, 2.0, 8), SongTrack("Kit", hits))
    save(tmp_path, "two.mid", *parts)
    [example], [report] = read_examples(tmp_path, KIND.encoding, "voices")
    assert (report.bars, report.words) == (4, "2 tracks together")
    high, low = NEW_NOTE + 72, NEW_NOTE + 48
    held = [CONTINUED_NOTE + 72, CONTINUED_NOTE + 48, STEP_END]
    assert example.steps[:13].tolist() == [START, high, low, STEP_END, *held * 3]
    # On the second beat the high voice starts anew, and the low one goes on.
    assert example.steps[13:16].tolist() == [high, CONTINUED_NOTE + 48, STEP_END]


def test_nine_keys_are_learnt_where_the_pitches_allow_it(tmp_path: Path) -> None:
    save(tmp_path, "high.mid", voice("High", 125), voice("Low", 60))
    examples, [report] = read_examples(
        tmp_path, KIND.encoding, "voices", transpositions=KIND.transpositions
    )
    assert report.examples == 1
    assert sorted(example.transposition for example in examples) == [-4, -3, -2, -1, 0, 1, 2]
    [written] = originals(examples)
    down = next(example.steps for example in examples if example.transposition == -4)
    notes = written > STEP_END
    assert (down[notes] == written[notes] - 4).all()
    assert (down[~notes] == written[~notes]).all()


def test_a_loop_that_is_repeated_begins_once(tmp_path: Path) -> None:
    save(tmp_path, "loop.mid", voice("Pad", 60, 4.0, 1), voice("Lead", 67, 1.0, 4))
    [example], [report] = read_examples(tmp_path, KIND.encoding, "voices")
    assert "a loop of 1 bars, repeated 4 times" in report.words
    assert (example.steps == START).sum() == 1
    assert KIND.coding().cut.steps_in(example.steps) == 64


def test_drums_alone_have_no_voices(tmp_path: Path) -> None:
    hits = tuple(Note(36, 90, float(at), 0.2, DRUM_CHANNEL) for at in range(16))
    save(tmp_path, "beat.mid", SongTrack("Kit", hits))
    with pytest.raises(CorpusEmpty, match="no voices: drums alone"):
        read_examples(tmp_path, KIND.encoding, "voices")
