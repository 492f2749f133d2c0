"""Groove MIDI Dataset files as drum sets: one integer of nine class bits for every 16th note.

The official splits of ``info.csv`` are kept. A file is used if its meter is 4/4; a step holds every
class struck nearest to it, and the sequence runs from the file's start to the end of the last bar
with an onset, so that every sequence starts on a bar line and is a whole number of bars.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

from bridge.core.encodings.drum_classes import drum_set

STEPS_PER_QUARTER = 4
SPLITS = ("train", "validation", "test")

Steps = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DrumFile:
    """One performance.

    Attributes:
        name: The file's path inside the dataset.
        beat_type: ``beat`` (a long performance) or ``fill`` (a bar or two).
        steps: Drum set of every step, 0 to 511, shape (bars * 16,) on a grid of 16ths.
    """

    name: str
    beat_type: str
    steps: Steps


def steps_of_onsets(
    onsets: Iterable[tuple[float, int]], steps_per_quarter: int = STEPS_PER_QUARTER
) -> Steps:
    """Drum sets per step of (onset in quarter notes, pitch) pairs, padded to whole bars of 4/4.

    An onset exactly between two steps goes to the later one, as in Magenta.
    """
    struck: dict[int, list[int]] = {}
    for onset_beats, pitch in onsets:
        step = int(onset_beats * steps_per_quarter + 0.5)
        struck.setdefault(step, []).append(pitch)
    if not struck:
        return np.zeros(0, dtype=np.int64)
    bar = 4 * steps_per_quarter
    steps = np.zeros((max(struck) // bar + 1) * bar, dtype=np.int64)
    for step, pitches in struck.items():
        steps[step] = drum_set(pitches)
    return steps


def midi_onsets(path: Path) -> Iterator[tuple[float, int]]:
    """Every note-on of a MIDI file, whatever its channel, as (onset in quarter notes, pitch)."""
    midi = mido.MidiFile(path)
    for track in midi.tracks:
        now_ticks = 0
        for message in track:
            now_ticks += message.time
            if message.type == "note_on" and message.velocity > 0:
                yield now_ticks / midi.ticks_per_beat, message.note


def read_groove(
    folder: Path, steps_per_quarter: int = STEPS_PER_QUARTER
) -> dict[str, list[DrumFile]]:
    """The 4/4 files of every official split, in the order of ``info.csv``.

    Rows without a file are left out: some files of the dataset may be held back for other tests.

    Args:
        folder: The dataset's folder, the one with ``info.csv`` in it.
        steps_per_quarter: The grid.
    """
    found: dict[str, list[DrumFile]] = {split: [] for split in SPLITS}
    with (folder / "info.csv").open(newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table):
            path = folder / row["midi_filename"]
            if row["time_signature"] != "4-4" or not path.exists():
                continue
            steps = steps_of_onsets(midi_onsets(path), steps_per_quarter)
            if steps.size:
                found[row["split"]].append(DrumFile(row["midi_filename"], row["beat_type"], steps))
    return found


def sequences(files: Iterable[DrumFile], beat_type: str | None = None) -> list[Steps]:
    """The steps of the files, of one type only where ``beat_type`` is given."""
    return [file.steps for file in files if beat_type in (None, file.beat_type)]
