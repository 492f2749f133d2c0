"""The human of the demo: a drummer's recorded performance, cut into calls.

The excerpt is from the Groove MIDI Dataset (CC BY 4.0; ``performances/ATTRIBUTION.md``), from its
test split, so that the shipped drum model has never seen it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bridge.core.notes import Note, Phrase
from bridge.io.smf import read_song

HIPHOP = "drummer7_hiphop_100"
# Pitch, start and length in beats, four bars to a line: a tune of our own for melody models.
_TUNE = (
    (62, 0, 1), (65, 1, 0.5), (67, 1.5, 0.5), (69, 2, 1.5), (67, 3.5, 0.5),
    (65, 4, 1), (64, 5, 0.5), (62, 5.5, 0.5), (60, 6, 1), (57, 7, 1),
    (62, 8, 0.5), (64, 8.5, 0.5), (65, 9, 1), (69, 10, 0.5), (72, 10.5, 1), (70, 11.5, 0.5),
    (69, 12, 1.5), (67, 13.5, 0.5), (65, 14, 0.5), (64, 14.5, 0.5), (62, 15, 1),
    (74, 16, 1), (72, 17, 0.5), (69, 17.5, 1), (67, 18.5, 0.5), (69, 19, 1),
    (70, 20, 0.5), (69, 20.5, 0.5), (67, 21, 0.5), (65, 21.5, 0.5), (64, 22, 1), (60, 23, 1),
    (65, 24, 0.75), (67, 24.75, 0.25), (69, 25, 1), (65, 26, 0.5), (62, 26.5, 1), (60, 27.5, 0.5),
    (57, 28, 0.5), (60, 28.5, 0.5), (64, 29, 1), (62, 30, 2),
)  # fmt: skip
_EARLY_BEATS = 0.125
"""A note struck up to half a 16th before a bar line belongs to the bar that follows."""


@dataclass(frozen=True, slots=True)
class Performance:
    """A recorded performance.

    Args:
        name: File name without its ending.
        tempo_qpm: The tempo it was played in.
        signature: Numerator and denominator.
        bars: Its length in whole bars.
        phrase: Its notes; human timing and velocities.
    """

    name: str
    tempo_qpm: float
    signature: tuple[int, int]
    bars: int
    phrase: Phrase

    @property
    def bar_beats(self) -> float:
        """Length of a bar in beats."""
        return self.signature[0] * 4.0 / self.signature[1]

    def call(self, index: int, bars: int) -> Phrase:
        """The call of that index: so many bars from where the last one ended, round and round.

        Starts may lie a little before 0: a drummer anticipates.
        """
        length = bars * self.bar_beats
        notes = []
        for bar in range(bars):
            from_beats = (index * bars + bar) % self.bars * self.bar_beats
            moved = bar * self.bar_beats - from_beats
            notes += [
                replace(note, start_beats=note.start_beats + moved)
                for note in self.phrase.notes
                if from_beats - _EARLY_BEATS
                <= note.start_beats
                < from_beats + self.bar_beats - _EARLY_BEATS
            ]
        return Phrase.of(notes, length)


def load_performance(name: str = HIPHOP) -> Performance:
    """Read a performance that travels with the package.

    Raises:
        BridgeError: Its file is missing or damaged.
    """
    song = read_song(Path(__file__).parent / "performances" / f"{name}.mid")
    notes = [note for track in song.tracks for note in track.notes]
    bar_beats = song.signature[0] * 4.0 / song.signature[1]
    bars = round(song.length_beats / bar_beats)
    phrase = Phrase.of(notes, bars * bar_beats)
    return Performance(name, round(song.tempo_qpm, 3), song.signature, bars, phrase)


def load_melody() -> Performance:
    """A tune of our own in D minor, eight bars of 4/4, for models that play pitches."""
    notes = [
        # Stronger on the beat, as anyone would play it.
        Note(pitch, 100 if start % 1 == 0 else 82, float(start), length * 0.95)
        for pitch, start, length in _TUNE
    ]
    return Performance("tune", 100.0, (4, 4), 8, Phrase.of(notes, 32.0))
