"""Lets a clock follower hear a scripted song over a bad network, and measures how far off it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bridge.core.timebase import ClockSample
from tests.fakes.network import Network
from tests.fakes.song import ScriptedSong


class Follower(Protocol):
    """Anything that estimates run beats from clock samples, such as `HostClock`."""

    @property
    def locked(self) -> bool: ...

    def observe(self, sample: ClockSample, arrival_s: float) -> object: ...

    def run_beats_at(self, t_s: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Followed:
    """Result of a run: errors are positive where the follower is ahead.

    Args:
        times_s: Times while the song played, every ``every_s``.
        errors_ms: Phase error at those times; NaN until the follower locked.
        breaks: (arrival, whatever ``observe`` returned), where it returned anything.
    """

    times_s: NDArray[np.float64]
    errors_ms: NDArray[np.float64]
    breaks: list[tuple[float, object]]

    def after(self, begin_s: float, *, unbiased: bool = False) -> NDArray[np.float64]:
        """Absolute errors in ms from a time on; ``unbiased`` takes out the constant part."""
        errors = self.errors_ms[self.times_s >= begin_s]
        return np.abs(errors - np.median(errors)) if unbiased else np.abs(errors)


def follow(
    song: ScriptedSong,
    network: Network,
    seed: int,
    follower: Follower,
    *,
    every_s: float = 0.011,
    timed: Callable[[], float] | None = None,
    cost: list[float] | None = None,
) -> Followed:
    """Run the song into the follower.

    Args:
        song: Played already.
        network: Between the two.
        seed: Of the network.
        follower: Starts from scratch.
        every_s: How often its phase is compared.
        timed: A stopwatch in seconds, to measure what a sample costs.
        cost: Takes the seconds per sample, if ``timed``.
    """
    times = np.arange(song.messages[0][0], song.now_s, every_s)
    estimates = np.full(times.shape, np.nan)
    breaks: list[tuple[float, object]] = []
    index = 0
    for arrival_s, sample in network.deliver(song.messages, seed):
        while index < len(times) and times[index] < arrival_s:
            if follower.locked:
                estimates[index] = follower.run_beats_at(times[index])
            index += 1
        begun = timed() if timed else 0.0
        found = follower.observe(sample, arrival_s)
        if timed and cost is not None:
            cost.append(timed() - begun)
        if found:
            breaks.append((arrival_s, found))
    for late in range(index, len(times)):
        estimates[late] = follower.run_beats_at(times[late])
    tempo = song.tempo_at(times)
    played = tempo > 0.0
    errors = (estimates - song.run_beats_at(times))[played] * 60e3 / tempo[played]
    return Followed(times[played], errors, breaks)
