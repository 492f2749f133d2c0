"""Phase error of the host clock on simulated networks, beside how others follow a clock.

The error is that of the beat known against the beat true, in milliseconds, sampled every 5 ms.
Each number is the worst of its runs. Nothing here needs Live; the networks are models.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks import sync_scripts, sync_sources
from benchmarks.rows import Row
from benchmarks.sync_peers import LINK_FILTER, PEERS, Peer, Regression
from benchmarks.sync_scripts import settled_s
from bridge.core.hostclock import HostClock
from tests.fakes.follow import Follower, follow
from tests.fakes.network import BUFFER_256_S, BUFFERS_256, GAUSS_2_MS, NETWORKS, Network
from tests.fakes.song import ScriptedSong

FIRST_SEED = 5000
SETTLED_S = 17.0
LOCKED_WITHIN_MS = 3.0

GOALS: dict[str, Goals] = {
    "gauss 2 ms": ((1.0, 0.6), (None, None)),
    "exponential 5 ms": ((1.0, 0.6), (None, None)),
    "stalls": ((0.5, 0.2), (2.0, 1.0)),
    "10 % loss, stalls": ((0.5, 0.2), (2.0, 1.0)),
    "buffers of 256, stalls": ((None, 0.1), (None, None)),
}
"""(must, moonshot) of the 99 % quantile and of the maximum."""

MODES = {"sender time": (77.0, True), "beats and tempo": (None, True), "bare clock": (None, False)}

MakeFollower = Callable[[], Follower]
Goal = tuple[float | None, float | None]
Goals = tuple[Goal, Goal]


def rows(*, quick: bool) -> Iterator[Row]:
    """Measure everything."""
    tempos = (120.0,) if quick else (60.0, 120.0, 174.0, 240.0)
    seeds = range(FIRST_SEED, FIRST_SEED + (1 if quick else 2))
    seconds = 60.0 if quick else 76.0
    yield from _steady_rows(tempos, seeds, seconds)
    yield from _stamp_rows(tempos, seeds, seconds)
    yield from _lock_rows(range(FIRST_SEED, FIRST_SEED + (10 if quick else 40)))
    yield from sync_scripts.rows(range(FIRST_SEED, FIRST_SEED + (2 if quick else 10)))
    yield from _cost_rows()
    yield from sync_sources.rows(quick=quick)


def _song(mode: str, tempo_qpm: float) -> ScriptedSong:
    zero_s, tells_tempo = MODES[mode]
    return ScriptedSong(tempo_qpm, sender_zero_s=zero_s, tells_tempo=tells_tempo)


@dataclass(frozen=True, slots=True)
class _Phase:
    """Phase errors of many runs in ms, each figure the worst of its runs."""

    p50: float
    p99: float
    most: float


def _steady_rows(tempos: tuple[float, ...], seeds: range, seconds: float) -> Iterator[Row]:
    for name, goals in GOALS.items():
        network = NETWORKS[name]
        unbiased = network is BUFFERS_256
        label = f"{name}, constant part taken out" if unbiased else name

        def phase(
            mode: str,
            make: MakeFollower,
            network: Network = network,
            unbiased: bool = unbiased,
        ) -> _Phase:
            found = [
                _errors(mode, tempo, seconds, network, seed, make, unbiased)
                for tempo in tempos
                for seed in seeds
            ]
            return _Phase(*(max(column) for column in zip(*found, strict=True)))

        ours = phase("sender time", HostClock)
        for peer in PEERS:
            theirs, peer_name = phase("sender time", peer), peer().name
            yield from _phase_rows(f"phase error, {label}", ours, goals, peer_name, theirs)
        told = phase("beats and tempo", HostClock)
        yield from _phase_rows(f"same without time stamps, {label}", told, goals)


def _phase_rows(
    label: str, ours: _Phase, goals: Goals, peer: str = "", theirs: _Phase | None = None
) -> Iterator[Row]:
    (p99_must, p99_moonshot), (most_must, most_moonshot) = goals
    for what, value, must, moonshot in (
        ("p50", ours.p50, None, None),
        ("p99", ours.p99, p99_must, p99_moonshot),
        ("max", ours.most, most_must, most_moonshot),
    ):
        other = None
        if theirs is not None:
            other = {"p50": theirs.p50, "p99": theirs.p99, "max": theirs.most}[what]
        yield Row(f"{label}, {what}", value, "ms", peer, other, must, moonshot)


def _stamp_rows(tempos: tuple[float, ...], seeds: range, seconds: float) -> Iterator[Row]:
    """A device that stamps all messages of an audio buffer with the buffer's end."""
    for name in ("stalls", "gauss 2 ms"):
        found: list[tuple[float, float]] = []
        for tempo in tempos:
            song = _song("sender time", tempo)
            song.stamps_every_s = BUFFER_256_S
            song.play(beats=seconds * tempo / 60.0)
            for seed in seeds:
                both = (HostClock(), LINK_FILTER())
                runs = [follow(song, NETWORKS[name], seed, one, every_s=0.005) for one in both]
                ours, theirs = (run.after(SETTLED_S, unbiased=True) for run in runs)
                found.append((float(np.quantile(ours, 0.99)), float(np.quantile(theirs, 0.99))))
        metric = f"phase error p99, stamps of 256-sample buffers, {name}, constant part taken out"
        worst = max(ours for ours, _ in found), max(theirs for _, theirs in found)
        yield Row(metric, worst[0], "ms", LINK_FILTER().name, worst[1])


