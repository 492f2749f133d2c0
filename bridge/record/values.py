"""Frozen dataclasses as JSON values, and back, without losing a bit.

Fields that have their default are left out, and a note is a short list: a recording is mostly notes
and times. Floats are written by Python's shortest form that reads back as the same number; what
JSON has no number for (infinity) is a word.
"""

from __future__ import annotations

import math
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from bridge.core.notes import Note

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def to_json(value: object, *, whole: bool = False) -> Json:
    """A value of the core as JSON.

    Args:
        value: None, a number, a text, an enumeration's member, a dataclass of such, or a tuple.
        whole: Also the fields that have their default, at every depth.

    Raises:
        TypeError: It is of another kind: a mistake of ours.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Note):
        return _note_to_json(value)
    if isinstance(value, tuple | list):
        return [to_json(one, whole=whole) for one in value]
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} can't be recorded")
    found = ((name, getattr(value, name), default) for name, default in _defaults(type(value)))
    return {
        name: to_json(one, whole=whole)
        for name, one, default in found
        if whole or not _same(one, default)
    }


def from_json(kind: Any, value: Json) -> Any:
    """A JSON value as what a field of this type holds.

    Args:
        kind: The field's type, as `typing.get_type_hints` gives it.
        value: The JSON value.

    Raises:
        ValueError: It is not of that type; the message says what is wrong.
    """
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _from_union(get_args(kind), value)
    if origin in (tuple, list):
        return _tuple_from_json(kind, value)
    if kind is Note:
        return _note_from_json(value)
    if isinstance(kind, type) and is_dataclass(kind):
        return dataclass_from_json(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, _ALLOWED.get(kind, ())) and (kind is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"{value!r:.60} is not of type {getattr(kind, '__name__', kind)}")


def dataclass_from_json(kind: type, value: Json) -> Any:
    """A dataclass from its fields by name; those that are missing have their default.

    Raises:
        ValueError: A field is unknown, missing, or of another type.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{value!r:.60} are not the fields of a {kind.__name__}")
    hints = _hints(kind)
    unknown = value.keys() - hints.keys()
    if unknown:
        raise ValueError(f"{kind.__name__} has no field {sorted(unknown)[0]!r:.60}")
    try:
        return kind(**{name: from_json(hints[name], one) for name, one in value.items()})
    except TypeError as error:
        raise ValueError(f"{kind.__name__}: {error}") from error


def _from_union(kinds: tuple[Any, ...], value: Json) -> Any:
    if value is None and types.NoneType in kinds:
        return None
    for kind in kinds:
        if kind is not types.NoneType:
            try:
                return from_json(kind, value)
            except ValueError:
                continue
    raise ValueError(f"{value!r:.60} is none of what may stand here")


def _tuple_from_json(kind: Any, value: Json) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r:.60} is no list")
    kinds = get_args(kind)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(from_json(kinds[0], one) for one in value)
    if len(kinds) != len(value):
        raise ValueError(f"{len(value)} values stand where {len(kinds)} belong")
    return tuple(from_json(one, item) for one, item in zip(kinds, value, strict=True))


def _note_to_json(note: Note) -> list[Json]:
    times = to_json(note.start_beats), to_json(note.duration_beats)
    return [int(note.pitch), int(note.velocity), *times, *([note.channel] if note.channel else [])]


def _note_from_json(value: Json) -> Note:
    if not isinstance(value, list) or not 4 <= len(value) <= 5:
        raise ValueError(f"{value!r:.60} is no note")
    pitch, velocity, channel = (from_json(int, one) for one in (*value[:2], *(value[4:] or [0])))
    start, duration = (from_json(float, one) for one in value[2:4])
    return Note(pitch, velocity, start, duration, channel)


def _same(value: object, default: object) -> bool:
    # 1 == True == 1.0, but they are not written alike.
    return type(value) is type(default) and value == default


_ALLOWED: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (float, int),
    str: (str,),
}


@lru_cache(maxsize=256)
def _defaults(kind: Any) -> tuple[tuple[str, object], ...]:
    """The fields of a dataclass, each with its default (`MISSING` where it has none)."""
    return tuple((field.name, _default(field)) for field in fields(kind))


def _default(field: Field[Any]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


@lru_cache(maxsize=256)
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
