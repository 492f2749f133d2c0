"""What the server takes: JSON, checked field by field before anything is done with it."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request

from bridge.core.commands import Capture, Command, Do, Key, RunClock, SetParameter, SetTempo
from bridge.errors import RequestMalformed

BODY_S = 5.0
"""A body that takes longer than this to come is given up."""
MOST_COMMANDS = 64
OLDEST_KEY_S = 1.0
GREATEST = 10**15
"""Larger whole numbers may be no float's."""

Fields = dict[str, object]


async def read_body(request: Request) -> object:
    """A request's content.

    Raises:
        RequestMalformed: It is not JSON, or does not come.
    """
    try:
        body = await asyncio.wait_for(request.body(), BODY_S)
    except TimeoutError:
        raise RequestMalformed("The request's content did not come in time.") from None
    try:
        return json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise RequestMalformed("The request's content is not JSON.") from None


def read_fields(value: object, *, needed: tuple[str, ...], more: tuple[str, ...] = ()) -> Fields:
    """An object with exactly the fields that are asked for.

    Raises:
        RequestMalformed: It is no object, or one is missing or unknown.
    """
    if not isinstance(value, dict):
        raise RequestMalformed("The request's content must be an object.")
    missing = [name for name in needed if name not in value]
    if missing:
        raise RequestMalformed(f"The field {missing[0]} is missing.")
    unknown = [name for name in value if name not in needed and name not in more]
    if unknown:
        known = ", ".join((*needed, *more)) or "none"
        raise RequestMalformed(f"There is no field {unknown[0][:40]!r}.", f"There are: {known}.")
    return value


def read_commands(value: object, now_s: float) -> list[Command]:
    """One command or several.

    Args:
        value: As it came.
        now_s: The engine's clock: keys say when they were struck.

    Raises:
        RequestMalformed: It is no command, or there are too many. Whether its values make sense is
            for the engine to say.
    """
    several = value if isinstance(value, list) else [value]
    if not 0 < len(several) <= MOST_COMMANDS:
        raise RequestMalformed(f"There are {len(several)} commands; 1 to {MOST_COMMANDS} may be.")
    return [_command(one, now_s) for one in several]


def _command(value: object, now_s: float) -> Command:
    name = value.get("command") if isinstance(value, dict) else None
    if name == "do":
        fields = read_fields(value, needed=("command", "player", "action"))
        return Do(_whole(fields, "player"), _text(fields, "action"))
    if name == "set":
        fields = read_fields(value, needed=("command", "player", "name", "value"))
        told = fields["value"]
        if not isinstance(told, bool | int | float | str):
            raise RequestMalformed("value must be a number, true, false or a text.")
        if isinstance(told, int) and abs(told) > GREATEST:
            raise RequestMalformed("value is too large.")
        return SetParameter(_whole(fields, "player"), _text(fields, "name"), told)
    if name == "key":
        return _key(value, now_s)
    if name == "tempo":
        return SetTempo(_number(read_fields(value, needed=("command", "tempo_qpm")), "tempo_qpm"))
    if name == "clock":
        playing = read_fields(value, needed=("command", "playing"))["playing"]
        if not isinstance(playing, bool):
            raise RequestMalformed("playing must be true or false.")
        return RunClock(playing)
    if name == "capture":
        fields = read_fields(value, needed=("command",), more=("bars",))
        return Capture(_whole({"bars": 0, **fields}, "bars"))
    raise RequestMalformed(
        "The request holds no command.", "command is one of do, set, key, tempo, clock and capture."
    )


def _key(value: object, now_s: float) -> Key:
    needed = ("command", "player", "pitch", "velocity")
    fields = read_fields(value, needed=needed, more=("channel", "time_s"))
    fields = {"channel": 0, "time_s": now_s, **fields}
    age_s = now_s - _number(fields, "time_s")
    return Key(
        _whole(fields, "player"),
        _whole(fields, "pitch"),
        _whole(fields, "velocity"),
        _whole(fields, "channel"),
        min(max(0.0, age_s), OLDEST_KEY_S),
    )


def _whole(fields: Fields, name: str) -> int:
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise RequestMalformed(f"{name} must be a whole number.")
    return value


def _number(fields: Fields, name: str) -> float:
    value = fields[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > GREATEST:
        raise RequestMalformed(f"{name} must be a number.")
    return float(value)


def _text(fields: Fields, name: str) -> str:
    value = fields[name]
    if not isinstance(value, str) or len(value) > 200:
        raise RequestMalformed(f"{name} must be a text of at most 200 characters.")
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
