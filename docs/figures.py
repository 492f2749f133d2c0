"""Puts measured figures into docs/benchmarks.md.

python -m benchmarks --quick --json > rows.json
python docs/figures.py rows.json "two cores of a virtual machine, Python 3.11"
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tables import table

PAGE = Path(__file__).resolve().parent / "benchmarks.md"
BEGIN, END = "<!-- figures: docs/figures.py -->", "<!-- end of figures -->"


def figures(rows: list[dict[str, Any]], machine: str) -> str:
    """The figures as a table, with where they come from."""
    head = ["metric", "value", "unit", "peer", "peer's", "ratio", "must", "moonshot", "met"]
    return f"Measured on {machine}.\n\n" + table(head, map(_cells, rows))


def _cells(row: dict[str, Any]) -> list[str]:
    absent = "absent" if row["peer"] and row["peer_value"] is None else _number(row["peer_value"])
    ratio = f"{row['ratio']:.1f}" if row["ratio"] else ""
    goals = [_number(row["must"]), _number(row["moonshot"])]
    value = _number(row["value"]) or "not measured"
    return [row["metric"], value, row["unit"], row["peer"], absent, ratio, *goals, row["met"]]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def main() -> None:
    """The command."""
    rows = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    middle = f"{BEGIN}\n\n{figures(rows, sys.argv[2])}\n{END}"
    PAGE.write_text(before + middle + after, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