def _errors(
    mode: str,
    tempo_qpm: float,
    seconds: float,
    network: Network,
    seed: int,
    make: MakeFollower,
    unbiased: bool,
) -> tuple[float, float, float]:
    song = _song(mode, tempo_qpm)
    song.play(beats=seconds * tempo_qpm / 60.0)
    followed = follow(song, network, seed, make(), every_s=0.005)
    errors = followed.after(SETTLED_S, unbiased=unbiased)
    p50, p99 = np.quantile(errors, (0.5, 0.99))
    return float(p50), float(p99), float(errors.max())


def _lock_rows(seeds: range) -> Iterator[Row]:
    """Time from the first tick until the phase stays right, the median of many starts."""
    for mode, unit, must, moonshot in (
        ("sender time", "ticks", 2.0, 1.0),
        ("bare clock", "s", 0.5, 0.2),
    ):
        peer = Regression(24)
        ours, theirs = _lock_s(mode, HostClock, seeds), _lock_s(mode, _regression, seeds)
        if unit == "ticks":
            # The tick at 0 s is the first; those after it come 48 a second.
            ours, theirs = 1.0 + math.floor(ours * 48.0), 1.0 + math.floor(theirs * 48.0)
        metric = f"lock from cold (within 3 ms for 2 s), {mode}, gauss 2 ms, median"
        yield Row(metric, ours, unit, peer.name, theirs, must, moonshot)


def _regression() -> Follower:
    return Regression(24)


def _lock_s(mode: str, make: MakeFollower, seeds: range) -> float:
    waits = []
    for seed in seeds:
        song = _song(mode, 120.0)
        song.play(beats=12)
        followed = follow(song, GAUSS_2_MS, seed, make(), every_s=0.005)
        waits.append(settled_s(followed, song.messages[0][0], LOCKED_WITHIN_MS))
    return float(np.median(waits))


def _cost_rows() -> Iterator[Row]:
    """What a tick costs with a full window; the median, as the machine may be busy."""
    for mode in ("sender time", "beats and tempo"):
        metric = f"cost of a tick, {mode}"
        yield Row(metric, _cost_us(mode, HostClock()), "us", *_peer_cost(mode))


def _peer_cost(mode: str) -> tuple[str, float]:
    peer: Peer = Regression(512)
    return peer.name, _cost_us(mode, peer)


def _cost_us(mode: str, follower: Follower) -> float:
    song = _song(mode, 120.0)
    song.play(beats=60)
    cost: list[float] = []
    follow(song, GAUSS_2_MS, 1, follower, timed=time.perf_counter, cost=cost)
    return float(np.median(cost[len(cost) // 2 :])) * 1e6
