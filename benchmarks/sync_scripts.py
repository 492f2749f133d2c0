"""Songs that do not go straight on: what each kind of turn costs the host clock.

The errors are those of the beat from the turn to eight seconds after it. Peers stand only where
the song does not jump: they would be lost for good. Virtual time, seeded; the networks are models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.rows import Row
from benchmarks.sync_peers import BarMessage, DelayLockedLoop
from bridge.core.hostclock import HostClock
from bridge.core.timebase import LoopBounds, TimeSignature
from tests.fakes.follow import Followed, Follower, follow
from tests.fakes.network import GAUSS_2_MS, LOSSY_10, STALLS, Network
from tests.fakes.song import ScriptedSong

BEFORE_BEATS = 64.0
AFTER_S = 8.0
SETTLED_MS = 5.0
SETTLED_FOR_S = 2.0
NETWORKS = {"gauss 2 ms": GAUSS_2_MS, "10 % loss, stalls": LOSSY_10}
STAMPED, TOLD, BARE = "sender time", "beats and tempo", "bare clock"


@dataclass(frozen=True, slots=True)
class _Turn:
    """What happens to the song; returns when (seconds)."""

    name: str
    happen: Callable[[ScriptedSong], float]
    worst_goal_ms: tuple[float, float] | None = None


def _step(song: ScriptedSong) -> float:
    begin_s = song.now_s
    song.set_tempo(140.0)
    return begin_s


def _ramp(song: ScriptedSong) -> float:
    """Automation over eight beats: a little faster every eighth of a beat."""
    begin_s = song.now_s
    for part in range(64):
        song.set_tempo(120.0 + (part + 1) * 40.0 / 64.0)
        song.play(0.125)
    return begin_s


def _stop(song: ScriptedSong) -> float:
    song.stop(3.0)
    return song.now_s


def _jump(song: ScriptedSong) -> float:
    begin_s = song.now_s
    song.locate(64 * 480.0 * 4)
    return begin_s


def _loop(song: ScriptedSong) -> float:
    """A loop of two beats, shorter than a bar, that wraps again and again."""
    begin_s = song.now_s
    start = int(song.song_ticks)
    song.loop = LoopBounds(start, 960)
    return begin_s


def _signature(song: ScriptedSong) -> float:
    begin_s = song.now_s
    song.set_signature(TimeSignature(7, 8))
    return begin_s


def _drop_out(song: ScriptedSong) -> float:
    song.drop_out(0.5)
    return song.now_s


TURNS = (
    _Turn("step 120 to 140 qpm", _step, (10.0, 5.0)),
    _Turn("ramp 120 to 160 qpm in 8 beats", _ramp),
    _Turn("stop for 3 s and continue", _stop),
    _Turn("jump of 64 bars", _jump),
    _Turn("loop of 2 beats", _loop),
    _Turn("signature to 7/8", _signature),
    _Turn("audio off for 0.5 s", _drop_out),
)
ONLY_OURS = {"jump of 64 bars", "loop of 2 beats", "stop for 3 s and continue"}


def rows(seeds: range) -> Iterator[Row]:
    """Measure everything."""
    for network_name, network in NETWORKS.items():
        for turn in TURNS:
            yield from _turn_rows(turn, network_name, network, seeds)
    yield from _bare_rows(seeds)


def _turn_rows(turn: _Turn, network_name: str, network: Network, seeds: range) -> Iterator[Row]:
    peer = None if turn.name in ONLY_OURS else BarMessage
    must, moonshot = turn.worst_goal_ms or (None, None)
    for mode in (STAMPED, TOLD):
        label = f"{turn.name}, {mode}, {network_name}"
        ours, settled = _pooled(turn, mode, network, seeds, HostClock)
        theirs = _pooled(turn, mode, network, seeds, peer)[0] if peer is not None else None
        peer_name = peer.name if peer is not None else ""
        for what, quantile in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            goal = quantile == 1.0
            yield Row(
                f"{label}, {what}",
                float(np.quantile(ours, quantile)),
                "ms",
                peer_name,
                float(np.quantile(theirs, quantile)) if theirs is not None else None,
                must if goal else None,
                moonshot if goal else None,
            )
        yield Row(f"{label}, within 5 ms after", settled, "s")


def _pooled(
    turn: _Turn, mode: str, network: Network, seeds: range, make: Callable[[], Follower]
) -> tuple[np.ndarray, float]:
    """Errors in ms of all runs, and the median time until they stay within bounds, in seconds."""
    found, waits = [], []
    for seed in seeds:
        followed, begin_s = _run(turn, mode, network, seed, make)
        waits.append(settled_s(followed, begin_s, SETTLED_MS))
        inside = (followed.times_s >= begin_s) & (followed.times_s < begin_s + AFTER_S)
        found.append(np.abs(followed.errors_ms[inside]))
    return np.concatenate(found), float(np.median(waits))


def _run(
    turn: _Turn, mode: str, network: Network, seed: int, make: Callable[[], Follower]
) -> tuple[Followed, float]:
    zero_s = 77.0 if mode == STAMPED else None
    song = ScriptedSong(120.0, sender_zero_s=zero_s, tells_tempo=mode != BARE)
    song.play(beats=BEFORE_BEATS)
    begin_s = turn.happen(song)
    song.play(beats=48)
    return follow(song, network, seed, make(), every_s=0.005), begin_s


def _bare_rows(seeds: range) -> Iterator[Row]:
    """How long a clock that tells nothing but its ticks leaves everybody in the dark."""
    turn = TURNS[0]
    for name, network in {"gauss 2 ms": GAUSS_2_MS, "stalls": STALLS}.items():
        waits = []
        for make in (HostClock, DelayLockedLoop):
            runs = (_run(turn, BARE, network, seed, make) for seed in seeds)
            waits.append(
                float(np.median([settled_s(run, at_s, SETTLED_MS) for run, at_s in runs]))
                * 140.0
                / 60.0
            )
        metric = f"{turn.name}, settled within 5 ms, bare clock, {name}, median"
        yield Row(metric, waits[0], "beats", DelayLockedLoop.name, waits[1], 1.0, 0.3)


def settled_s(followed: Followed, begin_s: float, within_ms: float) -> float:
    """Seconds from ``begin_s`` until the error stays within bounds for two seconds."""
    times = followed.times_s
    wrong = times[(times >= begin_s) & ~(np.abs(followed.errors_ms) <= within_ms)]
    at_s = begin_s
    for wrong_s in wrong:
        if wrong_s - at_s >= SETTLED_FOR_S:
            break
        at_s = float(wrong_s)
    return at_s - begin_s
