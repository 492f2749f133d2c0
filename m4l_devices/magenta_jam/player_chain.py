"""The answer's notes, played at their song ticks by Max's own scheduler; and panic.

A note comes a little ahead of its tick. How long it waits follows from the transport at that
moment. A note later than 10 ms is left out, one more than a beat ahead is from before a jump.
"""

from __future__ import annotations

from m4l_devices.patcher import Box, Patch

_AHEAD = "($f1 - $f2) + $f3 * (($f2 < $f4) && (($f1 - $f2) < $f3 * -0.5))"
"""Ticks from now ($f2) to the target ($f1). In a loop of length $f3 that ends at $f4, half a loop
behind means the next time round."""

_PLAYS = "($f1 * $f2 >= -10.) && ($f1 <= 480.001) && $i3"
"""Ticks ahead, ms per tick, whether the transport plays."""


def add_player_chain(patch: Patch) -> None:
    """From ``/n`` to `midiout`."""
    patch.section("player: how long to wait")
    note, transport = patch.obj("t l b"), patch.obj("transport")
    parts, target = patch.obj("unpack 0 0 0 0 0"), patch.obj(f"expr {_AHEAD}")
    plays, gate = patch.obj(f"expr {_PLAYS}"), patch.obj("gate 1")
    patch.chain(patch.receive("n"), note, parts, target)
    patch.cord(note, 1, transport)
    patch.cord(transport, 7, target, 1)
    patch.cord(transport, 6, plays, 2)
    loop, end = patch.obj("unpack 0 0"), patch.obj("expr $i1 + $i2")
    length = patch.obj("t i i")
    patch.chain(patch.receive("loop"), loop, end)
    patch.cord(loop, 1, length)
    patch.cord(length, 1, target, 2)
    patch.cord(length, 0, end, 1)
    patch.cord(end, 0, target, 3)

    tick_ms, each = patch.obj("expr 125. / ($f1 + ($f1 < 1.))"), patch.obj("t f f f")
    wait_ms, duration_ms = patch.obj("* 1."), patch.obj("* 1.")
    patch.cord(transport, 4, tick_ms)
    patch.chain(tick_ms, each)
    patch.cord(each, 2, duration_ms, 1)
    patch.cord(each, 1, plays, 1)
    patch.cord(each, 0, wait_ms, 1)
    twice, positive, order = patch.obj("t f f"), patch.obj("maximum 0."), patch.obj("t b f")
    patch.chain(target, twice)
    patch.cord(twice, 1, plays)
    patch.chain(plays, gate)
    patch.cord(twice, 0, gate, 1)
    patch.chain(gate, wait_ms, positive, order)

    patch.section("player: wait, sound, end")
    pitch, channel = patch.obj("i"), patch.obj("+ 1")
    pipe = patch.obj("pipe 0 0 0. 0 0.")
    patch.cord(order, 1, pipe, 4)
    patch.chain(order, pitch, pipe)
    patch.cord(parts, 1, pitch, 1)
    patch.cord(parts, 2, pipe, 1)
    patch.cord(parts, 3, channel)
    patch.cord(channel, 0, pipe, 3)
    patch.cord(parts, 4, duration_ms)
    patch.cord(duration_ms, 0, pipe, 2)
    # With a channel makenote ends each note on its own; 1: a note struck again ends first.
    makenote = patch.obj("makenote 100 250 1 @repeatmode 1")
    pair, form, flush = patch.obj("pack 0 0"), patch.obj("midiformat"), patch.obj("midiflush")
    for index in range(4):
        patch.cord(pipe, index, makenote, index)
    patch.cord(makenote, 2, form, 6)
    patch.cord(makenote, 1, pair, 1)
    patch.chain(makenote, pair, form, flush, patch.obj("midiout"))
    _add_panic(patch, pipe, makenote, flush)


def _add_panic(patch: Patch, pipe: Box, makenote: Box, flush: Box) -> None:
    """What waits is dropped, what sounds is ended, what is left hanging is ended too."""
    patch.section("panic, in this order")
    order, clear, stop = patch.obj("t b b b"), patch.message("clear"), patch.message("stop")
    patch.chain(patch.receive("panic"), order, flush)
    patch.cord(order, 2, clear)
    patch.chain(clear, pipe)
    patch.cord(order, 1, stop)
    patch.chain(stop, makenote)
    drop = patch.message("clear")
    patch.chain(patch.receive("clear"), drop, pipe)
