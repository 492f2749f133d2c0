"""Live's transport to the engine, and to the rest of the device when it stops or jumps.

Three metros read the transport: one in the song's own ticks, 24 times a beat, one every 20 ms so
that a stop, a start or a tempo is seen soon, and one a second while the song stands still. `due`
says which of them asked: 1, 0 and 2.
"""

from __future__ import annotations

from m4l_devices.patcher import Box, Patch

_JUMP = (
    "(($f1 - $f2 < -1.) || ($f1 - $f2 > 240.)) && (($f3 == 0.) || (abs($f1 - $f2 + $f3) > 240.))"
)
"""Position now ($f1) and just before ($f2), loop length ($f3): moved, but not by the loop."""


def add_clock_out(patch: Patch) -> None:
    """Everything from the metros to the ``/clock`` message."""
    patch.section("clock: when to read the transport")
    read, transport = patch.obj("t b i"), patch.obj("transport")
    metros = (
        # Ticks go by @interval: as an argument Max promises milliseconds and note values only.
        ("metro @interval 20 ticks @quantize 20 ticks @autostart 1 @active 1", "1"),
        ("metro 20 @active 1", "0"),
    )
    for metro, due in metros:
        patch.chain(patch.obj(metro), patch.message(due), read)
    each_second = patch.obj("t b b")
    patch.chain(patch.obj("metro 1000 @active 1"), each_second)
    patch.chain(each_second, patch.message("2"), read)
    patch.cord(each_second, 1, patch.send("life"))
    patch.chain(read, transport)

    patch.section("clock: the message")
    whole = patch.obj("pack 0 0 0 0 0 120. 0 0 0 0 0 4 4 0")
    changed = patch.obj("i")
    decide = patch.obj("expr $i1 || ($i2 == 1) || (($i2 == 2) && ($i3 == 0))")
    patch.cord(read, 1, decide, 1)
    ticks, epoch = _add_position(patch, transport, whole, changed)
    _add_state(patch, transport, whole, changed, decide, epoch)
    _add_tempo_and_bar(patch, transport, whole, changed)
    _add_loop(patch, whole)
    sending = _add_sending(patch, whole, ticks, epoch)
    _add_decision(patch, transport, changed, decide, sending, whole)
    _add_link(patch, read, changed)


def _add_position(
    patch: Patch, transport: Box, whole: Box, changed: Box
) -> tuple[Box, tuple[Box, Box]]:
    """Song position, and whether it jumped.

    Returns:
        What holds the position; what counts the epochs and the messages of one.
    """
    patch.section("clock: position and jumps")
    position, ticks = patch.obj("t f f f"), patch.obj("f")
    jump = patch.obj(f"expr {_JUMP}")
    patch.cord(transport, 7, position)
    patch.cord(position, 2, ticks, 1)
    patch.cord(position, 1, jump)
    patch.cord(position, 0, jump, 1)
    loop = patch.obj("unpack 0 0")
    patch.chain(patch.receive("loop"), loop)
    patch.cord(loop, 1, jump, 2)

    jumped, jump_order = patch.obj("sel 1"), patch.obj("t b b b")
    patch.chain(jump, jumped, jump_order)
    patch.cord(jump_order, 2, patch.send("clear"))
    is_change = patch.message("1")
    patch.cord(jump_order, 1, is_change)
    patch.cord(is_change, 0, changed, 1)

    epoch, next_epoch, both = patch.obj("i 0"), patch.obj("+ 1"), patch.obj("t i i")
    begin, seq, zero = patch.obj("t b b"), patch.obj("i 0"), patch.message("0")
    patch.cord(jump_order, 0, begin)
    patch.cord(begin, 1, zero)
    patch.cord(zero, 0, seq, 1)
    patch.chain(begin, epoch, next_epoch, both)
    patch.cord(both, 1, epoch, 1)
    patch.cord(both, 0, whole, 1)
    return ticks, (begin, seq)


def _add_state(
    patch: Patch, transport: Box, whole: Box, changed: Box, decide: Box, epoch: tuple[Box, Box]
) -> None:
    patch.section("clock: playing, starting, stopping")
    state, flags = patch.obj("t i i i"), patch.obj("expr $i1 + 2 * ($i2 > 0) + 4")
    patch.cord(transport, 6, state)
    patch.cord(state, 2, flags)
    patch.cord(flags, 0, whole, 8)
    patch.cord(state, 1, decide, 2)
    loop = patch.obj("unpack 0 0")
    patch.chain(patch.receive("loop"), loop)
    patch.cord(loop, 1, flags, 1)
    changes, order, which = patch.obj("change"), patch.obj("t i b"), patch.obj("sel 0 1")
    patch.cord(state, 0, changes)
    patch.chain(changes, order, which)
    is_change = patch.message("1")
    patch.cord(order, 1, is_change)
    patch.cord(is_change, 0, changed, 1)
    patch.cord(which, 0, patch.send("panic"))
    patch.cord(which, 1, epoch[0])


