"""The figures of every linked device's clock and of the notes sent to it. Sans-IO."""

from __future__ import annotations

from bridge.core.clocksource import BeatClock
from bridge.core.hostclock import HostClock
from bridge.core.protocol import Message
from bridge.core.syncstats import LatenessCounts, SyncReport, SyncStats, sync_report

FORGIVEN_BEATS = 1.0
"""A target this far behind is a late note; one further behind lies a loop ahead."""


class SyncDesk:
    """Keeps one set of figures for each device.

    Args:
        lookahead_s: How long before it sounds a note is due to leave.
    """

    def __init__(self, lookahead_s: float) -> None:
        self._lookahead_s = lookahead_s
        self._figures: dict[int, tuple[SyncStats, LatenessCounts]] = {}

    def begin(self, device: int) -> None:
        """A device links: its figures start from nothing."""
        self._figures[device] = (SyncStats(), LatenessCounts())

    def end(self, device: int) -> None:
        """A device is gone."""
        self._figures.pop(device, None)

    def clock_taken(
        self, device: int, clock: BeatClock, message: Message, arrival_s: float
    ) -> None:
        """Note a ``/clock`` of a device, right after its clock has taken it."""
        epoch, seq = message.int_of("clock_epoch"), message.int_of("seq")
        self._figures[device][0].arrived(clock, epoch, seq, arrival_s)

    def note_sent(self, device: int, clock: BeatClock, message: Message, now_s: float) -> None:
        """Note a ``/n`` to a device: late is what leaves within the look-ahead."""
        if not clock.playing:
            return
        start = clock.timeline.next_run_beats_at(
            message.int_of("target_ticks"), at_least=clock.run_beats_at(now_s) - FORGIVEN_BEATS
        )
        if start is not None:
            due_s = clock.time_at(start) - self._lookahead_s
            self._figures[device][1].note_left(now_s - due_s)

    def report(self, device: int, clock: HostClock, now_s: float) -> SyncReport:
        """Everything about a device's clock."""
        stats, lateness = self._figures[device]
        return sync_report(
            f"device {device}", clock, stats, lateness, now_s, drift_ppm=clock.drift_ppm
        )
