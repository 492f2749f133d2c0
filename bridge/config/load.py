"""Put the sources of the configuration together and say what is wrong in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from bridge.config.players import from_file, whole_entries
from bridge.config.schema import Configuration, EngineConfig, PlayerEntry
from bridge.config.yaml_file import YamlFile, read_yaml
from bridge.errors import ConfigError

ENVIRONMENT_PREFIX = "BRIDGE_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key as it is in effect.

    Args:
        key: ``section.name``.
        value: Its value.
        source: Where it came from: ``default``, a file with the line, a variable, a flag.
    """

    key: str
    value: object
    source: str


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """The configuration in effect.

    Args:
        engine: What the engine gets.
        settings: Every key, in the order of ``configs/default.yaml``.
    """

    engine: EngineConfig
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class _Given:
    value: object
    source: str


def load_config(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> LoadedConfig:
    """Defaults, then the file, then the environment, then the flags.

    Args:
        file: A YAML file, or None.
        environment: Usually ``os.environ``; ``BRIDGE_OSC_PORT`` stands for ``osc.port``.
        flags: Values by ``section.name``; None values count as not given.

    Raises:
        ConfigError: A key is unknown, or a value is of the wrong kind or outside its range.
    """
    given: dict[str, _Given] = {}
    if file is not None:
        given |= _from_file(file)
    given |= _from_environment(environment or {})
    for key, value in (flags or {}).items():
        if value is not None:
            given[key] = _Given(value, "flag")
    nested = _nested(given)
    try:
        configuration = Configuration.model_validate(nested).with_a_bundle_on_offer()
    except ValidationError as error:
        raise _explain(error, given) from None
    return LoadedConfig(configuration.engine_config(), _settings(configuration, given))


def _nested(given: Mapping[str, _Given]) -> dict[str, object]:
    """The values as the schema takes them: a mapping for each section, a list of players."""
    sections: dict[str, dict[str, object]] = {}
    for key, one in given.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, {})[name] = one.value
    listed = sections.pop("players", {})
    nested: dict[str, object] = dict(sections)
    if listed:
        nested["players"] = whole_entries(
            listed,
            sections.get("player", {}),
            lambda key: f" ({given[key].source})" if key in given else "",
        )
    return nested


def _from_file(path: Path) -> dict[str, _Given]:
    read = read_yaml(path)
    given: dict[str, _Given] = {}
    for section, keys in read.data.items():
        where = f"{path.name}, line {read.lines[(section,)]}"
        if section not in Configuration.model_fields:
            sections = ", ".join(Configuration.model_fields)
            raise ConfigError(f"{where}: {section} is no section; there are {sections}.")
        if section == "players":
            given |= _players_from_file(read, from_file(keys, where))
            continue
        if keys is None:
            continue
        if not isinstance(keys, dict):
            raise ConfigError(f"{where}: {section} is {keys!r}; it must hold keys of its own.")
        for name, value in keys.items():
            source = f"{path.name}, line {read.lines[section, name]}"
            given[f"{section}.{name}"] = _Given(value, source)
    folders = given.get("bundles.folders")
    if folders is not None and isinstance(folders.value, list):
        # A folder named in a file is meant as seen from that file.
        beside = [
            str(path.parent / Path(item).expanduser()) if isinstance(item, str) else item
            for item in folders.value
        ]
        given["bundles.folders"] = _Given(beside, folders.source)
    return given


def _players_from_file(
    read: YamlFile, entries: Sequence[Mapping[str, object]]
) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for number, entry in enumerate(entries, 1):
        here = ("players", str(number))
        # So that an entry without any key is an entry too.
        given[".".join((*here, "name"))] = _Given(f"Player {number}", "default")
        for name, value in entry.items():
            source = f"{read.path.name}, line {read.lines[*here, name]}"
            given[".".join((*here, name))] = _Given(value, source)
    return given


