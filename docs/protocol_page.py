"""docs/protocol.md, made from the address book."""

from __future__ import annotations

import inspect
from dataclasses import fields
from typing import Any

from protocol_example import conversation, datagram
from tables import GENERATED, anchor, code, number, table

from bridge.core import address_book as book
from bridge.core import cliptransfer, complaints, seat, wire
from bridge.core.address_book import Argument, MessageSpec
from bridge.core.controller_book import LEARN, SET, TOLD
from bridge.core.protocol import SPECS
from bridge.core.settings import PlayerSettings
from bridge.core.units import TICKS_PER_BEAT
from bridge.errors import BridgeError, all_errors

SECTIONS: dict[str, tuple[str, ...]] = {
    "Link": (
        "/hello",
        "/welcome",
        "/heartbeat",
        "/goodbye",
        "/bundle",
        "/bundle/name",
        "/bundles",
    ),
    "Time": ("/clock", "/tempo"),
    "Playing": ("/note", "/note/at", "/go", "/end_call", "/again", "/mutate", "/panic"),
    "Parameters": ("/param/",),
    "Dials": ("/told",),
    "Answers": ("/n", "/n/clear", "/flush", "/state", "/score"),
    "Clips": ("/clip/chunk", "/clip/ack", "/clip/ask", "/clip/asked", "/clip/made"),
    "Trouble": ("/error",),
    "Controllers": ("/player/",),
}
FLAGS = {
    book.FLAG_PLAYING: "The transport plays.",
    book.FLAG_LOOP: "Live's loop is on; `loop_start_ticks` and `loop_length_ticks` count.",
    book.FLAG_TIMESTAMP: "`sent_hi` and `sent_lo` carry the sender's own clock.",
}
KINDS = {"i": "int32", "f": "float32"}


def protocol_page() -> str:
    """The page."""
    _check_sections()
    parts = [
        GENERATED,
        "# The protocol between device and engine\n",
        f"Version {book.PROTOCOL_VERSION}. A device in Live and the engine exchange OSC"
        " messages over UDP. One table, `bridge/core/address_book.py`, holds all of them: every"
        " message is checked against it in both directions, and this page is made from it.\n",
        "## Rules of the wire\n",
        _rules(),
        "## All messages\n",
        table(
            ["message", "direction", "what it says"],
            dict.fromkeys((_link(spec), spec.direction.value, _meaning(spec)) for spec in SPECS),
        ),
    ]
    for section, prefixes in SECTIONS.items():
        parts += [f"## {section}\n", *_section(section, _of_section(prefixes))]
    parts += ["## Error codes\n", _errors(), "## A call and its answer\n", conversation()]
    parts += ["## One datagram, byte by byte\n", datagram()]
    return "\n".join(parts)


def _rules() -> str:
    sentences = (
        "The engine listens on UDP port 17600 of 127.0.0.1 unless its configuration says"
        " otherwise; a device names the port on which it wants to be answered in `/hello` and in"
        " each `/heartbeat`.",
        "A datagram is one OSC 1.0 message with its exact address, or one flat bundle of at most"
        f" {wire._MAX_BUNDLE_MESSAGES} messages whose time tag is not looked at. Patterns, nested"
        " bundles and other argument types are refused.",
        "Arguments are int32 (`i`) and float32 (`f`) only: each distinct string would stay in"
        " Live's symbol table for ever. Where the book says float, the engine takes an int32 too.",
        f"A datagram has at most {book.MAX_DATAGRAM_BYTES} bytes.",
        f"Song positions are Live's ticks, {TICKS_PER_BEAT} a beat (quarter note), as int32: a"
        " float32 can't hold a song position well enough.",
        "A device names itself by its first argument, `device`, since Max sends from several"
        " source ports. A linked device's number counts only from the address that linked it.",
        "Both sides say `/heartbeat` once a second. The engine counts a device as away after"
        f" {seat.LINK_TIMEOUT_S:g} s of silence and keeps its seat for its return; a new"
        " `engine_epoch` tells the device that it must say `/hello` again.",
        f"A transport that plays and is silent for {seat.CLOCK_TIMEOUT_S:g} s has stopped: Live's"
        " audio engine is off.",
        "What the book does not allow changes nothing and is answered with `/error`, at most"
        f" {complaints.REPLIES_PER_SECOND} times a second.",
        f"A clip's chunk is repeated every {cliptransfer.RESEND_S * 1000:g} ms until `/clip/ack`"
        f" names it, at most {cliptransfer.MAX_SENDINGS} times; a clip has at most"
        f" {book.MAX_CLIP_CHUNKS * book.CLIP_NOTES_PER_CHUNK} notes.",
        "The protocol's version is an integer of its own, apart from the engine's. Device and"
        " engine must agree on it, else `/hello` is answered with the error version-mismatch.",
    )
    return "\n".join(f"* {sentence}" for sentence in sentences) + "\n"


def _of_section(prefixes: tuple[str, ...]) -> list[MessageSpec]:
    return [spec for spec in SPECS if spec.address in prefixes or _is_parameter(spec, prefixes)]


