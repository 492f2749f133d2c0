"""A simulated Live: one Magenta Jam device and its transport, without a socket or a clock.

It does what the real Max for Live device will do, datagram by datagram, and refuses what the real
one refuses, so that an engine which satisfies it will satisfy Live as far as the protocol goes.
The driver asks `next_due_s`, calls `due` then, sends what it returns, and hands over whatever
arrives by `receive`. All moments are seconds of one clock that only grows.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bridge.core.address_book import DIALS
from bridge.core.notes import Phrase
from bridge.core.protocol import BOOK, CLIP_IS_MATERIAL, PROTOCOL_VERSION, Direction, Message, check
from bridge.core.wire import parse_packet
from bridge.demo.clip_box import ClipBox, ReceivedClip
from bridge.demo.clip_wishes import ClipWishes
from bridge.demo.note_player import NotePlayer, SoundedNote
from bridge.demo.packets import clock_packet, packet
from bridge.demo.transport import Crossing, SimulatedTransport
from bridge.errors import BridgeError

BEAT_OF_LIFE_S = 1.0
LINK_LOST_S = 3.0
_CHANGE_REPEATS = 3

PARAMETERS: dict[str, int | float] = {
    "bundle": 0,
    "temperature": 1.0,
    "answer_bars": 0,
    "call_bars": 0,
    "silence_bars": 1,
    "loop": 0,
    "overlap": 0,
    "feel": 1.0,
    "seed": -1,
    "density": 0.0,
    "register_bias": 0.0,
    "variety": 0.0,
    "top_p": 1.0,
    "scale": 0,
    "lock": 0,
    "candidates": 1,
    "memory_bars": 0,
    "listen": 0,
}
"""The device's knobs as it is loaded; each is ``/param/<name>``."""


