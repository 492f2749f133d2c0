"""An entry of the tape as one line of a recording, and back.

A line is a JSON list that begins with the entry's kind:

=========== ========================================================= ================
kind        what follows                                              which it is
=========== ========================================================= ================
``begin``   whether there are MIDI ports, whether there is Link        observation
``turn``    the moment; 0 if datagrams have no stamp of their own      observation
``watch``   the moment at which ports were looked over                observation
``command`` the moment, the command                                   observation
``obey``    the moment, the sender's number for it, the command       observation
``anew``    nothing: every view is told again                         observation
``close``   nothing: the engine ends                                  observation
``heard``   host and port, age in seconds, the datagram                observation
``midi``    the input, the bytes in hexadecimal, the moment            observation
``port``    a port that vanished or came back                         observation
``link``    what Link said                                            observation
``replied`` the model's replies that were there at once               observation
``sent``    host and port, the datagram                               decision
``played``  the output, the bytes, when they were due                 decision
``tempo``   the tempo that Link was set to                            decision
``asked``   a request to the model                                    decision
``told``    what people were told                                     decision
``fault``   a mistake of the engine in one sentence                   decision
``trace``   its traceback                                             neither
``lost``    how many entries are missing here                         neither
``end``     why the recording ends here                               neither
=========== ========================================================= ================

Moments are seconds of the engine's clock. A datagram is its address and arguments where these make
up the very same bytes, and base64 otherwise. All other values are dataclasses of `bridge.core`
under their own name (`bridge.record.values`).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from bridge.core.commands import Command
from bridge.core.linkclock import LinkState
from bridge.core.requests import ModelNotice, ModelReply
from bridge.core.wire import RawMessage, parse_packet
from bridge.errors import ProtocolError
from bridge.record.tape import Entry
from bridge.record.values import Json, dataclass_from_json, from_json, to_json

DECISIONS = frozenset(("sent", "played", "tempo", "asked", "told", "fault"))
"""What a replay must come to by itself."""
CALLS = frozenset(("begin", "turn", "watch", "command", "obey", "anew", "close"))
"""What turns the wheel: all other observations belong to the one before them."""

HELLO_TOKEN = 3
"""Which argument of ``/hello`` is the token."""
HIDDEN_TOKEN = 1
"""Stands for the network's token, which is nobody's business who reads a recording."""


def line_of(entry: Entry, token: int = 0) -> str:
    """An entry as a line, without its end.

    Args:
        entry: The entry.
        token: The network's token, which is hidden; 0 if there is none.

    Raises:
        TypeError: It holds what is no value: a mistake of ours.
    """
    kind = entry[0]
    if kind == "heard":
        _, host, port, age_s, data = entry
        fields: list[Json] = [host, port, age_s, _datagram(data, token)]
    elif kind == "sent":
        fields = [*entry[1:4], list(entry[4])]
    elif kind in ("midi", "played"):
        fields = [entry[1], entry[2].hex(), entry[3]]
    elif kind in ("asked", "told"):
        fields = [_named(entry[1])]
    elif kind == "replied":
        fields = [_named(one) for one in entry[1]]
    elif kind in ("command", "obey"):
        fields = [*entry[1:-1], _named(entry[-1])]
    elif kind == "turn":
        fields = [entry[1]] if entry[2] else [entry[1], 0]
    else:
        fields = [to_json(one) for one in entry[1:]]
    return json.dumps([kind, *fields], separators=(",", ":"), allow_nan=False)


def entry_of(line: str) -> Entry:
    """A line as an entry.

    Raises:
        ValueError: It is none; the message says why.
    """
    parts = json_of(line)
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        raise ValueError("it is no list that begins with a kind")
    kind, values = parts[0], parts[1:]
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"there is no kind {kind!r:.40}")
    return (kind, *reader(values))


def json_of(line: str) -> Any:
    """The JSON of a line.

    Raises:
        ValueError: It is none.
    """
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON from character {error.pos + 1} on") from error
    except RecursionError:
        raise ValueError("it nests too deep") from None


def _named(value: object) -> Json:
    return {type(value).__name__: to_json(value)}


def _datagram(data: bytes, token: int) -> Json:
    """A datagram as it is read best."""
    try:
        messages = parse_packet(data)
    except ProtocolError:
        messages = []
    if len(messages) == 1 and packed(messages[0]) == data:
        address, values = messages[0]
        if token and address == "/hello" and values[HELLO_TOKEN:] == (token,):
            values = (*values[:HELLO_TOKEN], HIDDEN_TOKEN)
        if all(math.isfinite(value) for value in values):
            return [address, *values]
    return base64.b64encode(data).decode("ascii")


def packed(message: RawMessage) -> bytes:
    """The bytes of a message with int32 and float32 arguments (OSC 1.0)."""
    address, values = message
    kinds = "".join("i" if isinstance(value, int) else "f" for value in values)
    head = _padded(address.encode("ascii")) + _padded(f",{kinds}".encode("ascii"))
    return head + struct.pack(f">{kinds}", *values)


def _padded(text: bytes) -> bytes:
    return text + b"\0" * (4 - len(text) % 4)


# --- reading ------------------------------------------------------------------------------------

Reader = Callable[[list[Any]], tuple[Any, ...]]


def _plain(*kinds: Any) -> Reader:
    """Reads values of these types."""
    return partial(_read_plain, kinds)


def _read_plain(kinds: tuple[Any, ...], values: list[Any]) -> tuple[Any, ...]:
    if len(values) != len(kinds):
        raise ValueError(f"it has {len(values)} values instead of {len(kinds)}")
    return tuple(from_json(kind, value) for kind, value in zip(kinds, values, strict=True))


def _read_turn(values: list[Any]) -> tuple[Any, ...]:
    stamped = len(values) == 1
    moment, *rest = _read_plain((float,) if stamped else (float, int), values)
    return moment, stamped or rest[0] != 0


def _read_heard(values: list[Any]) -> tuple[Any, ...]:
    host, port, age_s, said = _read_plain((str, int, float, Any), values)
    return host, port, age_s, _bytes_of(said)


def _read_bytes(values: list[Any]) -> tuple[Any, ...]:
    port, data, moment = _read_plain((str, str, float), values)
    return port, bytes.fromhex(data), moment


def _read_command(values: list[Any]) -> tuple[Any, ...]:
    now_s, command = _read_plain((float, Any), values)
    return now_s, _value_of(_COMMANDS, command)


def _read_order(values: list[Any]) -> tuple[Any, ...]:
    now_s, ticket, command = _read_plain((float, int, Any), values)
    return now_s, ticket, _value_of(_COMMANDS, command)


def _read_replies(values: list[Any]) -> tuple[Any, ...]:
    return (tuple(_value_of(_REPLIES, value) for value in values),)


def _read_link(values: list[Any]) -> tuple[Any, ...]:
    (fields,) = _read_plain((Any,), values)
    return (dataclass_from_json(LinkState, fields),)


def _value_of(kinds: dict[str, type], value: Any) -> Any:
    """A dataclass under its own name."""
    name, fields = next(iter(value.items())) if isinstance(value, dict) and value else ("", None)
    if name not in kinds:
        raise ValueError(f"{name!r:.40} can't stand here")
    return dataclass_from_json(kinds[name], fields)


def _bytes_of(said: Any) -> bytes:
    if isinstance(said, str):
        try:
            return base64.b64decode(said, validate=True)
        except binascii.Error as error:
            raise ValueError(f"its datagram is no base64: {error}") from error
    if not isinstance(said, list) or not said or not isinstance(said[0], str):
        raise ValueError("its datagram is neither base64 nor a message")
    try:
        return packed((said[0], _numbers(said[1:])))
    except (struct.error, OverflowError, UnicodeEncodeError) as error:
        raise ValueError(f"its datagram can't be made: {error}") from error


def _numbers(values: Any) -> tuple[int | float, ...]:
    if not isinstance(values, list) or any(type(one) not in (int, float) for one in values):
        raise ValueError("its arguments are no list of numbers")
    return tuple(values)


def _raw(values: list[Any]) -> tuple[Any, ...]:
    """Decisions are compared as lines, and not read."""
    return tuple(values)


_REPLIES = {kind.__name__: kind for kind in (*get_args(ModelReply), ModelNotice)}
_COMMANDS = {kind.__name__: kind for kind in get_args(Command)}
_READERS: dict[str, Reader] = {
    "begin": _plain(bool, bool),
    "turn": _read_turn,
    "watch": _plain(float),
    "command": _read_command,
    "obey": _read_order,
    "anew": _plain(),
    "close": _plain(),
    "heard": _read_heard,
    "midi": _read_bytes,
    "port": _plain(str, bool, bool, str),
    "link": _read_link,
    "replied": _read_replies,
    "trace": _plain(str),
    "lost": _plain(int),
    "end": _plain(str),
    **dict.fromkeys(DECISIONS, _raw),
}
