"""``magenta-bridge capture``: what was just played at a running engine, as a MIDI file."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from rich.console import Console

from bridge.cli.controller import Controller
from bridge.cli.run import load_for_run
from bridge.engine.captures import captures_of
from bridge.errors import FolderUnusable, RecordingFailed
from bridge.paths import user_capture_folder

PATIENCE_S = 5.0
LOOK_EVERY_S = 0.05


def capture_command(
    out: Console, file: Path | None, bars: int, config: Path | None, port: int | None
) -> None:
    """Let a running engine write down what was just played, and say where it is.

    Args:
        out: Standard output.
        file: Where the MIDI file is to be; None: where the engine puts it.
        bars: Only the last so many bars; 0 for all that it remembers.
        config: Configuration file: where the engine listens, and its token.
        port: UDP port.

    Raises:
        BridgeError: No engine answers, nothing was played, or the file can't be written.
    """
    if file is not None and file.exists():
        raise RecordingFailed(f"{file} is there already.", "Choose another name.")
    stamp, folder = int(time.time()), user_capture_folder()
    before = captures_of(folder, stamp)
    with Controller(load_for_run(config, port).engine) as engine:
        engine.send("/player/capture", bars, stamp)
        # What was refused is heard with the answer to this.
        engine.listing()
    written = _written(folder, stamp, before)
    if file is not None:
        try:
            shutil.move(written, file)
        except OSError as error:
            raise FolderUnusable(
                f"{file} can't be written: {error.strerror or error}. It is in {written}.",
                "Take it from there.",
            ) from error
    out.print(f"What was just played is in {file or written}.", markup=False, soft_wrap=True)


def _written(folder: Path, stamp: int, before: set[Path]) -> Path:
    """Wait for the engine's file.

    Raises:
        FolderUnusable: There is none.
    """
    end_s = time.monotonic() + PATIENCE_S
    while not (new := captures_of(folder, stamp) - before):
        if time.monotonic() > end_s:
            raise FolderUnusable(
                f"The engine wrote nothing to {folder}.",
                "See its console; an engine on another machine writes there.",
            )
        time.sleep(LOOK_EVERY_S)
    return min(new)
