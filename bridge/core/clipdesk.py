"""The clips of one device: calls that come in, answers that go out."""

from __future__ import annotations

import math

from bridge.core.cliptransfer import ClipReceiver, ClipSender
from bridge.core.events import AnswerMade
from bridge.core.notes import Phrase
from bridge.core.protocol import CLIP_IS_ANSWER, CLIP_IS_CALL, Message
from bridge.errors import BridgeError, ClipTransferFailed


class ClipDesk:
    """Receives and sends the clips of a device.

    Args:
        device: The device's number.
    """

    def __init__(self, device: int) -> None:
        self._device = device
        self._receiver = ClipReceiver()
        self._senders: list[ClipSender] = []
        self._last_offered = 0

    def chunk(self, message: Message, now_s: float) -> tuple[Phrase | None, Message]:
        """Take a chunk; returns the call that it completes, if any, and the acknowledgement.

        Raises:
            ClipTransferFailed: The chunks do not fit together.
        """
        clip = self._receiver.take(message, now_s)
        is_call = message.int_of("kind") == CLIP_IS_CALL
        return clip if is_call else None, self._receiver.acknowledgement(self._device)

    def offer(self, made: AnswerMade, errors: list[BridgeError]) -> None:
        """Send an answer as a clip, once; what can't be sent is added to ``errors``."""
        if made.answer_id <= self._last_offered:
            return
        self._last_offered = made.answer_id
        try:
            sender = ClipSender(self._device, made.answer_id, CLIP_IS_ANSWER, made.answer)
        except ClipTransferFailed as error:
            errors.append(error)
        else:
            self._senders.append(sender)

    def acknowledged(self, message: Message) -> None:
        """Take an acknowledgement of the device."""
        for sender in self._senders:
            if sender.clip_id == message.int_of("clip"):
                sender.acknowledged(message.int_of("have_lo"), message.int_of("have_hi"))
        self._senders = [sender for sender in self._senders if not sender.done]

    def due(self, now_s: float, errors: list[BridgeError]) -> list[Message]:
        """Chunks to send now; a clip that never arrives is given up and added to ``errors``."""
        due: list[Message] = []
        for sender in list(self._senders):
            try:
                due += sender.due(now_s)
            except ClipTransferFailed as error:
                self._senders.remove(sender)
                errors.append(error)
        return due

    def next_due_s(self) -> float:
        """When `due` has something to do next; infinity if never."""
        return min((sender.next_due_s() for sender in self._senders), default=math.inf)

    def forget(self) -> None:
        """The device is away: nothing is sent to it any more."""
        self._senders.clear()


def whole_bars(clip: Phrase, bar_beats: float) -> Phrase:
    """A clip filled up with silence to whole bars, one at least."""
    bars = max(1, math.ceil(clip.length_beats / bar_beats))
    return Phrase(clip.notes, bars * bar_beats)
