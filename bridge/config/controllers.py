"""The sections ``controls`` and ``metronome``: controllers, and what they are bound to."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bridge.config.conditions import for_pydantic
from bridge.core.address_book import MAX_PLAYERS
from bridge.core.bindings import STATE, Binding, ControlSettings, MetronomeSettings
from bridge.core.controls import ENGINE_ROLES, ROLES, range_of
from bridge.core.parameters import ACTIONS
from bridge.core.settings import JamSettings
from bridge.errors import ConfigError

MAX_BINDINGS = 512
_METRONOME = MetronomeSettings()

Name = Annotated[str, Field(min_length=1, max_length=200)]
MaybeName = Annotated[str, Field(max_length=200)]
Seven = Annotated[int, Field(ge=0, le=127)]
Channel = Annotated[int, Field(ge=1, le=16)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class BindingEntry(_Entry):
    """One controller, or note, and its role."""

    role: Name
    player: int = Field(default=1, ge=0, le=MAX_PLAYERS)
    controller: Seven | None = None
    note: Seven | None = None
    channel: Channel | None = None
    port: MaybeName = ""
    low: float | None = None
    high: float | None = None
    bundles: Annotated[tuple[Name, ...], Field(strict=False, max_length=128)] = ()

    def binding(self) -> Binding:
        """What the engine gets."""
        channel = self.channel - 1 if self.channel is not None else None
        return Binding(**{**self.model_dump(), "channel": channel})

    def check(self, key: str) -> None:
        """See whether it makes sense.

        Args:
            key: What people call this entry.

        Raises:
            ConfigError: It makes none.
        """
        self._check_role(key)
        self._check_range(key)

    def _check_role(self, key: str) -> None:
        if self.role not in ROLES:
            raise ConfigError(
                f"{key}.role is {self.role!r}, which is no role.", f"There are {', '.join(ROLES)}."
            )
        if (self.controller is None) == (self.note is None):
            raise ConfigError(
                f"{key} must name either a controller or a note.",
                "Give one of both, 0 to 127: {role: go, controller: 20}.",
            )
        if self.note is not None and self.role in (*ENGINE_ROLES, "bundle"):
            raise ConfigError(f"{key}: {self.role} needs a controller; a note has no position.")
        if self.player == 0 and self.role not in (*ACTIONS, *ENGINE_ROLES):
            raise ConfigError(
                f"{key}.player is 0, everybody, which only buttons know: {', '.join(ACTIONS)}."
            )
        if self.bundles and self.role != "bundle":
            raise ConfigError(f"{key}: {self.role} chooses no bundle, so it takes no bundles.")
        if self.player == 0 and self.role == STATE:
            raise ConfigError(f"{key}.player is 0, everybody; a state is one player's.")

    def _check_range(self, key: str) -> None:
        if (self.low is None) != (self.high is None):
            raise ConfigError(f"{key} must have both low and high, or neither.")
        if self.low is None or self.high is None:
            return
        limits = range_of(self.role)
        if limits is None:
            raise ConfigError(f"{key}: {self.role} has no range, so it takes no low and high.")
        for name, value in (("low", self.low), ("high", self.high)):
            if not limits[0] <= value <= limits[1]:
                raise ConfigError(
                    f"{key}.{name} is {value:g}; for {self.role} it must be"
                    f" {limits[0]:g} to {limits[1]:g}."
                )


def read_bindings(value: object) -> tuple[BindingEntry, ...]:
    """The list of a configuration, each entry checked.

    Raises:
        ConfigError: It is no list, or an entry makes no sense.
    """
    if not isinstance(value, list | tuple) or len(value) > MAX_BINDINGS:
        raise ConfigError(f"It must be a list of 0 to {MAX_BINDINGS} entries.")
    return tuple(_read_entry(f"entry {number}", one) for number, one in enumerate(value, 1))


def _read_entry(key: str, value: object) -> BindingEntry:
    if isinstance(value, BindingEntry):
        return value
    if not isinstance(value, dict):
        raise ConfigError(f"{key} is {value!r}; it must hold keys: {_KEYS}.")
    try:
        entry = BindingEntry.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise ConfigError(f"{key} has no key {name}; there are {_KEYS}.") from None
        if first["type"] == "missing":
            raise ConfigError(f"{key} has no {name}.", f"There are {', '.join(ROLES)}.") from None
        raise ConfigError(
            f"{key}: {name} is {first['input']!r}; it must be {_LEGAL[name]}."
        ) from None
    entry.check(key)
    return entry


_LEGAL = {
    "role": "a word",
    "player": f"a whole number from 0 to {MAX_PLAYERS}",
    "controller": "a whole number from 0 to 127",
    "note": "a whole number from 0 to 127",
    "channel": "a whole number from 1 to 16",
    "port": "a port's name",
    "low": "a number",
    "high": "a number",
    "bundles": "a list of bundles",
}
_KEYS = ", ".join(_LEGAL)


class ControlsSection(_Entry):
    """Controllers."""

    inputs: Annotated[tuple[Name, ...], Field(strict=False, max_length=16)] = ()
    output: MaybeName = ""
    bindings: Annotated[
        tuple[BindingEntry, ...], Field(strict=False), BeforeValidator(for_pydantic(read_bindings))
    ] = ()


class MetronomeSection(_Entry):
    """The metronome."""

    output: MaybeName = _METRONOME.output
    channel: Channel = _METRONOME.channel + 1
    velocity: int = Field(default=_METRONOME.velocity, ge=0, le=127)
    bar_pitch: Seven = _METRONOME.bar_pitch
    beat_pitch: Seven = _METRONOME.beat_pitch


def control_settings(
    controls: ControlsSection, metronome: MetronomeSection, offered: tuple[str, ...]
) -> ControlSettings:
    """What the engine gets.

    Args:
        controls: The section ``controls``.
        metronome: The section ``metronome``.
        offered: Names of the bundles on offer.

    Raises:
        ConfigError: A binding makes no sense.
    """
    clicks = metronome.model_dump()
    bindings = tuple(entry.binding() for entry in controls.bindings)
    for number, one in enumerate(bindings, 1):
        if one.role == STATE and not (one.port or controls.output):
            raise ConfigError(
                f"controls.bindings: entry {number} is to send a state, but has no port for it.",
                "Name a port of its own, or controls.output.",
            )
        missing = [name for name in one.bundles if name not in offered]
        if missing:
            raise ConfigError(
                f"controls.bindings: entry {number} chooses {missing[0]!r}, which bundles.offer"
                f" lacks: {', '.join(offered)}.",
                "Add it to bundles.offer, or choose one that is offered.",
            )
    return ControlSettings(
        inputs=controls.inputs,
        output=controls.output,
        bindings=bindings,
        metronome=MetronomeSettings(**{**clicks, "channel": metronome.channel - 1}),
    )


def binding_warnings(jam: JamSettings) -> list[str]:
    """What is bound to a player that the configuration does not list, in a sentence each.

    Without a list all players are devices', which take their numbers as they come.
    """
    listed = len(jam.players)
    return [
        f"controls.bindings: entry {number} ({one.role}) is player {one.player}'s, but players"
        f" lists {listed}: it does nothing until a device has that number."
        for number, one in enumerate(jam.controls.bindings, 1)
        if listed < one.player and listed and (one.role not in ENGINE_ROLES or one.role == STATE)
    ]
