"""A YAML file as nested dictionaries, with the line of every key, and bounded.

Only what a configuration needs: no tags, no anchors (a few hundred bytes of nested aliases expand
to gigabytes), no duplicate keys, little depth, little size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from bridge.errors import ConfigError

MAX_BYTES = 65536
_MAX_DEPTH = 8
_PLAIN_LIST = "tag:yaml.org,2002:seq"

Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A file that was read.

    Args:
        path: Where it lies.
        data: Its mapping.
        lines: The line (from 1) of each key, by its path from the top.
    """

    path: Path
    data: dict[str, object]
    lines: dict[Keys, int]


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=self._mark())
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="it nests too deep", problem_mark=self._mark())
        node: yaml.Node | None = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node

    def _mark(self) -> yaml.Mark | None:
        mark: yaml.Mark | None = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        return mark


def read_yaml(path: Path) -> YamlFile:
    """Read a configuration file.

    Raises:
        ConfigError: It can't be read, is too large, or is not a plain YAML mapping.
    """
    text = _read_text(path)
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not plain YAML: {_in_short(error)}.") from error
    try:
        root = loader.get_single_node()
        if root is None:
            return YamlFile(path, {}, {})
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(f"{path} holds no keys: its top must be a mapping.")
        lines: dict[Keys, int] = {}
        data = _Reader(loader, path, lines).mapping(root, ())
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{path} is not plain YAML: {_in_short(error)}.") from error
    finally:
        loader.dispose()
    return YamlFile(path, data, lines)


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"{path} can't be read: {error.strerror or error}.",
            "Name a file that exists; configs/ has some to start from.",
        ) from error
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"{path} has more than {MAX_BYTES} bytes; no configuration needs that.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not text in UTF-8.") from error


@dataclass(frozen=True, slots=True)
class _Reader:
    """Builds dictionaries and keeps each key as it is written: ``yes`` is a key, not True."""

    loader: _Loader
    path: Path
    lines: dict[Keys, int]

    def mapping(self, node: yaml.MappingNode, above: Keys) -> dict[str, object]:
        data: dict[str, object] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ConfigError(f"{self.path}, line {line}: a key must be a plain word.")
            keys = (*above, key.value)
            if keys in self.lines:
                raise ConfigError(
                    f"{self.path}, line {line}: {'.'.join(keys)} stands there twice,"
                    f" first in line {self.lines[keys]}."
                )
            self.lines[keys] = line
            if isinstance(value, yaml.MappingNode):
                data[key.value] = self.mapping(value, keys)
            elif isinstance(value, yaml.SequenceNode) and value.tag == _PLAIN_LIST:
                data[key.value] = self._sequence(value, keys)
            else:
                data[key.value] = self.loader.construct_object(value, deep=True)
        return data

    def _sequence(self, node: yaml.SequenceNode, above: Keys) -> list[object]:
        """A list; the keys of its entries are found under their places, counted from 1."""
        items: list[object] = []
        for place, item in enumerate(node.value, 1):
            keys = (*above, str(place))
            if isinstance(item, yaml.MappingNode):
                self.lines[keys] = item.start_mark.line + 1
                items.append(self.mapping(item, keys))
            else:
                items.append(self.loader.construct_object(item, deep=True))
        return items


def _in_short(error: Exception) -> str:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    mark = getattr(error, "problem_mark", None)
    return f"{problem} (line {mark.line + 1})" if mark is not None else problem
