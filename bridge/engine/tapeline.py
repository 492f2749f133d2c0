"""The tape's way out of the timekeeper's process: in batches, when there is time, without waiting.

A batch is bytes: a number that counts up, whether a mistake of ours is in it, and the pickled
entries. Whoever only keeps the last minute needn't unpack it.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bridge.engine.upline import Upline
from bridge.record.tape import Entry, Tape

CARRY_EVERY_S = 0.05
SPARE_S = 0.004
"""Nothing may be due for so long: packing a batch takes some tenths of a millisecond."""
MOST_ENTRIES = 2000
"""An engine that never has the time carries so many at once, about 3 ms."""
_HEAD = struct.Struct(">Q?")


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries on their way.

    Args:
        number: Counts the batches of an engine from 0; one that is missing was lost.
        mistake: Whether a mistake of ours is among them.
        packed: The entries.
    """

    number: int
    mistake: bool
    packed: bytes

    @staticmethod
    def of(data: bytes) -> Batch:
        """What came through the pipe."""
        number, mistake = _HEAD.unpack_from(data)
        return Batch(number, mistake, data[_HEAD.size :])

    def entries(self) -> list[Entry]:
        """The entries; they come from a process of ours."""
        entries: list[Entry] = pickle.loads(self.packed)
        return entries


class TapeLine:
    """The timekeeper's end.

    Args:
        tape: The tape.
        pipe: The pipe to the supervisor.
    """

    def __init__(self, tape: Tape, pipe: Connection) -> None:
        self._tape = tape
        self._line = Upline(pipe)
        self._number = 0
        self._due_s = 0.0

    def carry(self, now_s: float, spare_s: float) -> None:
        """Carry what is on the tape, if it is time and there is time.

        Args:
            now_s: The present moment.
            spare_s: Nothing is due for so long.

        Raises:
            BrokenPipeError: The supervisor is gone.
        """
        spare = now_s >= self._due_s and spare_s >= SPARE_S
        if spare or len(self._tape) >= MOST_ENTRIES:
            self._due_s = now_s + CARRY_EVERY_S
            self.carry_all()

    def carry_all(self) -> None:
        """Carry what is on the tape.

        Raises:
            BrokenPipeError: The supervisor is gone.
        """
        entries = self._tape.take()
        if entries:
            mistake = any(entry[0] == "trace" for entry in entries)
            packed = pickle.dumps(entries, pickle.HIGHEST_PROTOCOL)
            self._line.say(_HEAD.pack(self._number, mistake) + packed)
            self._number += 1
        self._line.catch_up()
