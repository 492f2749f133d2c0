"""What the simulated device sends, as bytes, composed by python-osc and not by our own code."""

from __future__ import annotations

from pythonosc.osc_message_builder import OscMessageBuilder

from bridge.core.protocol import (
    FLAG_LOOP,
    FLAG_PLAYING,
    FLAG_TIMESTAMP,
    TICK_FRACTIONS,
    Direction,
    check,
)
from bridge.demo.transport import TransportState


def packet(address: str, *values: int | float) -> bytes:
    """A message to the engine, checked against the address book.

    Raises:
        RemoteProtocolError: The address book has no such message: the simulation is wrong.
    """
    message = check(address, values, Direction.TO_ENGINE)
    fixed, group = message.spec.arguments, message.spec.group
    builder = OscMessageBuilder(address=address)
    for i, value in enumerate(message.values):
        row = fixed[i] if i < len(fixed) else group[(i - len(fixed)) % len(group)]
        builder.add_arg(value, row.kind)
    return bytes(builder.build().dgram)


def clock_packet(device: int, seq: int, state: TransportState) -> bytes:
    """The ``/clock`` that tells a state of the transport, stamped with the state's own moment."""
    thousandths = round(state.song_ticks * TICK_FRACTIONS)
    song_ticks, fraction = divmod(thousandths, TICK_FRACTIONS)
    stamp_us = round(state.at_s * 1e6) % 2**48
    loop = state.loop
    flags = FLAG_TIMESTAMP | (FLAG_PLAYING if state.playing else 0) | (FLAG_LOOP if loop else 0)
    return packet(
        "/clock",
        device,
        state.clock_epoch,
        seq,
        song_ticks,
        fraction,
        state.tempo_qpm,
        stamp_us >> 24,
        stamp_us & 0xFFFFFF,
        flags,
        loop.start_ticks if loop else 0,
        loop.length_ticks if loop else 0,
        *state.signature,
        int(state.bar_offset_ticks(float(song_ticks))),
    )
