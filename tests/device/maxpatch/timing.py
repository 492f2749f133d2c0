"""Objects that wait, count and know where the song is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bridge.demo.transport import CLOCK_TICKS, TransportState
from tests.device.maxpatch.atoms import BANG, Atom, Message, PatchError, as_float, as_int, like
from tests.device.maxpatch.objects import MaxObject, max_class
from tests.device.maxpatch.queues import Ticket

_NEAR_TICKS = 1e-4
"""Rounding of the virtual clock; Max's own steps are far coarser."""


def plain_ms(each: MaxObject, words: Message, default: float) -> float:
    """A time of a box in ms; tempo-relative times are modelled in ``metro`` only."""
    if any(isinstance(word, str) for word in words):
        raise PatchError(f"{each}: only milliseconds are modelled here.")
    return as_float(words[-1]) if words else default


@max_class("delay", "del")
class Delay(MaxObject):
    """A bang, later; another bang starts it anew."""

    inlets = 2

    def set_up(self) -> None:
        self.delay_ms = plain_ms(self, self.arguments, 5.0)
        self.ticket: Ticket | None = None

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        self._stop()
        self.ticket = self.patch.queues.after(self.delay_ms, lambda: self.out(0, "bang"))

    def number(self, inlet: int, value: Atom) -> None:
        self.delay_ms = as_float(value)
        if inlet == 0:
            self.bang(0)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "stop" or inlet:
            self.refuse(inlet, (selector, *rest))
        self._stop()

    def _stop(self) -> None:
        if self.ticket is not None:
            self.ticket.cancel()


@max_class("pipe")
class Pipe(MaxObject):
    """Numbers, later, each set for itself; the last inlet is the delay in ms."""

    def set_up(self) -> None:
        self.inlets = max(2, len(self.arguments))
        self.outlets = self.inlets - 1
        self.delay_ms = plain_ms(self, self.arguments, 0.0)
        self.models: Message = self.arguments[:-1] or (0,)
        self.values = list(self.models)
        self.waiting: dict[int, tuple[Ticket, Message]] = {}
        self.count = 0

    def number(self, inlet: int, value: Atom) -> None:
        if inlet == self.outlets:
            self.delay_ms = as_float(value)
            return
        self.values[inlet] = like(self.models[inlet], value)
        if inlet == 0:
            self.bang(0)

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        self.count += 1
        number, values = self.count, tuple(self.values)
        ticket = self.patch.queues.after(self.delay_ms, lambda: self._let_go(number))
        self.waiting[number] = (ticket, values)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if inlet or rest or selector not in ("clear", "stop", "flush"):
            self.refuse(inlet, (selector, *rest))
        waiting, self.waiting = self.waiting, {}
        for ticket, values in waiting.values():
            ticket.cancel()
            if selector == "flush":
                self._put_out(values)

    def _let_go(self, number: int) -> None:
        _, values = self.waiting.pop(number)
        self._put_out(values)

    def _put_out(self, values: Message) -> None:
        for outlet in range(self.outlets - 1, -1, -1):
            self.out(outlet, values[outlet])


@dataclass(slots=True)
class _Sounding:
    pitch: Atom
    channel: Atom | None
    ticket: Ticket


@max_class("makenote")
class Makenote(MaxObject):
    """A note-on, and its note-off (velocity 0) after the duration in ms."""

    known_attributes = ("repeatmode",)

    def set_up(self) -> None:
        given = [*self.arguments, *(0, 0)[len(self.arguments) :]]
        self.outlets, self.inlets = len(given), len(given) + 1
        self.values: list[Atom] = [0, *given]
        self.repeat = as_int(self.attribute("repeatmode", 0))
        self.sounding: dict[int, _Sounding] = {}
        self.count = 0

    def number(self, inlet: int, value: Atom) -> None:
        self.values[inlet] = value
        if inlet == 0:
            self.bang(0)

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        pitch, velocity, duration, *channels = self.values
        channel = channels[0] if channels else None
        if self.repeat:
            self._replace(pitch, channel)
        self.count += 1
        number = self.count
        ticket = self.patch.queues.after(as_float(duration), lambda: self._end(number))
        self.sounding[number] = _Sounding(pitch, channel, ticket)
        self._put_out(pitch, velocity, channel)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if inlet or rest or selector not in ("stop", "clear"):
            self.refuse(inlet, (selector, *rest))
        for number in list(self.sounding):
            self.sounding[number].ticket.cancel()
            if selector == "stop":
                self._end(number)
        self.sounding.clear()

    def _replace(self, pitch: Atom, channel: Atom | None) -> None:
        """Mode 1 ends the same pitch first; mode 2 only drops its earlier end."""
        for number, note in list(self.sounding.items()):
            if (note.pitch, note.channel) == (pitch, channel):
                note.ticket.cancel()
                if self.repeat == 1:
                    self._end(number)
                else:
                    del self.sounding[number]

    def _end(self, number: int) -> None:
        note = self.sounding.pop(number)
        self._put_out(note.pitch, 0, note.channel)

    def _put_out(self, pitch: Atom, velocity: Atom, channel: Atom | None) -> None:
        if channel is not None:
            self.out(2, channel)
        self.out(1, velocity)
        self.out(0, pitch)


