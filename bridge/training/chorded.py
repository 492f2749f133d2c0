"""Melodies over chords as sequences: each step is one number for what is played and what underlies.

Everything that is trained is a row of whole numbers, one a step (`bridge.training.encode.Steps`).
Where a model is told the chords, the number holds both: the place of the event in the encoding's
table of plain classes, and the chord that sounds with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import numpy as np

from bridge.core.chord_symbols import OCTAVE, Chord
from bridge.training.encode import Coding, Steps

PLACES = 256
"""More than any melody has plain classes."""
_SETS = 1 << OCTAVE
_TRIADS = 4


def chorded(places: Steps, chords: Iterable[Chord | None]) -> Steps:
    """A melody with its chords.

    Args:
        places: Places in the table of plain classes, one a step.
        chords: The chord of each step.
    """
    return places + PLACES * np.array([chord_number(chord) for chord in chords], np.int64)


def places_of(steps: Steps) -> Steps:
    """What is played at each step, without the chords."""
    return steps % PLACES


def played(steps: Steps, coding: Coding) -> Steps:
    """What is played at each step, whether the sequences of a coding hold chords or not."""
    return steps if coding.condition is None else places_of(steps)


def chord_numbers(steps: Steps) -> Steps:
    """The number of each step's chord, 0 for none."""
    return steps // PLACES


def chord_number(chord: Chord | None) -> int:
    """A number for each chord, 0 for none."""
    if chord is None:
        return 0
    triad = _TRIADS if chord.triad is None else chord.triad
    number = chord.pitch_classes + _SETS * triad
    return 1 + chord.root + OCTAVE * (chord.bass + OCTAVE * number)


@lru_cache(maxsize=4096)
def chord_of(number: int) -> Chord | None:
    """The chord of a number."""
    if number == 0:
        return None
    rest, root = divmod(number - 1, OCTAVE)
    rest, bass = divmod(rest, OCTAVE)
    triad, pitch_classes = divmod(rest, _SETS)
    return Chord(root, pitch_classes, bass, None if triad == _TRIADS else triad)


def transposed(chord: Chord | None, semitones: int) -> Chord | None:
    """A chord in another key."""
    if chord is None:
        return None
    up = semitones % OCTAVE
    turned = chord.pitch_classes << up
    return replace(
        chord,
        root=(chord.root + up) % OCTAVE,
        bass=(chord.bass + up) % OCTAVE,
        pitch_classes=(turned | turned >> OCTAVE) & _SETS - 1,
    )
