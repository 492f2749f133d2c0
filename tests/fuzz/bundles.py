"""Bundles as a stranger may send them: real ones, damaged at random, through the whole way in.

    python -m tests.fuzz.bundles --seconds 600 --seed 1

Each case is written to a file, inspected, loaded and, if that works, played. Nothing but a
`BundleInvalid` of one sentence and a hint may come out. A failure prints its seed and case, which
``--seed`` and ``--first`` bring back. Checksums are made right again after half of the damages:
else almost none of them would come any further.
"""

from __future__ import annotations

import argparse
import random
import struct
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from bridge.core.notes import Note, Phrase
from bridge.core.requests import (
    AnswerChunk,
    AnswerControls,
    ModelFailed,
    SelectBundle,
    StartAnswer,
)
from bridge.errors import BundleInvalid
from bridge.models.bundle import bundle_parts
from bridge.models.crc import masked_crc32c
from bridge.models.desk import ModelDesk
from bridge.models.inspection import inspect_bundle
from bridge.models.library import BundleLibrary
from bridge.models.protowire import read_varint
from bridge.paths import data_folder
from tests.fakes.bundle_writer import SHAPES, random_bundle

CALL = Phrase((Note(60, 90, 0.0, 0.5), Note(36, 90, 1.0, 0.5)), 4.0)
LIMIT_BYTES = 400 * 1024 * 1024
FLOATS = (float("nan"), float("inf"), -float("inf"), 1e30, 9e5, -9e5, 1e-40, 0.0)
Damage = Callable[[random.Random, bytearray], None]


@cache
def originals() -> tuple[bytes, ...]:
    """Small bundles of every kind and era, and one that is shipped."""
    small = [random_bundle(name, era) for name in SHAPES for era in "ABC"]
    return (*small, (data_folder("bundles") / "session_melody.mag").read_bytes())


def case(seed: int, number: int) -> bytes:
    """The file of one case; the same each time."""
    dice = random.Random(f"{seed} {number}")
    original = dice.choice(originals())
    data = bytearray(original)
    for _ in range(dice.choice((1, 1, 2, 5))):
        dice.choice(DAMAGES)(dice, data)
    if len(data) == len(original) and dice.random() < 0.5:
        reseal(original, data)
    return bytes(data)


def _flip(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.choice((1, 3, 30))):
        if data:
            data[dice.randrange(len(data))] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, 10))


def _near_the_ends(dice: random.Random, data: bytearray) -> None:
    """Where lengths, the index and the footer of the table are."""
    if len(data) > 400:
        at = dice.choice((dice.randrange(200), len(data) - 1 - dice.randrange(200)))
        data[at] = dice.randrange(256)


def _cut(dice: random.Random, data: bytearray) -> None:
    del data[dice.randrange(len(data) + 1) :]


def _huge_number(dice: random.Random, data: bytearray) -> None:
    at = dice.randrange(len(data) + 1)
    data[at : at + 9] = b"\xff" * 8 + b"\x7f"


def _copy_a_stretch(dice: random.Random, data: bytearray) -> None:
    start, to = (dice.randrange(len(data) + 1) for _ in "ab")
    stretch = data[start : start + dice.choice((4, 40, 4000))]
    data[to : to + dice.choice((0, len(stretch)))] = stretch


def _another_bundle(dice: random.Random, data: bytearray) -> None:
    other = dice.choice(originals()[:-1])
    at = dice.randrange(min(len(data), len(other)) + 1)
    data[at:] = other[at:]


def _odd_weights(dice: random.Random, data: bytearray) -> None:
    value = struct.pack("<f", dice.choice(FLOATS))
    for _ in range(dice.choice((1, 20))):
        at = dice.randrange(len(data) + 1)
        data[at : at + 4] = value


DAMAGES: tuple[Damage, ...] = (
    _flip,
    _near_the_ends,
    _cut,
    _huge_number,
    _copy_a_stretch,
    _another_bundle,
    _odd_weights,
)


def reseal(original: bytes, data: bytearray) -> None:
    """Make the checksums of all blocks right again, where the original has its blocks."""
    checkpoint = bundle_parts(original).checkpoint
    base = original.index(bytes(checkpoint))
    for offset, size in _blocks(checkpoint):
        end = base + offset + size
        data[end] = 0
        data[end + 1 : end + 5] = struct.pack(
            "<I", masked_crc32c(bytes(data[base + offset : end + 1]))
        )


def _blocks(checkpoint: memoryview) -> list[tuple[int, int]]:
    """Offsets and sizes of the blocks of an undamaged checkpoint."""
    numbers, at = [], len(checkpoint) - 48
    for _ in range(4):
        value, at = read_varint(checkpoint, at)
        numbers.append(value)
    blocks = [(numbers[0], numbers[1]), (numbers[2], numbers[3])]
    index = checkpoint[numbers[2] : numbers[2] + numbers[3]]
    (restarts,) = struct.unpack("<I", index[-4:])
    at, end = 0, len(index) - 4 - 4 * restarts
    while at < end:
        _, at = read_varint(index, at)
        fresh, at = read_varint(index, at)
        length, at = read_varint(index, at)
        offset, after = read_varint(index, at + fresh)
        blocks.append((offset, read_varint(index, after)[0]))
        at += fresh + length
    return blocks


def check(data: bytes, folder: Path) -> bool:
    """Take a file all the way in; returns whether it could be played.

    Raises:
        AssertionError: Something else than one clear error came out, or it took too much memory.
    """
    path = folder / "case.mag"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        report = inspect_bundle("case", path)
        desk = ModelDesk(BundleLibrary((folder,)))
        (ready,) = desk.handle(SelectBundle(1, "case"))
        assert isinstance(ready, ModelFailed) == bool(report.problems), (ready, report)
        reply = ready
        if not isinstance(ready, ModelFailed):
            (reply,) = desk.handle(StartAnswer(1, 1, CALL, 4.0, AnswerControls(), 4.0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < LIMIT_BYTES, f"{peak} bytes"
    if isinstance(reply, ModelFailed):
        assert reply.wire_code == BundleInvalid.wire_code, reply
        assert reply.message.endswith((".", "!", "?")) and reply.hint, reply
        return False
    assert isinstance(reply, AnswerChunk) and np.isfinite(reply.likelihood.running_total_nats)
    return True


def main() -> None:
    """Fuzz for so long, from a case on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    number, played, end_s = given.first, 0, time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end_s:
            try:
                played += check(case(given.seed, number), Path(folder))
            except BaseException:
                print(f"--seed {given.seed} --first {number}", file=sys.stderr)
                raise
            number += 1
    count = number - given.first
    print(f"{count} damaged bundles: {count - played} refused, {played} played all the same")


if __name__ == "__main__":
    main()
