"""Where a device's clips are handed in and out: calls, clips to work on, answers to keep."""

from __future__ import annotations

import random

from bridge.core.clipasks import ClipAsks
from bridge.core.clipdesk import ClipDesk
from bridge.core.events import AnswerMade
from bridge.core.notes import Phrase
from bridge.core.outbox import Outbox
from bridge.core.protocol import CLIP_IS_ANSWER, Message, outgoing
from bridge.core.requests import AnswerChunk, ModelFailed, ModelReply
from bridge.core.settings import PlayerSettings
from bridge.errors import ClipTransferFailed


class ClipCounter:
    """All that a seat has to do with clips.

    Args:
        device: The device's number.
        outbox: Takes messages, requests and errors.
        seeds: Source of the seeds of clips made to order.
        answers_before: Answers up to this number were offered in an earlier seat.
    """

    def __init__(
        self, device: int, outbox: Outbox, seeds: random.Random, answers_before: int
    ) -> None:
        self._device = device
        self._outbox = outbox
        self._desk = ClipDesk(device)
        self._asks = ClipAsks(device, self._desk, outbox, seeds)
        self._last_offered = answers_before

    def chunk(self, message: Message, now_s: float) -> Phrase | None:
        """Take a chunk; returns the call that it completes, if any.

        Raises:
            ClipTransferFailed: The chunks do not fit together.
        """
        call, acknowledgement = self._desk.chunk(message, now_s)
        self._outbox.messages.append(acknowledgement)
        return call

    def acknowledged(self, message: Message) -> None:
        """Take an acknowledgement of the device."""
        self._desk.acknowledged(message)

    def ask(
        self, message: Message, settings: PlayerSettings, bar_beats: float, tempo_qpm: float
    ) -> None:
        """Take a ``/clip/ask``.

        Raises:
            BridgeError: It can't be done; it is not remembered and may come again.
        """
        self._asks.ask(message, settings, bar_beats, tempo_qpm)

    def model_reply(self, reply: ModelReply) -> None:
        """Take what the model says of a clip."""
        if isinstance(reply, AnswerChunk):
            self._asks.take(reply)
        elif isinstance(reply, ModelFailed):
            self._asks.model_failed(reply)

    def send(self, now_s: float) -> None:
        """Put what is due into the outbox: chunks, and answers that have just been made."""
        box = self._outbox
        for event in box.events:
            if isinstance(event, AnswerMade) and event.answer_id > self._last_offered:
                self._last_offered = event.answer_id
                self._offer(event)
        box.messages += self._desk.due(now_s, box.errors)

    def next_due_s(self) -> float:
        """When `send` has something to do next; infinity if never."""
        return self._desk.next_due_s()

    def withdraw(self) -> None:
        """Panic: nothing more is made of what was asked for."""
        self._asks.withdraw()

    def forget(self) -> None:
        """The device is away: nothing is made for it or sent to it."""
        self._desk.forget()
        self._asks.forget()

    def _offer(self, made: AnswerMade) -> None:
        """Send an answer as a clip, for the device to keep."""
        try:
            clip_id = self._desk.send(made.answer, CLIP_IS_ANSWER)
        except ClipTransferFailed as error:
            self._outbox.errors.append(error)
            return
        nats = made.likelihood.answer_nats_per_step
        which = self._device, 0, 0, 1, clip_id
        message = outgoing("/clip/made", *which, made.seed, nats, made.temperature)
        self._outbox.messages.append(message)
