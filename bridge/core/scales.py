"""Scales by name: what people write, as the pitch classes that may sound.

The names are those of Live 12's scale menu. A scale travels as 12 bits, bit 0 for C to bit 11 for
B; 0 means that every pitch may sound.
"""

from __future__ import annotations

from collections.abc import Sequence

from bridge.errors import ConfigError

OCTAVE = 12
CHROMATIC = 0
ALL_PITCH_CLASSES = (1 << OCTAVE) - 1

SCALES: dict[str, tuple[int, ...]] = {
    "Major": (0, 2, 4, 5, 7, 9, 11),
    "Minor": (0, 2, 3, 5, 7, 8, 10),
    "Dorian": (0, 2, 3, 5, 7, 9, 10),
    "Mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "Lydian": (0, 2, 4, 6, 7, 9, 11),
    "Phrygian": (0, 1, 3, 5, 7, 8, 10),
    "Locrian": (0, 1, 3, 5, 6, 8, 10),
    "Whole Tone": (0, 2, 4, 6, 8, 10),
    "Half-whole Dim.": (0, 1, 3, 4, 6, 7, 9, 10),
    "Whole-half Dim.": (0, 2, 3, 5, 6, 8, 9, 11),
    "Minor Blues": (0, 3, 5, 6, 7, 10),
    "Minor Pentatonic": (0, 3, 5, 7, 10),
    "Major Pentatonic": (0, 2, 4, 7, 9),
    "Harmonic Minor": (0, 2, 3, 5, 7, 8, 11),
    "Harmonic Major": (0, 2, 4, 5, 7, 8, 11),
    "Dorian #4": (0, 2, 3, 6, 7, 9, 10),
    "Phrygian Dominant": (0, 1, 4, 5, 7, 8, 10),
    "Melodic Minor": (0, 2, 3, 5, 7, 9, 11),
    "Lydian Augmented": (0, 2, 4, 6, 8, 9, 11),
    "Lydian Dominant": (0, 2, 4, 6, 7, 9, 10),
    "Super Locrian": (0, 1, 3, 4, 6, 8, 10),
    "8-Tone Spanish": (0, 1, 3, 4, 5, 6, 8, 10),
    "Bhairav": (0, 1, 4, 5, 7, 8, 11),
    "Hungarian Minor": (0, 2, 3, 6, 7, 8, 11),
    "Hirajoshi": (0, 2, 3, 7, 8),
    "In-Sen": (0, 1, 5, 7, 10),
    "Iwato": (0, 1, 5, 6, 10),
    "Kumoi": (0, 2, 3, 7, 9),
    "Pelog Selisir": (0, 1, 3, 7, 8),
    "Pelog Tembung": (0, 1, 5, 7, 8),
    "Messiaen 3": (0, 2, 3, 4, 6, 7, 8, 10, 11),
    "Messiaen 4": (0, 1, 2, 5, 6, 7, 8, 11),
    "Messiaen 5": (0, 1, 5, 6, 7, 11),
    "Messiaen 6": (0, 2, 4, 5, 6, 8, 10, 11),
    "Messiaen 7": (0, 1, 2, 3, 5, 6, 7, 8, 9, 11),
}
"""Semitones above the root, as Live 12 has them."""

_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHIFTS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}
_EVERYTHING = ("off", "none", "all", "chromatic")


def _plain(name: str) -> str:
    """A name without what people write differently: case, hyphens, dots, more than one space."""
    return " ".join(name.lower().replace("♯", "#").replace("-", " ").replace(".", "").split())


_BY_PLAIN_NAME = {_plain(name): steps for name, steps in SCALES.items()}


def scale_mask(value: object) -> int:
    """What a configuration says about the scale, as 12 bits.

    Args:
        value: "off" (or false, which is how YAML reads a bare ``off``), a root and a name such as
            "A minor pentatonic", a list of notes or pitch classes such as [C, Eb, G] or [0, 3, 7],
            or the bits themselves, 0 to 4095.

    Raises:
        ConfigError: It is none of these; the message says what is wrong, the hint what is allowed.
    """
    if value is False:
        return CHROMATIC
    if isinstance(value, str):
        return _named(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= ALL_PITCH_CLASSES:
            raise _refused(f"{value} is not from 0 to {ALL_PITCH_CLASSES}")
        return value
    if isinstance(value, Sequence):
        return _listed(value)
    raise _refused(f"{value!r} is no scale")


def _named(text: str) -> int:
    plain = _plain(text)
    if plain in _EVERYTHING:
        return CHROMATIC
    root_text, _, name = plain.partition(" ")
    root = note_class(root_text)
    if root is None:
        raise _refused(f"{text!r} does not begin with a root note from C to B")
    steps = _BY_PLAIN_NAME.get(name)
    if steps is None:
        raise _refused(f"{text!r} names no scale after the root")
    return sum(1 << (root + step) % OCTAVE for step in steps)


def _listed(values: Sequence[object]) -> int:
    if not values:
        raise _refused("the list of notes is empty, so nothing could sound")
    mask = 0
    for value in values:
        pitch_class = note_class(value) if isinstance(value, str) else value
        if not isinstance(pitch_class, int) or isinstance(pitch_class, bool):
            raise _refused(f"{value!r} in the list is no note")
        if not 0 <= pitch_class < OCTAVE:
            raise _refused(f"{value!r} in the list is not from 0 to 11")
        mask |= 1 << pitch_class
    return mask


def note_class(text: str) -> int | None:
    """Pitch class of a note name such as C, f# or Bb: 0 for C to 11; None where it is none."""
    name = text.strip().lower()
    if not name or name[0] not in _LETTERS or name[1:] not in _SHIFTS:
        return None
    return (_LETTERS[name[0]] + _SHIFTS[name[1:]]) % OCTAVE


def _refused(why: str) -> ConfigError:
    return ConfigError(
        f"The scale can't be read: {why}.",
        'Write "off", a root and a name such as "D dorian", or a list of notes such as [C, Eb, G].'
        f" The names: {', '.join(SCALES)}.",
    )
