"""Checks of a device's parameters and of its banks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bridge.amxd.lint.findings import Finding, doubt, fault
from bridge.amxd.lint.graph import BoxView, Graph

SHORT_NAME_LETTERS = 8
"""So many of a short name fit above Push's display."""
BANK_SIZE = 8
FLOAT, INT, ENUM, BLOB = range(4)


def check_parameters(graph: Graph, patcher: Mapping[str, Any]) -> Iterator[Finding]:
    """Names, ranges, initial values, banks."""
    boxes = [(box, _settings(box)) for box in graph.boxes.values()]
    found = [(box, settings) for box, settings in boxes if settings is not None]
    for which, severity in (("parameter_longname", fault), ("parameter_shortname", doubt)):
        counts = Counter(str(settings.get(which, "")) for _, settings in found)
        for name, count in counts.items():
            if count > 1:
                what = which.removeprefix("parameter_")
                yield severity(name or "(no name)", f"{count} parameters have this {what}.")
    for box, settings in found:
        yield from _parameter(box, settings)
    names = {str(settings.get("parameter_longname", "")) for _, settings in found}
    yield from _banks(patcher.get("parameters"), names)


def _settings(box: BoxView) -> Mapping[str, Any] | None:
    if box.raw.get("parameter_enable") != 1:
        return None
    attributes = box.raw.get("saved_attribute_attributes")
    value = attributes.get("valueof") if isinstance(attributes, dict) else None
    return value if isinstance(value, dict) else {}


def _parameter(box: BoxView, settings: Mapping[str, Any]) -> Iterator[Finding]:
    name = str(settings.get("parameter_longname", ""))
    where = name or box.label
    if not name:
        yield fault(where, "A parameter needs a long name: automation knows it by that.")
    short = str(settings.get("parameter_shortname", ""))
    if not short:
        yield doubt(where, "It has no short name to show.")
    elif len(short) > SHORT_NAME_LETTERS and settings.get("parameter_invisible", 0) == 0:
        yield doubt(where, f"{short!r} has more than {SHORT_NAME_LETTERS} letters.")
    kind = settings.get("parameter_type", FLOAT)
    if kind == ENUM:
        yield from _choice(where, settings)
    elif kind != BLOB:
        yield from _range(where, settings, whole=kind == INT)


def _choice(where: str, settings: Mapping[str, Any]) -> Iterator[Finding]:
    items = settings.get("parameter_enum")
    if not isinstance(items, list) or len(items) < 2:
        yield fault(where, "A choice needs two items at least.")
        return
    first = _initial(settings)
    if first is not None and not 0 <= first < len(items):
        yield fault(where, f"It begins with item {first:g} of {len(items)}.")


def _range(where: str, settings: Mapping[str, Any], *, whole: bool) -> Iterator[Finding]:
    low, high = settings.get("parameter_mmin", 0.0), settings.get("parameter_mmax", 127.0)
    if not (isinstance(low, int | float) and isinstance(high, int | float) and low < high):
        yield fault(where, f"Its range is {low} to {high}.")
        return
    if whole and not 0 <= low < high <= 255:
        yield fault(where, f"Live keeps integers as one byte; its range is {low} to {high}.")
    first = _initial(settings)
    if first is not None and not low <= first <= high:
        yield fault(where, f"It begins with {first:g}, outside {low} to {high}.")


def _initial(settings: Mapping[str, Any]) -> float | None:
    values = settings.get("parameter_initial")
    if settings.get("parameter_initial_enable") != 1 or not isinstance(values, list) or not values:
        return None
    return float(values[0]) if isinstance(values[0], int | float) else None


def _banks(table: object, names: set[str]) -> Iterator[Finding]:
    banks = table.get("parameterbanks") if isinstance(table, dict) else None
    for number, bank in (banks if isinstance(banks, dict) else {}).items():
        where = f"bank {number}"
        listed = bank.get("parameters") if isinstance(bank, dict) else None
        if not isinstance(listed, list):
            yield fault(where, "It lists no parameters.")
            continue
        if len(listed) > BANK_SIZE:
            yield fault(where, f"It has {len(listed)} places; Push has {BANK_SIZE} encoders.")
        for name in listed:
            if name != "-" and name not in names:
                yield fault(where, f"No parameter is called {name!r}.")
