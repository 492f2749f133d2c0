"""Max's two queues: the scheduler's, in time, and the low-priority one, in order.

What is due in the scheduler goes before what waits in the low-priority queue; time does not go on
before both are done. Nothing here knows an object.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from typing import Protocol

Action = Callable[[], None]
_STUCK = 20_000
_ROUNDING = 1e-6


class Source(Protocol):
    """Something that is due at moments which move, as when the tempo changes."""

    def next_due_ms(self) -> float:
        """When it is due next; infinity if never."""
        ...

    def fire(self) -> None:
        """It is that moment."""
        ...


class Ticket:
    """Something scheduled, which can be taken back."""

    def __init__(self, action: Action) -> None:
        self.action: Action | None = action

    def cancel(self) -> None:
        """It will not happen."""
        self.action = None


class Queues:
    """Time and order of one patch.

    Args:
        vector_ms: Max's scheduler looks once in each signal vector: what falls due within one is
            done at its end. 0 does everything in its moment.

    Attributes:
        now_ms: The present moment.
        main_thread: Whether what runs now runs in the low-priority (main) thread.
        sources: What is asked for its next moment again and again.
    """

    def __init__(self, vector_ms: float = 0.0) -> None:
        self.vector_ms = vector_ms
        self.now_ms = 0.0
        self.main_thread = True
        self.sources: list[Source] = []
        self._heap: list[tuple[float, int, Ticket]] = []
        self._low: deque[Action] = deque()
        self._count = 0

    def after(self, delay_ms: float, action: Action) -> Ticket:
        """Do something in the scheduler, so much later; never before this returns."""
        ticket = Ticket(action)
        self._count += 1
        heapq.heappush(self._heap, (self.now_ms + max(0.0, delay_ms), self._count, ticket))
        return ticket

    def low(self, action: Action) -> None:
        """Do something in the main thread, after all that waits for it already."""
        self._low.append(action)

    def next_due_ms(self) -> float:
        """When something is to be done next; infinity if never."""
        if self._low:
            return self.now_ms
        return max(self.now_ms, self.vector_end_ms(self._next_scheduled_ms()))

    def vector_end_ms(self, at_ms: float) -> float:
        """The moment at which the scheduler does what is due at another."""
        if not self.vector_ms or not math.isfinite(at_ms):
            return at_ms
        return math.ceil(at_ms / self.vector_ms - _ROUNDING) * self.vector_ms

    def run_until(self, until_ms: float) -> None:
        """Do everything that is due up to a moment, and be there."""
        for _ in range(_STUCK):
            due_ms = self.vector_end_ms(self._next_scheduled_ms())
            if due_ms <= self.now_ms:
                self._run_scheduled()
            elif self._low:
                self._run(self._low.popleft(), main_thread=True)
            elif due_ms <= until_ms:
                self.now_ms = due_ms
            else:
                self.now_ms = max(self.now_ms, until_ms)
                return
        raise RuntimeError(f"Time does not go on at {self.now_ms} ms: the patch feeds itself.")

    def run(self, action: Action, *, main_thread: bool) -> None:
        """Do something now, and all that follows from it at this moment."""
        self._run(action, main_thread=main_thread)
        self.run_until(self.now_ms)

    def _next_scheduled_ms(self) -> float:
        _, due_ms = self._next_source()
        return min(due_ms, self._next_ticket_ms())

    def _next_ticket_ms(self) -> float:
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def _next_source(self) -> tuple[Source | None, float]:
        due = [(source.next_due_ms(), number) for number, source in enumerate(self.sources)]
        due_ms, number = min(due, default=(math.inf, 0))
        return (self.sources[number] if due else None), due_ms

    def _run_scheduled(self) -> None:
        source, due_ms = self._next_source()
        if source is not None and due_ms <= self._next_ticket_ms():
            self._run(source.fire, main_thread=False)
            return
        _, _, ticket = heapq.heappop(self._heap)
        action, ticket.action = ticket.action, None
        if action is not None:
            self._run(action, main_thread=False)

    def _run(self, action: Action, *, main_thread: bool) -> None:
        before, self.main_thread = self.main_thread, main_thread
        try:
            action()
        finally:
            self.main_thread = before