def _is_parameter(spec: MessageSpec, prefixes: tuple[str, ...]) -> bool:
    return any(prefix.endswith("/") and spec.address.startswith(prefix) for prefix in prefixes)


def _meaning(spec: MessageSpec) -> str:
    return "Set a parameter of a player." if spec.address.startswith(SET) else spec.meaning


def _link(spec: MessageSpec) -> str:
    heading = "Parameters" if spec.address.startswith("/param/") else _family(spec.address)
    return f"[{code(_family(spec.address))}](#{anchor(heading)})"


def _section(section: str, specs: list[MessageSpec]) -> list[str]:
    if section == "Parameters":
        return [_parameters(specs)]
    if section == "Controllers":
        return _controllers(specs)
    parts = [text for spec in specs for text in _message(spec)]
    if section == "Time":
        parts += ["Bits of `flags`:\n", table(["bit", "meaning"], FLAGS.items())]
    if section == "Answers":
        parts.append("The numbers of `state` are in [session.md](session.md#states).\n")
    return parts


FAMILIES = {
    SET: "/player/param/...",
    LEARN: "/player/learn/...",
    TOLD: "/player/told/...",
}
"""Messages that differ in one word, and under which heading they stand."""


def _family(address: str) -> str:
    return next((name for prefix, name in FAMILIES.items() if address.startswith(prefix)), address)


def _controllers(specs: list[MessageSpec]) -> list[str]:
    """One entry for each message, and one for each family of them."""
    parts = [
        "Any OSC controller may send these, from any port; it need not say hello, and is answered"
        " where it sent from, or on `reply_port`. `magenta-bridge tell` speaks them. In the place"
        " of the dots stands a button or a parameter.\n"
    ]
    seen: set[str] = set()
    for spec in specs:
        name = _family(spec.address)
        if name in seen:
            continue
        seen.add(name)
        if name == spec.address:
            parts += _message(spec)
            continue
        words = [one.address.rpartition("/")[2] for one in specs if _family(one.address) == name]
        parts.append(f"### {name}\n")
        value = " and a value as in [Parameters](#parameters)" if name != FAMILIES[LEARN] else ""
        fixed = ", ".join(
            code(one.name) for one in spec.arguments if one.name not in ("value", "on")
        )
        parts.append(f"{spec.direction.value}. {fixed}{value}. {spec.meaning}\n")
        parts.append(f"Words: {', '.join(code(word) for word in words)}.\n")
    return parts


def _message(spec: MessageSpec) -> list[str]:
    tags = "," + "".join(argument.kind for argument in spec.arguments)
    parts = [f"### {spec.address}\n", f"{spec.direction.value}, {code(tags)}. {spec.meaning}\n"]
    if [one.name for one in spec.arguments] == ["device"]:
        parts.append("Its one argument is `device`.\n")
    elif spec.arguments:
        parts.append(_arguments(spec.arguments))
    if spec.group:
        parts.append(f"Then up to {spec.max_groups} times:\n")
        parts.append(_arguments(spec.group))
    return parts


def _arguments(arguments: tuple[Argument, ...]) -> str:
    return table(
        ["argument", "type", "range", "unit", "meaning"],
        (
            (code(one.name), KINDS[one.kind], _range(one), one.unit, one.meaning)
            for one in arguments
        ),
    )


def _range(argument: Argument) -> str:
    return f"{number(argument.low)} to {number(argument.high)}"


def _parameters(specs: list[MessageSpec]) -> str:
    defaults = {field.name: field.default for field in fields(PlayerSettings)}
    rows = []
    for spec in specs:
        value = spec.arguments[1]
        name = spec.address.removeprefix("/param/")
        default = 0 if name == "bundle" else defaults[name]
        meaning = f"{spec.meaning} {value.meaning}".strip()
        rows.append(
            (
                code(spec.address),
                KINDS[value.kind],
                _range(value),
                value.unit,
                _default(default),
                meaning if meaning.endswith(".") else meaning + ".",
            )
        )
    return (
        "Each takes `device` and one value. A device sends all of them after `/welcome`, and one"
        " when its knob is turned. Defaults are those of"
        " [configs/default.yaml](../configs/default.yaml).\n\n"
        + table(["message", "type", "range", "unit", "default", "meaning"], rows)
    )


def _default(value: Any) -> str:
    return f"{float(value):g}"


def _errors() -> str:
    rows = (
        (error.wire_code, code(error.code), _summary(error), error.default_hint)
        for error in _used()
    )
    return (
        "`/error` carries the number; logs and the command line show the name. The hint may be"
        " more exact where the error is raised.\n\n"
        + table(["code", "name", "what it means", "what to do"], rows)
    )


def _used() -> list[type[BridgeError]]:
    return [error for error in all_errors() if error.__module__.startswith("bridge.")]


def _summary(error: type[BridgeError]) -> str:
    return (inspect.getdoc(error) or "").splitlines()[0]


def _check_sections() -> None:
    named = [spec for prefixes in SECTIONS.values() for spec in _of_section(prefixes)]
    missing = [spec.address for spec in SPECS if spec not in named]
    if missing:
        raise LookupError(f"docs/protocol_page.py has no section for {', '.join(missing)}")
