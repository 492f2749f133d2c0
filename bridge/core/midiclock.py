"""MIDI beat clock as a source: real-time bytes in, clock samples out.

A tick (F8) says no more than "one 24th of a beat"; where the song is has to be counted from the
last start (FA) or song position (F2). The first tick after a start *is* position 0. Ticks while
stopped move nothing, a song position while playing is a locate.

A clock that runs already when it is first heard is not followed before its next start or
continue: where it is, nobody knows. Ticks lost or doubled are put right by the next start or song
position, and mostly long before by `bridge.core.tickrhythm`; while that is in doubt, for a
handful of ticks, samples are held back and the line so far leads on.
"""

from __future__ import annotations

from bridge.core.tickrhythm import Hearing, TickRhythm
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
        self._rhythm = TickRhythm()
        self._held: list[tuple[int, float]] = []
        self._told_clock = -1

    def feed(self, message: bytes, arrival_s: float) -> list[tuple[ClockSample, float]]:
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
            return self._start()
        if status == CONTINUE:
            return self._continue()
        if status == STOP:
            return self._stop(arrival_s)
        if status == SONG_POSITION and len(message) == 3:
            return self._locate((message[1] & 0x7F) + ((message[2] & 0x7F) << 7), arrival_s)
        return []

    def _tick(self, arrival_s: float) -> list[tuple[ClockSample, float]]:
        hearing = self._rhythm.hear(arrival_s)
        if not self._running:
            return []
        self._held.append((self._next_clock, arrival_s))
        self._next_clock += 1
        if hearing is Hearing.DOUBTFUL:
            return []
        corrections = self._rhythm.corrections
        if corrections:
            self._next_clock += corrections[-1]
            # Those of them that were not held back have been told as they were.
            told = len(self._held) - len(corrections)
            self._held = [
                (clock + (corrections[index - told] if index >= told else 0), moment_s)
                for index, (clock, moment_s) in enumerate(self._held)
            ]
        return self._release()

    def _release(self) -> list[tuple[ClockSample, float]]:
        """Let go of the ticks held back; those that turn out to be repeats are dropped."""
        held, self._held = self._held, []
        samples: list[tuple[ClockSample, float]] = []
        for clock, arrival_s in held:
            if clock > self._told_clock:
                samples.append(self._sample(clock, arrival_s))
        return samples

    def _start(self) -> list[tuple[ClockSample, float]]:
        samples = self._release()
        self._running = True
        self._move_to(0)
        self._epoch += 1
        self._rhythm.new_phase()
        return samples

    def _continue(self) -> list[tuple[ClockSample, float]]:
        if not self._running:
            self._running = True
            self._rhythm.new_phase()
        return []

    def _stop(self, arrival_s: float) -> list[tuple[ClockSample, float]]:
        samples = self._release()
        self._running = False
        return [*samples, self._sample(self._next_clock, arrival_s)]

    def _locate(self, sixteenths: int, arrival_s: float) -> list[tuple[ClockSample, float]]:
        clock = sixteenths * CLOCKS_PER_SIXTEENTH
        samples = self._release()
        self._rhythm.settle()
        if self._running and abs(clock - self._next_clock) <= LOCATE_CLOCKS:
            self._next_clock = clock
            return samples
        if self._running:
            self._epoch += 1
        self._rhythm.new_phase()
        self._move_to(clock)
        return samples if self._running else [*samples, self._sample(clock, arrival_s)]

    def _move_to(self, clock: int) -> None:
        self._next_clock = clock
        self._told_clock = clock - 1

    def _sample(self, clock: int, arrival_s: float) -> tuple[ClockSample, float]:
        if self._running:
            # Ticks that were lost have their numbers too.
            self._seq += max(1, clock - self._told_clock)
            self._told_clock = clock
        else:
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
