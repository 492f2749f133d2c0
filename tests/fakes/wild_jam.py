"""A jam without sockets, where anything happens at any moment: keys, knobs, stalls, failing models.

Everything follows from one seed. `play` raises if the jam ever does, or if it does not come to rest
once people take their hands off.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from bridge.core.cliptransfer import note_values, notes_crc
from bridge.core.jam import Jam
from bridge.core.notes import Note
from bridge.core.protocol import Direction, check
from bridge.core.requests import (
    AnswerChunk,
    BundleReady,
    ContinueAnswer,
    Likelihood,
    MakeClip,
    ModelFailed,
    ModelReply,
    ModelRequest,
    SelectBundle,
    StartAnswer,
)
from bridge.core.session import State
from bridge.core.settings import JamSettings, PlayerSettings
from bridge.io.osc_packet import encode

DEVICES = (5, 6)
SOURCE = ("127.0.0.1", 5000)
CALM_S = 12.0
BUTTONS = ("/go", "/again", "/mutate", "/end_call")
KNOBS = (
    ("loop", 0, 1),
    ("overlap", 0, 1),
    ("mode", 0, 3),
    ("wake_bars", 0, 3),
    ("same_answers", 0, 3),
    ("max_notes_per_beat", 0, 3),
    ("call_bars", 0, 3),
    ("answer_bars", 0, 3),
    ("silence_bars", 1, 3),
    ("bundle", 0, 1),
    ("seed", -1, 9),
    ("memory_bars", 0, 64),
    ("listen", 0, 3),
)
METRES = ((4, 4), (3, 4), (5, 16), (1, 16), (7, 8))
LOOPS = (None, (0, 1920), (0, 120), (240, 700), (0, 1))


class MoodyModel:
    """Strikes every step, late and unreliably."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.failing = dice.choice((0.0, 0.0, 0.05, 0.2))
        self._delay_s = dice.choice((0.0, 0.05, 0.5, 2.0))
        self._made: dict[tuple[int, int], tuple[float, float]] = {}
        self._coming: list[tuple[float, ModelReply]] = []

    def submit(self, request: ModelRequest, now_s: float) -> None:
        for reply in self._clip(request) if isinstance(request, MakeClip) else ():
            self._coming.append((now_s + self._dice.random() * self._delay_s, reply))
        reply = self._reply(request)
        if reply is not None:
            self._coming.append((now_s + self._dice.random() * self._delay_s, reply))

    def poll(self, now_s: float) -> list[ModelReply]:
        replies = [reply for at_s, reply in self._coming if at_s <= now_s]
        self._coming = [each for each in self._coming if each[0] > now_s]
        return replies

    def _clip(self, request: MakeClip) -> list[ModelReply]:
        """In two stretches, which may come in any order."""
        if self._dice.random() < self.failing:
            return [ModelFailed(request.player, request.answer_id, 505, "It failed.", "Wait.")]
        likelihood = Likelihood(-1.0, 3, -2.0, 4)
        note = Note(36, 100, 0.0, 0.2)
        which, beats = (request.player, request.answer_id), request.answer_beats
        return [AnswerChunk(*which, (note,), beats, done, likelihood) for done in (False, True)]

    def _reply(self, request: ModelRequest) -> ModelReply | None:
        failed = self._dice.random() < self.failing
        if isinstance(request, SelectBundle):
            if failed:
                return ModelFailed(request.player, -1, 505, "It failed.", "Wait.")
            grid, drums = self._dice.choice((2, 4)), self._dice.random() < 0.5
            return BundleReady(request.player, request.bundle, grid, drums)
        if not isinstance(request, StartAnswer | ContinueAnswer):
            return None
        number = request.player, request.answer_id
        if isinstance(request, StartAnswer):
            self._made[number] = 0.0, request.answer_beats
        if failed or number not in self._made:
            return ModelFailed(*number, 505, "It failed.", "Wait.")
        made, length = self._made[number]
        notes: list[Note] = []
        while made < min(length, request.ready_beats) - 1e-9:
            notes.append(Note(36, 100, made, 0.2))
            made += 0.25
        self._made[number] = made, length
        done = made >= length - 1e-9
        likelihood = Likelihood(-1.0, 3, -2.0, 4)
        return AnswerChunk(*number, tuple(notes), made, done, likelihood)


