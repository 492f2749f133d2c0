"""The worked example of docs/protocol.md: every line is checked against the address book."""

from __future__ import annotations

from dataclasses import dataclass

from tables import code, table

from bridge.core.address_book import Direction
from bridge.core.protocol import Message, check
from bridge.core.session import State
from bridge.core.units import TICKS_PER_BEAT
from bridge.core.wire import parse_packet
from bridge.io.osc_packet import encode

DEVICE = 4711
PORT = 17701
EPOCH = 90125
BAR = 4 * TICKS_PER_BEAT
TEMPO_QPM = 120.0

_IN, _OUT = Direction.TO_ENGINE, Direction.TO_DEVICE


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the example.

    Args:
        direction: Who sends it.
        address: Its address.
        values: Its arguments.
        remark: What it does here.
    """

    direction: Direction
    address: str
    values: tuple[int | float, ...]
    remark: str

    def message(self) -> Message:
        """It as a message that the book allows."""
        return check(self.address, self.values, self.direction)


def _clock(seq: int, song_ticks: int, flags: int) -> tuple[int | float, ...]:
    return (DEVICE, 3, seq, song_ticks, 0, TEMPO_QPM, 0, 0, flags, 0, 0, 4, 4, 0)


LINES: tuple[Line, ...] = (
    Line(_IN, "/hello", (DEVICE, 1, PORT, 0), "The device asks for a link."),
    Line(_OUT, "/welcome", (DEVICE, EPOCH, 1, 1), "The link stands; this is player 1."),
    Line(_OUT, "/bundle/name", (0, 1, -1, *map(ord, "drums")), "The one bundle's name."),
    Line(_OUT, "/bundle", (0, 4, 1), "The drum model is loaded: sixteenths."),
    Line(_IN, "/param/temperature", (DEVICE, 1.0), "The knobs, one message each."),
    Line(_IN, "/clock", _clock(0, 0, 1), "Play is pressed: bar 1, 120 to the minute."),
    Line(_IN, "/note", (DEVICE, 36, 112, 9), "A bass drum on the downbeat: the call begins."),
    Line(_OUT, "/state", (int(State.LISTENING), 1, 0), "Listening, bar 1 of an open call."),
    Line(_IN, "/note", (DEVICE, 36, 0, 9), "The key is released."),
    Line(_IN, "/note", (DEVICE, 38, 100, 9), "A snare on beat 2, and so on to the bar's end."),
    Line(_IN, "/clock", _clock(96, BAR, 1), "Bar 2 passes in silence, and ends the call."),
    Line(_OUT, "/state", (int(State.THINKING), 2, 0), "The answer is made for the next bar line."),
    Line(_OUT, "/n", (2 * BAR, 36, 112, 9, 120), "Its first note, for the downbeat of bar 3."),
    Line(_OUT, "/state", (int(State.ANSWERING), 1, 1), "The answer plays: bar 1 of 1."),
    Line(_OUT, "/n", (2 * BAR + TICKS_PER_BEAT, 38, 100, 9, 120), "Its next note."),
    Line(
        _OUT,
        "/score",
        (1, 1997, -0.75, -0.5, -19.25),
        "All made: 15 steps of the call at -0.75 nats each, 16 of the answer at -0.5.",
    ),
    Line(_OUT, "/state", (int(State.IDLE), 0, 0), "The answer's whole length has passed."),
)


def conversation() -> str:
    """The example as a table; figures are made up, forms are checked."""
    rows = []
    for line in LINES:
        message = line.message()
        values = " ".join(
            f"{value:g}" if isinstance(value, float) else str(int(value))
            for value in message.values
        )
        arrow = "→ engine" if line.direction is _IN else "→ device"
        rows.append((arrow, code(f"{line.address} {values}".strip()), line.remark))
    return (
        f"Device {DEVICE} hears on port {PORT}. The call is one bar of drums; the defaults end it"
        " by a bar of silence and answer with as many bars. The clock comes"
        " 24 times a beat and heartbeats once a second; most are left out here.\n\n"
        + table(["", "message", "what happens"], rows)
    )


def datagram() -> str:
    """One message as its bytes."""
    line = next(line for line in LINES if line.address == "/note")
    data = encode(line.message())
    assert parse_packet(data) == [(line.address, line.values)]
    rows = [
        (
            start,
            code(_hex(data[start : start + 4])),
            code(_ascii(data[start : start + 4])),
            _part(start, line),
        )
        for start in range(0, len(data), 4)
    ]
    shown = " ".join(str(value) for value in line.values)
    return (
        f"`{line.address} {shown}` is {len(data)} bytes, big-endian, each part padded to a"
        " multiple of four with zero bytes:\n\n" + table(["offset", "hex", "ASCII", "part"], rows)
    )


def _part(offset: int, line: Line) -> str:
    names = [argument.name for argument in line.message().spec.arguments]
    address_end = (len(line.address) + 4) & ~3
    tags_end = address_end + ((len(names) + 1 + 4) & ~3)
    if offset < address_end:
        return "address"
    if offset < tags_end:
        return "type tags"
    index = (offset - tags_end) // 4
    return f"{code(names[index])} = {line.values[index]}"


def _hex(data: bytes) -> str:
    return data.hex(" ")


def _ascii(data: bytes) -> str:
    return "".join(chr(byte) if 32 < byte < 127 else "." for byte in data)
