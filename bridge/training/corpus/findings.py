"""What one file holds, before it is known what the others hold.

It follows from the file alone, so it may be found out anywhere, in any order, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bridge.training.encode import Steps


@dataclass(frozen=True, slots=True)
class Phrase:
    """Music to learn from, as it was played.

    Args:
        piece: Name of its piece.
        bars: Its length.
        keys: By semitones of transposition, places of its events in the encoding's table of plain
            classes; over chords, with the chord of each. As written, by 0, comes first.
    """

    piece: str
    bars: int
    keys: dict[int, Steps] = field(repr=False)

    @property
    def steps(self) -> Steps:
        """As written, which is what copies are known by."""
        return self.keys[0]

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Phrase)
            and (self.piece, self.bars, list(self.keys)) == (other.piece, other.bars, [*other.keys])
            and all(_same(steps, other.keys[key]) for key, steps in self.keys.items())
        )


def _same(one: Steps, other: Steps) -> bool:
    return one.dtype == other.dtype and np.array_equal(one, other)


@dataclass(frozen=True, slots=True)
class Findings:
    """What one file holds.

    Args:
        name: Its place in the folder.
        found: Remarks about it and phrases of it, in the order in which they were come upon.
        lasting: Whether that follows from the file alone; not where it could not be opened, or what
            reads such files is not installed.
    """

    name: str
    found: tuple[str | Phrase, ...]
    lasting: bool = True