class SimulatedDevice:
    """One Magenta Jam device.

    Args:
        device: Its number, 1 to 2**31 - 1.
        reply_port: UDP port on which it hears.
        transport: Live's transport; several devices may share one.
        stamped_notes: Send keys as ``/note/at`` (song ticks), else as ``/note``.
        token: Shared secret for /hello; 0 = none.

    Attributes:
        parameters: The knobs' values, sent after every welcome.
        linked: Whether an engine has said welcome and is alive.
        engine_epoch: The engine's number; 0 while not linked.
        player_number: The number of its player, told by the engine; 0 before that.
        bundle_names: Name and drums (1, 0, or -1 for not known) of every bundle, by place.
        models: Every /bundle as (place in the list, steps a quarter, 1 for drums).
        states: Every /state as (moment in seconds, state, bar, bars).
        scores: Every /score as its five values.
        errors: Every /error as (code, count).
        refused: Why datagrams were refused; empty when the engine behaves.
        wishes: The clips that it sends and asks for.
        received: How many messages of each address came.
        sent: How many messages of each address went out.
    """

    def __init__(
        self,
        device: int,
        reply_port: int,
        transport: SimulatedTransport,
        *,
        stamped_notes: bool = True,
        token: int = 0,
    ) -> None:
        self.device = device
        self.reply_port = reply_port
        self.transport = transport
        self.stamped_notes = stamped_notes
        self.token = token
        self.parameters = dict(PARAMETERS)
        self.player = NotePlayer(transport)
        self.linked = False
        self.engine_epoch = 0
        self.player_number = 0
        self.bundle_names: dict[int, tuple[str, int]] = {}
        self.models: list[tuple[int, ...]] = []
        self.states: list[tuple[float, ...]] = []
        self.scores: list[tuple[int | float, ...]] = []
        self.errors: list[tuple[int, int]] = []
        self.refused: list[str] = []
        self.received, self.sent = Counter[str](), Counter[str]()
        self._clip_box = ClipBox()
        self.wishes = ClipWishes(device)
        self.clips: list[ReceivedClip] = self._clip_box.clips
        self._actions: list[tuple[float, int, str, tuple[int | float, ...]]] = []
        self._action_count = 0
        self._outbox: list[bytes] = []
        self._now_s = -math.inf
        self._life_s = -math.inf
        self._clock_s = math.inf
        self._crossing: Crossing | None = None
        self._heard_s = math.inf
        self._clock_epoch = -1
        self._clock_seq = 0

    @property
    def sounded(self) -> list[SoundedNote]:
        """Every note of the engine that sounded, in order."""
        return self.player.sounded

    @property
    def sounding(self) -> tuple[tuple[int, int], ...]:
        """Pitch and channel of each note that sounds now."""
        return self.player.sounding

    def key(self, at_s: float, pitch: int, velocity: int, channel: int = 0) -> None:
        """Strike (velocity 1 to 127) or release (0) a key at a moment."""
        self._queue(at_s, "/note", (pitch, velocity, channel))

    def command(self, address: str, *args: int | float, at_s: float | None = None) -> None:
        """Press a button or turn a knob at a moment (None: at the next `due`).

        Args:
            address: As in the address book; ``/goodbye`` removes the device.
            args: What follows the device's number.
            at_s: The moment.
        """
        self._queue(self._now_s if at_s is None else at_s, address, args)

    def ask_for_clips(
        self, phrase: Phrase | None, what: int, count: int, length_beats: float = 0.0
    ) -> int:
        """Send a clip to be worked on and ask for others; returns the wish's number.

        Args:
            phrase: The clip; None: from nothing.
            what: `ASK_CONTINUE` or `ASK_VARY`.
            count: How many are wanted.
            length_beats: Their length; 0.0 for the clip's.
        """
        clip = self.wishes.send(phrase, CLIP_IS_MATERIAL) if phrase is not None else 0
        return self.wishes.ask(clip, what, count, length_beats, self._now_s)

    def clips_of(self, ask: int) -> list[Phrase]:
        """The clips of a wish that have arrived, in their order; wish 0: the answers played."""
        numbers = [(one.index, one.clip) for one in self.wishes.made if one.ask == ask]
        whole = {clip.clip: clip.phrase for clip in self.clips}
        return [whole[clip] for _, clip in sorted(numbers) if clip in whole]

    def next_due_s(self, now_s: float) -> float:
        """The next moment at which it has something to do; ``now_s`` where that is now."""
        return now_s if self._outbox else max(now_s, min(self._moments()))

    def due(self, now_s: float) -> list[bytes]:
        """Do everything up to now and return the datagrams to send, in order."""
        self._advance(now_s)
        out, self._outbox = self._outbox, []
        return out

    def receive(self, datagram: bytes, now_s: float) -> None:
        """Take a datagram from the engine; what it refuses goes to `refused`."""
        self._advance(now_s)
        try:
            for address, values in parse_packet(datagram):
                self._handle(check(address, values, Direction.TO_DEVICE), now_s)
        except BridgeError as error:
            self.refused.append(error.message)

    def _queue(self, at_s: float, address: str, values: tuple[int | float, ...]) -> None:
        self._action_count += 1
        heapq.heappush(self._actions, (at_s, self._action_count, address, values))

    def _moments(self) -> Iterator[float]:
        """When each thing that can happen happens next."""
        yield self._life_s
        yield self.transport.next_change_s(self._now_s)
        yield self.player.next_event_s()
        if self._actions:
            yield self._actions[0][0]
        yield self._heard_s + LINK_LOST_S
        yield self._clock_s
        if self.linked:
            yield self.wishes.next_due_s()

    def _advance(self, now_s: float) -> None:
        while (at_s := min(self._moments())) <= now_s:
            self._happen(max(at_s, self._now_s) if math.isfinite(at_s) else now_s)
        self._now_s = max(self._now_s, now_s)

    def _happen(self, at_s: float) -> None:
        """Do what happens at a moment, the transport's changes first."""
        if self.transport.next_change_s(self._now_s) <= at_s:
            self._follow_change(at_s)
        self._now_s = at_s
        while self.player.next_event_s() <= at_s:
            self.player.play_next()
        if self._heard_s + LINK_LOST_S <= at_s:
            self._lose_link(at_s)
        if self._clock_s <= at_s:
            self._send_clock(at_s)
        if self.linked:
            for address, values in self.wishes.due(at_s, self.clips):
                self._send(address, *values)
        while self._actions and self._actions[0][0] <= at_s:
            _, _, address, values = heapq.heappop(self._actions)
            self._act(address, values, at_s)
        if self._life_s <= at_s:
            self._life_s = at_s + BEAT_OF_LIFE_S
            self._show_life()

    def _follow_change(self, at_s: float) -> None:
        before = self.transport.state_at(self._now_s)
        after = self.transport.state_at(at_s)
        self._now_s = at_s
        if not after.playing:
            self.player.flush(at_s)
        elif before.clock_epoch != after.clock_epoch:
            self.player.clear()
        if self.linked:
            self._send_clock(at_s, repeats=_CHANGE_REPEATS)

    def _act(self, address: str, values: tuple[int | float, ...], at_s: float) -> None:
        if address == "/note" and self.stamped_notes:
            address = "/note/at"
            values = (*values, math.floor(self.transport.song_ticks_at(at_s) + 1e-4))
        if address.startswith("/param/"):
            self.parameters[address.removeprefix("/param/")] = values[-1]
        if self.linked:
            self._send(address, self.device, *values)
        if address == "/panic":
            self.player.flush(at_s)
        if address == "/goodbye":
            self._lose_link(at_s)
            self._life_s = math.inf

    def _show_life(self) -> None:
        if self.linked:
            self._send("/heartbeat", self.device, self.reply_port, self.engine_epoch)
        else:
            self._send("/hello", self.device, PROTOCOL_VERSION, self.reply_port, self.token)

    def _lose_link(self, now_s: float) -> None:
        self.linked = False
        self.engine_epoch = 0
        self._heard_s = self._clock_s = math.inf
        self.player.flush(now_s)
        self._life_s = now_s

    def _send(self, address: str, *values: int | float) -> None:
        self.sent[address] += 1
        self._outbox.append(packet(address, *values))

    def _send_clock(self, at_s: float, repeats: int = 1) -> None:
        state = self.transport.state_at(at_s)
        if self._crossing is not None and self._crossing.at_s == at_s:
            # The crossing knows the tick as an integer, and which end of a loop it is.
            state = replace(state, song_ticks=float(self._crossing.song_ticks))
        if state.clock_epoch != self._clock_epoch:
            self._clock_epoch, self._clock_seq = state.clock_epoch, 0
        self.sent["/clock"] += repeats
        data = clock_packet(self.device, self._clock_seq, state)
        self._outbox.extend([data] * repeats)
        self._clock_seq += 1
        self._crossing = self.transport.next_crossing(at_s) if state.playing else None
        self._clock_s = self._crossing.at_s if self._crossing else at_s + BEAT_OF_LIFE_S

    def _handle(self, message: Message, now_s: float) -> None:
        address = message.address
        if message.spec.arguments and message.spec.arguments[0].name == "device":
            if message.int_of("device") != self.device:
                self.refused.append(f"{address} is for device {message.int_of('device')}.")
                return
        elif not self.linked and address != "/error":
            # A new engine complains about an old link's messages before the device knows of it.
            self.refused.append(f"{address} came without a link.")
            return
        self.received[address] += 1
        if self.linked:
            self._heard_s = now_s
        if address == "/welcome":
            self._welcome(message, now_s)
        elif address == "/heartbeat":
            self._heartbeat(message, now_s)
        else:
            self._play_or_log(address, message, now_s)

    def _play_or_log(self, address: str, message: Message, now_s: float) -> None:
        ints = tuple(int(value) for value in message.values)
        if address == "/n":
            target, pitch, velocity, channel, duration = ints
            self.refused += self.player.take(target, pitch, velocity, channel, duration, now_s)
        elif address == "/n/clear":
            self.player.clear()
        elif address == "/flush":
            self.player.flush(now_s)
        elif address == "/bundle":
            self.models.append(ints)
        elif address == "/bundle/name":
            place, _, drums, *characters = ints
            self.bundle_names[place] = "".join(map(chr, characters)), drums
        elif address == "/state":
            self.states.append((now_s, *ints))
        elif address == "/told":
            self._told(message)
        elif address == "/score":
            self.scores.append(message.values)
        elif address == "/error":
            self.errors.append((ints[0], ints[1]))
        elif address == "/clip/chunk":
            self._clip_chunk(message)
        elif address == "/clip/ack":
            self.wishes.acknowledged(message)
        elif address == "/clip/made":
            self.wishes.announced(message)
        elif address == "/clip/asked":
            self.wishes.asked(message)

    def _told(self, message: Message) -> None:
        """Somebody else has turned a knob: it follows, as it will be told after a welcome."""
        name, value = DIALS[message.int_of("dial")], message.float_of("value")
        kind = BOOK[f"/param/{name}"].arguments[-1].kind
        self.parameters[name] = value if kind == "f" else round(value)

    def _welcome(self, message: Message, now_s: float) -> None:
        if message.int_of("protocol") != PROTOCOL_VERSION:
            self.refused.append(f"The engine speaks protocol {message.int_of('protocol')}.")
            return
        epoch = message.int_of("engine_epoch")
        if self.linked and epoch == self.engine_epoch:
            return
        self.linked, self.engine_epoch, self._heard_s = True, epoch, now_s
        self.player_number = message.int_of("player")
        self._clip_box.begin()
        self.wishes.begin()
        for name, value in self.parameters.items():
            self._send(f"/param/{name}", self.device, value)
        self._send_clock(now_s, repeats=_CHANGE_REPEATS)

    def _heartbeat(self, message: Message, now_s: float) -> None:
        if self.linked and message.int_of("engine_epoch") != self.engine_epoch:
            self._lose_link(now_s)

    def _clip_chunk(self, message: Message) -> None:
        result = self._clip_box.take(message)
        if isinstance(result, str):
            self.refused.append(result)
        else:
            self._send("/clip/ack", self.device, *result)
