"""The list ``players``: what its entries leave unsaid, and the names they use of each other.

An entry has every key of the section ``player``, whose values hold where it says nothing, and a
few of its own. Keys are told as ``players.2.listen``: the second entry is player 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bridge.core.address_book import MAX_PLAYERS
from bridge.core.patchbay import ROUTES, check_route
from bridge.core.settings import JamSettings
from bridge.errors import ConfigError, PortUnknown

Entry = dict[str, object]


def from_file(found: object, where: str) -> list[dict[str, object]]:
    """The entries of a file, as they stand there.

    Args:
        found: What the file has under ``players``.
        where: File and line, for people.

    Raises:
        ConfigError: It is no list, or an entry of it holds no keys.
    """
    if found is None:
        return []
    if not isinstance(found, list):
        raise ConfigError(
            f"{where}: players is {found!r}; it must be a list with an entry for each player.",
            "configs/default.yaml shows one.",
        )
    if len(found) > MAX_PLAYERS:
        raise ConfigError(f"{where}: players has {len(found)} entries; {MAX_PLAYERS} are the most.")
    for number, entry in enumerate(found, 1):
        if not isinstance(entry, dict):
            raise ConfigError(
                f"{where}: players.{number} is {entry!r}; it must hold keys such as name and input."
            )
    return found


def whole_entries(
    given: Mapping[str, object], defaults: Mapping[str, object], source: Callable[[str], str]
) -> list[Entry]:
    """Each player's entry, filled up from the section ``player``, with numbers instead of names.

    Args:
        given: Values by ``1.name``, ``1.input``, ``2.name`` …, not checked yet.
        defaults: What was given for the section ``player``.
        source: Where a key, such as ``players.1.name``, came from, in brackets; "" if unknown.

    Raises:
        ConfigError: Two players have one name, or one listens to a name that nobody has.
    """
    entries: dict[int, Entry] = {}
    for key, value in given.items():
        number, _, name = key.partition(".")
        entries.setdefault(_number(number), {})[name] = value
    if sorted(entries) != list(range(1, len(entries) + 1)):
        lonely = max(entries)
        key = f"players.{lonely}.{next(iter(entries[lonely]))}"
        raise ConfigError(
            f"{key} is set{source(key)}, but there are not so many players.",
            "List the players in a file; variables and flags can only change what is listed.",
        )
    whole = [
        {**defaults, "name": f"Player {number}", **entries[number]} for number in sorted(entries)
    ]
    numbers = _numbers_of_names(whole, source)
    for place, entry in enumerate(whole, 1):
        _resolve_listen(place, entry, numbers, source)
    return whole


def check_ports(jam: JamSettings, most: int) -> None:
    """See whether the ports can be numbered, and every route names one that there is.

    Raises:
        ConfigError: There are more than ``most``, or fewer than a route names.
    """
    for what, names in (("input", jam.input_ports), ("output", jam.output_ports)):
        if len(names) > most:
            raise ConfigError(
                f"players and midi.more_{what}s name {len(names)} MIDI {what}s; {most} are the"
                " most.",
                "Several players may share a port.",
            )
    routed = [("player", jam.player)]
    routed += [(f"players.{number}", one.settings) for number, one in enumerate(jam.players, 1)]
    for key, settings in routed:
        for name in ROUTES:
            try:
                check_route(name, getattr(settings, name), jam)
            except PortUnknown as error:
                raise ConfigError(f"{key}.{error.message}", error.hint) from error


def _number(text: str) -> int:
    if not text.isdecimal() or not 1 <= len(text) <= 2 or not int(text):
        raise ConfigError(
            f"players.{text} names no player; they are counted 1, 2, 3 as they are listed."
        )
    return int(text)


def _numbers_of_names(whole: list[Entry], source: Callable[[str], str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for number, entry in enumerate(whole, 1):
        name = entry["name"]
        if not isinstance(name, str):
            continue  # The check of the kinds says so.
        other = numbers.setdefault(name.casefold(), number)
        if other != number:
            key = f"players.{number}.name"
            raise ConfigError(
                f"{key} is {name!r}{source(key)}, which is the name of player {other} already.",
                "Give each player a name of its own, or none.",
            )
    return numbers


def _resolve_listen(
    number: int, entry: Entry, numbers: Mapping[str, int], source: Callable[[str], str]
) -> None:
    key, listen = f"players.{number}.listen", entry.get("listen")
    if isinstance(listen, str):
        found = numbers.get(listen.casefold())
        if found is None:
            names = ", ".join(str(other) for other in numbers)
            raise ConfigError(
                f"{key} is {listen!r}{source(key)}, which is no player's name; there are {names}.",
                "Listen to a name of the list, or to a number.",
            )
        entry["listen"] = listen = found
    if listen == number and not isinstance(listen, bool):
        raise ConfigError(
            f"{key}{source(key)} is the player itself; nobody can listen to itself.",
            "Listen to another player, or to 0 for nobody.",
        )
