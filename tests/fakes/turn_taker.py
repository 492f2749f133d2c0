"""`python -m tests.fakes.turn_taker FOLDER`: a trainer that learns nothing, five updates long."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.train_turns import BUNDLE, Turns

UPDATES, TURN, LABELS = 5, 2, 7

if __name__ == "__main__":
    turns = Turns(TURN, UPDATES)
    print("a line of someone else's")
    turns.begin()
    for _ in range(UPDATES):
        sum(range(10_000))
        turns.updated(lambda: LABELS)
    (Path(sys.argv[1]) / BUNDLE).write_text("done")
