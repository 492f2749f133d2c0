"""The metronome: a click on every beat of whatever clock is followed, on a port of its own.

Its clicks are known by their port's pitch and channel, so that none is ever taken for a call, even
where a cable leads the one port to a player's input.
"""

from __future__ import annotations

import math

from bridge.core.bindings import MetronomeSettings
from bridge.core.clockout import SongClock
from bridge.core.now import EPSILON_BEATS
from bridge.core.schedule import LATE_S, TimedMessage

CLICK_S = 0.05
OWN_S = 0.1
"""A click that comes in within this time of going out is ours."""


class Metronome:
    """Clicks for one port.

    Args:
        settings: What it sounds like.
        offset_s: Added to the moment of everything; below 0 it leaves early.
    """

    def __init__(self, settings: MetronomeSettings, offset_s: float = 0.0) -> None:
        self.velocity = settings.velocity
        self._settings = settings
        self._offset_s = offset_s
        self._next_beats: float | None = None
        self._sounding: tuple[int, float] | None = None
        self._clicked_s = -math.inf

    def due(self, clock: SongClock, now_s: float) -> list[TimedMessage]:
        """Everything that must have left by now, in order."""
        ready = self._end(now_s)
        if not clock.playing or not self.velocity or not self._settings.output:
            self._next_beats = None
            return ready
        beats = clock.run_beats_at(now_s - self._offset_s)
        line = clock.timeline.bar_line_at_or_before(beats + EPSILON_BEATS)
        beat = 4.0 / clock.timeline.signature.denominator
        here = line + math.floor((beats - line + EPSILON_BEATS) / beat) * beat
        if self._next_beats is None:
            # Whoever starts on a beat hears that beat.
            at_once = clock.time_at(here) + self._offset_s >= now_s - LATE_S
            self._next_beats = here if at_once else here + beat
        if here < self._next_beats - EPSILON_BEATS:
            # The song may have gone back; a bar line may also come before a whole beat is over.
            self._next_beats = min(self._next_beats, self._after(clock, here, beat))
            return ready
        due_s = clock.time_at(here) + self._offset_s
        self._next_beats = self._after(clock, here, beat)
        if due_s < now_s - LATE_S:
            return ready
        return [*ready, *self._click(here - line < EPSILON_BEATS, due_s, now_s)]

    def next_due_s(self, clock: SongClock) -> float:
        """When something is due next; infinity if never."""
        ends_s = self._sounding[1] if self._sounding is not None else math.inf
        if not clock.playing or not self.velocity or not self._settings.output:
            return ends_s
        if self._next_beats is None:
            return -math.inf
        return min(ends_s, clock.time_at(self._next_beats) + self._offset_s)

    def is_click(self, message: bytes, at_s: float) -> bool:
        """Whether a message that came in is a click of ours, or its end."""
        settings = self._settings
        if at_s - self._clicked_s > OWN_S or len(message) != 3:
            return False
        ours = message[0] & 0xE0 == 0x80 and message[0] & 0x0F == settings.channel
        return ours and message[1] in (settings.bar_pitch, settings.beat_pitch)

    def silence(self, now_s: float) -> list[TimedMessage]:
        """End the click that sounds."""
        return self._end(math.inf, now_s)

    def _after(self, clock: SongClock, here: float, beat: float) -> float:
        return min(here + beat, clock.timeline.next_bar_line(here, at_least=EPSILON_BEATS))

    def _click(self, bar: bool, due_s: float, now_s: float) -> list[TimedMessage]:
        settings = self._settings
        pitch = settings.bar_pitch if bar else settings.beat_pitch
        ended = self._end(math.inf, now_s)
        self._sounding, self._clicked_s = (pitch, now_s + CLICK_S), now_s
        on = bytes((0x90 | settings.channel, pitch, self.velocity))
        return [*ended, TimedMessage(on, due_s)]

    def _end(self, until_s: float, now_s: float | None = None) -> list[TimedMessage]:
        if self._sounding is None or self._sounding[1] > until_s:
            return []
        (pitch, due_s), self._sounding = self._sounding, None
        off = bytes((0x80 | self._settings.channel, pitch, 64))
        return [TimedMessage(off, due_s if now_s is None else min(due_s, now_s))]
