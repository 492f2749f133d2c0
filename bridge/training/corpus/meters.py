"""The stretches of a piece whose bars the models can count: bars of four quarter notes.

Magenta's encodings count sixteen sixteenths a bar, and two bars of 2/4 make one of these. Anything
else would put every bar line after the first in a wrong place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bridge.core.notes import Note
from bridge.training.corpus.piece import Piece, Signature

BAR_BEATS = 4.0
FITTING_BAR_BEATS = (2.0, 4.0)
LARGEST_METER = 255
"""What a byte of a MIDI file can say of the numerator, and more than anybody writes."""
EDGE_BEATS = 0.125
"""A note this little before a stretch was meant for its first beat."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a piece in one meter.

    Args:
        start_beats: Where it begins in the piece.
        length_beats: Its length, to where the meter changes or the piece ends.
        signature: Its time signature.
    """

    start_beats: float
    length_beats: float
    signature: Signature

    @property
    def fits(self) -> bool:
        """Whether its bars are of four quarter notes, or of two."""
        numerator, denominator = self.signature
        return denominator > 0 and 4.0 * numerator / denominator in FITTING_BAR_BEATS

    def notes_of(self, notes: tuple[Note, ...]) -> tuple[Note, ...]:
        """The notes that start in it, in beats from its start; none sounds on beyond its end."""
        found = []
        for note in notes:
            start = note.start_beats - self.start_beats
            if -EDGE_BEATS <= start < self.length_beats - EDGE_BEATS:
                start = max(0.0, start)
                longest = max(0.0, self.length_beats - start)
                length = min(note.duration_beats, longest)
                found.append(replace(note, start_beats=start, duration_beats=length))
        return tuple(found)


def stretches(piece: Piece) -> list[Stretch]:
    """The piece cut where its meter changes; a repeated signature cuts nothing."""
    changes: list[tuple[float, Signature]] = []
    for start, signature in piece.signatures:
        if changes and changes[-1][0] == start:
            changes.pop()
        if not changes or changes[-1][1] != signature:
            changes.append((start, signature))
    ends = [start for start, _ in changes[1:]] + [piece.length_beats]
    return [
        Stretch(start, end - start, signature)
        for (start, signature), end in zip(changes, ends, strict=True)
        if end > start
    ]


def shown(signature: Signature) -> str:
    """A time signature as people write it."""
    if not (0 < signature[0] <= LARGEST_METER and 0 < signature[1] <= LARGEST_METER):
        return "an impossible meter"
    return f"{signature[0]}/{signature[1]}"
