"""The controllers' part of the address book: every command by OSC, by player number.

Any OSC controller may send these, from any port: TouchOSC, a script, the command line. The rows of
parameters are made from the devices' own, so that no range stands twice.
"""

from __future__ import annotations

from bridge.core.address_book import (
    INT_MAX,
    MAX_NAME_CHARACTERS,
    MAX_PLAYERS,
    SPECS,
    Argument,
    Direction,
    MessageSpec,
)

MAX_CAPTURED_BARS = 64
PREFIX, SET, LEARN, TOLD = "/player/", "/player/param/", "/player/learn/", "/player/told/"
_BUTTONS = ("go", "end_call", "again", "mutate", "panic")
_IN, _OUT = Direction.FROM_CONTROLLER, Direction.TO_CONTROLLER
_PARAMETERS = tuple(spec for spec in SPECS if spec.address.startswith("/param/"))


def _int(name: str, low: int, high: int, meaning: str, unit: str = "") -> Argument:
    return Argument(name, "i", low, high, unit, meaning)


def _row(address: str, *arguments: Argument, meaning: str) -> MessageSpec:
    return MessageSpec(PREFIX + address, _IN, (_TOKEN, *arguments), meaning)


_TOKEN = _int("token", 0, INT_MAX, "Shared secret; 0 where the engine asks for none")
_PLAYER = _int("player", 1, MAX_PLAYERS, "Its number")
_ANYBODY = _int("player", 0, MAX_PLAYERS, "Its number; 0 = everybody who can")
_PORT = _int("reply_port", 0, 65535, "UDP port for the replies; 0 = where this came from")
_CHAR = _int("char", 32, 65535, "A character of the name (UTF-16)")
_TEMPO = Argument("tempo_qpm", "f", 20.0, 999.0, "quarters/min", "The new tempo")

ENGINE_LEARNS = ("clock", "tempo", "metronome", "run")
"""What a controller may learn beside buttons and parameters."""

CONTROLLER_SPECS: tuple[MessageSpec, ...] = (
    *(
        _row(action, _ANYBODY, meaning=f"As /{action} of a device, for any player.")
        for action in _BUTTONS
    ),
    *(
        MessageSpec(
            PREFIX.rstrip("/") + spec.address,
            _IN,
            (_TOKEN, _PLAYER, spec.arguments[1]),
            spec.meaning,
        )
        for spec in _PARAMETERS
    ),
    _row(
        "key",
        _PLAYER,
        _int("pitch", 0, 127, "60 is Live's C3", "MIDI pitch"),
        _int("velocity", 0, 127, "0 is a note-off", "MIDI velocity"),
        _int("channel", 0, 15, "0 to 15", "MIDI channel"),
        meaning="A key of the player is struck, or with velocity 0 released.",
    ),
    _row("tempo", _TEMPO, meaning="Set the tempo of the engine's own clock and of Link."),
    _row("clock", _int("on", 0, 1, "1 start, 0 stop"), meaning="Run the engine's own clock."),
    _row(
        "capture",
        _int("bars", 0, MAX_CAPTURED_BARS, "The last so many; 0 = all that is remembered", "bars"),
        _int("stamp", 0, INT_MAX, "Seconds since 1970, which name the file; 0 = now", "s"),
        meaning="Write what was just played as a MIDI file, on the engine's machine.",
    ),
    *(
        _row(
            f"learn/{role}",
            _ANYBODY,
            _PORT,
            meaning="The next MIDI controller that moves does this; /player/learnt tells which.",
        )
        for role in (
            *_BUTTONS,
            *(spec.address.removeprefix("/param/") for spec in _PARAMETERS),
            *ENGINE_LEARNS,
        )
    ),
    _row("unlearn", meaning="Learn nothing any more."),
    _row("list", _PORT, meaning="Ask for /player/bundle and /player/view of all."),
    _row("ask", _PLAYER, _PORT, meaning="Ask for all parameters of a player, as /player/told/..."),
    MessageSpec(
        "/player/bundle",
        _OUT,
        (
            _int("bundle", 0, 127, "Place in the list of bundles"),
            _int("count", 1, 128, "Length of the list"),
        ),
        "The name of a bundle on offer.",
        group=(_CHAR,),
        max_groups=MAX_NAME_CHARACTERS,
    ),
    MessageSpec(
        "/player/view",
        _OUT,
        (
            _int("player", 0, MAX_PLAYERS, "Its number; 0 = there is none at all"),
            _int("count", 0, MAX_PLAYERS, "How many there are", "players"),
            _int("port", 0, 1, "1 a player of the configuration, 0 a device's"),
            _int("away", 0, 1, "1 = its device has fallen silent"),
            _int("state", 0, 9, "Session state (docs/session.md)"),
            _int("bar", 0, INT_MAX, "Bar of the call or answer, from 1; 0 when idle", "bars"),
            _int("bars", 0, INT_MAX, "Its length; 0 = open", "bars"),
            _int("bundle", -1, 127, "Place of the model that is ready; -1 = none"),
            _int("drums", 0, 1, "1 plays drums, 0 plays pitches"),
            _int("answer", 0, INT_MAX, "Number of its last answer; 0 = none yet"),
            Argument("nats_per_step", "f", -1e9, 0.0, "nats/step", "Mean ln p of that answer"),
        ),
        "A player as it stands; the group is its name.",
        group=(_CHAR,),
        max_groups=MAX_NAME_CHARACTERS,
    ),
    *(
        MessageSpec(
            TOLD + spec.address.removeprefix("/param/"),
            _OUT,
            (_PLAYER, spec.arguments[1]),
            "What a parameter of the player is.",
        )
        for spec in _PARAMETERS
    ),
    MessageSpec(
        "/player/learnt",
        _OUT,
        (
            _int("player", 0, MAX_PLAYERS, "As it was asked for"),
            _int("controller", -1, 127, "Number of the controller; -1 = it is a note"),
            _int("note", -1, 127, "Pitch of the note; -1 = it is a controller"),
            _int("channel", 0, 15, "MIDI channel"),
        ),
        "What was learnt; the group is the name of its port.",
        group=(_CHAR,),
        max_groups=200,
    ),
    MessageSpec(
        "/player/error",
        _OUT,
        (_int("code", 0, INT_MAX, "wire_code of the error (list below)"),),
        "A message of this controller was refused; nothing has changed.",
    ),
)
