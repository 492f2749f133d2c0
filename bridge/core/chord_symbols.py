"""Chord symbols such as ``Am7``, ``F#dim`` or ``C7(b9)/G``: root, pitch classes, bass, triad.

The grammar is that of note-seq's ``chord_symbols_lib``, which named the chords that Magenta's
improv models were trained with: root, kind, any number of changed degrees, and a bass after a
slash. ``N.C.`` is no chord.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bridge.errors import ChordInvalid

NO_CHORD = "N.C."
OCTAVE = 12

MAJOR, MINOR, AUGMENTED, DIMINISHED = range(4)
"""Kinds of triads, in the order of Magenta's classes."""

LONGEST_SYMBOL = 40

_NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SEMITONES_OF_DEGREE = (0, 2, 4, 5, 7, 9, 11)
_TRIADS = {(0, 0, 0): MAJOR, (0, -1, 0): MINOR, (0, 0, 1): AUGMENTED, (0, -1, -1): DIMINISHED}

_KINDS: tuple[tuple[str, str], ...] = (
    (" maj M", "1 3 5"),
    ("m min -", "1 b3 5"),
    ("+ aug", "1 3 #5"),
    ("o dim", "1 b3 b5"),
    ("7", "1 3 5 b7"),
    ("maj7 M7", "1 3 5 7"),
    ("m7 min7 -7", "1 b3 5 b7"),
    ("o7 dim7", "1 b3 b5 bb7"),
    ("+7 aug7", "1 3 #5 b7"),
    ("m7b5 -7b5 /o /o7", "1 b3 b5 b7"),
    ("mmaj7 mM7 minmaj7 minM7 -maj7 -M7", "1 b3 5 7"),
    ("m(maj7) m(M7) min(maj7) min(M7) -(maj7) -(M7)", "1 b3 5 7"),
    ("6", "1 3 5 6"),
    ("m6 min6 -6", "1 b3 5 6"),
    ("9", "1 3 5 b7 9"),
    ("maj9 M9", "1 3 5 7 9"),
    ("m9 min9 -9", "1 b3 5 b7 9"),
    ("+9 aug9", "1 3 #5 b7 9"),
    ("6/9", "1 3 5 6 9"),
    ("11", "1 3 5 b7 9 11"),
    ("maj11 M11", "1 3 5 7 9 11"),
    ("m11 min11 -11", "1 b3 5 b7 9 11"),
    ("13", "1 3 5 b7 9 11 13"),
    ("maj13 M13", "1 3 5 7 9 11 13"),
    ("m13 min13 -13", "1 b3 5 b7 9 11 13"),
    ("sus2", "1 2 5"),
    ("sus sus4", "1 4 5"),
    ("sus7 7sus", "1 4 5 b7"),
    ("ped", "1"),
    ("5", "1 5"),
)


def _alteration(accidentals: str) -> int:
    """Semitones of some sharps or flats."""
    return len(accidentals) if "#" in accidentals else -len(accidentals)


def _degrees(text: str) -> dict[int, int]:
    """Degrees such as ``1 b3 5`` as degree: semitones that it is altered by."""
    found = {}
    for word in text.split():
        number = word.lstrip("#b")
        found[int(number)] = _alteration(word[: len(word) - len(number)])
    return found


DEGREES_OF_KIND: dict[str, dict[int, int]] = {
    name: _degrees(degrees) for names, degrees in _KINDS for name in names.split(" ")
}

_NOTE = r"[A-G](?:#*|b*)(?![#b])"
_CHANGE = r"\(?(addb|add#|add|no|#|b)([0-9]{1,2})\)?"
_SYMBOL = re.compile(
    f"({_NOTE})"
    f"({'|'.join(re.escape(kind) for kind in DEGREES_OF_KIND)})"
    rf"((?:\(?(?:addb|add#|add|no|#|b)[0-9]{{1,2}}\)?)*)"
    f"(?:/({_NOTE}))?"
)


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord.

    Args:
        root: Pitch class of its root, 0 for C to 11 for B.
        pitch_classes: The pitch classes in it as bits, bit 0 for C.
        bass: Pitch class of its bass; it need not be in the chord.
        triad: ``MAJOR``, ``MINOR``, ``AUGMENTED`` or ``DIMINISHED``; None where root, third and
            fifth are no such triad, as in ``Gsus4``.
    """

    root: int
    pitch_classes: int
    bass: int
    triad: int | None


@lru_cache(maxsize=1024)
def parse_chord(symbol: str) -> Chord | None:
    """The chord of a symbol; None for ``N.C.``.

    Raises:
        ChordInvalid: It is no chord symbol.
    """
    if symbol == NO_CHORD:
        return None
    match = _SYMBOL.fullmatch(symbol) if len(symbol) <= LONGEST_SYMBOL else None
    if match is None:
        raise ChordInvalid(f"{symbol[:LONGEST_SYMBOL]!r} is no chord symbol.")
    root_name, kind, changes, bass_name = match.groups()
    degrees = dict(DEGREES_OF_KIND[kind])
    for change, degree in re.findall(_CHANGE, changes):
        _change(symbol, degrees, change, int(degree))
    root = _pitch_class(root_name)
    pitch_classes = 0
    for degree, altered in degrees.items():
        semitones = _SEMITONES_OF_DEGREE[(degree - 1) % 7] + altered
        pitch_classes |= 1 << (root + semitones) % OCTAVE
    triad = degrees.get(1, OCTAVE), degrees.get(3, OCTAVE), degrees.get(5, OCTAVE)
    bass = root if bass_name is None else _pitch_class(bass_name)
    return Chord(root, pitch_classes, bass, _TRIADS.get(triad))


def _change(symbol: str, degrees: dict[int, int], change: str, degree: int) -> None:
    """Adds, removes or alters one degree."""
    if degree == 0:
        raise ChordInvalid(f"The chord {symbol!r} names a degree 0; the root is 1.")
    if change == "no":
        if degrees.pop(degree, None) is None:
            raise ChordInvalid(f"The chord {symbol!r} takes away a {degree} that it has not.")
    elif change.startswith("add"):
        if degree in degrees:
            raise ChordInvalid(f"The chord {symbol!r} adds a {degree} that it has already.")
        # A seventh that is added is the minor one.
        degrees[degree] = _alteration(change[3:]) - (degree == 7)
    else:
        degrees[degree] = degrees.get(degree, 0) + _alteration(change)


def _pitch_class(name: str) -> int:
    return (_NATURALS[name[0]] + _alteration(name[1:])) % OCTAVE
