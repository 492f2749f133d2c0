"""Drums under a melody: the melody's rhythm, told to a drum model in drums.

No model that ships was trained on drums and melody together, so this is no model of what drums go
with a tune. It is a rule: each onset of the melody becomes a stroke, and the drum model goes on
from these strokes as from a drummer's. It hears when the melody moves and how loud, never which
notes.
"""

from __future__ import annotations

import math

from bridge.core.encodings.drum_classes import PITCH_OF_CLASS
from bridge.core.notes import Note, Phrase

KICK, SNARE, CLOSED_HAT = PITCH_OF_CLASS[:3]
GRID_BEATS = 0.25
STROKE_BEATS = 0.1


def strokes_of(melody: Phrase, bar_beats: float) -> Phrase:
    """A melody's onsets as drum strokes, each with its moment and velocity.

    On the first, third, fifth … beat of a bar an onset is a kick, on the beats between a snare, off
    the beat a closed hat. Notes of the same sixteenth are one stroke, as loud and as early or late
    as the loudest of them.

    Args:
        melody: It begins on a bar line.
        bar_beats: Length of a bar.
    """
    loudest: dict[int, Note] = {}
    for note in melody.notes:
        place = math.floor(note.start_beats / GRID_BEATS + 0.5)
        found = loudest.get(place)
        if found is None or note.velocity > found.velocity:
            loudest[place] = note
    struck = (
        Note(_drum(place, bar_beats), note.velocity, note.start_beats, STROKE_BEATS, note.channel)
        for place, note in loudest.items()
    )
    return Phrase.of(struck, melody.length_beats)


def _drum(place: int, bar_beats: float) -> int:
    beat = place * GRID_BEATS % bar_beats
    if beat % 1.0:
        return CLOSED_HAT
    return SNARE if int(beat) % 2 else KICK
