"""What became of every file of a folder, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file.

    Args:
        name: Its place in the folder.
        used: Whether anything of it is learnt from.
        bars: How many of its bars, repetitions not counted.
        examples: How many sequences they make.
        words: What was done to it, or why it is not used.
    """

    name: str
    used: bool
    bars: int
    examples: int
    words: str

    def line(self) -> str:
        """One line for people."""
        if not self.used:
            return f"not used   {self.name}: {self.words}"
        remark = f" ({self.words})" if self.words else ""
        sequences = "sequence" if self.examples == 1 else "sequences"
        return f"{self.bars:4d} bars  {self.name}: {self.examples} {sequences}{remark}"


def summary(files: Sequence[FileReport]) -> str:
    """One sentence about all files."""
    used = [report for report in files if report.used]
    bars = sum(report.bars for report in used)
    return (
        f"{len(used)} of {len(files)} files used, {bars} bars; {len(files) - len(used)} not used."
    )


def as_json(files: Sequence[FileReport]) -> str:
    """All reports as JSON, a list of objects."""
    return json.dumps([asdict(report) for report in files], indent=1, ensure_ascii=False)
