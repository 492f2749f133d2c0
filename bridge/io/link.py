"""Ableton Link: the tempo, phase and start/stop that programs on one network share.

Link knows no song position: beat 0 is wherever the session agreed on it, and only the phase within
a quantum (a bar, say) means the same thing to everybody. It stamps by a microsecond clock of its
own, which on Linux is not even the clock of `time.monotonic`; the distance between the two is
measured, and measured again, because one is disciplined by the time server and the other is not.

The package (`LinkPython-extern`, which contains Ableton's GPL code) is an extra that is never
required and imported only here, when a session is joined.
"""

from __future__ import annotations

import math
from typing import Any

from bridge.core.clocksource import GREATEST_TEMPO_QPM, LEAST_TEMPO_QPM
from bridge.core.linkclock import LinkState
from bridge.errors import DeviceNotFound
from bridge.io.clock import MonotonicClock
from bridge.types import Clock

BAR_BEATS = 4.0
REMEASURE_S = 0.25
"""Two clocks that differ by 100 ppm are 25 µs apart after this long."""
TRIALS = 5


class LinkSession:
    """Our seat in the Link session of this network. Joining is left to `join`.

    Args:
        tempo_qpm: Tempo to propose if nobody else is there; who joins takes over the session's.
        quantum_beats: Beats on which the peers' phases agree, usually a bar.
        clock: The engine's clock; moments are given and taken by it.
        start_stop_sync: Whether to share start and stop with those peers who share it.

    Raises:
        DeviceNotFound: The package is not installed.
    """

    def __init__(
        self,
        tempo_qpm: float = 120.0,
        quantum_beats: float = BAR_BEATS,
        clock: Clock | None = None,
        *,
        start_stop_sync: bool = True,
    ) -> None:
        # Its types are the C++ extension's: unknown to the checker.
        self._link: Any = _package().Link(_bounded(tempo_qpm))
        self._link.startStopSyncEnabled = self._shared = start_stop_sync
        self._micros: Any = self._link.clock()
        self._clock = clock or MonotonicClock()
        self.quantum_beats = quantum_beats
        self._offset_s = 0.0
        self._measured_s = -math.inf

    @property
    def joined(self) -> bool:
        """Whether we take part."""
        return bool(self._link.enabled)

    @property
    def peers(self) -> int:
        """How many others take part."""
        return int(self._link.numPeers())

    def join(self) -> None:
        """Take part: announce ourselves, find the others, take over their tempo and beat."""
        self._link.enabled = True

    def leave(self) -> None:
        """Take no part any more; the others go on."""
        self._link.enabled = False

    def state(self, at_s: float | None = None) -> LinkState:
        """The session as it is known now, at a moment near the present one.

        Args:
            at_s: The moment in seconds of the engine's clock; now if not given.
        """
        moment_s = self._clock.now_s() if at_s is None else at_s
        session = self._link.captureAppSessionState()
        return LinkState(
            at_s=moment_s,
            beats=session.beatAtTime(self._to_micros(moment_s), self.quantum_beats),
            tempo_qpm=session.tempo(),
            quantum_beats=self.quantum_beats,
            playing=session.isPlaying(),
            start_stop_sync=self._shared,
            peers=self.peers,
        )

    def time_at(self, beats: float) -> float:
        """The moment of a beat of the session, in seconds of the engine's clock."""
        session = self._link.captureAppSessionState()
        return self._to_seconds(session.timeAtBeat(beats, self.quantum_beats))

    def set_tempo(self, tempo_qpm: float, at_s: float | None = None) -> None:
        """Set everybody's tempo from a moment on, 20 to 999 quarter notes a minute."""
        session = self._link.captureAppSessionState()
        session.setTempo(_bounded(tempo_qpm), self._at(at_s))
        self._link.commitAppSessionState(session)

    def start(self, at_s: float | None = None, beats: float = 0.0) -> None:
        """Start everybody at a moment, with ``beats`` at the next quantum if others are there."""
        session = self._link.captureAppSessionState()
        session.setIsPlayingAndRequestBeatAtTime(True, self._at(at_s), beats, self.quantum_beats)
        self._link.commitAppSessionState(session)

    def stop(self, at_s: float | None = None) -> None:
        """Stop everybody who shares start and stop."""
        session = self._link.captureAppSessionState()
        session.setIsPlaying(False, self._at(at_s))
        self._link.commitAppSessionState(session)

    def _at(self, at_s: float | None) -> int:
        return self._to_micros(self._clock.now_s() if at_s is None else at_s)

    def _to_micros(self, at_s: float) -> int:
        return round((at_s + self._offset()) * 1e6)

    def _to_seconds(self, micros: int) -> float:
        return float(micros) / 1e6 - self._offset()

    def _offset(self) -> float:
        """Link's clock minus ours, in seconds: of some trials that which took least time."""
        now_s = self._clock.now_s()
        if now_s - self._measured_s < REMEASURE_S:
            return self._offset_s
        best_s = math.inf
        for _ in range(TRIALS):
            before_s = self._clock.now_s()
            link_s = int(self._micros.micros()) / 1e6
            took_s = self._clock.now_s() - before_s
            if took_s < best_s:
                best_s, self._offset_s = took_s, link_s - before_s - 0.5 * took_s
        self._measured_s = now_s
        return self._offset_s


def _package() -> Any:
    try:
        import link
    except ImportError as error:
        raise DeviceNotFound(
            "Ableton Link was asked for, and its package is not installed.",
            "pip install 'LinkPython-extern>=1.3' (it is GPL), or set clock.link to false.",
        ) from error
    return link


def _bounded(tempo_qpm: float) -> float:
    return min(max(tempo_qpm, LEAST_TEMPO_QPM), GREATEST_TEMPO_QPM)
