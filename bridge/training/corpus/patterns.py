"""Drum patterns written as text: a lane for each drum, a character for each sixteenth.

    pieces:
      - name: two bars
        kick:  "X.......x....... X.......x.x....."
        snare: "....X.......X..o ....X.......X..."
        hat:   "x.x.x.x.x.x.x.x. x.x.x.x.x.x.x.x."

``.`` is nothing, ``o`` soft, ``x`` normal, ``X`` loud. Spaces divide bars for the eye; every lane
of a piece is as long as the others, and a whole number of bars.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bridge.core.encodings.drum_classes import PITCH_OF_CLASS
from bridge.core.notes import Note
from bridge.errors import FileOutOfReach, FileRejected
from bridge.io.smf import DRUM_CHANNEL
from bridge.training.corpus.piece import Piece, Voice

LANES = dict(
    zip(
        ("kick", "snare", "hat", "open", "low", "mid", "high", "crash", "ride"),
        PITCH_OF_CLASS,
        strict=True,
    )
)
VELOCITIES = {"o": 45, "x": 90, "X": 118}
STEP_BEATS = 0.25
STEPS_PER_BAR = 16


def pattern_pieces(path: Path, name: str) -> Iterator[Piece]:
    """The pieces of a file of patterns.

    Raises:
        FileRejected: It is none, or a piece of it is written wrongly; the message says where.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileOutOfReach(f"it can't be opened: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise FileRejected(f"it is no YAML: {error}.") from error
    pieces = content.get("pieces") if isinstance(content, dict) else None
    if not isinstance(pieces, list) or not pieces:
        raise FileRejected("it is no file of drum patterns: it has no list of pieces.")
    for number, one in enumerate(pieces, start=1):
        if not isinstance(one, dict):
            raise FileRejected(f"piece {number} is no list of lanes.")
        yield _piece(one, f"{name} #{number} {one.get('name', '')}".strip())


def _piece(one: dict[str, Any], name: str) -> Piece:
    lanes = {key: value for key, value in one.items() if key not in ("name", "tempo_qpm")}
    unknown = [key for key in lanes if key not in LANES]
    if unknown or not lanes:
        raise FileRejected(
            f"{name}: there is no drum {unknown[0]!r}." if unknown else f"{name} has no lanes.",
            f"There are {', '.join(LANES)}.",
        )
    notes: list[Note] = []
    lengths = set()
    for lane, text in lanes.items():
        steps = str(text).replace(" ", "")
        odd = set(steps) - {".", *VELOCITIES}
        if odd:
            raise FileRejected(f"{name}: {lane} holds {sorted(odd)[0]!r}; write . o x or X.")
        lengths.add(len(steps))
        notes += [
            Note(LANES[lane], VELOCITIES[step], at * STEP_BEATS, STEP_BEATS, DRUM_CHANNEL)
            for at, step in enumerate(steps)
            if step != "."
        ]
    if len(lengths) != 1 or lengths.pop() % STEPS_PER_BAR:
        raise FileRejected(f"{name}: its lanes must be equally long, and whole bars of 16 steps.")
    notes.sort(key=lambda note: (note.start_beats, note.pitch))
    length = len(next(iter(lanes.values())).replace(" ", "")) * STEP_BEATS
    return Piece(name, (Voice("patterns", tuple(notes), drums=True),), length_beats=length)
