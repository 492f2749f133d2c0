"""The first line of a recording: what was recorded, by which engine, with which settings."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from bridge.core.settings import JamSettings
from bridge.record.lines import HIDDEN_TOKEN, json_of
from bridge.record.values import Json, dataclass_from_json, to_json

FORMAT = 1
"""Of the lines; grows when an older engine could not read them."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a recording says of itself.

    Args:
        engine: Version of the engine.
        begun: When, as ISO 8601 with the zone.
        jam: The jam's settings.
        engine_epoch: Number of this run of the engine.
        seed: Seed of the seeds.
        model_engine: Who played the models: native, or magenta.
        bundles: SHA-256 of each bundle on offer, by name; "" for one that was not there.
        whole: Whether it begins with the engine; otherwise it can be read and not replayed.
        format: Of the lines.
    """

    engine: str
    begun: str
    jam: JamSettings
    engine_epoch: int
    seed: int
    model_engine: str = "native"
    bundles: tuple[tuple[str, str], ...] = ()
    whole: bool = True
    format: int = FORMAT


def header_line(header: Header) -> str:
    """The header as the first line, without its end; the network's token is hidden."""
    if header.jam.token:
        header = replace(header, jam=replace(header.jam, token=HIDDEN_TOKEN))
    fields: dict[str, Json] = {"magenta_bridge_recording": header.format}
    given = to_json(header, whole=True)
    assert isinstance(given, dict)
    fields |= given | {"bundles": dict(header.bundles)}
    del fields["format"]
    return json.dumps(fields, separators=(",", ":"), allow_nan=False)


def header_of(line: str) -> Header:
    """The first line as a header.

    Raises:
        ValueError: It is none, or one of another format.
    """
    fields = json_of(line)
    if not isinstance(fields, dict) or "magenta_bridge_recording" not in fields:
        raise ValueError("it is not the head of a recording")
    spoken = fields.pop("magenta_bridge_recording")
    if spoken != FORMAT:
        raise ValueError(f"it is of format {spoken!r:.20}, and this engine reads {FORMAT}")
    bundles = fields.pop("bundles", None)
    if not isinstance(bundles, dict) or any(type(one) is not str for one in bundles.values()):
        raise ValueError("its bundles are no checksums by name")
    header: Header = dataclass_from_json(Header, fields)
    return replace(header, bundles=tuple(bundles.items()))
