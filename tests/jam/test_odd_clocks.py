"""Clocks that no healthy Live sends: a song that stalls, and one that is days long."""

from __future__ import annotations

from bridge.core.clocksample import MOST_SONG_TICKS
from bridge.core.jam import Jam
from bridge.core.protocol import Direction, Message, check
from bridge.core.requests import AnswerChunk, BundleReady, Likelihood, StartAnswer
from bridge.core.session import State
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.errors import ClipTransferFailed
from bridge.io.osc_packet import encode
from tests.fakes.wild_jam import DEVICES, SOURCE

DEVICE = DEVICES[0]

TICK_S = 2.5 / 300.0
TICKS = 20


class Host:
    """A device at 300 qpm, 5/16, that is told each tick where its song is."""

    def __init__(self) -> None:
        player = PlayerSettings(bundle="a", call_bars=1, answer_bars=1, loop=True)
        self.jam = Jam(JamSettings(bundles=("a",), player=player), 7, 1)
        self.now_s = 10.0
        self.sent: list[Message] = []
        self._seq = 0
        self.send("/hello", 1, 6000, 0)
        self.jam.model_reply(BundleReady(DEVICE, "a", 4, True), self.now_s)

    def send(self, address: str, *values: int | float) -> None:
        message = check(address, (DEVICE, *values), Direction.TO_ENGINE)
        self.jam.receive(encode(message), SOURCE, self.now_s)
        self.fetch()

    def fetch(self) -> None:
        output = self.jam.take_output()
        self.sent += [message for _, message in output.datagrams]
        for request in output.requests:
            if isinstance(request, StartAnswer):
                nothing = Likelihood(0.0, 0, 0.0, 0)
                number, length = request.answer_id, request.answer_beats
                made = AnswerChunk(DEVICE, number, (), length, True, nothing)
                self.jam.model_reply(made, self.now_s)
                self.fetch()

    def tick(self, song_ticks: int) -> None:
        self._seq += 1
        stamp_us = int(self.now_s * 1e6)
        stamp = stamp_us >> 24, stamp_us & 0xFFFFFF
        grid = 5, 16, song_ticks % 600
        self.send("/clock", 1, self._seq, song_ticks, 0, 300.0, *stamp, 5, 0, 0, *grid)
        self.pass_time(TICK_S)

    def pass_time(self, passed_s: float) -> None:
        self.now_s += passed_s
        self.jam.advance(self.now_s)
        self.fetch()

    def values(self, address: str) -> list[tuple[int | float, ...]]:
        return [message.values for message in self.sent if message.address == address]


def test_a_song_that_stalls_while_an_answer_loops() -> None:
    host = Host()
    song = 0
    for _ in range(40):
        host.tick(song)
        if song == 0:
            host.send("/note", 36, 90, 0)
            host.send("/note", 36, 0, 0)
        song += TICKS
    for _ in range(130):  # a plug-in loads: Live's song stands still, for more than five bars
        host.pass_time(0.01)
    for _ in range(40):
        host.tick(song)
        song += TICKS
    assert {code for code, _ in host.values("/error")} <= {ClipTransferFailed.wire_code}
    assert all(bar >= 0 for _, bar, _ in host.values("/state"))
    assert host.values("/state")[-1][0] == State.LOOPING


def test_a_song_position_near_the_end_of_int32_is_refused() -> None:
    host = Host()
    for song in (MOST_SONG_TICKS + 1, 2**31 - 20, -(2**31)):
        host.tick(song)
    assert [code for code, _ in host.values("/error")] == [324, 324, 324]
    host.send("/go")
    assert host.values("/n") == []
