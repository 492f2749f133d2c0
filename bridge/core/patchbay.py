"""The MIDI ports, and which players each leads from and to. Sans-IO.

Where a player hears and plays is a parameter of it like any other. `Patchbay.settle` compares what
the parameters say with what is plugged, and changes what differs: a port that a player leaves gets
the ends of its notes, an input that no longer leads to it the releases of its keys. So it makes no
difference who changed what, or when.
"""

from __future__ import annotations

from bridge.core.cables import SAME_PORT_S, Cables, Origin
from bridge.core.ensemble import Ensemble, Member
from bridge.core.hands import from_port
from bridge.core.midibytes import Key, key_of, releases_all
from bridge.core.outport import OutputPort
from bridge.core.schedule import TimedMessage
from bridge.core.settings import JamSettings
from bridge.errors import PortUnknown

ROUTES = ("input_ports", "output_ports")
"""Parameters that name ports."""


class Patchbay:
    """All MIDI ports of the jam.

    Args:
        settings: The jam's; they name the ports.
        ensemble: All players.

    Attributes:
        cables: What has left lately and may come back.
    """

    def __init__(self, settings: JamSettings, ensemble: Ensemble) -> None:
        self.cables = Cables()
        self._ensemble = ensemble
        self._inputs = settings.input_ports
        self._outputs = {name: OutputPort(name) for name in settings.output_ports}
        self._heard: dict[int, tuple[Member, tuple[str, ...]]] = {}

    @property
    def sounding(self) -> int:
        """How many notes sound on all outputs together."""
        return sum(port.sounding for port in self._outputs.values())

    def settle(self, now_s: float) -> None:
        """Plug everything as the parameters say. To be called after any change, and each turn."""
        members = self._ensemble.members
        there = {member.player_number: member for member in members}
        for number, (member, _) in list(self._heard.items()):
            if there.get(number) is not member:
                member.voice.route((), False, self.cables, now_s)
                del self._heard[number]
        for member in members:
            names = _names(member.player.settings.output_ports, self._outputs, member.own_outputs)
            ports = tuple(self._outputs[name] for name in names)
            member.voice.route(ports, member.audible, self.cables, now_s)
            inputs = _names(member.player.settings.input_ports, self._inputs, member.own_inputs)
            if self._heard.get(member.player_number, (None, ()))[1] != inputs:
                for name in member.hands.ports() - set(inputs):
                    _release(member, name, now_s)
            self._heard[member.player_number] = member, inputs

    def receive(self, port: str, message: bytes, arrival_s: float) -> None:
        """Take one whole MIDI message of an input, which is none of beat clock's."""
        if releases_all(message):
            for member in self._listening_on(port):
                _release(member, port, arrival_s)
            return
        key = key_of(message)
        if key is None:
            return
        origin = self.cables.origin(key, port, arrival_s) if key.velocity else None
        for member in self._listening_on(port):
            if origin is None or not self._is_own(origin, member, port):
                by_cable = origin is not None
                member.port_key(key, from_port(port), arrival_s, by_cable=by_cable)

    def input_lost(self, port: str, now_s: float) -> None:
        """An input vanished: the keys that are down on it are let go."""
        for member in self._listening_on(port):
            _release(member, port, now_s)

    def output_lost(self, port: str) -> None:
        """An output vanished: players play on, and what sounds there is ended on its return."""
        if port in self._outputs:
            self._outputs[port].lost()

    def output_back(self, port: str, now_s: float) -> None:
        """An output is there again."""
        if port in self._outputs:
            self._outputs[port].back(now_s)

    def play(self, now_s: float) -> None:
        """Let everything leave that is due."""
        for member in self._ensemble.members:
            member.voice.play(now_s)

    def next_note_s(self) -> float:
        """When a note or its end is to leave next; infinity if never."""
        return min(
            (member.voice.next_note_s() for member in self._ensemble.members), default=float("inf")
        )

    def silence(self, now_s: float) -> None:
        """Everything ends now."""
        for member in self._ensemble.members:
            member.voice.silence(now_s)

    def take_ready(self) -> list[tuple[str, TimedMessage]]:
        """What must leave now, with the name of its output; it is handed out once."""
        ports = self._outputs.values()
        return [(port.name, one) for port in ports for one in port.take_ready()]

    def _listening_on(self, port: str) -> list[Member]:
        return [member for member, inputs in self._heard.values() if port in inputs]

    def _is_own(self, origin: Origin, member: Member, port: str) -> bool:
        """Whether a player would hear itself: by a cable that is known to be one.

        Another's notes it may hear by a cable as well as any. Its own answers are taken for its own
        only where input and output have one name; else a hand that plays along with them, each
        note as loud, would not be heard.
        """
        if origin.player != member.player_number:
            return False
        if origin.came_in_on:
            return True
        names = (one.name.casefold() for one in member.voice.ports)
        return origin.age_s <= SAME_PORT_S and port.casefold() in names


def check_route(name: str, value: object, settings: JamSettings) -> None:
    """See whether a parameter names ports that there are; other parameters pass.

    Raises:
        PortUnknown: It names more than there are.
    """
    if name not in ROUTES:
        return
    ports = settings.input_ports if name == "input_ports" else settings.output_ports
    if isinstance(value, int) and value >> len(ports):
        what = "inputs" if name == "input_ports" else "outputs"
        listed = ", ".join(f"{place} {one!r}" for place, one in enumerate(ports, 1))
        raise PortUnknown(
            f"{name} is {value}, which names port {value.bit_length()};"
            f" the MIDI {what} are {listed or 'none'}.",
        )


def _names(
    mask: int, names: tuple[str, ...] | dict[str, OutputPort], own: tuple[str, ...]
) -> tuple[str, ...]:
    """The ports that a parameter names."""
    if not mask:
        return own
    return tuple(name for place, name in enumerate(names) if mask >> place & 1)


def _release(member: Member, port: str, now_s: float) -> None:
    source = from_port(port)
    for key in member.hands.down_on(source):
        member.port_key(Key(key.pitch, 0, key.channel), source, now_s)
