"""``magenta-bridge demo --web``: a jam in the browser, without Live and without MIDI ports."""

from __future__ import annotations

import os
import sys
import webbrowser
from dataclasses import replace

from rich.console import Console

from bridge.cli.page import attend_with_watchers
from bridge.cli.run import tell
from bridge.config import EngineConfig, load_config
from bridge.core.settings import ClockSettings, PlayerSettings, PlayerSetup
from bridge.engine import EngineEvent

PLAYERS = 2
"""A drummer and a tune: who wants others chooses them on the page."""
HORIZON_BEATS = 4.0
"""Notes are made a bar ahead, to be seen falling; a knob is heard that much later."""
LOOKAHEAD_MS = 150.0
"""The browser makes the sound, and gets its notes this early at least."""


def demo_page_command(
    out: Console,
    *,
    bundle: str | None,
    temperature: float,
    model_engine: str | None,
    web_port: int | None,
    open_browser: bool,
) -> None:
    """Run an engine on its own clock with a drummer and a tune, and open its page.

    Args:
        out: The terminal.
        bundle: The only player's bundle; None: a player for each of the first two on offer.
        temperature: 0.1 to 2.0.
        model_engine: Who plays the models; None: as configured.
        web_port: The page's TCP port; None: as configured.
        open_browser: Whether to open the page.

    Raises:
        BridgeError: The configuration is wrong, the page's port is taken, or a bundle is missing.
    """
    flags: dict[str, object] = {
        "web.enabled": True,
        "web.port": web_port,
        "engine.model_engine": model_engine,
    }
    if bundle is not None:
        flags |= {"bundles.offer": (bundle,), "player.bundle": bundle}
    loaded = load_config(environment=os.environ, flags=flags).engine
    config = page_demo_config(loaded, replace(loaded.jam.player, temperature=temperature))
    address: list[str] = []

    def opened(at: str) -> None:
        address.append(at)
        out.print(f"Jam in the browser: {at}  (Ctrl-C ends it)", markup=False, soft_wrap=True)

    def report(event: EngineEvent) -> None:
        tell(out, config, event)
        if event.text.startswith("ready") and open_browser and has_desktop():
            webbrowser.open(address[0])

    attend_with_watchers(config, report, opened)


def page_demo_config(loaded: EngineConfig, settings: PlayerSettings) -> EngineConfig:
    """An engine with a drummer and a tune, without ports, on its own clock.

    Args:
        loaded: Bundles, tempo and where the page is.
        settings: What the players start with, but for the bundle.
    """
    players = tuple(
        PlayerSetup(f"Player {number}", replace(settings, bundle=name))
        for number, name in enumerate(loaded.jam.bundles[:PLAYERS], 1)
    )
    clock = ClockSettings(("internal",), loaded.jam.clock.internal_tempo_qpm)
    jam = replace(
        loaded.jam,
        players=players,
        clock=clock,
        horizon_beats=max(HORIZON_BEATS, loaded.jam.horizon_beats),
        lookahead_ms=max(LOOKAHEAD_MS, loaded.jam.lookahead_ms),
    )
    # Any free port: the engine that Live's devices link to may run beside it.
    return replace(loaded, jam=jam, port=0)


def has_desktop() -> bool:
    """Whether a browser can open a window; elsewhere one of the terminal would take it over."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
