"""Splits of tunes that keep variants of one tune on one side.

Traditional tunes come in variants under several titles. Two tunes count as variants if they share
enough runs of intervals; variants of variants go together, and the groups are split by a seed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from bridge.training.melody_data import Tune

RUN_INTERVALS = 7
VARIANT_SHARE = 0.2
COMMONEST_RUN_TUNES = 60
HELD_OUT_SHARE = 0.1


def interval_runs(tune: Tune) -> set[tuple[int, ...]]:
    """Every run of ``RUN_INTERVALS`` intervals of the tune."""
    intervals = tune.intervals
    last = max(1, len(intervals) - RUN_INTERVALS + 1)
    return {intervals[start : start + RUN_INTERVALS] for start in range(last)}


def variant_groups(tunes: Sequence[Tune]) -> list[list[int]]:
    """Indices of tunes that are variants of each other, groups in order of their first tune."""
    runs = [interval_runs(tune) for tune in tunes]
    holders: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, own in enumerate(runs):
        for run in own:
            holders[run].append(index)
    shared: Counter[tuple[int, int]] = Counter()
    for having in holders.values():
        # A run that many tunes share, as a scale, says nothing about kinship.
        if len(having) <= COMMONEST_RUN_TUNES:
            shared.update((a, b) for at, a in enumerate(having) for b in having[at + 1 :])
    parent = list(range(len(tunes)))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    for (first, second), count in sorted(shared.items()):
        if count >= VARIANT_SHARE * min(len(runs[first]), len(runs[second])):
            low, high = sorted((root(first), root(second)))
            parent[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(tunes)):
        groups[root(index)].append(index)
    return list(groups.values())


def split_tunes(tunes: Sequence[Tune], seed: int = 1) -> dict[str, list[Tune]]:
    """A tenth of the tunes each for validation and test, the rest for training.

    Groups are drawn in random order; one larger than what a held-out split still lacks is trained
    on.
    """
    groups = variant_groups(tunes)
    np.random.default_rng(seed).shuffle(groups)
    split: dict[str, list[Tune]] = {"train": [], "validation": [], "test": []}
    wanted = HELD_OUT_SHARE * len(tunes)
    for group in groups:
        into = "train"
        for held_out in ("validation", "test"):
            if len(split[held_out]) + len(group) <= wanted:
                into = held_out
                break
        split[into].extend(tunes[index] for index in group)
    return split
