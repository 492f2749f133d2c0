"""``magenta-bridge tell``, ``players`` and ``learn``: a running engine from the command line."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from bridge.cli.controller import Controller, Listing
from bridge.cli.run import load_for_run
from bridge.core.bindings import Binding
from bridge.core.bindingtext import yaml_line
from bridge.core.controller_book import ENGINE_LEARNS
from bridge.core.controls import LEARNABLE
from bridge.core.ensemble import check_source
from bridge.core.modes import mode_number
from bridge.core.parameters import ACTIONS, PARAMETERS, parameter_value
from bridge.core.protocol import BOOK
from bridge.core.session import State
from bridge.errors import (
    CommandRefused,
    ConfigError,
    ParameterUnknown,
    PlayerUnknown,
    ValueRefused,
)

ENGINE, ALL = "engine", "all"
_ON = {"on": 1, "true": 1, "yes": 1, "off": 0, "false": 0, "no": 0}


def tell_command(
    out: Console, who: str, what: str, value: str | None, config: Path | None, port: int | None
) -> None:
    """Press a button or set a parameter of a player of a running engine.

    Args:
        out: Standard output.
        who: A player's number or name, ``all``, or ``engine``.
        what: A button or a parameter; of the engine ``tempo``, ``start`` or ``stop``.
        value: The parameter's.
        config: Configuration file: where the engine listens, and its token.
        port: UDP port.

    Raises:
        BridgeError: No engine answers, or what is asked makes no sense or can't be done now.
    """
    with Controller(load_for_run(config, port).engine) as engine:
        if who == ENGINE:
            _tell_engine(engine, what, value)
            said = f"engine: {what} {value or ''}".strip()
        else:
            listing = engine.listing()
            number = _player(who, listing)
            missing = _tell_player(engine, number, what, value, listing)
            said = f"{'all' if not number else f'player {number}'}: {what} {value or ''}".strip()
            said += missing
        # What was refused is heard with the answer to this.
        engine.listing()
    out.print(said, markup=False)


def players_command(out: Console, who: str | None, config: Path | None, port: int | None) -> None:
    """List the players of a running engine, or all parameters of one.

    Raises:
        BridgeError: No engine answers, or it has no such player.
    """
    with Controller(load_for_run(config, port).engine) as engine:
        listing = engine.listing()
        if who is not None:
            number = _player(who, listing)
            if not number:
                raise PlayerUnknown("Name one player.")
            out.print(_parameters(engine.parameters(number), listing))
            return
    if not listing.players:
        out.print("The engine has no players: link a device, or list some in a configuration.")
        return
    out.print(_players(listing))


def learn_command(
    out: Console, who: str, role: str, seconds: int, config: Path | None, port: int | None
) -> None:
    """Bind the next MIDI controller that moves, and print the line that keeps it.

    Args:
        out: Standard output.
        who: A player's number or name, ``all`` for buttons, ``engine`` for its own roles.
        role: What the controller is to do.
        seconds: How long to wait.
        config: Configuration file: where the engine listens, and its token.
        port: UDP port.

    Raises:
        BridgeError: No engine answers, nothing of that name can be learnt, or nothing moved.
    """
    if role not in LEARNABLE or f"/player/learn/{role}" not in BOOK:
        raise CommandRefused(
            f"Nothing can be learnt for {role!r}.", f"There are {', '.join(LEARNABLE)}."
        )
    with Controller(load_for_run(config, port).engine) as engine:
        listing = engine.listing()
        number = 0 if who == ENGINE and role in ENGINE_LEARNS else _player(who, listing)
        binding: Binding | None = None
        try:
            engine.send(f"/player/learn/{role}", number, 0)
            out.print(f"Move a knob or press a pad for {role}: {seconds} seconds.")
            binding = engine.learnt(role, float(seconds))
        finally:
            # After Ctrl-C too: else whatever moves next would be bound.
            if binding is None:
                engine.send("/player/unlearn")
    if binding is None:
        raise CommandRefused(
            "Nothing moved.",
            "See that the controller's port is an input of a player or in controls.inputs.",
        )
    out.print("Learnt. To keep it, add to controls.bindings of the configuration:")
    out.print(f"    {yaml_line(binding)}", markup=False, soft_wrap=True)


def _tell_engine(engine: Controller, what: str, value: str | None) -> None:
    if what == "tempo" and value is not None:
        engine.send("/player/tempo", _number(what, value))
    elif what in ("start", "stop") and value is None:
        engine.send("/player/clock", int(what == "start"))
    else:
        raise CommandRefused(
            f"The engine knows no {what!r} of that form.",
            "There are `tempo 120`, `start` and `stop`.",
        )


def _tell_player(
    engine: Controller, number: int, what: str, value: str | None, listing: Listing
) -> str:
    """Do it; returns what is to be added for people, if anything."""
    if what in ACTIONS:
        if value is not None:
            raise CommandRefused(f"{what} is a button; it takes no value.")
        engine.send(f"/player/{what}", number)
        return ""
    if what not in PARAMETERS or f"/player/param/{what}" not in BOOK:
        raise ParameterUnknown(
            f"There is no {what!r} to press or turn.",
            f"There are {', '.join((*ACTIONS, *_turned()))}.",
        )
    if value is None:
        raise ValueRefused(f"{what} needs a value.")
    if not number:
        raise PlayerUnknown("Only buttons can be pressed for all.")
    checked = _value(what, value, listing)
    if what == "listen":
        check_source(number, what, checked)
    engine.send(f"/player/param/{what}", number, checked)
    if what == "listen" and checked and checked not in [one.number for one in listing.players]:
        return f" (there is no player {checked} yet; it is heard as soon as it is there)"
    return ""


def _value(name: str, text: str, listing: Listing) -> int | float:
    """A value as it travels, checked here already so that its mistake can be named."""
    if name == "bundle":
        bundle = parameter_value(name, text, listing.bundles)
        return listing.bundles.index(str(bundle))
    value: object
    if name == "listen" and not text.isdecimal():
        value = _player(text, listing)
    elif name == "mode" and not text.isdecimal():
        try:
            value = mode_number(text)
        except ConfigError as error:
            raise ValueRefused(error.message, error.hint) from None
    elif name == "scale" and not text.isdecimal():
        value = text
    elif PARAMETERS[name].kind == "switch" and text.lower() in _ON:
        value = _ON[text.lower()]
    else:
        value = _number(name, text)
    checked = parameter_value(name, value, listing.bundles)
    return float(checked) if PARAMETERS[name].kind == "number" else int(checked)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueRefused(f"{name} is {text!r}; it must be a number.") from None


def _player(who: str, listing: Listing) -> int:
    """A player's number; 0 for all."""
    if who == ALL or (who.isdecimal() and not int(who)):
        return 0
    if who.isdecimal():
        found = [one.number for one in listing.players if one.number == int(who)]
    else:
        found = [one.number for one in listing.players if one.name.casefold() == who.casefold()]
    if len(found) != 1:
        there = ", ".join(f"{one.number} ({one.name})" for one in listing.players)
        raise PlayerUnknown(
            f"There is no player {who}.", f"There are: {there}." if there else "There are none yet."
        )
    return found[0]


