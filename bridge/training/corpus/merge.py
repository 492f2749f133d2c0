"""The findings of all files together: the same music once, loops repeated, pieces held out.

The files' order alone decides, never the order in which workers finished them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.one_file import STEPS_PER_BAR
from bridge.training.corpus.report import FileReport
from bridge.training.encode import Steps

FEWEST_BARS = 4
"""A shorter loop is repeated to this length: a model can't learn what follows from less."""
VALIDATION_SHARE = TEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence to learn from.

    Args:
        piece: Name of its piece.
        steps: Places of its events in the encoding's table of plain classes, one a sixteenth.
        times: How often it was repeated to be long enough; 1: as it is.
    """

    piece: str
    steps: Steps
    times: int = 1

    @property
    def bars(self) -> int:
        """Its length, repetitions included."""
        return len(self.steps) // STEPS_PER_BAR


def merged(files: Sequence[Findings]) -> tuple[list[FileReport], list[Example]]:
    """What became of each file, and all examples.

    Args:
        files: In the folder's order: of the same music in two files the first one's is used.
    """
    seen: dict[bytes, str] = {}
    reports, examples = [], []
    for file in files:
        report, own = _merged(file, seen)
        reports.append(report)
        examples += own
    return reports, examples


def _merged(file: Findings, seen: dict[bytes, str]) -> tuple[FileReport, list[Example]]:
    words: list[str] = []
    examples = []
    for one in file.found:
        if isinstance(one, str):
            words.append(one)
            continue
        first = seen.setdefault(one.steps.tobytes(), one.piece)
        if first != one.piece:
            words.append(f"the same as {first}: used once")
            continue
        examples.append(_example(one, words))
    bars = sum(example.bars // example.times for example in examples)
    told = "; ".join(dict.fromkeys(words))
    return FileReport(file.name, bool(examples), bars, len(examples), told), examples


def _example(phrase: Phrase, words: list[str]) -> Example:
    steps = phrase.steps
    times = -(-FEWEST_BARS * STEPS_PER_BAR // len(steps))
    if times > 1:
        words.append(f"a loop of {len(steps) // STEPS_PER_BAR} bars, repeated {times} times")
    return Example(phrase.piece, np.tile(steps, times), times)


def divided(examples: Sequence[Example]) -> tuple[list[Steps], list[Steps], list[Steps]]:
    """Training, validation and test sequences, whole pieces on one side.

    A piece's side follows from a checksum of its name, so that a folder to which files are added
    keeps the others where they were. Where chance leaves a side empty, the largest gives a piece.
    """
    sides: tuple[dict[str, list[Steps]], ...] = ({}, {}, {})
    for example in examples:
        at = _share(example.piece)
        held = VALIDATION_SHARE + TEST_SHARE
        number = 1 if at < VALIDATION_SHARE else 2 if at < held else 0
        sides[number].setdefault(example.piece, []).append(example.steps)
    for side in sides:
        fullest = max(sides, key=len)
        if not side and len(fullest) > 1:
            name = min(fullest, key=_share)
            side[name] = fullest.pop(name)
    train, validation, test = ([steps for one in side.values() for steps in one] for side in sides)
    return train, validation, test


def _share(name: str) -> float:
    """A number from 0 to 1 that a name always has."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
