"""Clips over UDP: in chunks, acknowledged by bitmap, repeated until complete.

Each chunk says everything about its clip, so chunks may come in any order, twice, or after a
repeat. A clip counts once all chunks are there and the CRC-32 over its notes agrees.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from bridge.core.notes import Note, Phrase
from bridge.core.protocol import CLIP_NOTES_PER_CHUNK, MAX_CLIP_CHUNKS, Message, outgoing
from bridge.errors import ClipTransferFailed

RESEND_S = 0.04
MAX_SENDINGS = 8
"""With one packet in ten lost each way a chunk fails eight times in a row once in 600,000."""
MAX_UNACKED_CHUNKS = 16
ASSEMBLY_TIMEOUT_S = 2.0
MAX_ASSEMBLIES = 8
"""Clips that are kept in mind, whole ones included, so that a late chunk is known for what it is.
"""
_BITS = 31

NoteValues = tuple[int, float, float, float, int]


def note_values(note: Note) -> NoteValues:
    """A note as the five arguments of a chunk, floats rounded to float32 as the wire does."""
    velocity, start, duration = struct.unpack(
        ">fff", struct.pack(">fff", note.velocity, note.start_beats, note.duration_beats)
    )
    return note.pitch, velocity, start, duration, note.channel


def notes_crc(notes: Sequence[Sequence[int | float]]) -> int:
    """CRC-32 over the notes as they lie in the datagrams, as a signed 32-bit integer."""
    crc = 0
    for values in notes:
        crc = zlib.crc32(struct.pack(">ifffi", *values), crc)
    return crc - 2**32 if crc >= 2**31 else crc


def bitmaps(have: set[int]) -> tuple[int, int]:
    """The two acknowledgement words for a set of chunk numbers."""
    low = sum(1 << i for i in have if i < _BITS)
    high = sum(1 << (i - _BITS) for i in have if i >= _BITS)
    return low, high


class ClipSender:
    """Sends one clip until it is acknowledged.

    Args:
        device: The device's number.
        clip_id: Number of the clip, counted by the sender.
        kind: `protocol.CLIP_IS_CALL` or `protocol.CLIP_IS_ANSWER`.
        phrase: The clip. Notes beyond `MAX_CLIP_CHUNKS` chunks do not fit.

    Raises:
        ClipTransferFailed: Too many notes.
    """

    def __init__(self, device: int, clip_id: int, kind: int, phrase: Phrase) -> None:
        notes = [note_values(note) for note in phrase.notes]
        count = max(1, math.ceil(len(notes) / CLIP_NOTES_PER_CHUNK))
        if count > MAX_CLIP_CHUNKS:
            raise ClipTransferFailed(
                f"A clip of {len(notes)} notes is too large; the most is"
                f" {MAX_CLIP_CHUNKS * CLIP_NOTES_PER_CHUNK}."
            )
        self.clip_id = clip_id
        crc = notes_crc(notes)
        self._chunks: list[Message] = []
        for index in range(count):
            part = notes[index * CLIP_NOTES_PER_CHUNK : (index + 1) * CLIP_NOTES_PER_CHUNK]
            head = (device, clip_id, kind, index, count, phrase.length_beats, crc)
            self._chunks.append(outgoing("/clip/chunk", *head, *(v for note in part for v in note)))
        self._sendings = [0] * count
        self._send_at_s = [0.0] * count
        self._acked: set[int] = set()

    @property
    def done(self) -> bool:
        """Whether the receiver has everything."""
        return len(self._acked) == len(self._chunks)

    def due(self, now_s: float) -> list[Message]:
        """Chunks to send now.

        Raises:
            ClipTransferFailed: A chunk was sent `MAX_SENDINGS` times and never acknowledged.
        """
        due: list[Message] = []
        window = [i for i in range(len(self._chunks)) if i not in self._acked][:MAX_UNACKED_CHUNKS]
        for index in window:
            if self._sendings[index] and now_s < self._send_at_s[index]:
                continue
            if self._sendings[index] == MAX_SENDINGS:
                raise ClipTransferFailed(f"Clip {self.clip_id} did not reach the device.")
            self._sendings[index] += 1
            self._send_at_s[index] = now_s + RESEND_S
            due.append(self._chunks[index])
        return due

    def next_due_s(self) -> float:
        """When `due` has something to do next; 0.0 for at once."""
        waiting = [i for i in range(len(self._chunks)) if i not in self._acked]
        return min((self._send_at_s[i] for i in waiting[:MAX_UNACKED_CHUNKS]), default=math.inf)

    def acknowledged(self, have_lo: int, have_hi: int) -> None:
        """Take an acknowledgement."""
        bits = have_lo | have_hi << _BITS
        self._acked |= {i for i in range(len(self._chunks)) if bits >> i & 1}


@dataclass(slots=True)
class _Assembly:
    """A clip that is being put together, or was.

    Args:
        head: Kind, count of chunks, length, CRC: the same in all its chunks.
        parts: The chunks that are there.
        last_s: When the newest of them came.
        finished: Whether it was complete; its notes are gone then.
    """

    head: tuple[int, int, float, int]
    parts: dict[int, list[tuple[int | float, ...]]]
    last_s: float
    finished: bool = False


class ClipReceiver:
    """Assembles the clips of one sender; several may be under way, and late chunks of old ones."""

    def __init__(self) -> None:
        self._clips: dict[int, _Assembly] = {}

    def take(self, chunk: Message, now_s: float) -> Phrase | None:
        """Take a chunk; returns the clip when this completes it, and only once.

        A clip whose number was used before for another one is a new clip.

        Raises:
            ClipTransferFailed: The chunks do not fit together, or the CRC disagrees. The clip is
                forgotten and may be sent again.
        """
        clip_id, count, index = (chunk.int_of(name) for name in ("clip", "count", "index"))
        head = chunk.int_of("kind"), count, chunk.float_of("length_beats"), chunk.int_of("crc")
        clip = self._clips.get(clip_id)
        if clip is not None and clip.head != head and (clip.finished or _is_stale(clip, now_s)):
            clip = None
        if clip is None:
            clip = self._begin(clip_id, head, now_s)
        if head != clip.head or index >= count:
            del self._clips[clip_id]
            raise ClipTransferFailed(f"The chunks of clip {clip_id} contradict each other.")
        clip.last_s = now_s
        if clip.finished:
            return None
        clip.parts[index] = chunk.groups()
        return self._complete(clip_id, clip) if len(clip.parts) == count else None

    def acknowledgement(self, device: int, clip_id: int) -> Message:
        """What to answer to a chunk of a clip: which of its chunks are there."""
        clip = self._clips.get(clip_id)
        have = set(clip.parts) if clip is not None else set()
        return outgoing("/clip/ack", device, clip_id, *bitmaps(have))

    def _begin(self, clip_id: int, head: tuple[int, int, float, int], now_s: float) -> _Assembly:
        self._clips.pop(clip_id, None)
        if len(self._clips) >= MAX_ASSEMBLIES:
            del self._clips[min(self._clips, key=lambda each: self._clips[each].last_s)]
        clip = self._clips[clip_id] = _Assembly(head, {}, now_s)
        return clip

    def _complete(self, clip_id: int, clip: _Assembly) -> Phrase:
        _, count, length_beats, crc = clip.head
        notes = [values for index in range(count) for values in clip.parts[index]]
        if notes_crc(notes) != crc:
            del self._clips[clip_id]
            raise ClipTransferFailed(f"The notes of clip {clip_id} do not agree with their CRC.")
        clip.finished = True
        clip.parts = {index: [] for index in range(count)}
        return Phrase.of((_note(values) for values in notes), length_beats)


def _is_stale(clip: _Assembly, now_s: float) -> bool:
    return now_s - clip.last_s > ASSEMBLY_TIMEOUT_S


def _note(values: Sequence[int | float]) -> Note:
    pitch, velocity, start, duration, channel = values
    return Note(int(pitch), max(1, round(velocity)), start, duration, int(channel))