def _add_tempo_and_bar(patch: Patch, transport: Box, whole: Box, changed: Box) -> None:
    patch.section("clock: tempo, time signature, bar")
    tempo, differs, is_change = patch.obj("t f f"), patch.obj("change 120."), patch.message("1")
    patch.cord(transport, 4, tempo)
    patch.cord(tempo, 1, whole, 5)
    patch.chain(tempo, differs, is_change)
    patch.cord(is_change, 0, changed, 1)
    signature, denominator = patch.obj("unpack 4 4"), patch.obj("t i i")
    # Ticks into the bar from beats (from 1, each a part of the signature) and ticks of the beat.
    offset = patch.obj("expr int(($f1 - 1.) * 1920. / $f2 + $f3 + 0.0005)")
    patch.cord(transport, 5, signature)
    patch.cord(signature, 0, whole, 11)
    patch.cord(signature, 1, denominator)
    patch.cord(denominator, 1, whole, 12)
    patch.cord(denominator, 0, offset, 1)
    patch.cord(transport, 2, offset, 2)
    patch.cord(transport, 1, offset)
    patch.cord(offset, 0, whole, 13)


def _add_loop(patch: Patch, whole: Box) -> None:
    loop = patch.obj("unpack 0 0")
    patch.chain(patch.receive("loop"), loop)
    patch.cord(loop, 0, whole, 9)
    patch.cord(loop, 1, whole, 10)


def _add_decision(
    patch: Patch, transport: Box, changed: Box, decide: Box, sending: Box, whole: Box
) -> None:
    """Bars come last: the whole reading is there, and may be sent."""
    patch.section("clock: send or not, once or three times")
    last, is_changed, yes = patch.obj("t b b"), patch.obj("t i i"), patch.obj("sel 1")
    none = patch.message("0")
    patch.cord(transport, 0, last)
    patch.cord(last, 1, changed)
    patch.chain(changed, is_changed, decide, yes, sending)
    patch.cord(last, 0, none)
    patch.cord(none, 0, changed, 1)
    named, twice = patch.obj("prepend /clock"), patch.obj("t l l")
    again, more = patch.obj("gate 1"), patch.obj("t l l")
    out = patch.send("out")
    patch.chain(whole, named, twice, out)
    patch.cord(is_changed, 1, again)
    patch.cord(twice, 1, again, 1)
    patch.chain(again, more, out)
    patch.cord(more, 1, out)


def _add_sending(patch: Patch, whole: Box, ticks: Box, epoch: tuple[Box, Box]) -> Box:
    patch.section("clock: stamp, position, number")
    sending, (_, seq) = patch.obj("t b b b b"), epoch
    stamp, high = patch.obj("t f f"), patch.obj("expr int($f1 / 16777.216)")
    low = patch.obj("expr int(($f1 - $f2 * 16777.216) * 1000.) & 16777215")
    both = patch.obj("t i i")
    clock = patch.obj("cpuclock")
    patch.cord(sending, 3, clock)
    patch.chain(clock, stamp, low)
    patch.cord(stamp, 1, high)
    patch.chain(high, both)
    patch.cord(both, 1, whole, 6)
    patch.cord(both, 0, low, 1)
    patch.cord(low, 0, whole, 7)

    two, tick = patch.obj("t f f"), patch.obj("expr int($f1 + 0.0005)")
    rest = patch.obj("expr int(($f1 + 0.0005 - int($f1 + 0.0005)) * 1000.)")
    patch.cord(sending, 2, ticks)
    patch.chain(ticks, two, tick)
    patch.cord(tick, 0, whole, 3)
    patch.cord(two, 1, rest)
    patch.cord(rest, 0, whole, 4)

    number, plus = patch.obj("t i i"), patch.obj("+ 1")
    patch.cord(sending, 1, seq)
    patch.chain(seq, number, plus)
    patch.cord(number, 1, whole, 2)
    patch.cord(plus, 0, seq, 1)

    device = patch.obj("i")
    patch.chain(sending, device, whole)
    patch.cord(patch.receive("device"), 0, device, 1)
    return sending


def _add_link(patch: Patch, read: Box, changed: Box) -> None:
    """A new link is told where the song is, three times."""
    order, is_change = patch.obj("t b b"), patch.message("1")
    # The script speaks in the main thread; a delay of nothing goes on in the scheduler, where the
    # metros run, so that two threads never fill one message.
    now = patch.obj("delay 0")
    patch.chain(patch.receive("tell_clock"), now, order, patch.message("0"), read)
    patch.cord(order, 1, is_change)
    patch.cord(is_change, 0, changed, 1)
