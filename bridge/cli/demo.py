"""``magenta-bridge demo``: a jam on the terminal, in a MIDI file and in a sound file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bridge.config import load_config
from bridge.demo.audio import SynthChoice
from bridge.demo.grid import glyphs_for
from bridge.demo.jam import JamOptions, Opening, Turn, run_jam
from bridge.demo.record import write_recording
from bridge.demo.show import show_opening, show_summary, show_turn

_NEXT = (
    "Next: `magenta-bridge run` starts the engine that Live links to, `magenta-bridge devices`"
    " shows the Max for Live devices, `magenta-bridge doctor` checks this machine."
)


def demo_command(
    out: Console,
    options: JamOptions,
    bundle: str | None,
    folder: Path,
    audio: bool,
    synth: SynthChoice,
    clicks: bool,
) -> None:
    """Jam, print it as it happens, write the files.

    Raises:
        BridgeError: The bundle is missing, a file can't be written, the sockets don't work, or
            Magenta is wanted and absent.
    """
    config = load_config(environment=os.environ).engine
    options = replace(options, bundle=bundle or config.jam.player.bundle)
    glyphs = glyphs_for(out.encoding)
    opened: list[Opening] = []

    def on_opening(opening: Opening) -> None:
        opened.append(opening)
        out.print(show_opening(opening, options, glyphs))

    def on_turn(turn: Turn) -> None:
        out.print(
            show_turn(
                turn,
                drums=opened[0].drums,
                bar_beats=opened[0].performance.bar_beats,
                glyphs=glyphs,
            )
        )

    def tell(text: str) -> None:
        out.print(text, style="dim", markup=False, soft_wrap=True)

    result = run_jam(config, options, on_turn, on_opening, tell)
    recording = write_recording(result, folder, audio=audio, synth=synth, clicks=clicks)
    out.print(show_summary(result, recording, options))
    out.print(f"\n{_NEXT}", style="dim")
