"""How others follow a clock, written after their published methods, at their best.

Each peer is spared what would put it out altogether: it never sees a message twice or late, it
knows the song position of every tick, and the song it is given does not jump.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from functools import partial

from bridge.core.timebase import ClockSample


class Peer(ABC):
    """A line (time, beats, beats a second) moved on by each new tick."""

    name = ""

    def __init__(self) -> None:
        self._newest = (-1, -1)
        self._line: tuple[float, float, float] | None = None

    @property
    def locked(self) -> bool:
        """Whether there is a line."""
        return self._line is not None

    def run_beats_at(self, t_s: float) -> float:
        """Beats at a time."""
        if self._line is None:
            return math.nan
        at_s, at_beats, beats_per_s = self._line
        return at_beats + (t_s - at_s) * beats_per_s

    def observe(self, sample: ClockSample, arrival_s: float) -> None:
        """Take a sample, unless it is a repeat or late."""
        if (sample.epoch, sample.seq) <= self._newest or not sample.playing:
            return
        self._newest = sample.epoch, sample.seq
        self.tick(sample.song_ticks / 480.0, arrival_s, sample.tempo_qpm or 120.0)

    @abstractmethod
    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Move the line on."""


class BarMessage(Peer):
    """Magenta's MIDI interface: one control change a bar anchors the beat, the tempo is a flag.

    The flag is set to the right tempo at the start.
    """

    name = "Magenta's method: a message a bar, tempo fixed"

    def __init__(self) -> None:
        super().__init__()
        self._flag_qpm = 0.0

    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Anchor anew on every fourth beat."""
        self._flag_qpm = self._flag_qpm or tempo_qpm
        if beats % 4.0 == 0.0:
            self._line = (arrival_s, beats, self._flag_qpm / 60.0)


class LastInterval(Peer):
    """The newest tick, and the interval before it as tempo: the obvious way."""

    name = "last interval"

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[float, float] | None = None

    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Take the newest two ticks."""
        last, self._last = self._last, (beats, arrival_s)
        if last is not None and arrival_s > last[1]:
            self._line = (arrival_s, beats, (beats - last[0]) / (arrival_s - last[1]))


class IntervalMean(Peer):
    """The newest tick, and the mean of the last 24 intervals as tempo (rtmidi's example, Mixxx)."""

    name = "mean of 24 intervals"

    def __init__(self) -> None:
        super().__init__()
        self._ticks: deque[tuple[float, float]] = deque(maxlen=25)

    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Take the window's ends."""
        self._ticks.append((beats, arrival_s))
        first_beats, first_s = self._ticks[0]
        if arrival_s > first_s and beats > first_beats:
            self._line = (arrival_s, beats, (beats - first_beats) / (arrival_s - first_s))


class Regression(Peer):
    """A straight line through the newest ticks (Ableton Link's time filter has 512)."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.name = f"regression over {points} ticks"
        self._points = points
        self._ticks: deque[tuple[float, float]] = deque()
        self._sums = [0.0, 0.0, 0.0, 0.0]
        self._origin: tuple[float, float] | None = None

    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Fit anew, from running sums."""
        if self._origin is None:
            self._origin = beats, arrival_s
        x, y = beats - self._origin[0], arrival_s - self._origin[1]
        self._ticks.append((x, y))
        self._count(x, y, 1.0)
        if len(self._ticks) > self._points:
            self._count(*self._ticks.popleft(), -1.0)
        count = len(self._ticks)
        sum_x, sum_y, sum_xx, sum_xy = self._sums
        spread = count * sum_xx - sum_x * sum_x
        slope = (count * sum_xy - sum_x * sum_y) / spread if count > 1 and spread > 0.0 else 0.0
        if slope > 0.0:
            at_s = self._origin[1] + (sum_y - slope * sum_x) / count + slope * x
            self._line = (at_s, beats, 1.0 / slope)

    def _count(self, x: float, y: float, sign: float) -> None:
        for index, term in enumerate((x, y, x * x, x * y)):
            self._sums[index] += sign * term


class DelayLockedLoop(Peer):
    """A second-order loop over the ticks, as Ardour follows MIDI clock (0.24 Hz at 120 qpm)."""

    name = "DLL, 0.24 Hz"
    bandwidth_hz = 0.24

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[float, float] | None = None
        self._next_s = 0.0
        self._period_s = 0.0

    def tick(self, beats: float, arrival_s: float, tempo_qpm: float) -> None:
        """Correct period and phase by the error of the prediction."""
        last, self._last = self._last, (beats, arrival_s)
        ticks = round((beats - last[0]) * 24.0) if last is not None else 0
        if last is None or ticks < 1:
            return
        if self._period_s == 0.0:
            self._period_s = max(1e-4, (arrival_s - last[1]) / ticks)
            self._next_s = arrival_s + self._period_s
        else:
            due_s = self._next_s + (ticks - 1) * self._period_s
            omega = min(0.7, 2.0 * math.pi * self.bandwidth_hz * self._period_s * ticks)
            error_s = arrival_s - due_s
            self._next_s = due_s + self._period_s + math.sqrt(2.0) * omega * error_s
            self._period_s = max(1e-4, self._period_s + omega * omega * error_s / ticks)
        self._line = (self._next_s - self._period_s, beats, 1.0 / (24.0 * self._period_s))


class SlowDelayLockedLoop(DelayLockedLoop):
    """The same loop at the bandwidth of JACK's frame timer."""

    name = "DLL, 0.125 Hz"
    bandwidth_hz = 0.125


PEERS: tuple[Callable[[], Peer], ...] = (
    BarMessage,
    LastInterval,
    IntervalMean,
    partial(Regression, 24),
    partial(Regression, 512),
    DelayLockedLoop,
    SlowDelayLockedLoop,
)
"""Each makes a fresh peer."""
LINK_FILTER = partial(Regression, 512)
