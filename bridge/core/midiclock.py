"""MIDI beat clock as a source: real-time bytes in, clock samples out.

A tick (F8) says no more than "one 24th of a beat"; where the song is has to be counted from the
last start (FA) or song position (F2). The first tick after a start *is* position 0. Ticks while
stopped only show the tempo and move nothing, a song position while playing is a locate.

A clock that runs already when it is first heard is not followed before its next start, continue
or song position: where it is, nobody knows.
"""

from __future__ import annotations

from bridge.core.timebase import COMMON_TIME, TICKS_PER_CLOCK, ClockSample, TimeSignature

TICK, START, CONTINUE, STOP = 0xF8, 0xFA, 0xFB, 0xFC
SONG_POSITION = 0xF2
CLOCKS_PER_SIXTEENTH = 6

LOCATE_CLOCKS = 3
"""A song position while playing that is no further off than this corrects the count."""


class MidiBeatClock:
    """Counts MIDI beat clock.

    Attributes:
        signature: Time signature of the samples: MIDI beat clock has none to tell.
        bar_start_ticks: Song position of any bar line.
    """

    def __init__(self) -> None:
        self.signature: TimeSignature = COMMON_TIME
        self.bar_start_ticks = 0
        self._running = False
        self._next_clock = 0
        self._epoch = 0
        self._seq = 0

    def feed(self, message: bytes, arrival_s: float) -> tuple[tuple[ClockSample, float], ...]:
        """Take one message; those that are not about time are ignored.

        Args:
            message: One whole MIDI message.
            arrival_s: When it came, by the engine's clock.

        Returns:
            Samples for a `HostClock`, each with its arrival.
        """
        status = message[0] if message else 0
        if status == TICK:
            return self._tick(arrival_s)
        if status == START:
            self._start(0)
        elif status == CONTINUE:
            self._running = True
        elif status == STOP:
            self._running = False
            return (self._sample(self._next_clock, arrival_s),)
        elif status == SONG_POSITION and len(message) == 3:
            return self._locate((message[1] & 0x7F) + ((message[2] & 0x7F) << 7), arrival_s)
        return ()

    def _tick(self, arrival_s: float) -> tuple[tuple[ClockSample, float], ...]:
        if not self._running:
            return ()
        clock = self._next_clock
        self._next_clock += 1
        return (self._sample(clock, arrival_s),)

    def _start(self, clock: int) -> None:
        self._running = True
        self._next_clock = clock
        self._epoch += 1

    def _locate(self, sixteenths: int, arrival_s: float) -> tuple[tuple[ClockSample, float], ...]:
        clock = sixteenths * CLOCKS_PER_SIXTEENTH
        if self._running:
            if abs(clock - self._next_clock) > LOCATE_CLOCKS:
                self._epoch += 1
            self._next_clock = clock
            return ()
        self._next_clock = clock
        return (self._sample(clock, arrival_s),)

    def _sample(self, clock: int, arrival_s: float) -> tuple[ClockSample, float]:
        self._seq += 1
        song_ticks = float(clock * TICKS_PER_CLOCK)
        sample = ClockSample(
            epoch=self._epoch,
            seq=self._seq,
            song_ticks=song_ticks,
            tempo_qpm=None,
            sent_s=None,
            playing=self._running,
            signature=self.signature,
            bar_offset_ticks=(song_ticks - self.bar_start_ticks) % self.signature.bar_ticks,
        )
        return sample, arrival_s
