"""Notes to sequences: divided at long silences, read as a call is read, in any key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bridge.core.chord_chart import ChordChange, ChordTrack
from bridge.core.encodings.catalog import ModelEncoding
from bridge.core.notes import Note
from bridge.training.chorded import chorded, transposed
from bridge.training.corpus.meters import BAR_BEATS
from bridge.training.encode import Steps

EMPTY_BARS = 2
"""So many empty bars divide a piece in two."""
HIGHEST_PITCH = 127


@dataclass(frozen=True, slots=True)
class Passage:
    """Music without a long silence in it.

    Args:
        notes: In beats from the start of the bar of its first note.
        bars: Its length.
        chords: The chord symbols, with beats from the same start; negative before it.
    """

    notes: tuple[Note, ...]
    bars: int
    chords: tuple[ChordChange, ...] = ()

    def steps(self, encoding: ModelEncoding, semitones: int = 0) -> Steps:
        """What an encoding makes of it; nothing where it has no notes for it.

        Args:
            encoding: The encoding; it must say what its classes mean.
            semitones: How far it is transposed.
        """
        meaning = encoding.meaning
        assert meaning is not None  # every kind that is trained has one
        grid = encoding.steps_per_quarter
        notes = [replace(note, pitch=note.pitch + semitones) for note in self.notes]
        if not all(0 <= note.pitch <= HIGHEST_PITCH for note in notes):
            return np.zeros(0, np.int64)
        read = encoding.part.read(notes, grid, self.bars * encoding.bar_steps)
        steps = np.array([meaning.plain_class(event) for event in read.events], np.int64)
        if encoding.chord_rows is None or not len(steps):
            return steps
        track = ChordTrack(self.chords, grid)
        chords = (transposed(track.at(step), semitones) for step in range(len(steps)))
        return chorded(steps, chords)

    def has_chords(self) -> bool:
        """Whether any chord sounds in it."""
        track = ChordTrack(self.chords, 1)
        return any(track.at(beat) is not None for beat in range(round(self.bars * BAR_BEATS)))


def passages(notes: Sequence[Note], chords: Sequence[ChordChange] = ()) -> Iterator[Passage]:
    """The passages of a line, with the chord symbols of the whole line."""
    group: list[Note] = []
    for note in notes:
        if group and _bar(note) - _bar(group[-1]) > EMPTY_BARS:
            yield _passage(group, chords)
            group = []
        group.append(note)
    if group:
        yield _passage(group, chords)


def repeated(steps: Steps, times: int, encoding: ModelEncoding) -> Steps:
    """A loop so many times over; a mark at its beginning comes once."""
    lead = 0 if encoding.one_event_a_step else 1
    return np.concatenate([steps[:lead], np.tile(steps[lead:], times)])


def _passage(group: list[Note], chords: Sequence[ChordChange]) -> Passage:
    first = _bar(group[0])
    start = first * BAR_BEATS
    return Passage(
        tuple(replace(note, start_beats=note.start_beats - start) for note in group),
        _bar(group[-1]) - first + 1,
        tuple(replace(chord, start_beats=chord.start_beats - start) for chord in chords),
    )


def _bar(note: Note) -> int:
    """The bar that a note belongs to when its start is rounded to a sixteenth."""
    return int((note.start_beats + 0.125) // BAR_BEATS)
