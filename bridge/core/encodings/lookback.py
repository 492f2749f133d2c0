"""One-hot and lookback encodings (note-seq, ``encoder_decoder``).

Both encode the current event as one-hot. A lookback encoding adds, for each of its distances, the
event that would come next if the music repeated itself, whether it does repeat itself, and binary
counters of the next step's place; it also has classes that mean "repeat". With no distances and no
counters it is the plain one-hot encoding, so one class serves both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bridge.core.encodings.inputs import (
    DenseBlock,
    EventTracker,
    InputBlock,
    OneHotBlock,
    counter_rows,
    first_rows,
)

NO_EVENT = -2
NOTE_OFF = -1


@dataclass(frozen=True, slots=True)
class EventCodes:
    """Numbers events from 0 on.

    Args:
        count: How many there are.
        default_event: What fills silence: 0 for drums, ``NO_EVENT`` for melodies.
        offset: What is added to an event's value to get its code; negative for melodies, whose
            pitches start at the lowest of the range.
    """

    count: int
    default_event: int
    offset: int

    def code(self, event: int) -> int:
        """Number of an event, 0 to ``count - 1``."""
        return event - NO_EVENT if event < 0 else event + self.offset

    def event(self, code: int) -> int:
        """Event of a number."""
        if self.default_event == NO_EVENT and code < 2:
            return code + NO_EVENT
        return code - self.offset


def drum_codes(count: int) -> EventCodes:
    """Drum events are their own codes: bit sets of ``log2(count)`` drum classes."""
    return EventCodes(count, 0, 0)


def melody_codes(low_pitch: int, high_pitch: int) -> EventCodes:
    """Magenta's melody codes: no event, note-off, then the pitches from low to below high."""
    return EventCodes(high_pitch - low_pitch + 2, NO_EVENT, 2 - low_pitch)


@dataclass(frozen=True)
class LookbackEncoding:
    """One-hot events with lookbacks and counters.

    Args:
        codes: The events.
        distances: How many steps back to look, ascending.
        counter_bits: Number of binary counters.
    """

    codes: EventCodes
    distances: tuple[int, ...] = ()
    counter_bits: int = 0

    @property
    def input_width(self) -> int:
        """Width of Magenta's input vector."""
        lookbacks = len(self.distances)
        return self.codes.count * (1 + lookbacks) + self.counter_bits + lookbacks

    @property
    def class_count(self) -> int:
        """Events, then one class per lookback."""
        return self.codes.count + len(self.distances)

    @cached_property
    def blocks(self) -> tuple[InputBlock, ...]:
        """Current event; next event at each lookback; counters; repeat flags."""
        count, lookbacks = self.codes.count, len(self.distances)
        blocks: list[InputBlock] = [OneHotBlock(i * count, count) for i in range(1 + lookbacks)]
        column = count * (1 + lookbacks)
        if self.counter_bits:
            blocks.append(DenseBlock(column, counter_rows(self.counter_bits)))
        if lookbacks:
            blocks.append(OneHotBlock(column + self.counter_bits, lookbacks))
        return tuple(blocks)

    @cached_property
    def block_rows(self) -> tuple[int, ...]:
        """Number of the first row of each block."""
        return first_rows(self.blocks)

    def tracker(self) -> LookbackTracker:
        """A tracker that has seen no event."""
        return LookbackTracker(self, [])


class LookbackTracker(EventTracker):
    """Follows the events of a `LookbackEncoding`."""

    __slots__ = ("_encoding", "events")

    def __init__(self, encoding: LookbackEncoding, events: list[int]) -> None:
        self._encoding = encoding
        self.events = events

    def push(self, event: int) -> None:
        """The next event happened."""
        self.events.append(event)

    def rows(self) -> tuple[int, ...]:
        """Rows of the table that add up to the input after the last event."""
        encoding, events = self._encoding, self.events
        code, first = encoding.codes.code, encoding.block_rows
        position = len(events)
        rows = [code(events[-1])]
        for i, distance in enumerate(encoding.distances):
            back = position - distance
            repeated = events[back] if back >= 0 else encoding.codes.default_event
            rows.append(first[1 + i] + code(repeated))
        block = 1 + len(encoding.distances)
        if encoding.counter_bits:
            rows.append(first[block] + (position & (1 << encoding.counter_bits) - 1))
            block += 1
        for i, distance in enumerate(encoding.distances):
            back = position - 1 - distance
            if back >= 0 and events[back] == events[-1]:
                rows.append(first[block] + i)
        return tuple(rows)

    def class_of(self, event: int) -> int:
        """The class that stands for ``event`` coming next; repeats before plain events."""
        codes, distances = self._encoding.codes, self._encoding.distances
        repeat = repeat_class(self.events, event, distances, codes.default_event)
        return codes.code(event) if repeat is None else codes.count + repeat

    def event_of(self, class_index: int) -> int:
        """The event that a class stands for here."""
        codes = self._encoding.codes
        if class_index < codes.count:
            return codes.event(class_index)
        distance = self._encoding.distances[class_index - codes.count]
        return self.events[-distance] if len(self.events) >= distance else codes.default_event

    def copy(self) -> LookbackTracker:
        """An independent tracker at the same place."""
        return LookbackTracker(self._encoding, self.events.copy())


def repeat_class(
    events: list[int], event: int, distances: tuple[int, ...], default_event: int
) -> int | None:
    """Which lookback the next event repeats, the most distant first; None where it repeats none.

    Before the longest distance has passed Magenta labels silence as a repeat of it
    (``events_to_label``), since what came before the start counts as silence.
    """
    if not distances:
        return None
    position = len(events)
    if position < distances[-1] and event == default_event:
        return len(distances) - 1
    for i in reversed(range(len(distances))):
        back = position - distances[i]
        if back >= 0 and events[back] == event:
            return i
    return None
