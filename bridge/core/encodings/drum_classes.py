"""Magenta's nine drum classes: which General MIDI pitches belong to which.

The table is that of Magenta's ``MultiDrumOneHotEncoding`` (note-seq, drums_encoder_decoder): the
first pitch of a class is the one that answers use. A step of drums is a set of classes, written as
an integer whose bit i stands for class i: 0 (silence) to 511.
"""

from __future__ import annotations

from collections.abc import Iterable

DRUM_CLASS_NAMES = (
    "kick",
    "snare",
    "closed hat",
    "open hat",
    "low tom",
    "mid tom",
    "high tom",
    "crash",
    "ride",
)

DRUM_CLASS_PITCHES: tuple[tuple[int, ...], ...] = (
    (36, 35),
    (38, 27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85),
    (42, 44, 54, 68, 69, 70, 71, 73, 78, 80, 22),
    (46, 67, 72, 74, 79, 81, 26),
    (45, 29, 41, 43, 61, 64, 84),
    (48, 47, 60, 63, 77, 86, 87),
    (50, 30, 62, 76, 83),
    (49, 52, 55, 57, 58),
    (51, 53, 59, 82),
)

CLASS_OF_PITCH: dict[int, int] = {
    pitch: index for index, pitches in enumerate(DRUM_CLASS_PITCHES) for pitch in pitches
}

PITCH_OF_CLASS: tuple[int, ...] = tuple(pitches[0] for pitches in DRUM_CLASS_PITCHES)


def drum_set(pitches: Iterable[int]) -> int:
    """Pitches struck together as a set of classes, 0 to 511; unknown pitches are left out."""
    bits = 0
    for pitch in pitches:
        index = CLASS_OF_PITCH.get(pitch)
        if index is not None:
            bits |= 1 << index
    return bits


def drum_pitches(drums: int) -> tuple[int, ...]:
    """The pitches that stand for a set of classes, in class order."""
    return tuple(pitch for i, pitch in enumerate(PITCH_OF_CLASS) if drums >> i & 1)
