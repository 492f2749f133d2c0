"""Clips that the simulated device sends, and those that it asks the engine to make of them.

Everything is repeated until it is known to have arrived: chunks until they are acknowledged, a wish
once a second until all its clips are there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.cliptransfer import ClipSender
from bridge.core.notes import Phrase
from bridge.core.protocol import Message
from bridge.demo.clip_box import ReceivedClip
from bridge.errors import ClipTransferFailed

ASK_AGAIN_S = 1.0


@dataclass(frozen=True, slots=True)
class MadeClip:
    """What a `/clip/made` said.

    Args:
        ask: The wish; 0 for an answer that was played.
        index: Which of its clips.
        count: How many it has.
        clip: Number under which it comes.
        seed: Its seed.
        nats_per_step: Its likelihood.
        temperature: With which it was made.
    """

    ask: int
    index: int
    count: int
    clip: int
    seed: int
    nats_per_step: float
    temperature: float


@dataclass(slots=True)
class _Wish:
    values: tuple[int | float, ...]
    clip: int
    count: int
    again_s: float
    failed: int = 0


class ClipWishes:
    """The outgoing clips and the open wishes of a device.

    Args:
        device: The device's number.

    Attributes:
        made: Every clip that was announced.
        failed: Wishes that the engine gave up, with the error's number.
        lost: Clips that never got through.
    """

    def __init__(self, device: int) -> None:
        self._device = device
        self._senders: list[ClipSender] = []
        self._wishes: dict[int, _Wish] = {}
        self._clips = self._asks = 0
        self.made: list[MadeClip] = []
        self.failed: dict[int, int] = {}
        self.lost: list[int] = []

    def begin(self) -> None:
        """A new link: nothing of the old one goes on, and clips are numbered from 1 again."""
        self._senders.clear()
        self._wishes.clear()
        self._clips = 0

    def send(self, phrase: Phrase, kind: int) -> int:
        """Send a clip; returns its number."""
        self._clips += 1
        self._senders.append(ClipSender(self._device, self._clips, kind, phrase))
        return self._clips

    def ask(self, clip: int, what: int, count: int, length_beats: float, now_s: float) -> int:
        """Ask for clips as soon as the clip to work on is over there; returns the wish's number."""
        self._asks += 1
        values = self._asks, clip, what, count, length_beats
        self._wishes[self._asks] = _Wish(values, clip, count, now_s)
        return self._asks

    def due(
        self, now_s: float, clips: Sequence[ReceivedClip]
    ) -> list[tuple[str, tuple[int | float, ...]]]:
        """Messages to send now; ``clips`` are those that have arrived."""
        due = [(chunk.address, chunk.values) for chunk in self._chunks(now_s)]
        arrived = {clip.clip for clip in clips}
        underway = {sender.clip_id for sender in self._senders}
        for number, wish in list(self._wishes.items()):
            made = {one.clip for one in self.made if one.ask == number}
            if wish.failed or len(made & arrived) == wish.count:
                del self._wishes[number]
            elif now_s >= wish.again_s and wish.clip not in underway:
                wish.again_s = now_s + ASK_AGAIN_S
                due.append(("/clip/ask", (self._device, *wish.values)))
        return due

    def next_due_s(self) -> float:
        """When `due` has something to do next; infinity if never."""
        moments = [sender.next_due_s() for sender in self._senders]
        underway = {sender.clip_id for sender in self._senders}
        moments += [w.again_s for w in self._wishes.values() if w.clip not in underway]
        return min(moments, default=math.inf)

    def acknowledged(self, message: Message) -> None:
        """Take a `/clip/ack`."""
        for sender in self._senders:
            if sender.clip_id == message.int_of("clip"):
                sender.acknowledged(message.int_of("have_lo"), message.int_of("have_hi"))
        self._senders = [sender for sender in self._senders if not sender.done]

    def announced(self, message: Message) -> None:
        """Take a `/clip/made`."""
        ask, index, count, clip, seed = (
            message.int_of(name) for name in ("ask", "index", "count", "clip", "seed")
        )
        nats, temperature = message.float_of("nats_per_step"), message.float_of("temperature")
        one = MadeClip(ask, index, count, clip, seed, nats, temperature)
        if one not in self.made:
            self.made.append(one)

    def asked(self, message: Message) -> None:
        """Take a `/clip/asked`."""
        wish = self._wishes.get(message.int_of("ask"))
        if wish is not None and message.int_of("failed"):
            wish.failed = self.failed[message.int_of("ask")] = message.int_of("failed")

    def _chunks(self, now_s: float) -> list[Message]:
        chunks: list[Message] = []
        for sender in list(self._senders):
            try:
                chunks += sender.due(now_s)
            except ClipTransferFailed:
                self._senders.remove(sender)
                self.lost.append(sender.clip_id)
        return chunks
