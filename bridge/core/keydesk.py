"""The keys of one device, each with its moment in run beats."""

from __future__ import annotations

from bridge.core.hostclock import HostClock
from bridge.core.now import Now
from bridge.core.protocol import Message
from bridge.core.units import TICKS_PER_BEAT

EARLY_S = 0.15
"""A key struck this little before the transport starts was meant for its first beat; its message
may also just have overtaken the clock's."""
STAMP_LIMIT_BEATS = 1.0
"""A note stamped further than this from the present is from before a jump."""
_MOST_EARLY = 64


class KeyDesk:
    """Finds out when keys were struck, and keeps those that came before the first beat.

    Args:
        clock: The device's clock.
    """

    def __init__(self, clock: HostClock) -> None:
        self._clock = clock
        self._early: list[tuple[Message, float]] = []

    def keep(self, message: Message, now_s: float) -> None:
        """There is no beat yet: keep the key for `take_early`."""
        self._early = [*self._early[-_MOST_EARLY:], (message, now_s)]

    def take_early(self, now: Now, now_s: float) -> list[tuple[Message, float]]:
        """The keys that were meant for the first beat, with their moments; handed out once."""
        early, self._early = self._early, []
        return [
            (message, min(now.beats, self._clock.run_beats_at(arrival_s)))
            for message, arrival_s in early
            if now_s - arrival_s <= EARLY_S
        ]

    def moment(self, message: Message, now: Now) -> float:
        """When the key of a ``/note`` or ``/note/at`` that has just come was struck."""
        if message.address == "/note/at":
            return self._stamped_beats(message.int_of("song_ticks"), now)
        return now.beats

    def _stamped_beats(self, song_ticks: int, now: Now) -> float:
        """A song position of just now as run beats, whatever the loop has done meanwhile."""
        timeline = self._clock.timeline
        behind = song_ticks - timeline.song_ticks_at(now.beats)
        if timeline.loop is not None:
            length = timeline.loop.length_ticks
            behind = min((behind + turn * length for turn in (-1, 0, 1)), key=abs)
        beats = behind / TICKS_PER_BEAT
        return now.beats + (beats if abs(beats) <= STAMP_LIMIT_BEATS else 0.0)
