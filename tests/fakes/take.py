"""What an engine put out on its MIDI ports, from its own recording: to the byte, whatever it met.

Between an engine and an ear lies a MIDI system, and a busy machine. What the engine is to answer
for is what it sent, and when it could have; what was heard tells of the cable.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bridge.core.events import AnswerMade
from bridge.core.midibytes import key_of
from bridge.core.notes import Note
from bridge.core.requests import AnswerChunk
from bridge.core.schedule import LATE_S
from bridge.record.file import Recording

AT_REST_S = 0.5
"""An engine that has sent nothing for so long owes no end of a drum's note any more."""

Place = tuple[str, int, int]
"""Port, channel and pitch."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that left.

    Args:
        port: The output.
        data: Its bytes.
        due_s: When it was due.
        left_s: When the wheel turned that let it go.
    """

    port: str
    data: bytes
    due_s: float
    left_s: float


@dataclass(slots=True)
class Take:
    """A recording, read for its ports.

    Attributes:
        sent: What left, in order.
        arrived: What came: the input, its bytes, the moment.
        turns_s: The moments of the wheel's turns.
        closed_s: When the engine ended; infinity if that is not in it.
    """

    sent: list[Sent] = field(default_factory=list)
    arrived: list[tuple[str, bytes, float]] = field(default_factory=list)
    turns_s: list[float] = field(default_factory=list)
    closed_s: float = float("inf")
    _closed_at: int | None = None
    _made_s: dict[tuple[int, int], list[tuple[Note, float]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    @classmethod
    def of(cls, file: Path) -> Take:
        """Read a recording whose engine has ended."""
        take = cls()
        for line in Recording(file).lines():
            kind, *values = line.entry
            if kind == "turn":
                take.turns_s.append(values[0])
            elif kind == "played":
                port, data, due_s = values
                take.sent.append(Sent(port, bytes.fromhex(data), due_s, take.turns_s[-1]))
            elif kind == "midi":
                take.arrived.append((values[0], values[1], values[2]))
            elif kind == "replied":
                take._take_replies(values[0])
            elif kind == "close":
                take._closed_at, take.closed_s = len(take.sent), take.turns_s[-1]
        return take

    def on(self, port: str) -> list[bytes]:
        """All that left on a port, in order."""
        return [one.data for one in self.sent if one.port == port]

    def notes(self, port: str, start_s: float, end_s: float) -> list[int]:
        """Pitches of the notes that were to begin on a port within a time."""
        found = (key_of(one.data) for one in self.sent_within(port, start_s, end_s))
        return [key.pitch for key in found if key is not None and key.velocity]

    def sent_within(self, port: str, start_s: float, end_s: float) -> list[Sent]:
        """What was due on a port within a time."""
        return [one for one in self.sent if one.port == port and start_s <= one.due_s < end_s]

    def unpaired(self) -> list[str]:
        """Every note-on without its note-off before the next one, every note-off without a note-on.

        At the end nothing may sound; and nothing before the engine ended it, where it had been at
        rest for a while.
        """
        problems, sounding = [], Counter[Place]()
        for number, one in enumerate(self.sent):
            if number == self._closed_at and one.left_s - self.sent[number - 1].left_s > AT_REST_S:
                problems += [f"hangs until the engine ends: {place}" for place in +sounding]
            key = key_of(one.data)
            if key is None:
                continue
            place = one.port, key.channel, key.pitch
            if bool(key.velocity) == bool(sounding[place]):
                problems.append(
                    f"message {number}: {place} {'on' if key.velocity else 'off'} twice"
                )
            sounding[place] = int(bool(key.velocity))
        return problems + [f"never ends: {place}" for place in +sounding]

    def held_up(self, answer: AnswerMade, begin_s: float, beat_s: float) -> Counter[int]:
        """Pitches of an answer's notes that could not leave in time on this machine.

        The model's reply with the note came when it was over, or the wheel stood still then.

        Args:
            answer: The answer.
            begin_s: The moment of its bar line.
            beat_s: Seconds of a beat.
        """
        late: Counter[int] = Counter()
        for note, made_s in self._made_s[answer.device, answer.answer_id]:
            due_s = begin_s + note.start_beats * beat_s
            following = bisect_left(self.turns_s, due_s)
            turned_s = self.turns_s[following] if following < len(self.turns_s) else float("inf")
            if made_s > due_s or turned_s > due_s + 0.8 * LATE_S:
                late[note.pitch] += 1
        return late

    def _take_replies(self, replies: Iterable[object]) -> None:
        for reply in replies:
            if isinstance(reply, AnswerChunk):
                made = self._made_s[reply.player, reply.answer_id]
                made += [(note, self.turns_s[-1]) for note in reply.notes]
