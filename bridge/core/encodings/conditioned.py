"""Inputs of melodies over chords (note-seq, ``ConditionalEventSequenceEncoderDecoder``).

The input after an event is the chord of the *next* step, then that event in the encoding of the
melody itself. Chords come in two forms (note-seq, ``chords_encoder_decoder``): a triad out of 49,
or root, pitches and bass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from bridge.core.chord_symbols import OCTAVE, Chord
from bridge.core.encodings.inputs import (
    DenseBlock,
    EventTracker,
    InputBlock,
    InputEncoding,
    OneHotBlock,
    Rows,
    first_rows,
    half_sets,
)

_HALF = OCTAVE // 2


class ChordInputs(Protocol):
    """How chords become the first columns of an input."""

    @property
    def width(self) -> int:
        """How many columns."""
        ...

    @property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The rows of the table."""
        ...

    def rows(self, chord: Chord | None) -> Rows:
        """The rows of `blocks` that add up to a chord."""
        ...


@dataclass(frozen=True, slots=True)
class TriadInputs:
    """No chord, then twelve major, minor, augmented and diminished triads.

    A chord that is none of them, such as ``Gsus4``, counts as no chord; Magenta refuses it.
    """

    @property
    def width(self) -> int:
        """How many columns."""
        return 1 + 4 * OCTAVE

    @property
    def blocks(self) -> tuple[InputBlock, ...]:
        """A row per triad."""
        return (OneHotBlock(0, self.width),)

    def rows(self, chord: Chord | None) -> Rows:
        """The rows of `blocks` that add up to a chord."""
        if chord is None or chord.triad is None:
            return (0,)
        return (1 + OCTAVE * chord.triad + chord.root,)


@dataclass(frozen=True, slots=True)
class PitchInputs:
    """Whether there is no chord; its root; its pitch classes; its bass."""

    @property
    def width(self) -> int:
        """How many columns."""
        return 1 + 3 * OCTAVE

    @property
    def blocks(self) -> tuple[InputBlock, ...]:
        """No chord and root; the pitch classes in two halves; bass."""
        halves = half_sets(_HALF)
        pitches = 1 + OCTAVE
        return (
            OneHotBlock(0, 1 + OCTAVE),
            DenseBlock(pitches, halves),
            DenseBlock(pitches + _HALF, halves),
            OneHotBlock(1 + 2 * OCTAVE, OCTAVE),
        )

    def rows(self, chord: Chord | None) -> Rows:
        """The rows of `blocks` that add up to a chord."""
        if chord is None:
            return (0,)
        sets = 1 << _HALF
        low = 1 + OCTAVE
        high, bass = low + sets, low + 2 * sets
        return (
            1 + chord.root,
            low + (chord.pitch_classes & sets - 1),
            high + (chord.pitch_classes >> _HALF),
            bass + chord.bass,
        )


@dataclass(frozen=True)
class ConditionedEncoding:
    """A melody's encoding with chords before it.

    Args:
        chords: How chords are written.
        melody: The encoding of the melody itself.
    """

    chords: ChordInputs
    melody: InputEncoding

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        return self.chords.width + self.melody.input_width

    @property
    def class_count(self) -> int:
        """The melody's classes."""
        return self.melody.class_count

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """The melody's blocks, behind the columns of the chords; then the chords' own."""
        width = self.chords.width
        moved = (replace(block, column=block.column + width) for block in self.melody.blocks)
        return (*moved, *self.chords.blocks)

    @cached_property
    def _first_chord_row(self) -> int:
        return first_rows(self.blocks)[len(self.melody.blocks)]

    def tracker(self) -> EventTracker:
        """A tracker of the melody; its rows lack those of the next step's chord."""
        return self.melody.tracker()

    def chord_rows(self, chord: Chord | None) -> Rows:
        """The rows of the table to add for the chord of the next step."""
        first = self._first_chord_row
        return tuple(first + row for row in self.chords.rows(chord))
