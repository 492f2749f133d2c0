"""A piece of music as voices of notes in beats, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.core.notes import Note

Signature = tuple[int, int]
"""Numerator and denominator."""


@dataclass(frozen=True, slots=True)
class Voice:
    """The notes of one track and channel.

    Args:
        name: As the file calls it, or "".
        notes: In beats from the start of the piece, in order of start, then pitch.
        drums: Whether the file says that these are drums (MIDI channel 10, or a drum flag).
        program: General MIDI program, 0 to 127, or None where the file names none.
    """

    name: str
    notes: tuple[Note, ...]
    drums: bool = False
    program: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece.

    Args:
        name: The file's place in its folder; of a file with several pieces, with a number.
        voices: Those with notes.
        signatures: Each time signature with the beat from which it holds, in order; the first at
            beat 0.
        length_beats: Length of the piece; at least to the end of its last note.
        tempo_changes: How often its tempo changes; of no matter to music in beats, but told.
        chords: Chord symbols, each with the beat from which it holds, in order.
    """

    name: str
    voices: tuple[Voice, ...]
    signatures: tuple[tuple[float, Signature], ...] = ((0.0, (4, 4)),)
    length_beats: float = 0.0
    tempo_changes: int = 0
    chords: tuple[tuple[float, str], ...] = ()
