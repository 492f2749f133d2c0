"""The tape: what came into the timekeeper and what went out of it, in order.

An entry is a plain tuple that begins with its kind (`bridge.record.lines` says what follows), made
of what is there anyway: taping a turn costs a list's append for each thing that happened in it.
Nothing is written here. Whoever turns the wheel fetches the entries when there is time.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import Any

from bridge.core.events import AnswerMade, GuardActed, Notice

Entry = tuple[Any, ...]


class Tape:
    """Entries until they are fetched.

    Attributes:
        note: Adds an entry. It may be kept, and stays valid.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self.note = self._entries.append

    def __len__(self) -> int:
        return len(self._entries)

    def turn(self, now_s: float, kernel_stamps: bool) -> None:
        """A turn of the wheel begins."""
        # Ports that were looked over without a result need no line.
        if self._entries and self._entries[-1][0] == "watch":
            self._entries.pop()
        self.note(("turn", now_s, kernel_stamps))

    def told(self, events: Sequence[object]) -> None:
        """What the turn has to say to people; what only mirrors the jam's state is not kept."""
        for event in events:
            if isinstance(event, Notice | AnswerMade | GuardActed):
                self.note(("told", event))

    def fault(self, error: BaseException) -> None:
        """A mistake of ours was caught."""
        self.note(("fault", f"{type(error).__name__}: {error}"))

    def trace(self, error: BaseException) -> None:
        """Where it was caught; costs a fraction of a millisecond."""
        self.note(("trace", "".join(traceback.format_exception(error))))

    def take(self) -> list[Entry]:
        """The entries since this was last called."""
        entries = self._entries[:]
        self._entries.clear()
        return entries
