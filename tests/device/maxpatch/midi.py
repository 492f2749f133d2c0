"""MIDI as bytes, one int at a time, and as notes."""

from __future__ import annotations

from tests.device.maxpatch.atoms import BANG, Atom, Message, PatchError, as_int
from tests.device.maxpatch.objects import MaxObject, max_class

_LENGTHS = {0x8: 3, 0x9: 3, 0xA: 3, 0xB: 3, 0xC: 2, 0xD: 2, 0xE: 3}


class ByteStream:
    """Whole channel messages from bytes; a message that breaks off is an error."""

    def __init__(self, owner: MaxObject) -> None:
        self._owner = owner
        self._bytes: list[int] = []

    def feed(self, byte: int) -> tuple[int, ...] | None:
        """Take a byte; returns a message where it is complete."""
        if not 0 <= byte <= 255:
            raise PatchError(f"{self._owner}: {byte} is no byte of MIDI.")
        if byte >= 0x80 and self._bytes:
            raise PatchError(f"{self._owner}: {self._bytes} breaks off before {byte}.")
        if byte < 0x80 and not self._bytes:
            raise PatchError(f"{self._owner}: {byte} belongs to no message.")
        if byte >= 0xF0:
            raise PatchError(f"{self._owner}: system messages do not reach a device.")
        self._bytes.append(byte)
        if len(self._bytes) < _LENGTHS[self._bytes[0] >> 4]:
            return None
        message, self._bytes = tuple(self._bytes), []
        return message


@max_class("midiin")
class MidiIn(MaxObject):
    """What comes into the device, byte by byte."""

    def play(self, data: tuple[int, ...]) -> None:
        """A whole message comes in."""
        for byte in data:
            self.out(0, byte)


@max_class("midiout")
class MidiOut(MaxObject):
    """What leaves the device."""

    outlets = 0

    def set_up(self) -> None:
        self.stream = ByteStream(self)

    def number(self, inlet: int, value: Atom) -> None:
        message = self.stream.feed(as_int(value))
        if message is not None:
            self.patch.midi_left(message)


@max_class("midiflush")
class MidiFlush(MaxObject):
    """Passes bytes and remembers the notes that sound; a bang ends them."""

    def set_up(self) -> None:
        self.stream = ByteStream(self)
        self.held: list[tuple[int, int]] = []

    def number(self, inlet: int, value: Atom) -> None:
        message = self.stream.feed(as_int(value))
        if message is not None:
            self._remember(message)
        self.out(0, as_int(value))

    def bang(self, inlet: int) -> None:
        held, self.held = self.held, []
        for channel, pitch in held:
            for byte in (0x90 | channel, pitch, 0):
                self.out(0, byte)

    def anything(self, inlet: int, selector: str, rest: Message) -> None:
        if selector != "clear" or rest:
            self.refuse(inlet, (selector, *rest))
        self.held.clear()

    def _remember(self, message: tuple[int, ...]) -> None:
        kind, key = message[0] >> 4, (message[0] & 0xF, message[1])
        if kind == 0x9 and message[2]:
            self.held.append(key)
        elif kind in (0x8, 0x9) and key in self.held:
            self.held.remove(key)


@max_class("midiparse")
class MidiParse(MaxObject):
    """Bytes to notes and the rest; the channel (from 1) comes before what it belongs to."""

    outlets = 8

    def set_up(self) -> None:
        self.stream = ByteStream(self)

    def number(self, inlet: int, value: Atom) -> None:
        message = self.stream.feed(as_int(value))
        if message is None:
            return
        kind, data = message[0] >> 4, message[1:]
        self.out(7, "midievent", *message)
        self.out(6, (message[0] & 0xF) + 1)
        if kind == 0x8:
            self.out(0, data[0], 0)
        elif kind == 0xE:
            self.out(5, data[1])
        elif kind in (0xC, 0xD):
            self.out(kind - 0x9, data[0])
        elif kind == 0xB:
            self.out(2, data[1], data[0])
        else:
            self.out(0 if kind == 0x9 else 1, *data)


@max_class("midiformat")
class MidiFormat(MaxObject):
    """Notes to bytes, on the channel (from 1) at its last inlet."""

    inlets = 7
    outlets = 2

    def set_up(self) -> None:
        self.channel = as_int(self.arguments[0]) if self.arguments else 1

    def number(self, inlet: int, value: Atom) -> None:
        if inlet != 6:
            self.refuse(inlet, (value,))
        self.channel = as_int(value)
        if not 1 <= self.channel <= 16:
            self.refuse(inlet, (value,))

    def list(self, inlet: int, values: Message) -> None:
        if inlet != 0 or len(values) != 2:
            self.refuse(inlet, values)
        pitch, velocity = map(as_int, values)
        if not (0 <= pitch <= 127 and 0 <= velocity <= 127):
            self.refuse(inlet, values)
        message = (0x90 | self.channel - 1, pitch, velocity)
        self.out(1, "midievent", *message)
        for byte in message:
            self.out(0, byte)

    def bang(self, inlet: int) -> None:
        self.refuse(inlet, BANG)
