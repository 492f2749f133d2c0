"""Clips from the engine, as the simulated device puts them together.

Chunks may come in any order and any number of times. A clip is complete when all its chunks are
there and the checksum agrees; one that disagrees is thrown away whole and asked for again.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from bridge.core.notes import Note, Phrase
from bridge.core.protocol import CLIP_IS_ANSWER, CLIP_IS_MADE, Message

_LOW_BITS = 31
"""Chunks in the first number of the bitmap: a non-negative int32 has so many bits."""


@dataclass(frozen=True, slots=True)
class ReceivedClip:
    """A clip that arrived whole.

    Args:
        clip: The sender's number of it.
        phrase: Its notes, in beats.
        kind: `CLIP_IS_ANSWER` or `CLIP_IS_MADE`.
    """

    clip: int
    phrase: Phrase
    kind: int = CLIP_IS_ANSWER


@dataclass(slots=True)
class _Partial:
    count: int
    crc: int
    length_beats: float
    chunks: dict[int, list[tuple[int | float, ...]]] = field(default_factory=dict)


class ClipBox:
    """Puts clips together.

    Attributes:
        clips: The clips that arrived whole, in order, each once.
        broken: How many clips came whole with a wrong checksum.
    """

    def __init__(self) -> None:
        self._partial: dict[int, _Partial] = {}
        self._whole: dict[int, int] = {}
        self.clips: list[ReceivedClip] = []
        self.broken = 0

    def begin(self) -> None:
        """A new link: its clips are numbered from the start again; what arrived is kept."""
        self._partial.clear()
        self._whole.clear()

    def take(self, message: Message) -> tuple[int, int, int] | str:
        """Take a `/clip/chunk`.

        Returns:
            Clip number and the two halves of the bitmap to acknowledge; or why it was refused.
        """
        clip, index, count = (message.int_of(name) for name in ("clip", "index", "count"))
        if message.int_of("kind") not in (CLIP_IS_ANSWER, CLIP_IS_MADE):
            return "/clip/chunk: a device takes clips of kind 1 and 3 only."
        if index >= count:
            return f"/clip/chunk: chunk {index} of a clip of {count}."
        if clip not in self._whole:
            self._add(clip, message, index, count)
        whole = self._whole.get(clip)
        have = (
            range(whole) if whole else self._partial[clip].chunks if clip in self._partial else ()
        )
        bits = sum(1 << number for number in have)
        return clip, bits & (1 << _LOW_BITS) - 1, bits >> _LOW_BITS

    def _add(self, clip: int, message: Message, index: int, count: int) -> None:
        crc = message.int_of("crc")
        partial = self._partial.get(clip)
        if partial is None or (partial.count, partial.crc) != (count, crc):
            partial = _Partial(count, crc, message.float_of("length_beats"))
            self._partial[clip] = partial
        partial.chunks[index] = message.groups()
        if len(partial.chunks) < count:
            return
        del self._partial[clip]
        groups = [group for i in range(count) for group in partial.chunks[i]]
        if notes_crc(groups) != crc:
            self.broken += 1
            return
        self._whole[clip] = count
        notes = (
            Note(int(pitch), round(velocity), start, duration, int(channel))
            for pitch, velocity, start, duration, channel in groups
        )
        kind = message.int_of("kind")
        self.clips.append(ReceivedClip(clip, Phrase.of(notes, partial.length_beats), kind))


def notes_crc(groups: list[tuple[int | float, ...]]) -> int:
    """CRC-32 of the notes' bytes as they travel (big-endian ``ifffi`` each), as a signed int32."""
    data = b"".join(struct.pack(">ifffi", *group) for group in groups)
    (signed,) = struct.unpack(">i", struct.pack(">I", zlib.crc32(data)))
    return int(signed)
