"""The few shapes of Markdown that the generated pages need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

GENERATED = (
    "<!-- Made by docs/generate.py from the code's own tables. Change those, not this page. -->\n"
)
_ROUND_NUMBERS = {2**31 - 1: "2^31 - 1", -(2**31): "-2^31", 2**24 - 1: "2^24 - 1", -1e9: "-10^9"}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells are shown as they print."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def code(text: object) -> str:
    """Text in code type; empty text stays empty."""
    return f"`{text}`" if str(text) else ""


def anchor(heading: str) -> str:
    """The name by which a heading is linked to."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def number(value: float) -> str:
    """A bound of a range as people write it."""
    return _ROUND_NUMBERS.get(value) or f"{value:g}"
