"""Phrases on a model's grid: which step a note falls on, and where the call's first bar begins.

The rounding is Magenta's (note-seq, ``sequences_lib.quantize_note_sequence``): starts and ends go
to the nearest step, a half goes up, and no note is shorter than one step. It differs in two places,
on purpose. A note that Magenta would push past the call's last step stays at that step instead of
being lost, and a note up to half a step early belongs to the first step instead of being an error.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bridge.core.notes import Note, Phrase
from bridge.core.units import nearest_step

BAR_BEATS = 4
"""Length of the bars that Magenta's extraction assumes where no time signature is given."""


MAX_BEATS = 1e6
"""Five days at 140 qpm; larger numbers are no moments of music."""


@dataclass(frozen=True, slots=True)
class GridNote:
    """A note on the grid.

    Args:
        pitch: MIDI pitch, 0 to 127.
        start_step: Step of its start.
        end_step: Step at whose beginning it ends; more than ``start_step``.
        velocity: MIDI velocity, 1 to 127; 0 where the model tells none.
    """

    pitch: int
    start_step: int
    end_step: int
    velocity: int = 0


@dataclass(frozen=True, slots=True)
class CallEvents:
    """A call as a model reads it.

    Args:
        events: One event a step, from the bar of the first note on. Empty where nothing was played.
        transposition: Semitones that were added to the call's pitches; taken off the answer's.
    """

    events: tuple[int, ...]
    transposition: int = 0


def phrase_steps(phrase: Phrase, steps_per_quarter: int) -> int:
    """Length of a phrase in steps, to the nearest one; 0 where the length is not a number."""
    if not is_moment(phrase.length_beats):
        return 0
    return max(0, nearest_step(phrase.length_beats, steps_per_quarter))


def is_moment(beats: float) -> bool:
    """Whether a number of beats can be a moment of music at all."""
    return math.isfinite(beats) and abs(beats) <= MAX_BEATS


def on_grid(notes: Iterable[Note], steps_per_quarter: int, steps: int) -> list[GridNote]:
    """Notes of a call of so many steps, on the grid.

    Left out are notes of velocity 0, notes that begin more than half a step before the call or more
    than half a step after its end, and notes whose moments are not numbers.

    Returns:
        Notes in order of start, then the highest pitch first.
    """
    placed: list[GridNote] = []
    for note in notes:
        if note.velocity < 1 or not 0 <= note.pitch <= 127:
            continue
        if not (is_moment(note.start_beats) and is_moment(note.duration_beats)):
            continue
        start = nearest_step(note.start_beats, steps_per_quarter)
        if not 0 <= start <= steps or steps == 0:
            continue
        start = min(start, steps - 1)
        end = nearest_step(note.end_beats, steps_per_quarter)
        placed.append(GridNote(note.pitch, start, max(start + 1, end)))
    placed.sort(key=lambda note: (note.start_step, -note.pitch))
    return placed


def silent_lead_steps(first_step: int, steps_per_quarter: int) -> int:
    """Steps of the silent bars before the bar of the first note.

    Magenta drops them (``from_quantized_sequence``), so that its metric counters start with that
    bar. Bars are four beats long here, as Magenta takes them to be without a time signature.
    """
    bar_steps = BAR_BEATS * steps_per_quarter
    return first_step - first_step % bar_steps
