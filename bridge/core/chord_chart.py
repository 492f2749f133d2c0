"""Chords in time: a chart as people write it, and the chords that go with a call and its answer.

A chart has one entry a bar, as in ``C | Am7 | F | G7``, and goes round and round. It is counted
from the song's first bar, so the models hear the chords that the song has at that place. An entry
of several symbols divides its bar evenly; an empty one goes on with the chord before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bridge.core.chord_symbols import NO_CHORD, Chord, parse_chord
from bridge.core.units import nearest_step
from bridge.errors import ChordInvalid

MAX_CHART_LENGTH = 2000
MAX_CHORDS_IN_A_BAR = 16

Chart = tuple[tuple[str, ...], ...]
"""The symbols of each bar."""


@dataclass(frozen=True, slots=True)
class ChordChange:
    """From here on this chord.

    Args:
        start_beats: Beats from the start of the answer (of the call, while it is being played);
            negative within the call before it.
        symbol: Chord symbol (`bridge.core.chord_symbols`), or ``N.C.``.
    """

    start_beats: float
    symbol: str


@lru_cache(maxsize=64)
def parse_chart(text: str) -> Chart:
    """The bars of a chart; none where the text is blank.

    Args:
        text: Bars divided by ``|``; a bar line at either end may be there or not.

    Raises:
        ChordInvalid: Something in it is no chord; the message names the bar.
    """
    if len(text) > MAX_CHART_LENGTH:
        raise ChordInvalid(f"The chords take {len(text)} letters; {MAX_CHART_LENGTH} are the most.")
    if not text.strip():
        return ()
    bars: list[tuple[str, ...]] = []
    last = NO_CHORD
    for number, entry in enumerate(text.strip().removeprefix("|").removesuffix("|").split("|"), 1):
        symbols = tuple(entry.split()) or (last,)
        if len(symbols) > MAX_CHORDS_IN_A_BAR:
            raise ChordInvalid(f"Bar {number} has {len(symbols)} chords; 16 are the most.")
        for symbol in symbols:
            try:
                parse_chord(symbol)
            except ChordInvalid as error:
                raise ChordInvalid(f"Bar {number} of the chords: {error.message}") from None
        last = symbols[-1]
        bars.append(symbols)
    return tuple(bars)


def chords_of_bars(
    chart: Chart, song_bars: Iterable[int], bar_beats: float, start_beats: float
) -> list[ChordChange]:
    """The chords of some bars.

    Args:
        chart: One bar at least.
        song_bars: For each bar its number in the song, from 0.
        bar_beats: Length of a bar.
        start_beats: Where the first of them starts.
    """
    changes: list[ChordChange] = []
    for i, song_bar in enumerate(song_bars):
        symbols = chart[song_bar % len(chart)]
        for j, symbol in enumerate(symbols):
            at = start_beats + (i + j / len(symbols)) * bar_beats
            changes.append(ChordChange(at, symbol))
    return changes


class ChordTrack:
    """Which chord sounds at each step of a grid.

    Args:
        changes: The chords; before the first there is none. Of two at one step the later holds.
        steps_per_quarter: The grid.

    Raises:
        ChordInvalid: A symbol is no chord.
    """

    def __init__(self, changes: Iterable[ChordChange], steps_per_quarter: int) -> None:
        ordered = sorted(changes, key=lambda change: change.start_beats)
        self._steps = [nearest_step(change.start_beats, steps_per_quarter) for change in ordered]
        self._chords = [parse_chord(change.symbol) for change in ordered]

    def at(self, step: int) -> Chord | None:
        """The chord at a step; None where there is none."""
        place = bisect_right(self._steps, step)
        return self._chords[place - 1] if place else None
