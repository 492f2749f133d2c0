"""Inlets and outlets of the Max objects that the devices use.

Max writes both into a patch, and a patch whose numbers are wrong loses cords when it is opened.
The numbers are those of patches that Max itself wrote.
"""

from __future__ import annotations

import re

_FIXED: dict[str, tuple[int, tuple[str, ...]]] = {
    "live.thisdevice": (1, ("bang", "int", "int")),
    "midiin": (1, ("int",)),
    "midiout": (1, ()),
    "midiparse": (1, ("", "", "", "int", "int", "int", "int", "")),
    "midiformat": (7, ("int", "")),
    "midiflush": (1, ("int",)),
    "iter": (1, ("",)),
    "udpreceive": (1, ("",)),
    "udpsend": (1, ()),
    "prepend": (1, ("",)),
    "metro": (2, ("bang",)),
    "delay": (2, ("bang",)),
    "transport": (2, ("int", "int", "float", "float", "float", "", "int", "float", "")),
    "deferlow": (1, ("",)),
    "change": (1, ("", "int", "int")),
    "i": (2, ("int",)),
    "f": (2, ("float",)),
    "+": (2, ("int",)),
    "-": (2, ("int",)),
    ">": (2, ("int",)),
    "*": (2, ("float",)),
    "maximum": (2, ("float", "int")),
    "cpuclock": (1, ("float",)),
    "freebang": (1, ("bang",)),
    "s": (1, ()),
    "r": (0, ("",)),
    "js": (1, ("", "")),
}
"""Class to number of inlets and types of outlets, for those whose arguments change neither."""

_ATOM_TYPES = {"i": "int", "f": "float", "b": "bang", "l": "", "s": ""}


def inlets_and_outlets(text: str) -> tuple[int, tuple[str, ...]]:
    """Number of inlets and types of the outlets of an object.

    Args:
        text: What is typed into its box; attributes follow ``@``.

    Raises:
        ValueError: The class is none that the devices use.
    """
    name, *arguments = text.split(" @")[0].split()
    count = len(arguments)
    if name in _FIXED:
        return _FIXED[name]
    if name == "t":
        return 1, tuple(_ATOM_TYPES[each] for each in arguments)
    if name == "route":
        return count + 1, ("",) * (count + 1)
    if name == "sel":
        return (2 if count == 1 else count + 1), ("bang",) * count + ("",)
    if name == "pack":
        return count, ("",)
    if name == "unpack":
        return 1, tuple("float" if "." in each else "int" for each in arguments)
    if name == "gate":
        return 2, ("",) * int(arguments[0])
    if name == "pipe":
        return count, tuple(_number_type(each) for each in arguments[:-1])
    if name == "makenote":
        return (4, ("float",) * 3) if count == 3 else (3, ("float",) * 2)
    if name == "expr":
        return max(int(each) for each in re.findall(r"\$[if](\d)", text)), ("",)
    raise ValueError(f"The inlets and outlets of {name!r} are not known.")


def _number_type(argument: str) -> str:
    if argument == "s":
        return ""
    return "float" if "." in argument else "int"
