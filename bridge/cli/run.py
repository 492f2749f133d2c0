"""``magenta-bridge run``: the engine on the terminal."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from bridge.cli.text import at_home
from bridge.config import EngineConfig, LoadedConfig, load_config
from bridge.config.controllers import binding_warnings
from bridge.core.events import Level
from bridge.core.settings import PlayerSettings
from bridge.engine import EngineEvent, run_engine
from bridge.models.library import BundleLibrary

MAGENTA_DRUMS = "groove_drums"
"""What the real Magenta plays where nothing is chosen: it does not know the default's encoding."""
_RANK = {"debug": 0, "info": 1, "warning": 2, "error": 3}
_STYLE = {Level.DEBUG: "dim", Level.INFO: "", Level.WARNING: "yellow"}


def run_command(
    out: Console,
    config: Path | None,
    port: int | None,
    host: str | None,
    bundle: str | None,
    verbose: bool,
    model_engine: str | None = None,
    record: Path | None = None,
    more: Mapping[str, object] | None = None,
) -> None:
    """Run the engine until Ctrl-C, recorded in a file if one is named.

    Args:
        out: The terminal.
        config: A YAML file.
        port: UDP port.
        host: Address to listen on.
        bundle: Name or path of the first bundle.
        verbose: Whether to tell more.
        model_engine: Who plays the models.
        record: Where the jam is recorded.
        more: Other flags by ``section.name``.

    Raises:
        BridgeError: The configuration is wrong, or the engine can't start.
    """
    loaded = load_for_run(config, port, host, bundle, verbose, model_engine, more)
    engine = loaded.engine
    out.print(f"The engine starts on {engine.host}:{engine.port}; Ctrl-C ends it.", style="dim")
    for warning in binding_warnings(engine.jam):
        out.print(warning, style="yellow", markup=False, soft_wrap=True)
    if record is not None:
        out.print(f"The jam is recorded in {at_home(record)}.", style="dim", markup=False)
    if engine.web.enabled or engine.feed.enabled:
        from bridge.cli.page import attend_with_watchers

        attend_with_watchers(
            engine,
            lambda event: tell(out, engine, event),
            lambda address: out.print(f"The page is at {address}", markup=False, soft_wrap=True),
            record,
        )
    else:
        run_engine(engine, lambda event: tell(out, engine, event), record=record)


def recording_name() -> Path:
    """A name for the recording of the jam that begins now, in this folder."""
    return Path(time.strftime("jam-%Y%m%d-%H%M%S.jsonl.gz"))


def library_of(config: Path | None) -> BundleLibrary:
    """The bundles of a configuration.

    Raises:
        ConfigError: It is wrong.
    """
    return BundleLibrary(load_config(config, os.environ).engine.bundle_folders)


def load_for_run(
    config: Path | None,
    port: int | None = None,
    host: str | None = None,
    bundle: str | None = None,
    verbose: bool = False,
    model_engine: str | None = None,
    more: Mapping[str, object] | None = None,
) -> LoadedConfig:
    """The configuration with the flags of a command.

    Raises:
        ConfigError: It is wrong.
    """
    flags: dict[str, object] = {
        "osc.port": port,
        "osc.host": host,
        "engine.model_engine": model_engine,
        "engine.log_level": "debug" if verbose else None,
        **(more or {}),
    }
    offered = load_config(config, os.environ).engine.jam.bundles
    if bundle is None:
        plain = load_config(config, os.environ, flags)
        default = PlayerSettings().bundle
        if plain.engine.model_engine == "native" or plain.engine.jam.player.bundle != default:
            return plain
        bundle, offered = MAGENTA_DRUMS, tuple(name for name in offered if name != default)
    # The device's Model knob starts at 0, so the one that is asked for goes first.
    flags["bundles.offer"] = (bundle, *(name for name in offered if name != bundle))
    flags["player.bundle"] = bundle
    return load_config(config, os.environ, flags)


def tell(out: Console, config: EngineConfig, event: EngineEvent) -> None:
    """Print one event, if the log level wants it."""
    if _RANK[event.level.value] < _RANK[config.log_level]:
        return
    style = "bold green" if event.text.startswith("ready") else _STYLE[event.level]
    out.print(event.text, style=style, markup=False, soft_wrap=True)
