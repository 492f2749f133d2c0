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
        steps: Places of its events in the encoding's table of plain classes.
    """

    piece: str
    steps: Steps = field(repr=False)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Phrase)
            and self.piece == other.piece
            and self.steps.dtype == other.steps.dtype
            and np.array_equal(self.steps, other.steps)
        )


@dataclass(frozen=True, slots=True)
class Findings:
    """What one file holds.

    Args:
        name: Its place in the folder.
        found: Remarks about it and phrases of it, in the order in which they were come upon.
    """

    name: str
    found: tuple[str | Phrase, ...]
