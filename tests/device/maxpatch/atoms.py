"""Atoms and messages, and the text in which a patch writes them."""

from __future__ import annotations

import re

Atom = int | float | str
Message = tuple[Atom, ...]

BANG: Message = ("bang",)
_INT = re.compile(r"^[+-]?\d+$")
_FLOAT = re.compile(r"^[+-]?(\d+\.\d*|\.\d+)(e[+-]?\d+)?$", re.IGNORECASE)
_TOKEN = re.compile(r'"((?:\\.|[^"\\])*)"|((?:\\.|[^\s"\\])+)', re.DOTALL)


class PatchError(Exception):
    """The patch does what Max would complain about, or ignore in silence."""


def parse_atom(token: str) -> Atom:
    """A word as Max reads it: an int, a float or a symbol."""
    if _INT.match(token):
        return int(token)
    if _FLOAT.match(token):
        return float(token)
    return token


def parse_atoms(text: str) -> list[Atom]:
    """Words of a box's text; a backslash takes the next character as it is."""
    atoms: list[Atom] = []
    for match in _TOKEN.finditer(text):
        quoted, plain = match.groups()
        if quoted is not None:
            atoms.append(re.sub(r"\\(.)", r"\1", quoted))
        elif "\\" in plain:
            atoms.append(re.sub(r"\\(.)", r"\1", plain))
        else:
            atoms.append(parse_atom(plain))
    return atoms


def split_attributes(atoms: list[Atom]) -> tuple[list[Atom], dict[str, list[Atom]]]:
    """Arguments, and attributes that follow their ``@name``."""
    arguments: list[Atom] = []
    attributes: dict[str, list[Atom]] = {}
    into = arguments
    for atom in atoms:
        if isinstance(atom, str) and re.match(r"^@[a-z_]", atom):
            into = attributes.setdefault(atom[1:], [])
        else:
            into.append(atom)
    return arguments, attributes


def is_number(atom: Atom) -> bool:
    """Whether an atom is an int or a float."""
    return not isinstance(atom, str)


def as_int(atom: Atom) -> int:
    """A number as an int object takes it: what follows the point is cut off."""
    if isinstance(atom, str):
        raise PatchError(f"{atom!r} where a number should be.")
    return int(atom)


def as_float(atom: Atom) -> float:
    """A number as a float object takes it."""
    if isinstance(atom, str):
        raise PatchError(f"{atom!r} where a number should be.")
    return float(atom)


def like(model: Atom, atom: Atom) -> Atom:
    """An atom as an inlet takes it whose argument is ``model``."""
    if isinstance(model, str):
        return atom
    return as_int(atom) if isinstance(model, int) else as_float(atom)
