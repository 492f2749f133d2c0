"""Controllers at work: MIDI messages in, commands and the players' states out. Sans-IO."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.core.bindings import CLOCK, STATE, Binding, ControlSettings, Learnt
from bridge.core.clockout import SongClock
from bridge.core.commands import Command, Do, RunClock, SetParameter, SetTempo
from bridge.core.controls import HALF, METRONOME, RUN, TEMPO, TOP, setting_of, tempo_of
from bridge.core.metronome import Metronome
from bridge.core.midibytes import messages
from bridge.core.parameters import ACTIONS, PARAMETERS
from bridge.core.schedule import TimedMessage
from bridge.core.session import State
from bridge.core.views import PlayerView

STATE_VALUES: dict[int, int] = {
    State.IDLE: 0,
    State.LISTENING: 1,
    State.THINKING: 2,
    State.ANSWERING: 2,
    State.LOOPING: 2,
    State.OVERLAPPING: 1,
}
"""As ``magenta_midi`` sends them: it listens again as soon as a call overlaps the answer."""
DOUBLED_S = 0.1
"""Two messages that are nearer together say that the same bar begins: two ports brought it."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the next controller that moves is to do."""

    player: int
    role: str


class ControlDesk:
    """Everything that controllers do and are told.

    Args:
        settings: What is bound to what.
        bundles: Names of the bundles on offer.
        on_bar: Is called with the moment of each message that says that a bar begins.
        offset_s: Added to the moment of every click of the metronome.

    Attributes:
        metronome: The metronome.
    """

    def __init__(
        self,
        settings: ControlSettings,
        bundles: tuple[str, ...],
        on_bar: Callable[[float], None],
        offset_s: float = 0.0,
    ) -> None:
        self.metronome = Metronome(settings.metronome, offset_s)
        self._settings = settings
        self._bindings = list(settings.bindings)
        self._bundles = bundles
        self._on_bar = on_bar
        self._wish: _Wish | None = None
        self._commands: list[Command] = []
        self._learnt: list[Learnt] = []
        self._states: dict[int, int] = {}
        self._told_states_s = -math.inf
        self._leaving: list[tuple[str, TimedMessage]] = []

    def receive(self, port: str, data: bytes, at_s: float) -> bytes:
        """Take what came on a port.

        Args:
            port: Its name.
            data: The bytes.
            at_s: When, by the engine's clock.

        Returns:
            What is left for the players: what is bound is theirs no more.
        """
        if not self._bindings and self._wish is None and not self._settings.metronome.output:
            return data
        left = [one for one in messages(data) if not self._takes(port, one, at_s)]
        return b"".join(left)

    def learn(self, player: int, role: str) -> None:
        """Bind the next controller that moves, or for a button the next note, to a role.

        Args:
            player: Whose, 1 to 64; 0 = everybody's, for buttons.
            role: One of `bridge.core.controls.ROLES`; "" = nothing any more.
        """
        self._wish = _Wish(player, role) if role else None

    def take_commands(self) -> list[Command]:
        """What is to be done; of a knob's positions since the last time only the newest."""
        commands, self._commands = self._commands, []
        return commands

    def take_learnt(self) -> list[Learnt]:
        """What has been learnt since this was last asked."""
        learnt, self._learnt = self._learnt, []
        return learnt

    def see(self, view: PlayerView, now_s: float) -> None:
        """A player has changed: whoever shows its state is told."""
        value = STATE_VALUES[view.state]
        self._states[view.number] = value
        for binding in self._bindings:
            if binding.role == STATE and binding.player == view.number:
                self._tell(binding, value, now_s)

    def click(self, clock: SongClock, now_s: float) -> None:
        """Let the metronome's clicks leave that are due."""
        port = self._settings.metronome.output
        if port:
            self._leaving += [(port, one) for one in self.metronome.due(clock, now_s)]

    def next_click_s(self, clock: SongClock) -> float:
        """When `click` has something to do next; infinity if never."""
        if not self._settings.metronome.output:
            return math.inf
        return self.metronome.next_due_s(clock)

    def silence(self, now_s: float) -> None:
        """The engine ends: a click that sounds ends too."""
        port = self._settings.metronome.output
        self._leaving += [(port, one) for one in self.metronome.silence(now_s)]

    def take_leaving(self) -> list[tuple[str, TimedMessage]]:
        """Messages with the name of the port that each is to leave on."""
        leaving, self._leaving = self._leaving, []
        return leaving

    def _takes(self, port: str, message: bytes, at_s: float) -> bool:
        """Do what a message says, if it is bound; returns whether it is, or is our own click."""
        if self.metronome.is_click(message, at_s):
            return True
        if self._wish is not None:
            self._learn_from(port, message)
        bound = [one for one in self._bindings if one.hears(port, message)]
        for binding in bound:
            self._do(binding, message, at_s)
        return bool(bound)

    def _do(self, binding: Binding, message: bytes, at_s: float) -> None:
        kind, value, role = message[0] & 0xF0, message[2], binding.role
        if kind != 0xB0:
            # A pad: struck it is all the way up; let go it is down for what stays on with it.
            value = TOP if kind == 0x90 and value else 0
        if role == CLOCK:
            if value == TOP:
                self._on_bar(at_s)
                self._tell_states(at_s)
        elif role == METRONOME:
            self.metronome.velocity = value
        elif role == RUN:
            self._commands.append(RunClock(value >= HALF))
        elif role == TEMPO:
            self._set(SetTempo(tempo_of(binding, value)))
        elif role in ACTIONS:
            if value == TOP:
                self._commands.append(Do(binding.player, role))
        else:
            self._set(SetParameter(binding.player, role, setting_of(binding, value, self._bundles)))

    def _set(self, command: SetParameter | SetTempo) -> None:
        """Keep the newest of what sets the same thing."""
        self._commands = [one for one in self._commands if not _same_knob(one, command)]
        self._commands.append(command)

    def _learn_from(self, port: str, message: bytes) -> None:
        wish, kind = self._wish, message[0] & 0xF0
        if wish is None or (wish.role != CLOCK and self._is_beat(port, message)):
            return
        on_off = wish.role in ACTIONS or (
            wish.role in PARAMETERS and PARAMETERS[wish.role].kind == "switch"
        )
        if kind == 0xB0:
            binding = Binding(wish.role, wish.player, controller=message[1])
        elif kind == 0x90 and message[2] and on_off:
            binding = Binding(wish.role, wish.player, note=message[1])
        else:
            return
        self._wish = None
        binding = replace(binding, channel=message[0] & 0x0F, port=port)
        # Whoever learns a knob anew doesn't want what it did before.
        self._bindings = [one for one in self._bindings if not one.hears(port, message)]
        self._bindings.append(binding)
        self._learnt.append(Learnt(binding))

    def _is_beat(self, port: str, message: bytes) -> bool:
        """Whether a message is the clock's, which comes by itself: nobody has moved anything."""
        return any(one.role == CLOCK and one.hears(port, message) for one in self._bindings)

    def _tell_states(self, now_s: float) -> None:
        if now_s - self._told_states_s < DOUBLED_S:
            return
        self._told_states_s = now_s
        for binding in self._bindings:
            if binding.role == STATE and binding.player in self._states:
                self._tell(binding, self._states[binding.player], now_s)

    def _tell(self, binding: Binding, value: int, now_s: float) -> None:
        port = binding.port or self._settings.output
        if port and binding.controller is not None:
            data = bytes((0xB0 | (binding.channel or 0), binding.controller, value))
            self._leaving.append((port, TimedMessage(data, now_s)))


def _same_knob(one: Command, other: SetParameter | SetTempo) -> bool:
    if isinstance(one, SetParameter) and isinstance(other, SetParameter):
        return (one.player, one.name) == (other.player, other.name)
    return isinstance(one, SetTempo) and isinstance(other, SetTempo)
