"""Where the bars of a sequence begin, and what a call that begins at one of them is.

Most models have one event a step, so that bars are equally long. Where many voices sound, a step
has any number of events and a mark at its end, and every call begins with a mark of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.polyphony import CONTINUED_NOTE, NEW_NOTE, START, STEP_END

Events = NDArray[np.int64]


class Cut(Protocol):
    """How sequences of one family are cut."""

    def bar_lines(self, steps: Events, steps_per_bar: int) -> Events:
        """The places at which bars begin, and last the place after the last whole bar."""
        ...

    def window(self, steps: Events, first: int, end: int) -> Events:
        """What lies between two bar lines, as a call that begins there is read."""
        ...

    def steps_in(self, steps: Events) -> int:
        """How many steps a sequence has."""
        ...


@dataclass(frozen=True, slots=True)
class GridCut:
    """One event a step."""

    def bar_lines(self, steps: Events, steps_per_bar: int) -> Events:
        """The places at which bars begin, and last the place after the last whole bar."""
        return np.arange(len(steps) // steps_per_bar + 1) * steps_per_bar

    def window(self, steps: Events, first: int, end: int) -> Events:
        """What lies between two bar lines."""
        return steps[first:end]

    def steps_in(self, steps: Events) -> int:
        """How many steps a sequence has."""
        return len(steps)


GRID = GridCut()


@dataclass(frozen=True, slots=True)
class VoicesCut:
    """Steps of any number of events (`bridge.core.encodings.polyphony`)."""

    def bar_lines(self, steps: Events, steps_per_bar: int) -> Events:
        """The places at which bars begin, and last the place after the last whole bar."""
        ends = np.flatnonzero(steps == STEP_END)
        return np.concatenate([[0], ends[steps_per_bar - 1 :: steps_per_bar] + 1])

    def window(self, steps: Events, first: int, end: int) -> Events:
        """What lies between two bar lines; notes that sound over the first one start there."""
        if first == 0:
            return steps[:end]
        events = steps[first:end]
        first_step = int(np.argmax(events == STEP_END)) if (events == STEP_END).any() else 0
        begin = events[:first_step]
        goes_on = begin >= CONTINUED_NOTE
        begin = np.where(goes_on, begin - CONTINUED_NOTE + NEW_NOTE, begin)
        return np.concatenate([[START], begin, events[first_step:]])

    def steps_in(self, steps: Events) -> int:
        """How many steps a sequence has."""
        return int((steps == STEP_END).sum())
