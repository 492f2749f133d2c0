"""One MIDI output, whoever plays on it: what leaves there, and who holds which note.

Several players may share an output, and strike the same pitch. A note sounds there until the last
who holds it lets it go; struck by another meanwhile, it ends and begins anew. So every note-on that
leaves is followed by exactly one note-off, whatever becomes of the routes.
"""

from __future__ import annotations

from bridge.core.midibytes import Key
from bridge.core.schedule import TimedMessage, note_off

Holder = tuple[int, str]
"""A player's number, and by what it holds a note: `ANSWER` or `HAND`."""
ANSWER, HAND = "answer", "hand"


class OutputPort:
    """An output port of the configuration.

    Args:
        name: Its name there.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._holders: dict[tuple[int, int], set[Holder]] = {}
        self._ready: list[TimedMessage] = []
        self._owed: list[bytes] | None = None

    @property
    def sounding(self) -> int:
        """How many notes sound."""
        return len(self._holders)

    def strike(self, holder: Holder, key: Key, due_s: float) -> bool:
        """A note begins; returns False if the port is gone, and nothing can sound."""
        if self._owed is not None:
            return False
        holders = self._holders.setdefault((key.pitch, key.channel), set())
        if holders:
            self._ready.append(TimedMessage(note_off(key.pitch, key.channel), due_s))
        holders.add(holder)
        on = bytes((0x90 | key.channel, key.pitch, key.velocity))
        self._ready.append(TimedMessage(on, due_s))
        return True

    def release(self, holder: Holder, pitch: int, channel: int, due_s: float) -> None:
        """A holder lets a note go; who does not hold it changes nothing."""
        holders = self._holders.get((pitch, channel), set())
        holders.discard(holder)
        if not holders and self._holders.pop((pitch, channel), None) is not None:
            self._ready.append(TimedMessage(note_off(pitch, channel), due_s))

    def release_all(self, holder: Holder, now_s: float) -> None:
        """A holder lets go of everything."""
        for (pitch, channel), holders in list(self._holders.items()):
            if holder in holders:
                self.release(holder, pitch, channel, now_s)

    def lost(self) -> None:
        """The port is gone: what sounds there is ended when it is back."""
        if self._owed is None:
            self._owed = [note_off(*place) for place in self._holders]
            self._holders.clear()
            self._ready.clear()

    def back(self, now_s: float) -> None:
        """The port is there again."""
        self._ready += [TimedMessage(data, now_s) for data in self._owed or ()]
        self._owed = None

    def take_ready(self) -> list[TimedMessage]:
        """What must leave now, in order; it is handed out once."""
        ready, self._ready = self._ready, []
        return ready
