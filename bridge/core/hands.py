"""A player's own keys, whichever way they come: which of them count, and which are passed through.

The model hears them unless the input is muted. Passed through, they sound at once on the ports that
the player plays on. A key that came by a cable from a player's output is heard, never passed, where
it is known for that (`bridge.core.cables`); what goes round unknown is ended
(`bridge.core.circles`). A release always passes.
"""

from __future__ import annotations

from bridge.core.circles import Circles
from bridge.core.events import Level, Notice
from bridge.core.midibytes import Key
from bridge.core.player import Player
from bridge.core.portvoice import PortVoice

Source = tuple[str, str]
"""Where keys come from: ``device``, ``command`` or ``port``, and the port's name."""
FROM_DEVICE: Source = ("device", "")
FROM_COMMAND: Source = ("command", "")


def from_port(name: str) -> Source:
    """A MIDI input."""
    return "port", name


class Hands:
    """The keys that are down.

    Args:
        player: Whose.
        voice: Where keys that are passed through sound.
    """

    def __init__(self, player: Player, voice: PortVoice) -> None:
        self._player = player
        self._voice = voice
        self._circles = Circles()
        self._down: set[tuple[Source, int, int]] = set()

    def take(self, key: Key, source: Source, now_s: float, *, by_cable: bool = False) -> bool:
        """A key was struck, or with velocity 0 released; returns whether the model hears it.

        Args:
            key: The key.
            source: Where it came from.
            now_s: The present moment.
            by_cable: Whether it comes from a player's output, and must not be passed through.
        """
        settings = self._player.settings
        place = source, key.pitch, key.channel
        if not key.velocity:
            known = place in self._down
            self._down.discard(place)
            self._voice.release_hand(key, _name(source), now_s)
            return known or self._counts(key, source)
        if not self._counts(key, source):
            return False
        self._down.add(place)
        if settings.passthrough and not by_cable:
            self._pass_through(key, source, now_s)
        return not settings.mute_input

    def down_on(self, source: Source) -> list[Key]:
        """Releases of all keys that are down on a source, for `take`."""
        return sorted(
            (Key(pitch, 0, channel) for one, pitch, channel in self._down if one == source),
            key=lambda key: (key.pitch, key.channel),
        )

    def ports(self) -> set[str]:
        """The inputs on which keys are down."""
        return {name for (kind, name), _, _ in self._down if kind == "port"}

    def _pass_through(self, key: Key, source: Source, now_s: float) -> None:
        if self._circles.passes(key, now_s):
            channel = self._player.settings.sounding_channel(key.channel)
            self._voice.strike_hand(key, channel, _name(source), now_s)
        for text in self._circles.take_told():
            told = Notice(Level.WARNING, f"Player {self._player.player_number}: {text}")
            self._player.outbox.events.append(told)

    def _counts(self, key: Key, source: Source) -> bool:
        wanted = self._player.settings.input_channel
        return source == FROM_COMMAND or not wanted or key.channel == wanted - 1


def _name(source: Source) -> str:
    """How a voice and the cables know it; no cable leads to what is no port."""
    kind, name = source
    return name if kind == "port" else f"{kind}:"
