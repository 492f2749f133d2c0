"""Finds out whether a note on an input is a hand's, or a cable brings it from one of our outputs.

MIDI does not say who sent a note. But what a cable brings back is the very note that has just
left: same pitch, velocity and channel, within the time that a cable takes. A track of Live on the
way puts all on one channel of its own, so a note that left on another channel than a hand struck
is known on any. Each note that leaves can come back once on each input, so a hand that plays along
loses at most that one key.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from bridge.core.midibytes import Key

CABLE_S = 0.1
"""The longest way of a cable: through JACK, Live or a driver, period by period."""
SAME_PORT_S = 0.05
"""Where a key came in on the very port that it would return to, the same key again after this is
the same hand again."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a note comes from that a cable brought.

    Args:
        player: Number of the player that sent it.
        came_in_on: The input on which a hand struck it, where it was passed through; else "".
        age_s: How long ago it was sent.
    """

    player: int
    came_in_on: str
    age_s: float


@dataclass(slots=True)
class _Sent:
    at_s: float
    key: Key
    player: int
    came_in_on: str
    any_channel: bool
    returned_on: set[str] = field(default_factory=set)

    def is_same(self, key: Key) -> bool:
        """Whether this may be what a cable brings."""
        if self.any_channel:
            return (self.key.pitch, self.key.velocity) == (key.pitch, key.velocity)
        return self.key == key


class Cables:
    """The notes that have just left, on all outputs together.

    Attributes:
        returned: How many came back.
    """

    def __init__(self) -> None:
        self.returned = 0
        self._sent: deque[_Sent] = deque()

    def sent(
        self, key: Key, player: int, came_in_on: str, now_s: float, *, any_channel: bool = False
    ) -> None:
        """A note left.

        Args:
            key: The note.
            player: Number of the player that sent it.
            came_in_on: The input it was passed through from, or "".
            now_s: The present moment.
            any_channel: Whether it is the same on whichever channel it comes back.
        """
        self._forget(now_s)
        self._sent.append(_Sent(now_s, key, player, came_in_on, any_channel))

    def origin(self, key: Key, port: str, arrival_s: float) -> Origin | None:
        """Who sent a note that has come on an input; None: nobody of us, so it is a hand's."""
        self._forget(arrival_s)
        for one in self._sent:
            if port in one.returned_on or not one.is_same(key):
                continue
            age_s = arrival_s - one.at_s
            if age_s <= (SAME_PORT_S if one.came_in_on == port else CABLE_S):
                one.returned_on.add(port)
                self.returned += 1
                return Origin(one.player, one.came_in_on, age_s)
        return None

    def _forget(self, now_s: float) -> None:
        while self._sent and now_s - self._sent[0].at_s > CABLE_S:
            self._sent.popleft()
