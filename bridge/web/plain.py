"""The engine's events as plain values, for JSON."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from enum import Enum


def plain(value: object) -> object:
    """A value as JSON has it: dataclasses are objects, what is no number is null."""
    if value is None or isinstance(value, bool | int | str):
        return value.name.lower() if isinstance(value, Enum) else value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} is not told")