def _from_environment(environment: Mapping[str, str]) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for variable, text in sorted(environment.items()):
        section, _, name = variable.removeprefix(ENVIRONMENT_PREFIX).lower().partition("_")
        # Other programs may have variables of that prefix; only ours are looked at.
        if not variable.startswith(ENVIRONMENT_PREFIX) or section not in Configuration.model_fields:
            continue
        key = name
        if section == "players":
            # BRIDGE_PLAYERS_1_TEMPERATURE
            number, _, key = name.partition("_")
            name = f"{number}.{key}"
        given[f"{section}.{name}"] = _Given(_from_text(section, key, text), variable)
    return given


def _from_text(section: str, name: str, text: str) -> object:
    kind = _legal_schema(section, name).get("type")
    if kind == "array":
        return [item.strip() for item in text.split(",") if item.strip()]
    if kind == "string" or len(text) > 1000:
        return text
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return text


def _settings(configuration: Configuration, given: Mapping[str, _Given]) -> tuple[Setting, ...]:
    settings = []
    for section, values in configuration.model_dump().items():
        if section == "players":
            settings += _settings_of_players(values, given)
            continue
        for name, value in values.items():
            key = f"{section}.{name}"
            settings.append(Setting(key, value, given[key].source if key in given else "default"))
    return tuple(settings)


def _settings_of_players(
    entries: Sequence[Mapping[str, object]], given: Mapping[str, _Given]
) -> list[Setting]:
    """What the entries say; for all else the section player holds."""
    if not entries:
        return [Setting("players", (), "default")]
    keys = [
        (f"players.{number}.{name}", value)
        for number, entry in enumerate(entries, 1)
        for name, value in entry.items()
    ]
    return [Setting(key, value, given[key].source) for key, value in keys if key in given]


def _explain(error: ValidationError, given: Mapping[str, _Given]) -> ConfigError:
    first = error.errors(include_url=False)[0]
    section, *rest = (str(part) for part in first["loc"])
    place = ""
    if section == "players" and len(rest) > 1:
        place, rest = f".{int(rest[0]) + 1}", rest[1:]
    name = rest[0] if rest else ""
    key = f"{section}{place}.{name}" if name else section
    source = f" ({given[key].source})" if key in given else ""
    if first["type"] == "extra_forbidden":
        return ConfigError(f"There is no key {key}{source}; {_neighbours(section)}.")
    refused = first.get("ctx", {}).get("error")
    if isinstance(refused, ValueError) and isinstance(refused.__cause__, ConfigError):
        cause = refused.__cause__
        return ConfigError(f"{key}{source}: {cause.message}", cause.hint)
    schema = _legal_schema(section, name)
    found = given[key].value if key in given else first["input"]
    return ConfigError(f"{key} is {_in_short(found)}{source}; it must be {_legal(schema)}.")


def _neighbours(section: str) -> str:
    keys = _keys_of(section)
    if keys is None:
        return f"the sections are {', '.join(Configuration.model_fields)}"
    who = "a player" if section == "players" else section
    return f"{who} has {', '.join(keys.model_fields)}"


def _keys_of(section: str) -> type[BaseModel] | None:
    """What holds a section's keys; for the list of players what holds an entry's."""
    if section == "players":
        return PlayerEntry
    field = Configuration.model_fields.get(section)
    if field is None or not isinstance(field.annotation, type):
        return None
    return field.annotation if issubclass(field.annotation, BaseModel) else None


def _legal_schema(section: str, name: str) -> dict[str, Any]:
    keys = _keys_of(section)
    if keys is None:
        return {}
    properties: dict[str, dict[str, Any]] = keys.model_json_schema()["properties"]
    return properties.get(name, {})


def _legal(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    kind = {
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "string": "a word",
        "array": f"a list of {schema.get('minItems', 0)} to {schema.get('maxItems')} names",
    }.get(str(schema.get("type")), "of another kind")
    if "minimum" in schema:
        kind += f" from {schema['minimum']} to {schema['maximum']}"
    return kind


def _in_short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