class WildJam:
    """Two devices of one Live whose every move is thrown with dice."""

    def __init__(self, seed: int) -> None:
        self.dice = dice = random.Random(seed)
        player = PlayerSettings(
            bundle="a",
            overlap=dice.random() < 0.5,
            loop=dice.random() < 0.3,
            call_bars=dice.choice((0, 0, 1, 2)),
            answer_bars=dice.choice((0, 1, 2)),
        )
        self.model = MoodyModel(dice)
        self.now_s = 100.0
        self.jam = self._begin(JamSettings(bundles=("a", "b"), player=player), 7, seed)
        self.tempo_qpm = dice.choice((40.0, 120.0, 300.0, 999.0))
        self.metre = dice.choice(METRES)
        self.loop: tuple[int, int] | None = None
        self.song_ticks = 0.0
        self.playing = True
        self.stall_s = 0.0
        self._epoch = self._seq = 1
        self._clock_at_s = self._heartbeat_at_s = self.now_s
        self.send_all("/hello", 1, 6000, 0)

    def play(self, wild_s: float) -> None:
        """Anything for so long, then a while of nothing but the clock."""
        end_s = self.now_s + wild_s
        while self.now_s < end_s:
            self._pass_time()
            self._do_anything()
        self._hands_off()
        end_s = self.now_s + CALM_S
        while self.now_s < end_s:
            self._pass_time()
        assert [seat.player.state for seat in self.jam.seats] == [State.IDLE] * len(DEVICES)
        assert not any(seat.hearing._coming or seat.hearing._sounding for seat in self.jam.seats)
        assert self.jam.counts["contained"] == 0, self.jam.complaints.counts

    def send_all(self, address: str, *values: int | float) -> None:
        """From every device."""
        for device in DEVICES:
            self.send(address, *values, device=device)

    def send(self, address: str, *values: int | float, device: int | None = None) -> None:
        """From one device, any if none is named."""
        device = device or self.dice.choice(DEVICES)
        message = check(address, (device, *values), Direction.TO_ENGINE)
        self._deliver(encode(message))

    def _begin(self, settings: JamSettings, epoch: int, seed: int) -> Jam:
        return Jam(settings, epoch, seed)

    def _deliver(self, data: bytes) -> None:
        self.jam.receive(data, SOURCE, self.now_s)
        self._fetch()

    def _fetch(self) -> None:
        output = self.jam.take_output()
        for _, message in output.datagrams:
            encode(message)
        for request in output.requests:
            self.model.submit(request, self.now_s)

    def _pass_time(self) -> None:
        due_s = self.jam.next_due_s(self.now_s)
        after = due_s if due_s > self.now_s else self.now_s + 0.001
        wake_s = self.now_s + 0.3 * self.dice.random()
        passed_s = min(after, self._clock_at_s, self._heartbeat_at_s, wake_s) - self.now_s
        passed_s = max(passed_s, 1e-6)
        self.now_s += passed_s
        self.stall_s -= passed_s
        if self.playing and self.stall_s <= 0.0:
            self._move_song(passed_s)
        if self.now_s >= self._heartbeat_at_s:
            self._heartbeat_at_s = self.now_s + 1.0
            self.send_all("/heartbeat", 6000, 7)
        if self.now_s >= self._clock_at_s:
            self._clock_at_s = self.now_s + (2.5 / self.tempo_qpm if self.playing else 1.0)
            if self.stall_s <= 0.0:
                self._tick()
        self._turn()

    def _turn(self) -> None:
        self.jam.advance(self.now_s)
        self._fetch()
        while replies := self.model.poll(self.now_s):
            for reply in replies:
                self.jam.model_reply(reply, self.now_s)
                self._fetch()

    def _move_song(self, passed_s: float) -> None:
        self.song_ticks += passed_s * self.tempo_qpm * 8.0
        if self.loop is not None:
            start, length = self.loop
            if self.song_ticks >= start + length:
                self.song_ticks = start + (self.song_ticks - start) % length

    def _tick(self) -> None:
        self._seq += 1
        numerator, denominator = self.metre
        whole, stamp_us = math.floor(self.song_ticks), int(self.now_s * 1e6)
        fraction = int((self.song_ticks - whole) * 1000)
        flags = self.playing + 2 * (self.loop is not None) + 4 * (self.dice.random() < 0.99)
        bar = numerator * 1920 // denominator
        stamp = stamp_us >> 24 & 0xFFFFFF, stamp_us & 0xFFFFFF
        bounds = self.loop or (0, 0)
        where = min(2**31 - 1, whole), fraction, self.tempo_qpm
        grid = numerator, denominator, whole % bar
        self.send_all("/clock", self._epoch, self._seq, *where, *stamp, flags, *bounds, *grid)

    def _do_anything(self) -> None:
        dice = self.dice
        doings: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.08, lambda: self.send("/note", dice.choice((36, 38)), dice.choice((0, 90)), 0)),
            (0.03, lambda: self.send(dice.choice(BUTTONS))),
            (0.002, lambda: self.send("/panic")),
            (0.01, self._turn_a_knob),
            (0.012, self._touch_the_transport),
            (0.001, lambda: self.send("/hello", 1, 6000, 0)),
            (0.02, self._send_or_ask_for_a_clip),
        )
        for share, doing in doings:
            if dice.random() < share:
                doing()

    def _turn_a_knob(self) -> None:
        name, low, high = self.dice.choice(KNOBS)
        self.send(f"/param/{name}", self.dice.randint(low, high))

    def _send_or_ask_for_a_clip(self) -> None:
        dice = self.dice
        clip, beats = dice.randrange(4), dice.choice((0.0, 0.5, 4.0, 7.25, 1000.0))
        if dice.random() < 0.5:
            what, count = dice.randrange(2), dice.randint(1, 16)
            self.send("/clip/ask", dice.randint(1, 9), clip, what, count, beats)
            return
        notes = [note_values(Note(36, 90, i / 4, 0.25)) for i in range(dice.choice((0, 1, 30)))]
        crc = notes_crc(notes) + (dice.random() < 0.1)
        head = clip, dice.choice((0, 2)), 0, 1, beats, crc
        self.send("/clip/chunk", *head, *(value for note in notes for value in note))

    def _touch_the_transport(self) -> None:
        dice = self.dice
        what = dice.randrange(6)
        if what == 0:
            self.metre = dice.choice(METRES)
        elif what == 1:
            self.tempo_qpm = dice.choice((20.0, 40.0, 120.0, 300.0, 999.0))
        elif what == 2:
            self.loop = dice.choice(LOOPS)
        elif what == 3:
            self.stall_s = 1.4 * dice.random()
        elif what == 4:
            places = (0.0, 1920.0 * dice.randrange(9), 9999 * dice.random(), -500.0)
            self.song_ticks = dice.choice((*places, 2.0**31 - 2000.0, 10.0 - 2.0**31))
            self._epoch += 1
        else:
            self.playing = not self.playing
            self._epoch += self.playing

    def _hands_off(self) -> None:
        """A plain beat, no loop, a model that works."""
        self.model.failing = 0.0
        self.tempo_qpm, self.metre, self.loop = 300.0, (4, 4), None
        self.song_ticks, self.playing, self.stall_s = 0.0, True, 0.0
        self._epoch += 1
        self._clock_at_s = self.now_s
        for name, value in (
            ("listen", 0),
            ("loop", 0),
            ("call_bars", 0),
            ("silence_bars", 1),
            ("answer_bars", 1),
        ):
            self.send_all(f"/param/{name}", value)
