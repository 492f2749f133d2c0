"""How well the beat is followed: figures for the people who watch. Sans-IO.

`SyncStats` is told of every clock message and keeps rings and counters of fixed size;
`LatenessCounts` is told of every note that left. `sync_report` puts both and the clock's own word
into one frozen `SyncReport`.

The *residual* of a message is its arrival minus the moment that the fitted line gives its
position. It is the jitter of the way, not our error: the line is what remains when it is taken
out. A clock that stamps nothing and knows its line by definition (Link, internal) has none.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass

from bridge.core.clocksource import BeatClock
from bridge.core.hostclock import RESTARTED_AFTER_S
from bridge.core.units import TICKS_PER_BEAT

RESIDUALS_KEPT = 512
"""About ten seconds of clock at 120 qpm."""
NEWEST = 24
"""Messages of a beat: the phase error shown is their median."""

LATENESS_EDGES_MS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Upper edges of the histogram's buckets; one more bucket holds what is later."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles of absolute values, in milliseconds."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class SyncReport:
    """Where the beat is and how well it is followed.

    Args:
        source: Which clock this is about, in words; empty if there is none.
        locked: Whether its beat line can be trusted.
        playing: Whether the song runs.
        tempo_qpm: Its tempo.
        bar: Bar of the song, from 1, by the present time signature.
        beat: Beat of that bar, from 1, in the signature's own note value.
        silent_s: Seconds since it was last heard while playing.
        phase_error_ms: Median residual of the newest messages; positive is late.
        jitter: Percentiles of the residuals of the last 512 messages.
        drift_ppm: How much faster the sender's clock runs than ours, where it stamps.
        messages: Clock messages so far, repeats included.
        messages_per_s: The same a second, since the last report.
        lost: Messages that never came or came too late, by gaps in their numbers.
        breaks: How many discontinuities of each kind.
        notes: Notes sent.
        lateness_counts: Notes by lateness: one count for each of `LATENESS_EDGES_MS` and one more.
        lateness_max_ms: The latest of them; below 0 all left early.
        link_peers: Others in the Link session; None if the engine has not joined one.
    """

    source: str = ""
    locked: bool = False
    playing: bool = False
    tempo_qpm: float = 0.0
    bar: int = 1
    beat: float = 1.0
    silent_s: float = 0.0
    phase_error_ms: float | None = None
    jitter: Spread | None = None
    drift_ppm: float | None = None
    messages: int = 0
    messages_per_s: float = 0.0
    lost: int = 0
    breaks: tuple[tuple[str, int], ...] = ()
    notes: int = 0
    lateness_counts: tuple[int, ...] = (0,) * (len(LATENESS_EDGES_MS) + 1)
    lateness_max_ms: float | None = None
    link_peers: int | None = None


class LatenessCounts:
    """A histogram of how long after their due moment notes left."""

    def __init__(self) -> None:
        self._counts = [0] * (len(LATENESS_EDGES_MS) + 1)
        self._latest_ms = -math.inf

    def note_left(self, late_s: float) -> None:
        """Count a note that left ``late_s`` seconds after it was due."""
        late_ms = late_s * 1000.0
        bucket = 0
        while bucket < len(LATENESS_EDGES_MS) and late_ms > LATENESS_EDGES_MS[bucket]:
            bucket += 1
        self._counts[bucket] += 1
        self._latest_ms = max(self._latest_ms, late_ms)

    @property
    def counts(self) -> tuple[int, ...]:
        """Notes by bucket."""
        return tuple(self._counts)

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self._counts)

    @property
    def latest_ms(self) -> float | None:
        """The greatest lateness; None before the first note."""
        return self._latest_ms if self.total else None


class SyncStats:
    """Figures of one clock that is fed by numbered messages."""

    def __init__(self) -> None:
        self.messages = 0
        self.lost = 0
        self.breaks: Counter[str] = Counter()
        self._residuals_s = array("d")
        self._next = 0
        self._newest: tuple[int, int] | None = None
        self._arrival_s = -math.inf
        self._run_beats = -math.inf
        self._breaks_seen = 0
        self._rate_from: tuple[float, int] | None = None

    def arrived(self, clock: BeatClock, epoch: int, seq: int, arrival_s: float) -> None:
        """Note a clock message, right after the clock has taken it.

        Args:
            clock: The clock.
            epoch: The message's epoch.
            seq: Its number within the epoch.
            arrival_s: When it came.
        """
        self.messages += 1
        if self._rate_from is None:
            self._rate_from = (arrival_s, self.messages)
        newest = self._newest
        late = newest is not None and (epoch, seq) <= newest
        if late and arrival_s - self._arrival_s < RESTARTED_AFTER_S:
            return
        if newest is not None and epoch == newest[0] and not late:
            self.lost += seq - newest[1] - 1
        self._newest = (epoch, seq)
        self._arrival_s = arrival_s
        run_beats = clock.timeline.run_beats
        # A message that the clock has left out is no new point of its line.
        if clock.playing and clock.locked and run_beats != self._run_beats:
            self._keep(arrival_s - clock.time_at(run_beats))
        self._run_beats = run_beats

    def count_breaks(self, clock: BeatClock) -> None:
        """Count the discontinuities since this was last called."""
        self.breaks.update(one.kind.value for one in clock.breaks.since(self._breaks_seen))
        self._breaks_seen = clock.breaks.total

    def rate(self, now_s: float) -> float:
        """Messages a second since this was last called, or since the first message."""
        since_s, before = self._rate_from or (now_s, self.messages)
        self._rate_from = (now_s, self.messages)
        return (self.messages - before) / (now_s - since_s) if now_s > since_s else 0.0

    def phase_error_s(self) -> float | None:
        """Median residual of the newest messages."""
        size = len(self._residuals_s)
        count = min(NEWEST, size)
        newest = sorted(self._residuals_s[(self._next - 1 - k) % size] for k in range(count))
        return newest[count // 2] if newest else None

    def jitter(self) -> Spread | None:
        """Percentiles of the residuals kept."""
        if not self._residuals_s:
            return None
        values = sorted(abs(one) * 1000.0 for one in self._residuals_s)
        p50, p90, p99 = (values[int(share * (len(values) - 1))] for share in (0.5, 0.9, 0.99))
        return Spread(p50, p90, p99, values[-1])

    def _keep(self, residual_s: float) -> None:
        if len(self._residuals_s) < RESIDUALS_KEPT:
            self._residuals_s.append(residual_s)
        else:
            self._residuals_s[self._next] = residual_s
        self._next = (self._next + 1) % RESIDUALS_KEPT


def sync_report(
    source: str,
    clock: BeatClock,
    stats: SyncStats,
    lateness: LatenessCounts,
    now_s: float,
    *,
    drift_ppm: float | None = None,
    link_peers: int | None = None,
) -> SyncReport:
    """Everything about one clock at a moment.

    Args:
        source: The clock in words.
        clock: The clock.
        stats: Its figures; the rate is counted from the report before.
        lateness: Of the notes that followed it.
        now_s: The moment.
        drift_ppm: The sender's clock against ours, where known.
        link_peers: Others in the Link session, where there is one.
    """
    stats.count_breaks(clock)
    bar, beat = _bar_and_beat(clock, now_s)
    error_s = stats.phase_error_s()
    return SyncReport(
        source=source,
        locked=clock.locked,
        playing=clock.playing,
        tempo_qpm=clock.tempo_qpm,
        bar=bar,
        beat=beat,
        silent_s=clock.silent_for_s(now_s),
        phase_error_ms=None if error_s is None else error_s * 1000.0,
        jitter=stats.jitter(),
        drift_ppm=drift_ppm,
        messages=stats.messages,
        messages_per_s=stats.rate(now_s),
        lost=stats.lost,
        breaks=tuple(sorted(stats.breaks.items())),
        notes=lateness.total,
        lateness_counts=lateness.counts,
        lateness_max_ms=lateness.latest_ms,
        link_peers=link_peers,
    )


def _bar_and_beat(clock: BeatClock, now_s: float) -> tuple[int, float]:
    """Bar and beat, from 1. The bars before are taken to be as long as the present one."""
    song = clock.timeline
    ticks = song.song_ticks_at(clock.run_beats_at(now_s))
    bar_ticks = song.signature.bar_ticks
    first = song.bar_start_ticks % bar_ticks
    bars, within = divmod(ticks - first, bar_ticks)
    pickup = 1 if first else 0
    beat_ticks = 4 * TICKS_PER_BEAT / song.signature.denominator
    return int(bars) + pickup + 1, within / beat_ticks + 1.0
