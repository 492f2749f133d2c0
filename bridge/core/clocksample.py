"""A device's ``/clock`` as a sample for the host clock."""

from __future__ import annotations

from bridge.core.hostclock import ClockSample
from bridge.core.protocol import (
    FLAG_LOOP,
    FLAG_PLAYING,
    FLAG_TIMESTAMP,
    TICK_FRACTIONS,
    Message,
)
from bridge.core.timebase import LoopBounds, TimeSignature
from bridge.errors import OutOfRange

MOST_SONG_TICKS = 2**30
"""12 days at 120 qpm; a target ahead of a position within it is still an int32."""


def clock_sample(message: Message) -> ClockSample:
    """A ``/clock`` message as a sample for the host clock.

    Raises:
        OutOfRange: The time signature's denominator is not a power of two, or the song is so long
            that what comes next has no place in an int32.
    """
    flags = message.int_of("flags")
    sent_us = message.int_of("sent_hi") * 2**24 + message.int_of("sent_lo")
    loop = None
    if flags & FLAG_LOOP and message.int_of("loop_length_ticks") > 0:
        loop = LoopBounds(message.int_of("loop_start_ticks"), message.int_of("loop_length_ticks"))
    denominator = message.int_of("denominator")
    if denominator & (denominator - 1):
        raise OutOfRange(f"/clock: denominator is {denominator}; it must be 1, 2, 4, 8 or 16.")
    if abs(message.int_of("song_ticks")) > MOST_SONG_TICKS:
        raise OutOfRange(f"/clock: song_ticks is beyond {MOST_SONG_TICKS} ticks.")
    return ClockSample(
        epoch=message.int_of("clock_epoch"),
        seq=message.int_of("seq"),
        song_ticks=message.int_of("song_ticks") + message.int_of("tick_fraction") / TICK_FRACTIONS,
        tempo_qpm=message.float_of("tempo_qpm"),
        sent_s=sent_us / 1e6 if flags & FLAG_TIMESTAMP else None,
        playing=bool(flags & FLAG_PLAYING),
        loop=loop,
        signature=TimeSignature(message.int_of("numerator"), denominator),
        bar_offset_ticks=message.int_of("bar_offset_ticks"),
    )
