"""What one player plays on MIDI ports: its answers, when they are due, and keys passed through.

What a player says to a device is carried out here for ports: a note waits in a schedule, `/n/clear`
drops what waits, `/flush` ends what sounds. On which ports, and whether at all, is told from
outside and may change at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable

from bridge.core.cables import Cables
from bridge.core.midibytes import Key, key_of
from bridge.core.notes import Note
from bridge.core.outport import ANSWER, HAND, OutputPort
from bridge.core.protocol import Message
from bridge.core.schedule import LATE_S, Schedule, SongClock, TimedMessage
from bridge.core.units import TICKS_PER_BEAT


class PortVoice:
    """One player's voice.

    Args:
        player_number: Its player's.
        clock: The beat that its player follows.
        offset_s: Added to the moment of everything that it plays.
    """

    def __init__(self, player_number: int, clock: SongClock, offset_s: float = 0.0) -> None:
        self.schedule = Schedule(offset_s)
        self.ports: tuple[OutputPort, ...] = ()
        self.ahead_s = max(0.0, -offset_s)
        """What leaves early must be there earlier."""

        self._number = player_number
        self._clock = clock
        self._audible = True
        self._cables: Cables | None = None
        self._hands: dict[tuple[str, int, int], int] = {}

    def route(
        self, ports: tuple[OutputPort, ...], audible: bool, cables: Cables, now_s: float
    ) -> None:
        """Play on these ports from now on; what sounds on others ends.

        Args:
            ports: The ports.
            audible: Whether the answers sound; keys that are passed through always do.
            cables: Is told what leaves.
            now_s: The present moment.
        """
        self._cables = cables
        if ports == self.ports and audible == self._audible:
            return
        for port in self.ports:
            if port not in ports:
                port.release_all((self._number, ANSWER), now_s)
                port.release_all((self._number, HAND), now_s)
            elif not audible:
                port.release_all((self._number, ANSWER), now_s)
        self.ports, self._audible = ports, audible

    def carry_out(self, messages: Iterable[Message], now_s: float) -> None:
        """Do what the player says to a device."""
        for message in messages:
            if message.address == "/n":
                self._wait(message, now_s)
            elif message.address == "/n/clear":
                self.schedule.clear()
            elif message.address == "/flush":
                self._leave(self.schedule.flush(now_s))

    def play(self, now_s: float) -> None:
        """Let everything leave that is due."""
        if self.next_note_s() <= now_s:
            self._leave(self.schedule.due(self._clock, now_s))

    def next_note_s(self) -> float:
        """When a note or its end is to leave next; infinity if never."""
        return self.schedule.next_due_s(self._clock)

    def strike_hand(self, key: Key, channel: int, came_in_on: str, now_s: float) -> None:
        """A key is passed through.

        Args:
            key: As it was struck.
            channel: On which it is to sound, 0 to 15.
            came_in_on: The input it came on.
            now_s: The present moment.
        """
        self.release_hand(key, came_in_on, now_s)
        self._hands[came_in_on, key.pitch, key.channel] = channel
        passed = Key(key.pitch, key.velocity, channel)
        self._strike(HAND, passed, came_in_on, now_s, any_channel=channel != key.channel)

    def release_hand(self, key: Key, came_in_on: str, now_s: float) -> None:
        """A key was let go; one that was not passed through changes nothing."""
        channel = self._hands.pop((came_in_on, key.pitch, key.channel), None)
        if channel is None:
            return
        if any(place[1] == key.pitch and on == channel for place, on in self._hands.items()):
            return  # The other hand still holds it.
        for port in self.ports:
            port.release((self._number, HAND), key.pitch, channel, now_s)

    def silence(self, now_s: float) -> None:
        """Everything ends now, keys that are passed through too."""
        self._leave(self.schedule.flush(now_s))
        self._hands.clear()
        for port in self.ports:
            port.release_all((self._number, HAND), now_s)

    def _wait(self, message: Message, now_s: float) -> None:
        if not self.ports:
            return
        clock = self._clock
        earliest = clock.run_beats_at(now_s - LATE_S) - 1.0 / TICKS_PER_BEAT
        target_ticks = message.int_of("target_ticks")
        start = clock.timeline.next_run_beats_at(target_ticks, at_least=earliest)
        if start is None:
            # The song was told otherwise between two messages.
            self.schedule.dropped += 1
            return
        self.schedule.add(
            Note(
                pitch=message.int_of("pitch"),
                velocity=message.int_of("velocity"),
                start_beats=start,
                duration_beats=message.int_of("duration_ticks") / TICKS_PER_BEAT,
                channel=message.int_of("channel"),
            )
        )

    def _leave(self, leaving: list[TimedMessage]) -> None:
        for one in leaving:
            key = key_of(one.data)
            assert key is not None, "a schedule holds notes alone"
            if not key.velocity:
                for port in self.ports:
                    port.release((self._number, ANSWER), key.pitch, key.channel, one.due_s)
            elif self._audible:
                self._strike(ANSWER, key, "", one.due_s)

    def _strike(
        self, by: str, key: Key, came_in_on: str, due_s: float, *, any_channel: bool = False
    ) -> None:
        struck = [port.strike((self._number, by), key, due_s) for port in self.ports]
        if any(struck) and self._cables is not None:
            self._cables.sent(key, self._number, came_in_on, due_s, any_channel=any_channel)
