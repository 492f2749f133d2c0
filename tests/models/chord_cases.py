"""Chords for models that know chords; every other model takes them and hears none."""

from __future__ import annotations

import random

from bridge.core.chord_chart import ChordChange
from bridge.core.chord_symbols import parse_chord
from bridge.core.encodings.catalog import ModelEncoding
from bridge.core.encodings.inputs import Rows

TRIADS = ("C", "Am", "F#dim", "Eb+", "G7", "Bbmaj7", "Dm7b5", "E/G#", "N.C.", "B7(b9)")
"""Chords that every model of Magenta's takes."""


def random_symbols(count: int, seed: int, *, hold: int = 6) -> list[str]:
    """One chord a step; each holds for some steps."""
    choice, symbols = random.Random(seed), list[str]()
    while len(symbols) < count:
        symbols += [choice.choice(TRIADS)] * choice.randrange(1, 2 * hold)
    return symbols[:count]


def conditions(encoding: ModelEncoding, symbols: list[str]) -> list[Rows]:
    """The rows to add at each step for these chords."""
    if encoding.chord_rows is None:
        return [()] * len(symbols)
    return [encoding.chord_rows(parse_chord(symbol)) for symbol in symbols]


def changes(symbols: list[str], steps_per_quarter: int, first_step: int) -> tuple[ChordChange, ...]:
    """One chord a step as a track."""
    return tuple(
        ChordChange((first_step + i) / steps_per_quarter, symbol)
        for i, symbol in enumerate(symbols)
        if i == 0 or symbol != symbols[i - 1]
    )
