"""The clips of one device on their way: those that come in, and those that go out."""

from __future__ import annotations

import math

from bridge.core.cliptransfer import ClipReceiver, ClipSender
from bridge.core.notes import Phrase
from bridge.core.protocol import CLIP_IS_CALL, CLIP_IS_MATERIAL, Message
from bridge.errors import BridgeError, ClipTransferFailed

MATERIAL_KEPT = 8
"""Clips to be worked on that are kept; the oldest goes when another comes."""


class ClipDesk:
    """Receives and sends the clips of a device.

    What is sent is numbered from 1, whatever it is.

    Args:
        device: The device's number.
    """

    def __init__(self, device: int) -> None:
        self._device = device
        self._receiver = ClipReceiver()
        self._material: dict[int, Phrase] = {}
        self._senders: list[ClipSender] = []
        self._unreached: set[int] = set()
        self._sent = 0

    def chunk(self, message: Message, now_s: float) -> tuple[Phrase | None, Message]:
        """Take a chunk; returns the call that it completes, if any, and the acknowledgement.

        Raises:
            ClipTransferFailed: The chunks do not fit together.
        """
        clip = self._receiver.take(message, now_s)
        clip_id, kind = message.int_of("clip"), message.int_of("kind")
        if clip is not None and kind == CLIP_IS_MATERIAL:
            self._keep(clip_id, clip)
        acknowledgement = self._receiver.acknowledgement(self._device, clip_id)
        return clip if kind == CLIP_IS_CALL else None, acknowledgement

    def material(self, clip_id: int) -> Phrase | None:
        """A clip that came to be worked on; None if it is not here."""
        return self._material.get(clip_id)

    def send(self, phrase: Phrase, kind: int) -> int:
        """Send a clip; returns its number.

        Raises:
            ClipTransferFailed: It has too many notes.
        """
        self._senders.append(ClipSender(self._device, self._sent + 1, kind, phrase))
        self._sent += 1
        return self._sent

    def send_again(self, clip_id: int, phrase: Phrase, kind: int) -> None:
        """Try once more with a clip that did not reach the device; else nothing is done."""
        if clip_id in self._unreached:
            self._unreached.remove(clip_id)
            self._senders.append(ClipSender(self._device, clip_id, kind, phrase))

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
                self._unreached = {*sorted(self._unreached)[-MATERIAL_KEPT * 8 :], sender.clip_id}
                errors.append(error)
        return due

    def next_due_s(self) -> float:
        """When `due` has something to do next; infinity if never."""
        return min((sender.next_due_s() for sender in self._senders), default=math.inf)

    def forget(self) -> None:
        """The device is away: nothing is sent to it any more."""
        self._unreached |= {sender.clip_id for sender in self._senders}
        self._senders.clear()

    def _keep(self, clip_id: int, clip: Phrase) -> None:
        self._material.pop(clip_id, None)
        self._material[clip_id] = clip
        while len(self._material) > MATERIAL_KEPT:
            del self._material[next(iter(self._material))]


def whole_bars(clip: Phrase, bar_beats: float) -> Phrase:
    """A clip filled up with silence to whole bars, one at least."""
    bars = max(1, math.ceil(clip.length_beats / bar_beats))
    return Phrase(clip.notes, bars * bar_beats)
