"""What is kept of a training is good for the code that kept it."""

from __future__ import annotations

import ast
from pathlib import Path

import bridge
from bridge.training.code import ENCODINGS, LEARNING, checksum_of, trainer_checksum

ROOT = Path(bridge.__file__).parent
NOT_LEARNING = {"code", "diary", "job", "keeper", "whole_file"}
"""They keep and tell what is learnt; the job is in the checksum all the same."""


def imported(name: str, seen: set[str]) -> set[str]:
    """The modules of bridge.training that one of them needs, itself included."""
    if name in seen:
        return seen
    seen.add(name)
    tree = ast.parse((ROOT / "training" / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bridge.training."):
            imported(str(node.module).removeprefix("bridge.training."), seen)
    return seen


def test_all_that_a_training_needs_is_in_the_checksum() -> None:
    assert imported("job", set()) - NOT_LEARNING == set(LEARNING) - NOT_LEARNING
    assert list(ROOT.glob(ENCODINGS))


def test_the_same_code_has_the_same_checksum_and_other_code_another() -> None:
    assert trainer_checksum() == trainer_checksum()
    one, other = (checksum_of([f"training/{name}.py"], []) for name in ("train", "job"))
    assert len({one, other, checksum_of(["training/train.py"], ["numpy"])}) == 3
    assert one == checksum_of(["training/trai[n].py", "training/train.py"], [])
    assert checksum_of([], ["no-such-package"]) != checksum_of([], [])