@max_class("metro")
class Metro(MaxObject):
    """Bangs: each so many ms, or on song positions while the transport plays."""

    inlets = 2
    known_attributes = ("active", "autostart", "autostarttime", "quantize", "interval", "defer")

    def set_up(self) -> None:
        words = self.box.attributes.get("interval", list(self.arguments))
        if any(isinstance(word, str) for word in self.arguments):
            raise PatchError(f"{self}: a time in another unit than ms belongs in @interval.")
        self.grid_ticks = as_int(words[0]) if words[1:] == ["ticks"] else 0
        if self.grid_ticks:
            self._check_grid()
        self.interval_ms = 0.0 if self.grid_ticks else plain_ms(self, tuple(words), 5.0)
        self.on = False
        self.due_ms = math.inf

    def loaded(self) -> None:
        self.patch.queues.sources.append(self)
        if self.attribute("active", 0) or (self.grid_ticks and self.attribute("autostart", 0)):
            self._start()

    def number(self, inlet: int, value: Atom) -> None:
        if inlet:
            if self.grid_ticks:
                self.refuse(inlet, (value,))
            self.interval_ms = as_float(value)
        elif value:
            self._start()
        else:
            self._stop()

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        self._start()

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "stop" or inlet:
            self.refuse(inlet, (selector, *rest))
        self._stop()

    def next_due_ms(self) -> float:
        if not self.on:
            return math.inf
        return self._next_on_grid_ms() if self.grid_ticks else self.due_ms

    def fire(self) -> None:
        self.due_ms += self.interval_ms
        self.last_ms = self.patch.queues.now_ms
        self.out(0, "bang")

    def _start(self) -> None:
        self.on = True
        self.due_ms = self.patch.queues.now_ms
        self.last_ms = self.patch.queues.now_ms - 1e-3

    def _stop(self) -> None:
        self.on = False

    def _next_on_grid_ms(self) -> float:
        transport, after_s = self.patch.transport, self.last_ms / 1000.0
        moments = []
        crossing = transport.next_crossing(after_s)
        if crossing is not None:
            moments.append(crossing.at_s)
        change_s = transport.next_change_s(after_s)
        if math.isfinite(change_s):
            state = transport.state_at(change_s)
            if state.playing and state.song_ticks % self.grid_ticks < _NEAR_TICKS:
                moments.append(change_s)
        # A crossing at a moment that rounding puts at or before the last one has been.
        later = [at_s * 1000.0 for at_s in moments if at_s * 1000.0 > self.last_ms + 1e-6]
        return min(later, default=change_s * 1000.0 + math.inf)

    def _check_grid(self) -> None:
        if self.box.attributes.get("quantize") != [self.grid_ticks, "ticks"]:
            raise PatchError(f"{self} has no phase: a tick metro needs its own @quantize.")
        if self.grid_ticks != CLOCK_TICKS:
            raise PatchError(f"{self}: only a grid of {CLOCK_TICKS} ticks is modelled.")


@max_class("transport")
class Transport(MaxObject):
    """Where Live's song is: a bang puts it out, from right to left."""

    inlets = 2
    outlets = 9

    def bang(self, inlet: int) -> None:
        if inlet:
            self.refuse(inlet, BANG)
        state = self.patch.song()
        ticks = song_ticks(state)
        numerator, denominator = state.signature
        beat_ticks = 4 * 480 / denominator
        since = ticks - state.bar_origin_ticks
        bar, in_bar = divmod(since, beat_ticks * numerator)
        beat, units = divmod(in_bar, beat_ticks)
        self.out(8, "internal")
        self.out(7, ticks)
        self.out(6, int(state.playing))
        self.out(5, numerator, denominator)
        self.out(4, float(state.tempo_qpm))
        self.out(3, 480.0)
        self.out(2, float(units))
        self.out(1, int(beat) + 1)
        self.out(0, int(bar) + 1)


def song_ticks(state: TransportState) -> float:
    """The song position; a loop's end is its start, whatever the rounding."""
    ticks = state.song_ticks
    if state.loop is not None and abs(ticks - state.loop.end_ticks) < _NEAR_TICKS:
        ticks = float(state.loop.start_ticks)
    return float(round(ticks)) if abs(ticks - round(ticks)) < _NEAR_TICKS else ticks


@max_class("cpuclock")
class CpuClock(MaxObject):
    """Milliseconds of the machine's clock, from any zero."""

    ZERO_MS = 86_400_000.0

    def bang(self, inlet: int) -> None:
        self.out(0, self.ZERO_MS + self.patch.queues.now_ms)
