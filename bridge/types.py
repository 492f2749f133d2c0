"""Shapes that several layers share."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """A source of time: seconds that only grow, from an arbitrary zero."""

    def now_s(self) -> float:
        """The present moment in seconds."""
        ...
