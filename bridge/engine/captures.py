"""What was captured, as files in the user's folder of music."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import count
from pathlib import Path

from bridge.core.events import Captured
from bridge.core.score import just_played
from bridge.errors import BridgeError, FolderUnusable


def capture_path(folder: Path, stamp: int) -> Path:
    """Where the music that was captured at a moment lies.

    Args:
        folder: The folder of captures.
        stamp: Seconds since 1970; 0 for now.
    """
    moment = time.localtime(stamp or None)
    return folder / time.strftime("capture-%Y%m%d-%H%M%S.mid", moment)


def captures_of(folder: Path, stamp: int) -> set[Path]:
    """What was captured at a moment and is there whole: more than one may be of one second."""
    stem = capture_path(folder, stamp).stem
    found = (*folder.glob(f"{stem}.mid"), *folder.glob(f"{stem}-*.mid"))
    whole: set[Path] = set()
    for path in found:
        # Somebody else may move it away meanwhile.
        with suppress(FileNotFoundError):
            if path.stat().st_size:
                whole.add(path)
    return whole


def write_capture(captured: Captured, folder: Path) -> str:
    """Write what was captured.

    Args:
        captured: It.
        folder: Where to; it is made if it is not there. What is there already stays: the second
            of one second ends in -2.

    Returns:
        Where it lies, for people.

    Raises:
        NothingPlayed: There are no notes in it.
        BridgeError: It can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or error
        raise FolderUnusable(f"{folder} can't be made: {why}.", "Make it yourself.") from error
    # What writes MIDI files takes long to import, and every start would wait for it.
    from bridge.io.score_file import write_score

    score = just_played(captured.lanes, captured.bars or None)
    path = _new_file(capture_path(folder, captured.stamp))
    try:
        write_score(path, score)
    except BridgeError:
        path.unlink(missing_ok=True)
        raise
    amounts = (score.bars, "bar"), (score.notes, "note"), (len(score.tracks), "track")
    bars, notes, tracks = (f"{n} {what}{'' if n == 1 else 's'}" for n, what in amounts)
    return f"Captured {bars}, {notes} in {tracks}: {path}"


def _new_file(wanted: Path) -> Path:
    """Make an empty file of this name or, if that is taken, with the next free number behind it."""
    for number in count(1):
        path = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        try:
            path.open("xb").close()
        except FileExistsError:
            continue
        except OSError as error:
            why = error.strerror or error
            raise FolderUnusable(f"{path} can't be written: {why}.", "See its folder.") from error
        break
    return path
