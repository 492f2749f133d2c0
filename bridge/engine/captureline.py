"""The way out of the timekeeper's process for what was captured: in parts, when there is time.

Sixteen players' 64 bars are tens of thousands of notes. The timekeeper only holds on to them, which
takes a fraction of a millisecond, and sends a few hundred at a time as plain numbers. The
supervisor puts them together and lays them out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bridge.core.chronicle import BarLine, Played, TempoFrom
from bridge.core.events import Captured
from bridge.core.notes import Note
from bridge.core.timebase import TimeSignature
from bridge.engine.upline import Upline
from bridge.errors import EngineBusy

PART_ROWS = 500
"""Takes about a tenth of a millisecond."""
PART_EVERY_S = 0.005
SPARE_S = 0.001
"""Nothing may be due for so long."""

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CapturedPart:
    """Some of what one lane holds.

    Args:
        lane: Which, counted from 0.
        what: ``lines``, ``tempi``, ``keys`` or ``answers``.
        rows: The fields of each.
    """

    lane: int
    what: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CapturedEnd:
    """All parts of a capture have been sent.

    Args:
        bare: The capture, its lanes empty.
        parts: How many parts there were.
    """

    bare: Captured
    parts: int


class CaptureLine:
    """The timekeeper's end.

    Args:
        upline: What its parts are said on.
    """

    def __init__(self, upline: Upline) -> None:
        self._upline = upline
        self._waiting: deque[Iterator[CapturedPart | CapturedEnd]] = deque()
        self._due_s = 0.0

    def add(self, captured: Captured) -> None:
        """Let a capture wait for its turn."""
        self._waiting.append(parts_of(captured))

    def carry(self, now_s: float, spare_s: float) -> float:
        """Send a part, if one waits, the supervisor keeps up, and there is time.

        Args:
            now_s: The present moment.
            spare_s: Nothing is due for so long.

        Returns:
            The longest that may be slept until the next part, in seconds; infinity if none waits.

        Raises:
            BrokenPipeError: The supervisor is gone.
        """
        if not self._waiting:
            return float("inf")
        if now_s >= self._due_s and spare_s >= SPARE_S and self._upline.silent:
            self._due_s = now_s + PART_EVERY_S
            part = next(self._waiting[0])
            self._upline.say(part)
            if isinstance(part, CapturedEnd):
                self._waiting.popleft()
        return PART_EVERY_S


class CaptureDesk:
    """The supervisor's end: puts the parts together."""

    def __init__(self) -> None:
        self._parts: list[CapturedPart] = []

    def take(
        self, said: CapturedPart | CapturedEnd
    ) -> tuple[CapturedEnd, list[CapturedPart]] | None:
        """Take what came; gives back all of a capture (for `whole`) with its end."""
        if isinstance(said, CapturedPart):
            self._parts.append(said)
            return None
        parts, self._parts = self._parts, []
        return said, parts


def parts_of(captured: Captured) -> Iterator[CapturedPart | CapturedEnd]:
    """A capture in parts of at most `PART_ROWS` rows, the end last."""
    count = 0
    for place, lane in enumerate(captured.lanes):
        for what, things in (
            ("lines", lane.lines),
            ("tempi", lane.tempi),
            ("keys", lane.keys),
            ("answers", lane.answers),
        ):
            for start in range(0, len(things), PART_ROWS):
                rows = tuple(_row(one) for one in things[start : start + PART_ROWS])
                yield CapturedPart(place, what, rows)
                count += 1
    bare = (replace(one, lines=(), tempi=(), keys=(), answers=()) for one in captured.lanes)
    yield CapturedEnd(replace(captured, lanes=tuple(bare)), count)


def whole(end: CapturedEnd, parts: list[CapturedPart]) -> Captured:
    """A capture from its parts.

    Raises:
        EngineBusy: Some were lost.
    """
    if len(parts) != end.parts:
        raise EngineBusy("Some of what was captured was lost on the way.", "Capture it again.")
    lanes = tuple(_filled(lane, place, parts) for place, lane in enumerate(end.bare.lanes))
    return replace(end.bare, lanes=lanes)


def _filled(lane: Played, place: int, parts: list[CapturedPart]) -> Played:
    rows: dict[str, list[Row]] = {"lines": [], "tempi": [], "keys": [], "answers": []}
    for part in parts:
        if part.lane == place:
            rows[part.what] += part.rows
    return replace(
        lane,
        lines=tuple(_line(*row) for row in rows["lines"]),
        tempi=tuple(TempoFrom(*row) for row in rows["tempi"]),
        keys=tuple(_note(*row) for row in rows["keys"]),
        answers=tuple(_note(*row) for row in rows["answers"]),
    )


def _row(one: BarLine | TempoFrom | Note) -> Row:
    if isinstance(one, Note):
        return one.pitch, one.velocity, one.start_beats, one.duration_beats, one.channel
    if isinstance(one, TempoFrom):
        return one.run_beats, one.tempo_qpm
    return one.run_beats, one.at_s, one.signature.numerator, one.signature.denominator


def _line(run_beats: float, at_s: float, numerator: float, denominator: float) -> BarLine:
    return BarLine(run_beats, at_s, TimeSignature(int(numerator), int(denominator)))


def _note(pitch: float, velocity: float, start: float, length: float, channel: float) -> Note:
    return Note(int(pitch), int(velocity), start, length, int(channel))
