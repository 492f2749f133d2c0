"""Which controller does what, as plain values (`bridge.core.controls` knows the roles)."""

from __future__ import annotations

from dataclasses import dataclass, field

CLOCK, STATE = "clock", "state"


@dataclass(frozen=True, slots=True)
class Binding:
    """One controller, or one note, and what it does.

    Args:
        role: One of `bridge.core.controls.ROLES`.
        player: Whose, 1 to 64; 0 = everybody's, for buttons.
        controller: Number of the controller, 0 to 127; None where it is a note.
        note: Its pitch, 0 to 127; None where it is a controller.
        channel: MIDI channel, 0 to 15; None = any.
        port: The port that brings it (for `STATE` takes it); "" = any.
        low: What the value 0 stands for; None = as the role has it.
        high: What the value 127 stands for; may be below ``low``.
        bundles: What a controller chooses a bundle from; none named = all on offer.
    """

    role: str
    player: int = 1
    controller: int | None = None
    note: int | None = None
    channel: int | None = None
    port: str = ""
    low: float | None = None
    high: float | None = None
    bundles: tuple[str, ...] = ()

    def hears(self, port: str, message: bytes) -> bool:
        """Whether this is about a whole MIDI message that came on a port."""
        kind, number = message[0] & 0xF0, message[1] if len(message) > 1 else -1
        if kind == 0xB0:
            right = number == self.controller
        else:
            right = kind in (0x80, 0x90) and number == self.note
        if not right or self.role == STATE or self.port not in ("", port):
            return False
        return self.channel is None or self.channel == message[0] & 0x0F


@dataclass(frozen=True, slots=True)
class MetronomeSettings:
    """A click on every beat.

    Args:
        output: Port that it goes to; "" = none.
        channel: MIDI channel, 0 to 15.
        velocity: 1 to 127; 0 = silent until a controller says otherwise.
        bar_pitch: MIDI pitch of a bar's first beat.
        beat_pitch: MIDI pitch of the others.
    """

    output: str = ""
    channel: int = 9
    velocity: int = 64
    bar_pitch: int = 76
    beat_pitch: int = 77


@dataclass(frozen=True, slots=True)
class ControlSettings:
    """Controllers.

    Args:
        inputs: Ports that bring controllers, beside those of the players.
        output: Port that `STATE` goes to where a binding names none; "" = none.
        bindings: What does what.
        metronome: The metronome.
    """

    inputs: tuple[str, ...] = ()
    output: str = ""
    bindings: tuple[Binding, ...] = ()
    metronome: MetronomeSettings = field(default_factory=MetronomeSettings)

    @property
    def outputs(self) -> tuple[str, ...]:
        """All ports that something is sent to, each once."""
        states = [one.port or self.output for one in self.bindings if one.role == STATE]
        return tuple(dict.fromkeys(name for name in (*states, self.metronome.output) if name))

    @property
    def has_clock(self) -> bool:
        """Whether a controller is a source of the beat."""
        return any(one.role == CLOCK for one in self.bindings)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A controller that moved has been bound to what was asked for."""

    binding: Binding
