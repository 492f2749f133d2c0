"""OSC in and out: what a message costs, what a burst loses, what hostile datagrams do."""

from __future__ import annotations

import heapq
import math
import random
import resource
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator

from pythonosc.osc_message import OscMessage

from benchmarks.rows import Row
from bridge.core.cliptransfer import ClipReceiver, ClipSender
from bridge.core.jam import Jam
from bridge.core.notes import Note, Phrase
from bridge.core.protocol import CLIP_IS_ANSWER, PROTOCOL_VERSION, Direction, Message, check
from bridge.core.settings import JamSettings
from bridge.core.wire import parse_packet
from bridge.demo.packets import packet
from bridge.io.osc_udp import UdpEdge

DEVICE = 7
MUST_RATE = 5_000


def rows(*, quick: bool) -> Iterator[Row]:
    """All rows."""
    yield _cost_of_parsing(20_000 if quick else 200_000)
    for rate in (5_000, 20_000):
        yield _sustained(rate, seconds=1.0 if quick else 5.0)
    yield _burst(2_000)
    yield from _hostile(100_000 if quick else 1_000_000)
    yield _clip(20 if quick else 200)


def _cost_of_parsing(count: int) -> Row:
    data = packet("/note/at", DEVICE, 36, 100, 0, 123_456)

    def ours() -> None:
        [(address, values)] = parse_packet(data)
        check(address, values, Direction.TO_ENGINE)

    def theirs() -> None:
        _ = OscMessage(data).params

    return Row(
        "a note message, parsed (ours: and checked against the address book)",
        _microseconds(ours, count),
        "µs",
        peer="python-osc, parsed only",
        peer_value=_microseconds(theirs, count),
        must=10.0,
    )


