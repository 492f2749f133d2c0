"""Conversions between beats, ticks, steps and seconds.

A beat is a quarter note, whatever the time signature. Ticks are Live's and Max's, 480 a beat.
"""

from __future__ import annotations

import math

TICKS_PER_BEAT = 480
"""Resolution of Max's and Live's transport (Max reference, `transport`)."""


def beats_to_ticks(beats: float) -> int:
    """Beats to the nearest tick (480 a beat); a half rounds up."""
    return math.floor(beats * TICKS_PER_BEAT + 0.5)


def ticks_to_beats(ticks: float) -> float:
    """Ticks (480 a beat) to beats."""
    return ticks / TICKS_PER_BEAT


def beats_to_seconds(beats: float, tempo_qpm: float) -> float:
    """Length of ``beats`` in seconds at a steady tempo in quarter notes a minute."""
    return beats * 60.0 / tempo_qpm


def seconds_to_beats(seconds: float, tempo_qpm: float) -> float:
    """Length of ``seconds`` in beats at a steady tempo in quarter notes a minute."""
    return seconds * tempo_qpm / 60.0


def nearest_step(beats: float, steps_per_quarter: int) -> int:
    """The grid step nearest to a moment; a moment half-way between two belongs to the later.

    This is Magenta's rounding of note starts (``quantize_to_step`` with cutoff 0.5).
    """
    return math.floor(beats * steps_per_quarter + 0.5)
