"""One row per number, as a table or JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from rich.console import Console
from rich.table import Table


class Better(Enum):
    """Which way a number is good."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Row:
    """A measured number.

    Args:
        metric: What was measured, under which conditions.
        value: Ours; None if it could not be measured here.
        unit: Of all four numbers.
        peer: Name of what it is compared with, or empty.
        peer_value: The peer's number in the same run; None if the peer is absent.
        must: What the design asks for, or None.
        moonshot: What it hopes for, or None.
        better: Which way is good.
    """

    metric: str
    value: float | None
    unit: str
    peer: str = ""
    peer_value: float | None = None
    must: float | None = None
    moonshot: float | None = None
    better: Better = Better.LOWER

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        if not self.value or not self.peer_value:
            return None
        if self.better is Better.LOWER:
            return self.peer_value / self.value
        return self.value / self.peer_value

    @property
    def met(self) -> str:
        """``moonshot``, ``must`` or ``no``; empty where no must is set and no moonshot reached."""
        if self.value is None:
            return ""
        if self._reaches(self.moonshot):
            return "moonshot"
        if self._reaches(self.must):
            return "must"
        return "" if self.must is None else "no"

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return {
            "metric": self.metric,
            "value": self.value,
            "unit": self.unit,
            "peer": self.peer,
            "peer_value": self.peer_value,
            "ratio": self.ratio,
            "must": self.must,
            "moonshot": self.moonshot,
            "better": self.better.value,
            "met": self.met,
        }

    def _reaches(self, goal: float | None) -> bool:
        if goal is None or self.value is None:
            return False
        return self.value <= goal if self.better is Better.LOWER else self.value >= goal


def show(rows: Iterable[Row], console: Console) -> None:
    """Print a table."""
    table = Table(box=None, header_style="bold")
    table.add_column("metric")
    table.add_column("value", justify="right")
    table.add_column("unit")
    table.add_column("peer")
    for name in ("peer's", "ratio", "must", "moonshot"):
        table.add_column(name, justify="right")
    table.add_column("met")
    for row in rows:
        absent = "absent" if row.peer and row.peer_value is None else _number(row.peer_value)
        ratio = f"{row.ratio:.1f}x" if row.ratio else ""
        value = _number(row.value) or "not measured"
        goals = (_number(row.must), _number(row.moonshot))
        table.add_row(row.metric, value, row.unit, row.peer, absent, ratio, *goals, row.met)
    console.print(table)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