def _microseconds(function: object, count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        function()  # type: ignore[operator]
    return (time.perf_counter() - begin) / count * 1e6


def _engine() -> tuple[Jam, UdpEdge, socket.socket]:
    jam = Jam(JamSettings(), 1, 1)
    edge = UdpEdge("127.0.0.1", 0)
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect(edge.address)
    jam.receive(packet("/hello", DEVICE, PROTOCOL_VERSION, 20_000, 0), ("127.0.0.1", 1), 0.0)
    return jam, edge, out


def _drain(jam: Jam, edge: UdpEdge) -> int:
    datagrams = edge.receive()
    for datagram in datagrams:
        jam.receive(datagram.data, datagram.source, time.monotonic())
    jam.take_output()
    return len(datagrams)


def _sustained(rate: int, seconds: float) -> Row:
    jam, edge, out = _engine()
    data = packet("/note", DEVICE, 36, 100, 0)
    total = int(rate * seconds)

    def send() -> None:
        begin = time.perf_counter()
        for i in range(total):
            if (wait_s := begin + i / rate - time.perf_counter()) > 0.0005:
                time.sleep(wait_s)
            out.send(data)

    sender = threading.Thread(target=send)
    sender.start()
    received = 0
    while sender.is_alive():
        received += _drain(jam, edge)
    received += _drain(jam, edge)
    edge.close()
    out.close()
    lost = 100.0 * (total - received) / total
    name = f"lost of {rate} messages a second, UDP to jam, sender in the same process"
    must = 0.0 if rate <= MUST_RATE else None
    return Row(name, lost, "%", must=must, moonshot=0.0)


def _burst(count: int) -> Row:
    jam, edge, out = _engine()
    data = packet("/note", DEVICE, 36, 100, 0)
    for _ in range(count):
        out.send(data)
    received = 0
    while got := _drain(jam, edge):
        received += got
    edge.close()
    out.close()
    return Row(f"lost of a burst of {count} messages", 100.0 * (count - received) / count, "%",
               must=0.0)  # fmt: skip


def _hostile(count: int) -> Iterator[Row]:
    jam, edge, out = _engine()
    edge.close()
    out.close()
    chance = random.Random(1)
    source = ("127.0.0.1", 9999)
    jam.receive(packet("/go", DEVICE), source, 0.0)
    before_kb = _memory_kb()
    worst_s = 0.0
    for i in range(count):
        data = hostile_datagram(chance)
        begin = time.perf_counter()
        jam.receive(data, source, i * 1e-4)
        jam.take_output()
        worst_s = max(worst_s, time.perf_counter() - begin)
    grown_mb = (_memory_kb() - before_kb) / 1024.0
    name = f"{count} hostile datagrams:"
    yield Row(f"{name} worst time for one", worst_s * 1e3, "ms", must=50.0, moonshot=10.0)
    yield Row(f"{name} memory grown", grown_mb, "MB", must=5.0)


def hostile_datagram(chance: random.Random) -> bytes:
    """One datagram of the classes that stopped other servers."""
    go = packet("/go", DEVICE)
    kind = chance.randrange(9)
    if kind == 0:
        return chance.randbytes(chance.randrange(1401))
    if kind == 1:
        return b"#bundle\0" + struct.pack(">Qi", 1, -4)
    if kind == 2:
        return b"/" + b"*a" * 12 + b"\0\0\0,i\0\0\0\0\0\1"
    if kind == 3:
        return b"#bundle\0" + struct.pack(">Qi", 3_990_000_000 << 32, len(go)) + go
    if kind == 4:
        return b"#bundle\0" + b"\0" * 8 + (struct.pack(">i", 16) + b"#bundle\0" + b"\0" * 8) * 60
    if kind == 5:
        return b"/go\0," + b"[" * chance.randrange(1, 1300) + b"\0" * 4
    if kind == 6:
        return b"/" + chance.randbytes(60) + b"\0" * 8
    whole = bytearray(packet("/clock", DEVICE, 1, 9, 480, 0, 120.0, 0, 0, 5, 0, 0, 4, 4, 480))
    for _ in range(3):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    return bytes(whole[: chance.randrange(len(whole) + 1)])


def _memory_kb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024.0 if sys.platform == "darwin" else float(peak)


def _clip(times: int) -> Row:
    phrase = Phrase.of([Note(i % 128, 1 + i % 127, i * 0.125, 0.25) for i in range(500)], 62.5)
    took = [_transfer_s(phrase, seed) for seed in range(times)]
    worst_ms = max(took) * 1e3
    return Row(
        f"500 notes as a clip, 10 % lost, doubled and reordered, worst of {times} (virtual time)",
        worst_ms,
        "ms",
        must=500.0,
        moonshot=150.0,
    )


def _transfer_s(phrase: Phrase, seed: int) -> float:
    """Virtual seconds until the receiver has the whole clip, exactly; infinity if it differs."""
    chance = random.Random(seed)
    sender, receiver = ClipSender(DEVICE, 1, CLIP_IS_ANSWER, phrase), ClipReceiver()
    way: list[tuple[float, int, Message]] = []
    now_s, count = 0.0, 0
    while True:
        for message in sender.due(now_s):
            count += 1
            _post(way, message, now_s, count, chance)
        now_s = min([sender.next_due_s(), *(at_s for at_s, _, _ in way[:1])])
        while way and way[0][0] <= now_s:
            _, _, message = heapq.heappop(way)
            if message.address == "/clip/ack":
                sender.acknowledged(message.int_of("have_lo"), message.int_of("have_hi"))
                continue
            clip = receiver.take(message, now_s)
            if clip is not None:
                return now_s if clip == phrase else math.inf
            count += 1
            _post(way, receiver.acknowledgement(DEVICE, 1), now_s, count, chance)


def _post(
    way: list[tuple[float, int, Message]],
    message: Message,
    now_s: float,
    count: int,
    chance: random.Random,
) -> None:
    for copy in range(2 if chance.random() < 0.1 else 1):
        if chance.random() >= 0.1:
            delay_s = chance.uniform(0.0, 0.002) + (0.01 if chance.random() < 0.1 else 0.0)
            heapq.heappush(way, (now_s + delay_s, 2 * count + copy, message))
