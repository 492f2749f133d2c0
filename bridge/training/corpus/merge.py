"""The findings of all files together: the same music once, loops repeated, pieces held out.

The files' order alone decides, never the order in which workers finished them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.core.encodings.catalog import ModelEncoding
from bridge.training.corpus.findings import Findings, Phrase
from bridge.training.corpus.passages import repeated
from bridge.training.corpus.report import FileReport
from bridge.training.encode import Steps

FEWEST_BARS = 4
"""A shorter loop is repeated to this length: a model can't learn what follows from less."""
Seen = dict[bytes, tuple[str, bool]]
"""Music that was met: the piece that it was first met in, and whether as that piece is written."""
VALIDATION_SHARE = TEST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence to learn from.

    Args:
        piece: Name of its piece.
        steps: Places of its events in the encoding's table of plain classes; over chords, with
            the chord of each.
        bars: Its length, repetitions not counted.
        transposition: Semitones by which it differs from the piece.
    """

    piece: str
    steps: Steps
    bars: int = 0
    transposition: int = 0


def merged(
    files: Sequence[Findings], encoding: ModelEncoding, in_other_keys: bool = True
) -> tuple[list[FileReport], list[Example]]:
    """What became of each file, and all examples.

    Args:
        files: In the folder's order: of the same music in two files the first one's is used.
        encoding: The model's.
        in_other_keys: Whether what is the same in another key counts as the same.
    """
    seen: Seen = {}
    reports, examples = [], []
    for file in files:
        report, own = _merged(file, encoding, seen, in_other_keys)
        reports.append(report)
        examples += own
    return reports, examples


def _merged(
    file: Findings, encoding: ModelEncoding, seen: Seen, in_other_keys: bool
) -> tuple[FileReport, list[Example]]:
    words: list[str] = []
    examples: list[Example] = []
    for one in file.found:
        if isinstance(one, str):
            words.append(one)
            continue
        own = _key(one.steps, encoding)
        first, as_written = seen.setdefault(own, (one.piece, True))
        if first != one.piece:
            key = "" if as_written else ", in another key"
            words.append(f"the same as {first}{key}: used once")
            continue
        for steps in one.keys.values() if in_other_keys else ():
            seen.setdefault(_key(steps, encoding), (one.piece, False))
        examples += _examples(one, encoding, words)
    written = [example for example in examples if example.transposition == 0]
    bars = sum(example.bars for example in written)
    told = "; ".join(dict.fromkeys(words))
    return FileReport(file.name, bool(examples), bars, len(written), told), examples


def _key(steps: Steps, encoding: ModelEncoding) -> bytes:
    """What music is known by: of a loop that goes round, the part that comes again and again."""
    bar = encoding.bar_steps
    if encoding.one_event_a_step and len(steps) % bar == 0:
        bars = len(steps) // bar
        for part in range(1, bars // 2 + 1):
            if bars % part == 0:
                once = steps[: part * bar]
                if np.array_equal(np.tile(once, bars // part), steps):
                    return once.tobytes()
    return steps.tobytes()


def _examples(phrase: Phrase, encoding: ModelEncoding, words: list[str]) -> list[Example]:
    """A phrase in all its keys, long enough."""
    times = -(-FEWEST_BARS // phrase.bars)
    if times > 1:
        words.append(f"a loop of {phrase.bars} bars, repeated {times} times")
    return [
        Example(phrase.piece, repeated(steps, times, encoding), phrase.bars, semitones)
        for semitones, steps in phrase.keys.items()
    ]


def divided(examples: Sequence[Example]) -> tuple[list[Steps], list[Steps], list[Steps]]:
    """Training, validation and test sequences, whole pieces on one side.

    A piece's side follows from a checksum of its name, so that a folder to which files are added
    keeps the others where they were. Where chance leaves a side empty, the largest gives a piece.
    Transpositions are for learning alone.
    """
    sides: tuple[dict[str, list[Example]], ...] = ({}, {}, {})
    for example in examples:
        at = _share(example.piece)
        held = VALIDATION_SHARE + TEST_SHARE
        number = 1 if at < VALIDATION_SHARE else 2 if at < held else 0
        sides[number].setdefault(example.piece, []).append(example)
    for side in sides:
        fullest = max(sides, key=len)
        if not side and len(fullest) > 1:
            name = min(fullest, key=_share)
            side[name] = fullest.pop(name)
    train, validation, test = ([one for ones in side.values() for one in ones] for side in sides)
    return [one.steps for one in train], originals(validation), originals(test)


def originals(examples: Sequence[Example]) -> list[Steps]:
    """The sequences that are not transposed."""
    return [example.steps for example in examples if example.transposition == 0]


def _share(name: str) -> float:
    """A number from 0 to 1 that a name always has."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48