def _turned() -> list[str]:
    return [name for name in PARAMETERS if f"/player/param/{name}" in BOOK]


def _players(listing: Listing) -> Table:
    table = Table(
        "player", "name", "kind", "state", "bar", "bundle", "answers", "nats a step", box=None
    )
    for one in listing.players:
        view = one.message
        bar, bars, ready = (view.int_of(name) for name in ("bar", "bars", "bundle"))
        answers = view.int_of("answer")
        away = " (away)" if view.int_of("away") else ""
        table.add_row(
            str(one.number),
            one.name,
            "port" if view.int_of("port") else "device",
            State(view.int_of("state")).name.lower() + away,
            f"{bar} of {bars}" if bars else str(bar or ""),
            listing.bundles[ready] if 0 <= ready < len(listing.bundles) else "",
            str(answers),
            f"{view.float_of('nats_per_step'):.2f}" if answers else "",
        )
    return table


def _parameters(told: dict[str, int | float], listing: Listing) -> Table:
    table = Table("parameter", "value", "range", "what it does", box=None)
    for name, value in told.items():
        one = PARAMETERS[name]
        shown = f"{value:.4g}"
        if name == "bundle":
            shown = listing.bundles[int(value)]
        elif one.kind == "switch":
            shown = "on" if value else "off"
        limits = f"{one.low:g} to {one.high:g} {one.unit}".strip()
        table.add_row(name, shown, limits if one.kind in ("number", "whole") else "", one.meaning)
    return table
