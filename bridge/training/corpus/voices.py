"""Which notes of a piece a model learns from: its drums, its melodies, its basses.

Files say it in different ways, or not at all: drums lie on MIDI channel 10 by the General MIDI
standard, but loops that a sequencer exports lie on channel 1.
"""

from __future__ import annotations

from itertools import pairwise

from bridge.core.notes import Note
from bridge.training.corpus.piece import Piece, Voice

KIT_PITCHES = range(35, 82)
"""General MIDI's percussion."""
CORE_PITCHES = frozenset(range(35, 60))
"""Kicks, snares, hats, toms and cymbals: what a kit is known by."""
CORE_SHARE = 0.8
DRUM_WORDS = ("drum", "kit", "beat", "break", "perc", "groove", "loop")
LONGEST_HIT_BEATS = 0.75
"""Drum notes are short; a bass line in the same range is not."""
BASS_PROGRAMS = range(32, 40)
BASS_WORDS = ("bass", "contrabass", "sub")
MOST_OVERLAP = 0.05
"""Share of notes that may begin while another sounds, in a line of one voice."""
FEWEST_NOTES = 8


def drum_notes(piece: Piece) -> tuple[tuple[Note, ...], str]:
    """The drums of a piece.

    Returns:
        The notes in order of start, and how they were found or why none were, in words.
    """
    told = [voice for voice in piece.voices if voice.drums]
    if told:
        return _together(told), ""
    alike = [voice for voice in piece.voices if _looks_like_drums(voice)]
    if alike and len(alike) == len(piece.voices):
        return _together(alike), "taken for drums, though not on MIDI channel 10"
    count = sum(len(voice.notes) for voice in piece.voices)
    return (), f"no drums: nothing on MIDI channel 10, and its {count} notes look like no kit"


def melody_voices(piece: Piece) -> tuple[list[Voice], str]:
    """The voices of a piece that are lines of one voice, and why there are none, in words."""
    pitched = [voice for voice in piece.voices if not voice.drums]
    if not pitched:
        return [], "no melody: drums alone"
    lines = [voice for voice in pitched if _is_line(voice)]
    if not lines:
        return [], f"no melody: none of its {len(pitched)} tracks plays one note at a time"
    return lines, ""


def bass_voices(piece: Piece) -> tuple[list[Voice], str]:
    """The bass lines of a piece, and why there are none, in words."""
    basses = [voice for voice in piece.voices if not voice.drums and _is_bass(voice)]
    if not basses:
        return [], "no bass: no track has a bass's program (33 to 40) or name"
    lines = [voice for voice in basses if _is_line(voice)]
    if not lines:
        return [], "no bass line: its bass plays chords"
    return lines, ""


def all_voices(piece: Piece) -> tuple[tuple[Note, ...], str]:
    """Everything with a pitch that a piece plays, together.

    Returns:
        The notes in order of start, and what there is to say about them, in words.
    """
    pitched = [voice for voice in piece.voices if not voice.drums]
    if not pitched:
        return (), "no voices: drums alone"
    remark = f"{len(pitched)} tracks together" if len(pitched) > 1 else ""
    return _together(pitched), remark


def _together(voices: list[Voice]) -> tuple[Note, ...]:
    notes = [note for voice in voices for note in voice.notes]
    return tuple(sorted(notes, key=lambda note: (note.start_beats, note.pitch)))


def _looks_like_drums(voice: Voice) -> bool:
    notes = voice.notes
    if not all(note.pitch in KIT_PITCHES for note in notes):
        return False
    core = sum(note.pitch in CORE_PITCHES for note in notes) / len(notes)
    named = any(word in voice.name.lower() for word in DRUM_WORDS)
    lengths = sorted(note.duration_beats for note in notes)
    short = lengths[len(lengths) // 2] <= LONGEST_HIT_BEATS
    return core >= CORE_SHARE and (named or (short and _several_at_once(notes)))


def _several_at_once(notes: tuple[Note, ...]) -> bool:
    """Whether some drums are struck together, as no bass line's notes are."""
    starts = [round(note.start_beats * 4) for note in notes]
    return len(set(starts)) < len(starts)


def _is_line(voice: Voice) -> bool:
    notes = voice.notes
    if len(notes) < FEWEST_NOTES:
        return False
    overlaps = sum(
        after.start_beats < before.end_beats - 0.125 for before, after in pairwise(notes)
    )
    return overlaps / len(notes) <= MOST_OVERLAP


def _is_bass(voice: Voice) -> bool:
    named = any(word in voice.name.lower() for word in BASS_WORDS)
    return named or (voice.program is not None and voice.program in BASS_PROGRAMS)
