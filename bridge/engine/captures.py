"""What was captured, as files in the user's folder of music."""

from __future__ import annotations

import time
from pathlib import Path

from bridge.core.events import Captured
from bridge.errors import FolderUnusable


def capture_path(folder: Path, stamp: int) -> Path:
    """Where the music that was captured at a moment lies.

    Args:
        folder: The folder of captures.
        stamp: Seconds since 1970; 0 for now.
    """
    moment = time.localtime(stamp or None)
    return folder / time.strftime("capture-%Y%m%d-%H%M%S.mid", moment)


def write_capture(captured: Captured, folder: Path) -> str:
    """Write what was captured.

    Args:
        captured: It.
        folder: Where to; it is made if it is not there.

    Returns:
        Where it lies, for people.

    Raises:
        BridgeError: It can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise FolderUnusable(f"{folder} can't be made: {why}.", "Make it yourself.") from error
    # What writes MIDI files takes long to import, and every start would wait for it.
    from bridge.io.score_file import write_score

    path, score = capture_path(folder, captured.stamp), captured.score
    write_score(path, score)
    amounts = (score.bars, "bar"), (score.notes, "note"), (len(score.tracks), "track")
    bars, notes, tracks = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in amounts)
    return f"Captured {bars}, {notes} in {tracks}: {path}"
